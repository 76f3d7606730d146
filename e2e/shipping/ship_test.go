package shipping_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"liftoff/internal/testkit/clitest"
)

// onlyLogs is for receivers that take nothing else.
var onlyLogs = []string{"OTEL_METRICS_EXPORTER=none", "OTEL_TRACES_EXPORTER=none"}

// receiver is what records can be asked of.
type receiver interface {
	records(t *testing.T) []record
}

// destinations are the real receivers of logs, and what a user sets for them.
var destinations = map[string]func(t *testing.T) (receiver, []string){
	"OpenTelemetry Collector": func(t *testing.T) (receiver, []string) {
		c := startCollector(t)
		return c, []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + c.url}
	},
	"OpenTelemetry Collector, gRPC": func(t *testing.T) (receiver, []string) {
		c := startCollector(t)
		return c, []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + c.grpcURL, "OTEL_EXPORTER_OTLP_PROTOCOL=grpc"}
	},
	"VictoriaLogs": func(t *testing.T) (receiver, []string) {
		v := startVictoriaLogs(t)
		return v, append(onlyLogs, "OTEL_EXPORTER_OTLP_ENDPOINT="+v.url+"/insert/opentelemetry/")
	},
}

// level returns a level as log lines spell it.
func level(severity string) string {
	if severity == "WARN" {
		return "WARNING"
	}
	return severity
}

// sentence is the same as that of the line that the record was made of. Lines have
// milliseconds.
func (r record) sentence() string {
	run := cmp.Or(fmt.Sprint(r.attributes["run_id"]), "0")
	if run == "<nil>" {
		run = "0"
	}
	return fmt.Sprintf("%s %s %v run=%s %s", moment(r.at, r.severity), level(r.severity), r.attributes["component"], run, r.body)
}

// awaitRecords waits for as many records as there are lines, and compares them.
func awaitRecords(t *testing.T, from receiver, lines []jsonLine) []record {
	t.Helper()
	var records []record
	await(t, fmt.Sprintf("%d records", len(lines)), func() bool {
		records = from.records(t)
		return len(records) >= len(lines)
	})
	var got []string
	for _, r := range records {
		got = append(got, r.sentence())
	}
	slices.Sort(got)
	if diff := gocmp.Diff(sentencesOf(lines), got); diff != "" {
		t.Errorf("the log file (-) and what was received (+) differ:\n%s", diff)
	}
	return records
}

// The four sentences that users look for arrive once, and with them all others; each has
// what belongs to it.
func TestShipping_TheSentencesOfARunArriveOnce(t *testing.T) {
	t.Parallel()
	for name, start := range destinations {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			from, settings := start(t)
			u := newWriter(t)
			began := time.Now().UTC()
			u.With(settings...).Succeed(t, "ingest")
			records := awaitRecords(t, from, linesOf(t, u))
			ended := time.Now().UTC()
			for _, sentence := range []string{
				`^Successfully fetched latest launch data from SpaceX API\.$`,
				`^Launch [0-9a-f]{24} inserted into database\.$`,
				`^Aggregation view launch_aggregates_view created successfully\.$`,
				`^Running analytics queries\.\.\.$`,
			} {
				var found []record
				for _, r := range records {
					if regexp.MustCompile(sentence).MatchString(r.body) {
						found = append(found, r)
					}
				}
				if len(found) != 1 {
					t.Errorf("%s is there %d times, want once", sentence, len(found))
					continue
				}
				wantRecordOfRun(t, found[0])
				if at := found[0].at; at.Before(began.Add(-time.Second)) || at.After(ended) {
					t.Errorf("%s is of %s, want between %s and %s", sentence, at, began, ended)
				}
			}
		})
	}
}

var (
	traceID = regexp.MustCompile(`^[0-9a-f]{32}$`)
	spanID  = regexp.MustCompile(`^[0-9a-f]{16}$`)
)

// wantRecordOfRun wants what each record of the first run of a database has.
func wantRecordOfRun(t *testing.T, r record) {
	t.Helper()
	if r.service != "liftoff" || r.severity != "INFO" || fmt.Sprint(r.attributes["run_id"]) != "1" || r.attributes["component"] == nil || r.attributes["component"] == "" {
		t.Errorf("the service, level, run or component is wrong: %+v", r)
	}
	hasSpan := traceID.MatchString(r.traceID) && spanID.MatchString(r.spanID)
	if _, isVictoriaLogs := r.attributes["severity_text"]; !isVictoriaLogs && !hasSpan { // VictoriaLogs gets no traces
		t.Errorf("a record of a run has no trace: %+v", r)
	}
}

// What a line has, its record has: the same keys with the same values, of the same kind.
func TestShipping_RecordsHaveTheKeysOfJSONLines(t *testing.T) {
	t.Parallel()
	c, u := startCollector(t), newWriter(t)
	u.With("OTEL_EXPORTER_OTLP_ENDPOINT="+c.url, "LOG_LEVEL=debug").Succeed(t, "ingest", "--all")
	records := awaitRecords(t, c, linesOf(t, u))
	var got []string
	for _, r := range records {
		got = append(got, r.sentence()+" "+listed(r.attributes))
	}
	var want []string
	for _, line := range linesOf(t, u) {
		want = append(want, line.sentence()+" "+listed(keysOf(t, line)))
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("the log file (-) and what was received (+) differ:\n%s", diff)
	}
}

// keysOf returns the keys of a line besides those that every line has; those of groups
// with dots.
func keysOf(t *testing.T, line jsonLine) map[string]any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(line.text))
	decoder.UseNumber()
	var object map[string]any
	if err := decoder.Decode(&object); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"time", "level", "msg", "trace_id", "span_id"} {
		delete(object, key)
	}
	flat := map[string]any{}
	flatten(flat, "", object)
	return flat
}

func flatten(flat map[string]any, prefix string, object map[string]any) {
	for key, value := range object {
		switch value := value.(type) {
		case map[string]any:
			flatten(flat, prefix+key+".", value)
		case json.Number:
			flat[prefix+key] = number(value.String())
		default:
			flat[prefix+key] = value
		}
	}
}

// number is a number as a text that is the same for one value.
func number(text string) any {
	if whole, err := strconv.ParseInt(text, 10, 64); err == nil {
		return whole
	}
	fraction, _ := strconv.ParseFloat(text, 64) // it is JSON's
	return fraction
}

// listed returns pairs, sorted, with their kinds.
func listed(pairs map[string]any) string {
	var all []string
	for _, key := range slices.Sorted(maps.Keys(pairs)) {
		all = append(all, fmt.Sprintf("%s=%#v", key, pairs[key]))
	}
	return strings.Join(all, " ")
}

// A run that fails is the one that somebody looks for: its last line arrives too.
func TestShipping_TheErrorOfARunThatFailsArrives(t *testing.T) {
	t.Parallel()
	c := startCollector(t)
	u := newWriter(t).With("SPACEX_API_URL="+clitest.ClosedPort, "OTEL_EXPORTER_OTLP_ENDPOINT="+c.url)
	if r := u.Run(t, "ingest"); r.Code != 4 {
		t.Errorf("exit code %d, want 4", r.Code)
	}
	records := awaitRecords(t, c, linesOf(t, u))
	if i := slices.IndexFunc(records, func(r record) bool { return r.severity == "ERROR" }); i < 0 {
		t.Error("the ERROR did not arrive")
	}
	wantBrokenSpan(t, c)
}

// Many lines at once all arrive.
func TestShipping_ADebugLogOfManyLinesArrivesWhole(t *testing.T) {
	t.Parallel()
	c := startCollector(t)
	u := newWriter(t).With("SPACEX_API_URL="+clitest.StartReplay(t, "--count", "50000"), "LOG_LEVEL=debug", "PAGE_SIZE=50", "OTEL_EXPORTER_OTLP_ENDPOINT="+c.url)
	u.Succeed(t, "ingest", "--all")
	lines := linesOf(t, u)
	if len(lines) < 1000 {
		t.Fatalf("only %d lines", len(lines))
	}
	awaitRecords(t, c, lines)
}
