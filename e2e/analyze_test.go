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
	for format, extension := range map[string]string{"table": "txt", "json": "json", "markdown": "md"} {
		r := u.Succeed(t, slices.Concat([]string{"analyze", "-o", format}, printedQueries)...)
		wantGolden(t, "analyze."+extension, r.Stdout)
	}
	folder := filepath.Join(t.TempDir(), "new", "answers")
	u.Succeed(t, slices.Concat([]string{"analyze", "-o", "csv", "--output-dir", folder}, printedQueries)...)
	var files []string
	for _, name := range printedQueries {
		content, err := os.ReadFile(filepath.Join(folder, name+".csv"))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, "# "+name+"\n"+string(content))
	}
	wantGolden(t, "analyze.csv", strings.Join(files, "\n"))
	if written, err := os.ReadDir(folder); err != nil || len(written) != len(printedQueries) {
		t.Errorf("%d files for %d queries, error %v", len(written), len(printedQueries), err)
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

// A program reads one table from one CSV file.
func TestAnalyze_CSVOnStdoutIsForOneQuery(t *testing.T) {
	t.Parallel()
	u := clitest.NewUser(t).With("SPACEX_API_URL="+clitest.ClosedPort, "POSTGRES_DB=spacex_synthetic")
	for _, args := range [][]string{{}, {"launches_per_year", "launches_per_rocket"}} {
		r := u.Run(t, slices.Concat([]string{"analyze", "-o", "csv"}, args)...)
		clitest.WantFailure(t, r, 2, "--output-dir DIR")
		if r.Stdout != "" {
			t.Errorf("analyze -o csv %q printed %q", args, r.Stdout)
		}
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	u.Succeed(t, "demo", "-o", "csv")
	clitest.WantFailure(t, u.Run(t, "analyze", "-o", "csv", "--output-dir", file), 2, "--output-dir")
	clitest.WantFailure(t, u.Run(t, "analyze", "-o", "csv", "--output-dir", ""), 2, "--output-dir")
	one := u.Succeed(t, "analyze", "-o", "csv", "launches_per_year", "launches_per_year").Stdout
	if !strings.HasPrefix(one, "year,launches,") {
		t.Errorf("the CSV of one query begins %.60q", one)
	}
}
