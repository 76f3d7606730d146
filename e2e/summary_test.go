package e2e_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

func TestIngest_WritesASummaryForPrograms(t *testing.T) {
	t.Parallel()
	u := clitest.NewUser(t).On(pgtest.NewDatabase(t)).With("SPACEX_API_URL=" + clitest.StartReplay(t))
	u.Succeed(t, "ingest", "--all", "--summary-json", "summary.json")
	var summary map[string]any
	if err := json.Unmarshal([]byte(u.ReadFile(t, "summary.json")), &summary); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]any{
		"run_id": 1.0, "status": "succeeded", "exit_code": 0.0, "error": nil, "selection": "all", "fetched": 205.0, "inserted": 205.0,
		"unchanged": 0.0, "revised": 0.0, "quarantined": 0.0, "missing": 0.0, "retries": 0.0, "pages": 1.0,
	} {
		if got := summary[name]; got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	for _, name := range []string{"started_at", "finished_at", "duration_ms", "bytes", "requests", "newest_launch_at", "newest_launch_age_seconds", "last_change_at", "last_change_age_seconds"} {
		if value := summary[name]; value == nil || value == 0.0 && name != "last_change_age_seconds" {
			t.Errorf("%s is %v", name, value)
		}
	}
	stages, _ := summary["stages"].(map[string]any)
	if len(stages) != 6 || stages["analytics_ms"] == 0.0 {
		t.Errorf("the stages are %v", stages)
	}
	piped := u.Succeed(t, "ingest", "--new", "--skip-analytics", "--summary-json", "-")
	if err := json.Unmarshal([]byte(piped.Stdout), &summary); err != nil || summary["selection"] != "new" {
		t.Errorf("stdout has %v:\n%s", err, piped.Stdout)
	}
	shown := u.Succeed(t, "runs", "show", "1")
	if !strings.Contains(shown.Stdout, "Peak memory") || !strings.Contains(shown.Stdout, "Requests") {
		t.Errorf("runs show says\n%s", shown.Stdout)
	}
}

// A run that failed has a summary too, and a summary that cannot be written changes nothing.
func TestIngest_SummaryInTrouble(t *testing.T) {
	t.Parallel()
	u := clitest.NewUser(t).On(pgtest.NewDatabase(t)).With("SPACEX_API_URL=" + clitest.ClosedPort)
	u.Succeed(t, "migrate", "up")
	r := u.Run(t, "ingest", "--summary-json", "summary.json")
	var summary map[string]any
	if err := json.Unmarshal([]byte(u.ReadFile(t, "summary.json")), &summary); err != nil {
		t.Fatal(err)
	}
	if text, _ := summary["error"].(string); r.Code != 4 || summary["exit_code"] != 4.0 || summary["status"] != "failed" || text == "" || summary["newest_launch_at"] != nil {
		t.Errorf("after exit code %d the summary is %v", r.Code, summary)
	}
	u = u.With("SPACEX_API_URL=" + clitest.StartReplay(t))
	nowhere := u.Succeed(t, "ingest", "--skip-analytics", "--summary-json", filepath.Join("no", "such", "folder", "summary.json"))
	if !strings.Contains(nowhere.Stderr, " - WARNING - The run's summary cannot be written. setting=--summary-json ") {
		t.Errorf("the log says\n%s", nowhere.Stderr)
	}
	clitest.WantFailure(t, u.Run(t, "ingest", "--summary-json", "-"), 2, "would both go to stdout")
}
