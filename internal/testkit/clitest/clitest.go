// Package clitest runs the built binary as a user would, and says what it
// printed and how it ended. It is imported by tests only, and fails the test
// rather than return an error.
//
// The one rule for a caller: the test package needs
//
//	func TestMain(m *testing.M) { os.Exit(clitest.Main(m)) }
package clitest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// builds are the binaries of this test binary. It is a package variable
// because the testing package has no other way to hand something from TestMain
// to the tests.
var builds = builder{paths: map[string]string{}} //nolint:gochecknoglobals // see above

// builder builds the program, once for each set of build tags.
type builder struct {
	mu     sync.Mutex
	folder string
	paths  map[string]string
}

// Main builds the program, calls run, such as pgtest.Main's, and returns its
// exit code.
func Main(run func() int) int {
	folder, err := os.MkdirTemp("", "liftoff-binary-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(folder) }()
	if err := os.Chmod(folder, 0o755); err != nil { //nolint:gosec // another user runs it too
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	builds.folder = folder
	if _, err := builds.build(""); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return run()
}

// MainForFaults is Main for the packages of the fault suite, which is slow: it
// runs when LIFTOFF_FAULTS is set, as `make faults` does, else there is nothing
// to test.
func MainForFaults(run func() int) int {
	if os.Getenv("LIFTOFF_FAULTS") == "" {
		fmt.Fprintln(os.Stderr, "not run: the fault suite is run by `make faults`, or with LIFTOFF_FAULTS=1")
		return 0
	}
	return Main(run)
}

// Binary returns the path of the program under test.
func Binary(t testing.TB) string { return BinaryWithTags(t, "") }

// BinaryWithTags returns the path of the program built with build tags, such as
// "failpoints".
func BinaryWithTags(t testing.TB, tags string) string {
	t.Helper()
	path, err := builds.build(tags)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func (b *builder) build(tags string) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if path, found := b.paths[tags]; found {
		return path, nil
	}
	if b.folder == "" {
		return "", errors.New("no TestMain with clitest.Main in this package")
	}
	// tools/test-as-user.sh brings a binary: its user has no Go caches.
	if path := os.Getenv("LIFTOFF_BINARY"); path != "" && tags == "" {
		return path, nil
	}
	path := filepath.Join(b.folder, "liftoff"+tags)
	build := exec.Command("go", "build", "-tags="+tags, "-o", path, "liftoff/cmd/liftoff") //nolint:noctx // before any test, so there is no context
	if output, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the binary: %w\n%s", err, output)
	}
	b.paths[tags] = path
	return path, nil
}

// isBuilt reports whether a path is that of the program without build tags, built here
// or brought by tools/test-as-user.sh.
func (b *builder) isBuilt(path string) bool {
	if brought := os.Getenv("LIFTOFF_BINARY"); brought != "" {
		return path == brought
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return path == b.paths[""]
}
