package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// runIn writes the files of a module, runs its tests through testsummary, and
// returns the exit code and what was printed.
func runIn(t *testing.T, files map[string]string) (code int, printed string) {
	t.Helper()
	dir := t.TempDir()
	files["go.mod"] = "module scratch\n\ngo 1.26\n"
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var stdout, stderr bytes.Buffer
	code = run(t.Context(), []string{"go", "test", "-C", dir, "-json", "./..."}, &stdout, &stderr)
	return code, stdout.String()
}

const header = "package scratch\n\nimport \"testing\"\n\n"

func TestRun_CountsAndExitCode(t *testing.T) {
	tests := []struct {
		name, code string
		wantExit   int
		wantLast   string
		wantText   string
	}{
		{
			"all pass", header + `func TestA(t *testing.T) { t.Run("sub", func(t *testing.T) {}) }`,
			0, "2 passed, 0 failed, 0 skipped", "scratch",
		},
		{
			"a failure is shown with its output", header + `func TestA(t *testing.T) { t.Error("got 1, want 2") }`,
			1, "0 passed, 1 failed, 0 skipped", "got 1, want 2",
		},
		{
			"a skip is shown with its reason", header + "func TestA(t *testing.T) {}\nfunc TestB(t *testing.T) { t.Skip(\"no network\") }",
			0, "1 passed, 0 failed, 1 skipped", "no network",
		},
		{
			"a package that does not build is a failure", header + `func TestA(t *testing.T) { undefined() }`,
			1, "0 passed, 1 failed, 0 skipped", "undefined: undefined",
		},
		{
			"a panic is a failure", header + `func TestA(t *testing.T) { panic("boom") }`,
			1, "0 passed, 1 failed, 0 skipped", "boom",
		},
		{
			"an exit in the middle is a failure", "package scratch\n\nimport (\n\"os\"\n\"testing\"\n)\n\nfunc TestA(t *testing.T) { os.Exit(3) }",
			1, "0 passed, 1 failed, 0 skipped", "RUN   TestA",
		},
		{
			"no tests at all are a failure", "package scratch\n",
			1, "0 passed, 0 failed, 0 skipped", "no tests ran",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			exit, printed := runIn(t, map[string]string{"a_test.go": tt.code})
			lines := strings.Split(strings.TrimSpace(printed), "\n")
			if last := lines[len(lines)-1]; exit != tt.wantExit || last != tt.wantLast {
				t.Errorf("exit %d, last line %q; want %d, %q", exit, last, tt.wantExit, tt.wantLast)
			}
			if !strings.Contains(printed, tt.wantText) {
				t.Errorf("no %q in:\n%s", tt.wantText, printed)
			}
		})
	}
}

func TestRun_CommandThatCannotStartIsAFailure(t *testing.T) {
	var out, stderr bytes.Buffer
	code := run(t.Context(), []string{"/nowhere/go"}, &out, &stderr)
	if code != 1 || !strings.HasSuffix(out.String(), "0 passed, 1 failed, 0 skipped\n") {
		t.Errorf("exit %d:\n%s", code, out.String())
	}
}
