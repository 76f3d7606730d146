// Package pythontest gives tests Python programs that read what liftoff writes. It is
// imported by tests only, and fails the test rather than return an error.
package pythontest

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Programs returns the folder with the programs of a virtual environment, which has the
// packages of requirements.txt in the test's folder. It is made in folder once. Without
// Python 3 the test is skipped, or fails with CI=true.
func Programs(t testing.TB, folder string) string {
	t.Helper()
	if output, err := exec.CommandContext(t.Context(), "python3", "-c", "import venv, ensurepip").CombinedOutput(); err != nil {
		text := "this test needs Python 3 with venv (Debian, Ubuntu: apt-get install python3-venv): %v %s"
		if os.Getenv("CI") == "true" {
			t.Fatalf(text, err, output)
		}
		t.Skipf(text, err, output)
	}
	folder, err := filepath.Abs(folder)
	if err != nil {
		t.Fatal(err)
	}
	programs := filepath.Join(folder, "bin")
	python := filepath.Join(programs, "python")
	if _, err := os.Stat(python); err != nil {
		Run(t, exec.CommandContext(t.Context(), "python3", "-m", "venv", folder))
	}
	Run(t, exec.CommandContext(t.Context(), python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement", "requirements.txt"))
	return programs
}

// Run runs a command, which must succeed, and returns its output.
func Run(t testing.TB, cmd *exec.Cmd) string {
	t.Helper()
	output, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, output)
	}
	t.Logf("%s", output)
	return string(output)
}
