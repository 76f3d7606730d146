package e2e_test

import (
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

// With a seed for the launches and one for the simulated values, all that is
// printed is known, but for the figures that depend on today.
func TestAnalyze_PrintsTheSameForTheSameSeeds(t *testing.T) {
	t.Parallel()
	u := clitest.NewUser(t).With("SPACEX_API_URL="+clitest.ClosedPort, "SIMULATION_SEED=7", "POSTGRES_DB=spacex_synthetic")
	u.Succeed(t, "demo")
	var names []string
	for line := range strings.Lines(u.Succeed(t, "analyze", "--list").Stdout) {
		if name := strings.Fields(line)[0]; name != "data_freshness" {
			names = append(names, name)
		}
	}
	if len(names) < 10 {
		t.Fatalf("only %d queries: %v", len(names), names)
	}
	for format, extension := range map[string]string{"table": "txt", "json": "json", "csv": "csv", "markdown": "md"} {
		r := u.Succeed(t, slices.Concat([]string{"analyze", "-o", format}, names)...)
		wantGolden(t, "analyze."+extension, r.Stdout)
	}
}

func TestAnalyze_SaysWhatToDoWithoutASchema(t *testing.T) {
	t.Parallel()
	clitest.WantFailure(t, clitest.NewUser(t).Run(t, "analyze"), 2, "launch")
}
