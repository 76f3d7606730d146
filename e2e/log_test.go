package e2e_test

import (
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// jsonLine is what each JSON line of the log has; RunID is 0 outside a run.
type jsonLine struct {
	Time             time.Time
	Level, Component string
	Message          string `json:"msg"`
	RunID            int64  `json:"run_id"`
}

// jsonLines reads a log in which every line is JSON.
func jsonLines(t *testing.T, log string) []jsonLine {
	t.Helper()
	var lines []jsonLine
	for text := range strings.Lines(log) {
		var line jsonLine
		if err := json.Unmarshal([]byte(text), &line); err != nil || line.Time.IsZero() || line.Level == "" || line.Component == "" || line.Message == "" {
			t.Errorf("%v in the line %s", err, text)
		}
		lines = append(lines, line)
	}
	return lines
}

// linesOfRun returns the lines from "Run started." to the last one.
func linesOfRun(t *testing.T, log string) []jsonLine {
	t.Helper()
	lines := jsonLines(t, log)
	first := slices.IndexFunc(lines, func(l jsonLine) bool { return l.Message == "Run started." })
	if first < 0 || !slices.ContainsFunc(lines[first:], func(l jsonLine) bool { return l.Message == "Run finished." }) {
		t.Fatalf("no run in the log:\n%s", log)
	}
	return lines[first:]
}

func TestLog_EveryLineOfARunHasItsNumber(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		args []string
		code int
		// says are messages that the run must have.
		says []string
	}{
		{"a good run", nil, 0, []string{"Successfully fetched launches from SpaceX API.", "References fetched.", "Running analytics queries..."}},
		{"a request that is tried again", []string{"--fault", "status=503@2"}, 0, []string{"A request to the API failed and is tried again."}},
		{"a page that is left out", []string{"--fault", "status=503@3-4"}, 4, []string{"A page could not be fetched and is left out. The next run for new or all launches fetches it."}},
		{"a record in quarantine", []string{"--damage", "bad-payloads@205"}, 3, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.NewDatabase(t)
			u := clitest.NewUser(t).On(db).With("LOG_FORMAT=json", "LOG_LEVEL=debug", "PAGE_SIZE=20", "CONCURRENCY=1",
				"SPACEX_API_URL="+clitest.StartReplay(t, test.args...))
			// So that the run's number is not that of the first by chance.
			clitest.NewUser(t).On(db).With("SPACEX_API_URL="+clitest.StartReplay(t)).Succeed(t, "ingest")
			r := u.Run(t, "ingest", "--all")
			if r.Code != test.code {
				t.Fatalf("exit code %d:\n%s", r.Code, r.Stderr)
			}
			id := clitest.Scan[int64](t, db, "SELECT max(id) FROM ingestion_runs")
			var messages []string
			for _, line := range linesOfRun(t, r.Stderr) {
				messages = append(messages, line.Message)
				if line.RunID != id {
					t.Errorf("run_id is %d, want %d: %s", line.RunID, id, line.Message)
				}
			}
			for _, message := range test.says {
				if !slices.Contains(messages, message) {
					t.Errorf("no line says %q: %q", message, messages)
				}
			}
		})
	}
}

func TestLog_TheDurationIsThatOfTheLedger(t *testing.T) {
	t.Parallel()
	u := clitest.NewUser(t).On(pgtest.NewDatabase(t)).With("SPACEX_API_URL=" + clitest.StartReplay(t))
	_, logged, _ := strings.Cut(u.Succeed(t, "ingest", "--all", "--skip-analytics").LastLine(), "Run finished. duration=")
	logged, _, _ = strings.Cut(logged, " ")
	var rows []struct {
		DurationMS int64 `json:"duration_ms"`
	}
	if err := json.Unmarshal([]byte(u.Succeed(t, "runs", "-o", "json").Stdout), &rows); err != nil || len(rows) != 1 {
		t.Fatalf("%d runs, error %v", len(rows), err)
	}
	if took := time.Duration(rows[0].DurationMS) * time.Millisecond; took.String() != logged {
		t.Errorf("the run took %s in the log and %s in the ledger", logged, took)
	}
	table := u.Succeed(t, "runs", "-o", "markdown").Stdout
	seconds := regexp.MustCompile(`\| ([0-9.]+) \| all \|`).FindStringSubmatch(table)
	if seconds == nil {
		t.Fatalf("the table has no duration before the selection:\n%s", table)
	}
	// It has a decimal at least.
	if shown, err := strconv.ParseFloat(seconds[1], 64); err != nil || math.Abs(shown*1000-float64(rows[0].DurationMS)) > 50 {
		t.Errorf("the run took %s in the log and %q s in the table, error %v", logged, seconds[1], err)
	}
}

// The sentences that users look for are whole messages in JSON too; their exact
// text lines are in TestIngest_StoresTheLatestLaunchOnceAndSaysSo.
func TestLog_TheFourSentencesAreMessages(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	u := clitest.NewUser(t).On(db).With("LOG_FORMAT=json", "SPACEX_API_URL="+clitest.StartReplay(t))
	want := []string{
		"Run started.", "Successfully fetched latest launch data from SpaceX API.", "Launch <id> inserted into database.",
		"Aggregation view launch_aggregates_view created successfully.", "Running analytics queries...", "Run finished.",
	}
	var got []string
	for _, line := range linesOfRun(t, u.Succeed(t, "ingest").Stderr) {
		got = append(got, line.Message)
	}
	want[2] = strings.Replace(want[2], "<id>", clitest.Scan[string](t, db, "SELECT id FROM raw_launches"), 1)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the messages of a run (-want +got):\n%s", diff)
	}
}
