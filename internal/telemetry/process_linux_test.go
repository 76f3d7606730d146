package telemetry_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"liftoff/internal/telemetry"
)

// Variables that make the test binary a child that logs.
const (
	childPath  = "TELEMETRY_CHILD_PATH"
	childLimit = "TELEMETRY_CHILD_FILE_LIMIT"
)

const childLines = 400

// TestMain runs the tests, or the child that some of them start.
func TestMain(m *testing.M) {
	if path := os.Getenv(childPath); path != "" {
		logAsChild(path, os.Getenv(childLimit))
		return
	}
	m.Run()
}

// logAsChild logs childLines lines and prints how many did not get into the
// file, or what went wrong.
func logAsChild(path, limit string) {
	// Without a Console, so that the default is tested: stderr.
	opts := telemetry.Options{File: path, MaxFileBytes: 4096, MaxFiles: 1000}
	if limit != "" {
		opts.MaxFileBytes = 0
		if err := limitFiles(limit); err != nil {
			fmt.Println(err)
			return
		}
	}
	logger, sinks := telemetry.NewLogger(opts)
	for i := range childLines {
		logger.Info("line", "i", i, "padding", strings.Repeat("x", i%50))
	}
	fmt.Printf("dropped=%d\n", sinks.DroppedFileLines())
	if err := sinks.Close(); err != nil {
		fmt.Println(err)
	}
}

// limitFiles limits the size of the files that this process may write.
func limitFiles(text string) error {
	var limit unix.Rlimit
	if _, err := fmt.Sscan(text, &limit.Cur); err != nil {
		return err
	}
	limit.Max = limit.Cur
	return unix.Setrlimit(unix.RLIMIT_FSIZE, &limit)
}

// runChild starts a child, waits for it, and returns what it printed.
func runChild(t *testing.T, env ...string) (stdout, stderr string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), os.Args[0])
	command.Env = append(os.Environ(), env...)
	var out, errs bytes.Buffer
	command.Stdout, command.Stderr = &out, &errs
	err := command.Run()
	if err != nil || !strings.HasPrefix(out.String(), "dropped=") {
		t.Errorf("child: %v\n%s\n%s", err, out.String(), errs.String())
	}
	return out.String(), errs.String()
}

func TestB17_ManyProcessesLoseNothing(t *testing.T) {
	const processes = 4
	path := newPath(t)
	var group sync.WaitGroup
	for range processes {
		group.Go(func() { runChild(t, childPath+"="+path) })
	}
	group.Wait()
	checkAllLines(t, path, processes, childLines)
}

func TestB14_LimitOnFileSizeIsOneWarningAndNoDeath(t *testing.T) {
	path := newPath(t)
	stdout, stderr := runChild(t, childPath+"="+path, childLimit+"=1000")
	kept := len(linesOf(t, readFile(t, path)))
	if want := fmt.Sprintf("dropped=%d\n", childLines-kept); kept == 0 || !strings.Contains(stdout, want) {
		t.Errorf("the file has %d lines; the child says %q, want %q", kept, stdout, want)
	}
	if got := strings.Count(stderr, "WARNING"); got != 1 || !strings.Contains(stderr, `error="file too large"`) {
		t.Errorf("got %d warnings, want 1 that says that the file is too large:\n%s", got, stderr)
	}
	if got := strings.Count(stderr, " - INFO - line i="); got != childLines {
		t.Errorf("the console has %d lines, want all %d", got, childLines)
	}
}

func TestB13_FullDiskIsOneWarningAndLoggingResumes(t *testing.T) {
	disk := mountSmallDisk(t, 0)
	path := filepath.Join(disk, "ingestion.log")
	ballast := filepath.Join(disk, "ballast")
	logger, sinks, console := logTo(t, path)
	logger.Info("line 00")
	fillDisk(t, ballast)
	for range 200 {
		logger.Info("long line " + strings.Repeat("x", 100))
	}
	dropped := sinks.DroppedFileLines()
	if dropped == 0 {
		t.Fatal("no line was dropped: the disk is not full")
	}
	check(t, os.Remove(ballast))
	logger.Info("line 01")
	if got := sinks.DroppedFileLines(); got != dropped {
		t.Errorf("%d dropped lines after there was room again, want %d", got, dropped)
	}
	lines := linesOf(t, readFile(t, path)) // none is torn
	if got, want := len(lines), 202-int(dropped); got != want {
		t.Errorf("the file has %d lines, want %d", got, want)
	}
	for _, line := range lines {
		if !strings.HasPrefix(line, "2024-04-27 17:02:01,302 - INFO - ") {
			t.Errorf("torn line %q", line)
		}
	}
	if !strings.HasSuffix(lines[len(lines)-1], "line 01") {
		t.Errorf("the last line is %q", lines[len(lines)-1])
	}
	if got := strings.Count(console.String(), "WARNING"); got != 1 || !strings.Contains(console.String(), `error="no space left on device"`) {
		t.Errorf("got %d warnings, want 1 that says that the disk is full", got)
	}
}

func TestB15_ReadOnlyFileSystemIsOneWarning(t *testing.T) {
	disk := mountSmallDisk(t, unix.MS_RDONLY)
	checkRefused(t, filepath.Join(disk, "ingestion.log"), `error="read-only file system"`)
}

// mountSmallDisk returns a folder on a disk of 64 KiB.
func mountSmallDisk(t *testing.T, flags uintptr) string {
	t.Helper()
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", flags, "size=64k"); err != nil {
		t.Skipf("a small disk can be mounted by root only: %v", err)
	}
	t.Cleanup(func() { check(t, unix.Unmount(dir, unix.MNT_DETACH)) })
	return dir
}

// fillDisk writes to path until the disk is full.
func fillDisk(t *testing.T, path string) {
	t.Helper()
	ballast, err := os.Create(path)
	check(t, err)
	_, err = io.Copy(ballast, io.LimitReader(zeros{}, 1<<20))
	if err == nil {
		t.Fatal("the disk took 1 MiB")
	}
	check(t, ballast.Close())
}

// zeros is an endless reader of zeros.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}
