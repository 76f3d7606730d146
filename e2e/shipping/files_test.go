package shipping_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
	"liftoff/internal/testkit/programtest"
)

// recipes is the folder of what is tested here.
const recipes = "../../deploy/opentelemetry/"

// jsonLine is a line of ingestion.log.
type jsonLine struct {
	text      string
	Time      time.Time `json:"time"`
	Level     string    `json:"level"`
	Message   string    `json:"msg"`
	RunID     int64     `json:"run_id"`
	Component string    `json:"component"`
}

// sentence tells a line from others.
func (l jsonLine) sentence() string {
	return fmt.Sprintf("%s %s %s run=%d %s", moment(l.Time, l.Level), l.Level, l.Component, l.RunID, l.Message)
}

// moment is when a line was written, as text. That of a failure is written after it was
// shipped, so that it stays the last one.
func moment(at time.Time, level string) string {
	if level == "ERROR" {
		return "at the end"
	}
	return at.UTC().Truncate(time.Millisecond).Format(time.RFC3339Nano)
}

// newWriter returns a user whose runs write JSON lines into run.log, and read a replay.
func newWriter(t *testing.T) *clitest.User {
	t.Helper()
	return clitest.NewUser(t).On(pgtest.NewDatabase(t)).With("LOG_FORMAT=json", "LOG_FILE=run.log", "SPACEX_API_URL="+clitest.StartReplay(t, "--fault", "status=503@1"))
}

// linesOf returns the lines that a user's runs have written.
func linesOf(t *testing.T, u *clitest.User) []jsonLine {
	t.Helper()
	var lines []jsonLine
	for text := range strings.Lines(u.ReadFile(t, "run.log")) {
		line := jsonLine{text: strings.TrimSuffix(text, "\n")}
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		lines = append(lines, line)
	}
	return lines
}

// sentencesOf returns what tells the lines apart, sorted.
func sentencesOf(lines []jsonLine) []string {
	var all []string
	for _, line := range lines {
		all = append(all, line.sentence())
	}
	slices.Sort(all)
	return all
}

// The collector that reads the file sends each line once, with its time, level and keys,
// also those that were written while it was away.
func TestRecipes_ACollectorReadsTheLogFile(t *testing.T) {
	t.Parallel()
	u, v := newWriter(t), startVictoriaLogs(t)
	state := t.TempDir()
	run := func() *programtest.Program {
		return runCollector(t, recipes+"collector-file.yaml", "LOGS_URL="+v.url+"/insert/opentelemetry", "LOG_FILE="+filepath.Join(u.Folder, "run.log"), "STATE_DIRECTORY="+state)
	}
	arrived := func() []string {
		var all []string
		for _, e := range v.entries(t) {
			if e["service.name"] != "liftoff" || (e["severity_text"] == "WARNING") != (e["severity_number"] == "13") {
				t.Errorf("the service or the severity of an entry is wrong: %v", e)
			}
			all = append(all, fmt.Sprintf("%s %s %s run=%s %s", e["_time"], e["severity_text"], e["component"], cmp.Or(e["run_id"], "0"), e["_msg"]))
		}
		slices.Sort(all)
		return all
	}
	wantAll := func() {
		want := sentencesOf(linesOf(t, u))
		if !strings.Contains(strings.Join(want, "\n"), "WARNING") {
			t.Error("no line is a warning")
		}
		await(t, "the lines of the file", func() bool { return len(arrived()) >= len(want) })
		if diff := gocmp.Diff(want, arrived()); diff != "" {
			t.Errorf("the file (-) and VictoriaLogs (+) differ:\n%s", diff)
		}
	}
	first := run()
	u.Succeed(t, "ingest")
	wantAll()
	first.Stop()
	u.Succeed(t, "ingest", "--all") // nobody reads now
	run()
	u.Succeed(t, "ingest", "--new")
	wantAll()
}

// What Alloy sends to Loki's push API for a line of the file, as its documentation has
// it: the labels and the structured metadata of config.alloy, and the line itself.
func TestRecipes_LinesByThePushAPIOfLoki(t *testing.T) {
	t.Parallel()
	u, v := newWriter(t), startVictoriaLogs(t)
	u.Succeed(t, "ingest")
	type stream struct {
		Stream map[string]string `json:"stream"`
		Values [][]any           `json:"values"`
	}
	var push struct {
		Streams []stream `json:"streams"`
	}
	lines := linesOf(t, u)
	for _, line := range lines {
		metadata := map[string]string{"component": line.Component, "run_id": fmt.Sprint(line.RunID)}
		push.Streams = append(push.Streams, stream{
			map[string]string{"service_name": "liftoff", "level": line.Level},
			[][]any{{fmt.Sprint(line.Time.UnixNano()), line.text, metadata}},
		})
	}
	body, err := json.Marshal(push)
	if err != nil {
		t.Fatal(err)
	}
	v.post(t, "/insert/loki/api/v1/push?disable_message_parsing=1", "application/json", string(body))
	var got []string
	for _, e := range v.entries(t) {
		got = append(got, e["service_name"]+" "+e["level"]+" "+e["component"]+" "+e["_msg"])
	}
	var want []string
	for _, line := range lines {
		want = append(want, "liftoff "+line.Level+" "+line.Component+" "+line.text)
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("the file (-) and what was pushed (+) differ:\n%s", diff)
	}
}

// What the Datadog Agent sends for a line of the file, as Datadog's documentation of the
// intake has it.
func TestRecipes_LinesByTheLogIntakeOfDatadog(t *testing.T) {
	t.Parallel()
	u, v := newWriter(t), startVictoriaLogs(t)
	u.Succeed(t, "ingest")
	var logs []map[string]any
	var want []string
	for _, line := range linesOf(t, u) {
		logs = append(logs, map[string]any{"message": line.text, "service": "liftoff", "ddsource": "go", "hostname": "test", "timestamp": line.Time.UnixMilli()})
		want = append(want, "liftoff "+line.text)
	}
	body, err := json.Marshal(logs)
	if err != nil {
		t.Fatal(err)
	}
	v.post(t, "/insert/datadog/api/v2/logs", "application/json", string(body))
	var got []string
	for _, e := range v.entries(t) {
		got = append(got, e["service"]+" "+e["_msg"])
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("the file (-) and what was sent (+) differ:\n%s", diff)
	}
}

// Alloy cannot be run here, but its language can be read: the file is as `alloy fmt`
// leaves it.
func TestRecipes_AlloysFileIsWellFormed(t *testing.T) {
	t.Parallel()
	cmd := command(t, "alloy")
	cmd.Stdin = strings.NewReader(readFile(t, recipes+"config.alloy"))
	formatted, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, formatted)
	}
	if diff := gocmp.Diff(readFile(t, recipes+"config.alloy"), string(formatted)); diff != "" {
		t.Errorf("alloy fmt would change it:\n%s", diff)
	}
}
