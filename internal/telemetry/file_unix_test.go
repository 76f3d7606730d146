//go:build unix

package telemetry_test

import (
	"bytes"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"liftoff/internal/telemetry"
)

// logTo returns a logger to path, its sinks, and its console.
func logTo(t *testing.T, path string) (*slog.Logger, *telemetry.Sinks, *bytes.Buffer) {
	t.Helper()
	console := &bytes.Buffer{}
	logger, sinks := telemetry.NewLogger(telemetry.Options{Console: console, File: path, Clock: fixedClock})
	t.Cleanup(func() { _ = sinks.Close() })
	return logger, sinks, console
}

func TestFile_IsOpenedAtTheFirstLineAndIsPrivate(t *testing.T) {
	path := newPath(t)
	logger, _, _ := logTo(t, path)
	if _, err := os.Lstat(path); !os.IsNotExist(err) {
		t.Fatalf("before the first line: %v, want no file", err)
	}
	logger.Info("first")
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o600 {
		t.Errorf("mode is %o, want 600", got)
	}
}

func TestFile_IsAppendedTo(t *testing.T) {
	path := newPath(t)
	if err := os.WriteFile(path, []byte("from before\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	logger, _, _ := logTo(t, path)
	logger.Info("new")
	if got := linesOf(t, readFile(t, path)); len(got) != 2 || got[0] != "from before" {
		t.Errorf("got %q", got)
	}
}

// TestB16_UnwritableIsOneWarning covers every kind of path that is refused:
// the lines still reach the console, with one warning in all.
func TestB16_UnwritableIsOneWarning(t *testing.T) {
	tests := []struct {
		name   string
		make   func(t *testing.T, path string)
		reason string
	}{
		{"symbolic link to a file", func(t *testing.T, path string) {
			target := filepath.Join(t.TempDir(), "target")
			check(t, os.WriteFile(target, nil, 0o600))
			check(t, os.Symlink(target, path))
		}, `error="it is a symbolic link"`},
		{"dangling symbolic link", func(t *testing.T, path string) {
			check(t, os.Symlink(filepath.Join(t.TempDir(), "absent"), path))
		}, `error="it is a symbolic link"`},
		{"fifo without a reader", func(t *testing.T, path string) {
			check(t, syscall.Mkfifo(path, 0o600))
		}, `error="it is a named pipe"`},
		{"directory", func(t *testing.T, path string) {
			check(t, os.Mkdir(path, 0o700))
		}, `error="it is a directory"`},
		{"socket", listenOn, `error="it is not a regular file"`},
		{"folder is missing", func(t *testing.T, path string) {
			check(t, os.Remove(filepath.Dir(path)))
		}, `error="its folder does not exist"`},
		{"folder is a file", func(t *testing.T, path string) {
			check(t, os.Remove(filepath.Dir(path)))
			check(t, os.WriteFile(filepath.Dir(path), nil, 0o600))
		}, `error="not a directory"`},
		{"read-only folder", func(t *testing.T, path string) {
			skipAsRoot(t, "root writes to read-only folders")
			check(t, os.Chmod(filepath.Dir(path), 0o500))
		}, `error="permission denied"`},
		{"read-only file", func(t *testing.T, path string) {
			skipAsRoot(t, "root writes to read-only files")
			check(t, os.WriteFile(path, nil, 0o400))
		}, `error="permission denied"`},
		{"file of another user", func(t *testing.T, path string) {
			check(t, os.WriteFile(path, nil, 0o666))
			if err := os.Chown(path, 65534, 65534); err != nil {
				t.Skipf("only root can give a file away: %v", err)
			}
		}, `error="it belongs to user 65534, not to user 0"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := shortPath(t)
			tt.make(t, path)
			checkRefused(t, path, tt.reason)
		})
	}
}

func TestB16_DeviceIsRefused(t *testing.T) {
	checkRefused(t, "/dev/null", `error="it is a device"`)
	if _, err := os.Stat("/dev/full"); err == nil {
		checkRefused(t, "/dev/full", `error="it is a device"`)
	}
}

// checkRefused logs three lines and fails unless the console has them and one
// warning with the path and the reason, and all three are counted.
func checkRefused(t *testing.T, path, reason string) {
	t.Helper()
	logger, sinks, console := logTo(t, path)
	for range 3 {
		logger.Info("line")
	}
	got := linesOf(t, console.String())
	if len(got) != 4 || !strings.Contains(got[0], " - WARNING - Log file cannot be written") {
		t.Fatalf("console has %q, want one warning and three lines", got)
	}
	if !strings.Contains(got[0], path) || !strings.Contains(got[0], reason) {
		t.Errorf("warning is %q, want it to name %s and %s", got[0], path, reason)
	}
	if strings.Contains(strings.Join(got[1:], "\n"), "WARNING") {
		t.Errorf("a second warning: %q", got)
	}
	if n := sinks.DroppedFileLines(); n != 3 {
		t.Errorf("counted %d dropped lines, want 3", n)
	}
}

func TestB16_SymlinksTargetIsUntouched(t *testing.T) {
	path, target := newPath(t), newPath(t)
	check(t, os.WriteFile(target, []byte("precious\n"), 0o600))
	check(t, os.Symlink(target, path))
	logger, _, _ := logTo(t, path)
	logger.Info("line")
	if got := readFile(t, target); got != "precious\n" {
		t.Errorf("the target has %q", got)
	}
}

func TestFile_LoggingResumesWhenThePathIsFixed(t *testing.T) {
	path := newPath(t)
	check(t, os.Mkdir(path, 0o700))
	logger, sinks, console := logTo(t, path)
	logger.Info("lost")
	check(t, os.Remove(path))
	logger.Info("kept")
	if got := linesOf(t, readFile(t, path)); len(got) != 1 || !strings.HasSuffix(got[0], "kept") {
		t.Errorf("the file has %q, want the line after the repair", got)
	}
	if got := sinks.DroppedFileLines(); got != 1 {
		t.Errorf("counted %d dropped lines, want 1", got)
	}
	if got := len(linesOf(t, console.String())); got != 3 {
		t.Errorf("the console has %d lines, want two and a warning:\n%s", got, console)
	}
}

func TestFile_LinesAfterCloseGoToTheConsoleOnly(t *testing.T) {
	path := newPath(t)
	logger, sinks, console := logTo(t, path)
	logger.Info("first")
	check(t, sinks.Close())
	check(t, sinks.Close())
	logger.Info("second")
	if got := len(linesOf(t, readFile(t, path))); got != 1 {
		t.Errorf("the file has %d lines, want 1", got)
	}
	if got := len(linesOf(t, console.String())); got != 2 {
		t.Errorf("the console has %d lines, want 2", got)
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func skipAsRoot(t *testing.T, why string) {
	t.Helper()
	if os.Geteuid() == 0 {
		t.Skip(why)
	}
}

// shortPath is newPath in a folder of its own whose name a socket can bear.
func shortPath(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "log")
	check(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return filepath.Join(dir, "ingestion.log")
}

func listenOn(t *testing.T, path string) {
	t.Helper()
	listener, err := net.Listen("unix", path)
	check(t, err)
	t.Cleanup(func() { _ = listener.Close() })
}
