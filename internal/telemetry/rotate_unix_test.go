//go:build unix

package telemetry_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"liftoff/internal/telemetry"
)

// lineBytes is the length of the line that logLine writes.
const lineBytes = len("2024-04-27 17:02:01,302 - INFO - line 00\n")

// rotating returns options for a file of two lines with three older ones.
func rotating(path string, console io.Writer) telemetry.Options {
	return telemetry.Options{
		Console: console, File: path, Clock: fixedClock,
		MaxFileBytes: int64(2 * lineBytes), MaxFiles: 3,
	}
}

// logLines writes "line 00", "line 01", … n times.
func logLines(t *testing.T, opts telemetry.Options, n int) *telemetry.Sinks {
	t.Helper()
	logger, sinks := telemetry.NewLogger(opts)
	t.Cleanup(func() { _ = sinks.Close() })
	for i := range n {
		logger.Info(fmt.Sprintf("line %02d", i))
	}
	return sinks
}

// numbersIn returns the numbers of the lines in a file, "" when it is absent.
func numbersIn(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return ""
	}
	check(t, err)
	var numbers []string
	for _, line := range linesOf(t, string(content)) {
		numbers = append(numbers, line[len(line)-2:])
	}
	return strings.Join(numbers, " ")
}

func TestRotate_KeepsTheYoungestFiles(t *testing.T) {
	tests := []struct {
		lines int
		want  [5]string // the file, .1, .2, .3, .4
	}{
		{2, [5]string{"00 01"}},
		{3, [5]string{"02", "00 01"}},
		{8, [5]string{"06 07", "04 05", "02 03", "00 01"}},
		{9, [5]string{"08", "06 07", "04 05", "02 03"}},
		{13, [5]string{"12", "10 11", "08 09", "06 07"}},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%d lines", tt.lines), func(t *testing.T) {
			path := newPath(t)
			logLines(t, rotating(path, io.Discard), tt.lines)
			got := [5]string{numbersIn(t, path)}
			for n := 1; n < len(got); n++ {
				got[n] = numbersIn(t, fmt.Sprintf("%s.%d", path, n))
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestRotate_FillsAGapBeforeItDropsTheOldest(t *testing.T) {
	path := newPath(t)
	check(t, os.WriteFile(path+".2", []byte("line 99\n"), 0o600))
	logLines(t, rotating(path, io.Discard), 3)
	if got := numbersIn(t, path+".2"); got != "99" {
		t.Errorf("file 2 has %q, want it untouched", got)
	}
	if got := numbersIn(t, path+".1"); got != "00 01" {
		t.Errorf("file 1 has %q, want 00 01", got)
	}
}

func TestRotate_NeverWithoutALimit(t *testing.T) {
	path := newPath(t)
	opts := rotating(path, io.Discard)
	opts.MaxFileBytes = 0
	logLines(t, opts, 20)
	if _, err := os.Lstat(path + ".1"); !os.IsNotExist(err) {
		t.Errorf("a rotated file: %v", err)
	}
}

func TestRotate_LineLongerThanAFileIsWrittenWhole(t *testing.T) {
	path := newPath(t)
	logger, sinks := telemetry.NewLogger(rotating(path, io.Discard))
	t.Cleanup(func() { _ = sinks.Close() })
	logger.Info(strings.Repeat("x", 10*lineBytes))
	logger.Info("next")
	if got := linesOf(t, readFile(t, path+".1")); len(got) != 1 || len(got[0]) < 10*lineBytes {
		t.Errorf("file 1 has %d lines, want the long one", len(got))
	}
}

func TestRotate_ImpossibleIsOneWarningAndNoLineIsLost(t *testing.T) {
	path := newPath(t)
	var console bytes.Buffer
	check(t, os.Mkdir(path+".1", 0o700)) // no file can be renamed over a folder
	opts := rotating(path, &console)
	opts.MaxFiles = 1
	sinks := logLines(t, opts, 6)
	if got := numbersIn(t, path); got != "00 01 02 03 04 05" {
		t.Errorf("the file has %q, want all lines", got)
	}
	if got := strings.Count(console.String(), "WARNING - Log file cannot be rotated"); got != 1 {
		t.Errorf("got %d warnings, want 1:\n%s", got, console.String())
	}
	if got := sinks.DroppedFileLines(); got != 0 {
		t.Errorf("counted %d dropped lines, want 0", got)
	}
}

func TestB17_FollowsLogrotate(t *testing.T) {
	t.Run("moved away", func(t *testing.T) {
		path := newPath(t)
		logger, _, _ := logTo(t, path)
		logger.Info("line 00")
		check(t, os.Rename(path, path+".old"))
		logger.Info("line 01")
		if old, now := numbersIn(t, path+".old"), numbersIn(t, path); old != "00" || now != "01" {
			t.Errorf("the old file has %q, the new one %q", old, now)
		}
	})
	t.Run("moved away and created anew", func(t *testing.T) {
		path := newPath(t)
		logger, _, _ := logTo(t, path)
		logger.Info("line 00")
		check(t, os.Rename(path, path+".old"))
		check(t, os.WriteFile(path, nil, 0o600))
		logger.Info("line 01")
		if got := numbersIn(t, path); got != "01" {
			t.Errorf("the new file has %q, want 01", got)
		}
	})
	t.Run("copied and truncated", func(t *testing.T) {
		path := newPath(t)
		logger, _, _ := logTo(t, path)
		logger.Info("line 00")
		check(t, os.Truncate(path, 0))
		logger.Info("line 01")
		if got := numbersIn(t, path); got != "01" {
			t.Errorf("the file has %q, want 01 at its start", got)
		}
	})
	t.Run("replaced by a link", func(t *testing.T) {
		path := newPath(t)
		logger, sinks, _ := logTo(t, path)
		logger.Info("line 00")
		check(t, os.Rename(path, path+".old"))
		check(t, os.Symlink(path+".old", path))
		logger.Info("line 01")
		if got := sinks.DroppedFileLines(); got != 1 {
			t.Errorf("counted %d dropped lines, want 1", got)
		}
	})
}

// TestRotate_ManyWritersLoseNothing has goroutines log through two loggers,
// as two processes would, to one file that rotates all the time.
func TestRotate_ManyWritersLoseNothing(t *testing.T) {
	const goroutines, linesEach = 8, 120
	path := newPath(t)
	var group sync.WaitGroup
	for range 2 {
		logger, sinks := telemetry.NewLogger(telemetry.Options{
			Console: io.Discard, File: path, MaxFileBytes: 300, MaxFiles: 3000,
		})
		t.Cleanup(func() {
			if n := sinks.DroppedFileLines(); n != 0 {
				t.Errorf("%d dropped lines", n)
			}
			_ = sinks.Close()
		})
		for range goroutines {
			group.Go(func() {
				for i := range linesEach {
					logger.Info("line", "i", i, "padding", strings.Repeat("x", i%50))
				}
			})
		}
	}
	group.Wait()
	checkAllLines(t, path, 2*goroutines, linesEach)
}

// checkAllLines fails unless path and its rotated files hold line 0 to
// linesEach-1 of every writer, none torn, in more than a few files.
func checkAllLines(t *testing.T, path string, writers, linesEach int) {
	t.Helper()
	paths, err := filepath.Glob(path + "*")
	check(t, err)
	if len(paths) < 5 {
		t.Errorf("only %d files: the test did not rotate", len(paths))
	}
	seen := make([]int, linesEach)
	for _, p := range paths {
		for _, line := range linesOf(t, readFile(t, p)) {
			var i int
			_, rest, _ := strings.Cut(line, " - INFO - ")
			if _, err := fmt.Sscanf(rest, "line i=%d padding=", &i); err != nil {
				t.Fatalf("torn line %q in %s", line, p)
			}
			seen[i]++
		}
	}
	for i, n := range seen {
		if n != writers {
			t.Errorf("line %d is there %d times, want %d", i, n, writers)
		}
	}
}
