package e2e_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

var (
	textLine  = regexp.MustCompile(`^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} - ([A-Z]+) - (.*)$`)
	attribute = regexp.MustCompile(` ([a-z_]+)=("(?:[^"\\]|\\.)*"|[^ "]+)`)
	// differing are the values that no two runs have in common.
	differing = regexp.MustCompile(`^(?:(?:duration|wait|database|source|watermark|look_back_from|peak_memory_mib)=|(?:fetch|decode|store|references|view|analytics)=[0-9])`)
)

// eventsOfText returns the events of text lines: level, message, and each attribute as
// key=value, sorted.
func eventsOfText(t *testing.T, log string) [][]string {
	t.Helper()
	var events [][]string
	for line := range strings.Lines(log) {
		found := textLine.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		if found == nil {
			t.Fatalf("no log line: %q", line)
		}
		event := []string{found[1], attribute.ReplaceAllString(found[2], "")}
		for _, pair := range attribute.FindAllStringSubmatch(found[2], -1) {
			value, err := strconv.Unquote(pair[2])
			if err != nil {
				value = pair[2]
			}
			event = append(event, pair[1]+"="+value)
		}
		events = append(events, masked(event))
	}
	return events
}

// eventsOfJSON returns those of JSON lines in the same form, without what only JSON has.
func eventsOfJSON(t *testing.T, log string) [][]string {
	t.Helper()
	var events [][]string
	for line := range strings.Lines(log) {
		decoder := json.NewDecoder(strings.NewReader(line))
		decoder.UseNumber()
		var object map[string]any
		if err := decoder.Decode(&object); err != nil {
			t.Fatalf("%v in the line %q", err, line)
		}
		event := []string{fmt.Sprint(object["level"]), fmt.Sprint(object["msg"])}
		for key, value := range object {
			switch key {
			case "time", "level", "msg", "run_id", "component":
				continue
			}
			name, isDuration := strings.CutSuffix(key, "_ms")
			if isDuration {
				value = milliseconds(t, value)
			}
			if key == "launch_id" && strings.Contains(event[1], fmt.Sprint(value)) {
				continue // the sentence has it
			}
			event = append(event, fmt.Sprintf("%s=%v", name, value))
		}
		events = append(events, masked(event))
	}
	return events
}

// milliseconds returns a number of milliseconds as a text line shows it.
func milliseconds(t *testing.T, value any) string {
	t.Helper()
	number, ok := value.(json.Number)
	if !ok {
		t.Fatalf("%v of type %T is no number of milliseconds", value, value)
	}
	whole, err := number.Int64()
	if err != nil {
		t.Fatal(err)
	}
	return (time.Duration(whole) * time.Millisecond).String()
}

// masked sorts the attributes of an event, and hides those that differ in each run.
func masked(event []string) []string {
	for i, text := range event {
		if differing.MatchString(text) {
			name, _, _ := strings.Cut(text, "=")
			event[i] = name + "=?"
		}
	}
	slices.Sort(event[2:])
	return event
}

// Text and JSON lines say the same: the same messages at the same levels with the same values.
func TestLog_BothFormatsHaveTheSameEvents(t *testing.T) {
	t.Parallel()
	for name, command := range map[string][]string{
		"the latest launch": {"ingest"}, "all launches": {"ingest", "--all"}, "twice": {"ingest", "--new"}, "a wrong flag": {"ingest", "--nope"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run := func(format string) string {
				api := clitest.StartReplay(t, "--fault", "status=503@2")
				u := clitest.NewUser(t).On(pgtest.NewDatabase(t)).With("LOG_FORMAT="+format, "LOG_LEVEL=debug", "CONCURRENCY=1", "WRITERS=1", "SPACEX_API_URL="+api)
				log := u.Run(t, command...).Stderr
				if name == "twice" {
					log += u.Run(t, command...).Stderr
				}
				return log
			}
			text, lines := run("text"), run("json")
			if strings.Contains(text, "run_id") || strings.Contains(text, "component") {
				t.Errorf("a text line has what only machines need:\n%s", text)
			}
			jsonLines(t, lines) // each has what every line has to have
			// What is fetched at the same time comes in any order.
			inOrder := cmpopts.SortSlices(func(a, b []string) int { return slices.Compare(a, b) })
			if diff := cmp.Diff(eventsOfText(t, text), eventsOfJSON(t, lines), inOrder); diff != "" {
				t.Errorf("the events of text (-) and JSON (+) differ:\n%s", diff)
			}
		})
	}
}

func TestLog_TheFileHasItsOwnLevel(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name              string
		settings          []string
		wantConsole, want string // the lowest level that each has
	}{
		{"as it is", nil, "INFO", "INFO"},
		{"a quiet console", []string{"LOG_LEVEL=error"}, "", "INFO"},
		{"--quiet", []string{"LIFTOFF_QUIET=true"}, "", "INFO"},
		{"debug for the console is debug for the file", []string{"LOG_LEVEL=debug"}, "DEBUG", "DEBUG"},
		{"debug for the file alone", []string{"LOG_FILE_LEVEL=debug"}, "INFO", "DEBUG"},
		{"debug for the file of a quiet run", []string{"LOG_FILE_LEVEL=Debug", "LIFTOFF_QUIET=true"}, "", "DEBUG"},
		{"debug for the console alone", []string{"LOG_LEVEL=debug", "LOG_FILE_LEVEL=warn"}, "DEBUG", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			u := clitest.NewUser(t).On(pgtest.NewDatabase(t)).With(append(test.settings, "LOG_FILE=run.log", "SPACEX_API_URL="+clitest.StartReplay(t))...)
			r := u.Succeed(t, "ingest")
			if got := lowestLevel(t, r.Stderr); got != test.wantConsole {
				t.Errorf("the lowest level on the console is %q, want %q:\n%s", got, test.wantConsole, r.Stderr)
			}
			log := ""
			if test.want != "" {
				log = u.ReadFile(t, "run.log")
			}
			if got := lowestLevel(t, log); got != test.want {
				t.Errorf("the lowest level in the file is %q, want %q:\n%s", got, test.want, log)
			}
		})
	}
}

// lowestLevel returns the lowest level of the lines of a log; "" for none.
func lowestLevel(t *testing.T, log string) string {
	t.Helper()
	lowest := ""
	levels := []string{"DEBUG", "INFO", "WARNING", "ERROR"}
	for _, event := range eventsOfText(t, log) {
		if lowest == "" || slices.Index(levels, event[0]) < slices.Index(levels, lowest) {
			lowest = event[0]
		}
	}
	return lowest
}
