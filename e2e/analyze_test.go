package e2e_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"liftoff/internal/testkit/clitest"
)

var update = flag.Bool("update", false, "write the golden files")

func wantGolden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs, run go test ./e2e -update if that is wanted (-want +got):\n%s", path, diff)
	}
}

// printedQueries are in the golden files: every kind of value and of chart. The
// answers of all queries are in package analytics' golden file.
var printedQueries = []string{
	"aggregate_view", "upcoming_and_past", "launches_per_year", "launches_per_rocket", "launches_per_launchpad", "rolling_success_rate",
	"days_between_launches", "payloads_per_launch", "heaviest_launches", "heaviest_real_payloads", "simulated_and_real_mass",
	"mass_distribution", "delay_distribution", "date_slips",
}

// With a seed for the launches and one for the simulated values, all that is
// printed is known, but for the figures that depend on today.
func TestAnalyze_PrintsTheSameForTheSameSeeds(t *testing.T) {
	t.Parallel()
	u := clitest.NewUser(t).With("SPACEX_API_URL="+clitest.ClosedPort, "SIMULATION_SEED=7", "POSTGRES_DB=spacex_synthetic")
	u.Succeed(t, "demo")
	for format, extension := range map[string]string{"table": "txt", "json": "json", "csv": "csv", "markdown": "md"} {
		r := u.Succeed(t, slices.Concat([]string{"analyze", "-o", format}, printedQueries)...)
		wantGolden(t, "analyze."+extension, r.Stdout)
	}
	var listed, answered []string
	for line := range strings.Lines(u.Succeed(t, "analyze", "--list").Stdout) {
		listed = append(listed, strings.Fields(line)[0])
	}
	var answers []struct{ Name string }
	if err := json.Unmarshal([]byte(u.Succeed(t, "analyze", "-o", "json").Stdout), &answers); err != nil {
		t.Fatal(err)
	}
	for _, answer := range answers {
		answered = append(answered, answer.Name)
	}
	if diff := cmp.Diff(listed, answered); diff != "" || len(listed) < len(printedQueries) {
		t.Errorf("answers without names (-listed +answered):\n%s", diff)
	}
}

func TestAnalyze_SaysWhatToDoWithoutASchema(t *testing.T) {
	t.Parallel()
	clitest.WantFailure(t, clitest.NewUser(t).Run(t, "analyze"), 2, "launch")
}
