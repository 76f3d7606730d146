// Package monitoring_test runs the files of deploy/prometheus in a real Prometheus and
// Alertmanager, which read a real worker. It runs with LIFTOFF_MONITORING=1 only, and
// then a missing program is a failure: make test-monitoring.
package monitoring_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
	"liftoff/internal/testkit/programtest"
)

// patience is how long anything may take, on a busy machine.
const patience = time.Minute

func TestMain(m *testing.M) { os.Exit(run(m)) }

// run builds the program as `make build` does: with the module of the program, and not
// with the versions of this one.
func run(m *testing.M) int {
	folder, err := os.MkdirTemp("", "liftoff-monitoring-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(folder) }()
	binary := filepath.Join(folder, "liftoff")
	build := exec.Command("go", "-C", "../..", "build", "-o", binary, "./cmd/liftoff")
	if output, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build the program: %v\n%s", err, output)
		return 1
	}
	if err := errors.Join(os.Chmod(folder, 0o755), os.Setenv("LIFTOFF_BINARY", binary)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return clitest.Main(func() int { return pgtest.Main(m) })
}

// tools is where tools/monitoring-tools.sh puts the programs.
func tools(t *testing.T) string {
	t.Helper()
	folder, err := filepath.Abs("../../.bin/monitoring")
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

// tool returns the path of a program. It skips the test unless this tier is asked for.
func tool(t *testing.T, name string) string {
	t.Helper()
	if os.Getenv("LIFTOFF_MONITORING") != "1" {
		t.Skipf("needs %s: run make test-monitoring", name)
	}
	path := filepath.Join(tools(t), name)
	if _, err := os.Stat(path); err == nil {
		return path
	}
	t.Fatalf("there is no %s: run tools/monitoring-tools.sh", path)
	return ""
}

// try runs a program to its end and returns all that it printed.
func try(t *testing.T, name string, args ...string) (string, error) {
	t.Helper()
	output, err := exec.CommandContext(t.Context(), tool(t, name), args...).CombinedOutput()
	return string(output), err
}

// succeed runs a program, which must end with 0.
func succeed(t *testing.T, name string, args ...string) string {
	t.Helper()
	output, err := try(t, name, args...)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, output)
	}
	return output
}

// start starts a program that ends with the test, which shows its log if it fails.
func start(t *testing.T, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(tool(t, name), args...)
	cmd.Dir = t.TempDir()
	programtest.Start(t, cmd)
}

// eventually tries until it succeeds, and fails the test if that takes too long.
func eventually(t *testing.T, try func() error) {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		err := try()
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("not within %v: %v", patience, err)
		}
	}
}

// recipe returns a file of deploy/prometheus.
func recipe(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(recipePath(name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func recipePath(name string) string { return filepath.Join("../../deploy/prometheus", name) }

// replaced returns a text in which each of the pairs is replaced; all must be there.
func replaced(t *testing.T, text string, pairs ...string) string {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("there is no %q in\n%s", pairs[i], text)
		}
		text = strings.ReplaceAll(text, pairs[i], pairs[i+1])
	}
	return text
}

// write writes a file and returns its path.
func write(t *testing.T, path, content string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}
