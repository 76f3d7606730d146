// Package deploy_test reads the recipes of this folder as their schedulers do, and runs
// them with the built program. What needs a scheduler's own program, such as
// systemd-analyze, runs with LIFTOFF_DEPLOY=1 only: make test-deploy.
package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

func TestMain(m *testing.M) {
	os.Exit(clitest.Main(func() int { return pgtest.Main(m) }))
}

// outcome is what a scheduler makes of an exit code, in the words of docs/deploy.md.
type outcome string

const (
	success outcome = "success" // nobody is told
	skipped outcome = "skipped" // nobody is told; another run does the work
	retry   outcome = "retry"   // tried again soon; if that fails too, somebody is told
	failure outcome = "failure" // somebody is told; not tried again before the next slot
)

// exitCodes are those that a scheduler can see of `ingest` and `worker`.
var exitCodes = []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 75, 129, 130, 143}

// recipe is a column of the table in docs/deploy.md.
type recipe struct {
	// column is its heading.
	column string
	// outcome works out from the recipe's own files what it makes of an exit code.
	outcome func(t *testing.T, code int) outcome
}

// recipes are the columns of the recipes that this package tests.
var recipes = []recipe{
	{"cron", cronOutcome},
	{"systemd timer", func(t *testing.T, code int) outcome { return unitOutcome(t, "liftoff-ingest.service", code) }},
	{"systemd worker", func(t *testing.T, code int) outcome { return unitOutcome(t, "liftoff-worker.service", code) }},
	{"GitHub Actions", workflowOutcome},
	{"Compose worker", composeOutcome},
	{"Kubernetes, Helm: CronJob", jobOutcome},
	{"Kubernetes, Helm: workers", deploymentOutcome},
	{"Airflow", taskOutcome},
	{"Airflow, in a pod", podOperatorOutcome},
}

// TestE13_ExitCodesDoWhatTheTableSays compares docs/deploy.md with the recipes.
func TestE13_ExitCodesDoWhatTheTableSays(t *testing.T) {
	table := outcomeTable(t)
	var columns []string
	for _, r := range recipes {
		columns = append(columns, r.column)
		t.Run(r.column, func(t *testing.T) {
			for _, code := range exitCodes {
				got, want := r.outcome(t, code), table[r.column][code]
				if got != want {
					t.Errorf("exit code %d is %q in the recipe and %q in docs/deploy.md", code, got, want)
				}
			}
		})
	}
	for column := range table {
		if !slices.Contains(columns, column) {
			t.Errorf("no test belongs to the column %q", column)
		}
	}
}

// outcomeTable returns the table of docs/deploy.md whose first column is "code".
func outcomeTable(t *testing.T) map[string]map[int]outcome {
	t.Helper()
	table := map[string]map[int]outcome{}
	var columns []string
	for line := range strings.Lines(read(t, "../docs/deploy.md")) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		if cells[0] == "code" {
			columns = cells
			for _, column := range columns[1:] {
				table[column] = map[int]outcome{}
			}
		}
		code, err := strconv.Atoi(cells[0])
		if err != nil || len(columns) == 0 {
			continue
		}
		if len(cells) != len(columns) {
			t.Fatalf("the row of %d has %d cells, want %d", code, len(cells), len(columns))
		}
		for i, column := range columns[1:] {
			table[column][code] = outcome(cells[i+1])
		}
	}
	for column, codes := range table {
		for _, code := range exitCodes {
			if !slices.Contains([]outcome{success, skipped, retry, failure}, codes[code]) {
				t.Errorf("%s: exit code %d is %q, which is not one of the four words", column, code, codes[code])
			}
		}
	}
	return table
}

// TestReadmes_AreShort: what a recipe needs more words for belongs into docs. A folder with
// several recipes has a heading for each.
func TestReadmes_AreShort(t *testing.T) {
	const most = 5
	for _, folder := range folders(t) {
		lines, isAny := 0, false
		isCode := false
		for line := range strings.Lines(read(t, filepath.Join(folder, "README.md"))) {
			if strings.HasPrefix(line, "```") {
				isCode = !isCode
				continue
			}
			if strings.HasPrefix(line, "## ") {
				lines = 0
			}
			isText := !isCode && strings.TrimSpace(line) != "" && !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "    ")
			if !isText {
				continue
			}
			isAny = true
			if lines++; lines == most+1 {
				t.Errorf("%s/README.md has more than %d lines of text for a recipe", folder, most)
			}
		}
		if !isAny {
			t.Errorf("%s/README.md has no text", folder)
		}
	}
}

// TestIndex_NamesEveryRecipe keeps docs/deploy.md and the folders together.
func TestIndex_NamesEveryRecipe(t *testing.T) {
	var linked []string
	for _, found := range regexp.MustCompile(`\]\(\.\./deploy/([\w-]+)/README\.md\)`).FindAllStringSubmatch(read(t, "../docs/deploy.md"), -1) {
		linked = append(linked, found[1])
	}
	slices.Sort(linked)
	if diff := cmp.Diff(folders(t), slices.Compact(linked)); diff != "" {
		t.Errorf("recipes (-in deploy/ +in docs/deploy.md):\n%s", diff)
	}
}

// folders returns the recipes' folders, sorted.
func folders(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		if entry.IsDir() && entry.Name() != "testdata" {
			names = append(names, entry.Name())
		}
	}
	return names
}

// read returns a file as text.
func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// write writes a file for a test, with the folders above it, and returns its path.
func write(t *testing.T, path, content string, mode os.FileMode) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	return path
}

// tool returns the path of a program that checks or runs a recipe. It skips the test
// without LIFTOFF_DEPLOY=1, and where the program is missing; CI must have it.
func tool(t *testing.T, name string) string {
	t.Helper()
	if os.Getenv("LIFTOFF_DEPLOY") != "1" {
		t.Skipf("needs %s: run make test-deploy", name)
	}
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("CI must have %s: %v", name, err)
	}
	t.Skipf("there is no %s here: %v", name, err)
	return ""
}

// succeed runs a command, which must end with 0, and returns all that it printed.
func succeed(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	output, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, output)
	}
	return string(output)
}
