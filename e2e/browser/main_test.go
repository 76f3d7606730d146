// Package browser_test opens the pages of `liftoff serve` in Debian's Chromium. It runs
// with LIFTOFF_BROWSER=1 only, as make test-browser does; a missing program fails the
// tests in CI and skips them elsewhere.
package browser_test

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
)

// patience is how long anything may take, on a busy machine.
const patience = time.Minute

func TestMain(m *testing.M) { os.Exit(run(m)) }

// run builds the program with its own module, and not with the versions of this one.
func run(m *testing.M) int {
	if os.Getenv("LIFTOFF_BROWSER") != "1" {
		fmt.Fprintln(os.Stderr, "not run: the browser tests are run by `make test-browser`, or with LIFTOFF_BROWSER=1")
		return 0
	}
	folder, err := os.MkdirTemp("", "liftoff-browser-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(folder) }()
	binary := filepath.Join(folder, "liftoff")
	build := exec.Command("go", "-C", "../..", "build", "-o", binary, "-ldflags", "-X main.buildVersion=1.0.0", "./cmd/liftoff")
	if output, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build the program: %v\n%s", err, output)
		return 1
	}
	if err := errors.Join(os.Chmod(folder, 0o755), os.Setenv("LIFTOFF_BINARY", binary)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer browser.close()
	return clitest.Main(func() int { return pgtest.Main(m) })
}

// tool returns the path of what tools/browser-tools.sh installs: the first of the names
// that is there. Without it the test fails in CI and is skipped elsewhere.
func tool(t testing.TB, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	text := "there is no %v: run tools/browser-tools.sh"
	if os.Getenv("CI") == "true" {
		t.Fatalf(text, names)
	}
	t.Skipf(text, names)
	return ""
}

// eventually tries until it succeeds, and fails the test if that takes too long.
func eventually(t *testing.T, try func() error) {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(50 * time.Millisecond)
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

// lacks returns an error unless a text has a part.
func lacks(text, part string) error {
	if strings.Contains(text, part) {
		return nil
	}
	return fmt.Errorf("there is no %q in %.1000q", part, text)
}
