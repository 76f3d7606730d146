package e2e_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
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

// With a seed for the launches and one for the simulated values, all that is
// printed is known, but for the figures that depend on today.
func TestAnalyze_PrintsTheSameForTheSameSeeds(t *testing.T) {
	t.Parallel()
	u := newUser(t).with("SPACEX_API_URL="+closedPort, "SIMULATION_SEED=7", "POSTGRES_DB=spacex_synthetic")
	u.succeed(t, "demo")
	var names []string
	for line := range strings.Lines(u.succeed(t, "analyze", "--list").stdout) {
		if name := strings.Fields(line)[0]; name != "data_freshness" {
			names = append(names, name)
		}
	}
	if len(names) < 10 {
		t.Fatalf("only %d queries: %v", len(names), names)
	}
	for format, extension := range map[string]string{"table": "txt", "json": "json", "csv": "csv", "markdown": "md"} {
		r := u.succeed(t, slices.Concat([]string{"analyze", "-o", format}, names)...)
		wantGolden(t, "analyze."+extension, r.stdout)
	}
}

func TestAnalyze_SaysWhatToDoWithoutASchema(t *testing.T) {
	t.Parallel()
	wantFailure(t, newUser(t).run(t, "analyze"), 2, "launch")
}
