package progress_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"liftoff/internal/progress"
)

var update = flag.Bool("update", false, "write the golden files anew")

// clock is a clock that goes on when it is told to.
type clock struct{ now time.Time }

func newClock() *clock {
	return &clock{now: time.Date(2024, 4, 27, 17, 2, 0, 0, time.UTC)}
}

func (c *clock) tell() time.Time { return c.now }

// step is what a run tells, so long after the step before.
type step struct {
	after       time.Duration
	done, total int64
	// line is written above the bar before that; empty for none.
	line string
}

// onTerminal returns the bytes that a terminal gets for some steps.
func onTerminal(t *testing.T, steps ...step) string {
	t.Helper()
	var screen bytes.Buffer
	c := newClock()
	bar := progress.NewBar(&screen)
	reporter := progress.NewReporter(progress.Options{Bar: bar, Now: c.tell})
	for _, s := range steps {
		c.now = c.now.Add(s.after)
		if s.line != "" {
			n, err := io.WriteString(bar, s.line)
			if err != nil || n != len(s.line) {
				t.Errorf("Write() = %d, %v, want all %d bytes", n, err, len(s.line))
			}
		}
		reporter.Update(context.Background(), s.done, s.total)
	}
	reporter.Close()
	return screen.String()
}

// inLog returns the log lines for some steps.
func inLog(steps ...step) string {
	var log strings.Builder
	c := newClock()
	handler := slog.NewTextHandler(&log, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}})
	reporter := progress.NewReporter(progress.Options{Logger: slog.New(handler), Now: c.tell})
	for _, s := range steps {
		c.now = c.now.Add(s.after)
		reporter.Update(context.Background(), s.done, s.total)
	}
	reporter.Close()
	return log.String()
}

// readable shows control characters, and each drawing on a line of its own.
func readable(screen string) string {
	return strings.NewReplacer("\r\x1b[K", "\\r\\e[K\n", "\n", "\\n\n").Replace(screen) + "\n"
}

func TestBar_DrawsTheBarBelowTheLines(t *testing.T) {
	t.Parallel()
	got := readable(onTerminal(t,
		step{done: 0, total: 205, line: "before the first bar\n"},
		step{after: 50 * time.Millisecond, done: 10, total: 205}, // too early to be worth it
		step{after: 50 * time.Millisecond, done: 50, total: 205},
		step{after: 99 * time.Millisecond, done: 90, total: 205},
		step{after: time.Millisecond, done: 100, total: 205, line: "a line\nand another\n"},
		step{after: time.Second, done: 204, total: 205},
		step{after: time.Second, done: 205, total: 205, line: "the last line\n"},
	))
	path := filepath.Join("testdata", "bar.golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (run the test with -update)", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", path, diff)
	}
}

func TestBar_TellsWhatItKnows(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name        string
		done, total int64
		after       time.Duration
		want        string
	}{
		{"half", 100, 200, 10 * time.Second, "[##########----------] 100 of 200 launches, 10/s, 10s left"},
		{"nothing done", 0, 200, time.Second, "[--------------------] 0 of 200 launches, 0/s, ? left"},
		{"a total that is not known", 70, -1, 10 * time.Second, "[--------------------] 70 launches, 7/s"},
		{"a total of none", 0, 0, time.Second, "[--------------------] 0 launches, 0/s"},
		{"more than announced", 300, 200, 10 * time.Second, "[####################] 300 of 200 launches, 30/s, 0s left"},
		{"hours", 1, 10_000, time.Second, "[--------------------] 1 of 10000 launches, 1/s, 2h46m39s left"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			screen := onTerminal(t, step{after: test.after, done: test.done, total: test.total})
			if want := "\r\x1b[K" + test.want + "\r\x1b[K"; screen != want {
				t.Errorf("the terminal got %q, want %q", screen, want)
			}
		})
	}
}

// A line that wraps cannot be erased.
func TestBar_TheBarFitsInto80Columns(t *testing.T) {
	t.Parallel()
	screen := onTerminal(t, step{after: 100 * time.Second, done: 1_234_567, total: 10_000_000})
	if bar := strings.Split(screen, "\r\x1b[K")[1]; len(bar) > 79 {
		t.Errorf("the bar %q has %d columns", bar, len(bar))
	}
}

// Whatever is written at once, no bar stands within a line.
func TestBar_KeepsLinesWhole(t *testing.T) {
	t.Parallel()
	var screen bytes.Buffer
	bar := progress.NewBar(&screen)
	var mutex sync.Mutex
	now := newClock().now
	reporter := progress.NewReporter(progress.Options{Bar: bar, Now: func() time.Time {
		mutex.Lock()
		defer mutex.Unlock()
		now = now.Add(time.Second)
		return now
	}})
	const writers, lines = 4, 50
	var all sync.WaitGroup
	for writer := range writers {
		all.Go(func() {
			for line := range lines {
				_, _ = fmt.Fprintf(bar, "line %d of %d\n", line, writer)
				reporter.Update(context.Background(), int64(line), lines)
			}
		})
	}
	all.Wait()
	reporter.Close()
	// What the terminal shows in the end: erased text is gone.
	shown := regexp.MustCompile(`[^\n]*\r\x1b\[K`).ReplaceAllString(screen.String(), "")
	whole := regexp.MustCompile(`(?m)^line \d+ of \d$`)
	if n := len(whole.FindAllString(shown, -1)); n != writers*lines || strings.Count(shown, "\n") != writers*lines {
		t.Errorf("%d whole lines and %d in all, want %d:\n%s", n, strings.Count(shown, "\n"), writers*lines, shown)
	}
	if strings.Contains(shown, "#") || strings.Contains(shown, "launches") {
		t.Errorf("something of a bar is left:\n%s", shown)
	}
}

// broken is a terminal that has gone.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestBar_TellsThatItIsGone(t *testing.T) {
	t.Parallel()
	c := newClock()
	bar := progress.NewBar(broken{})
	reporter := progress.NewReporter(progress.Options{Bar: bar, Now: c.tell})
	c.now = c.now.Add(time.Second)
	reporter.Update(context.Background(), 1, 2) // nobody to tell
	if _, err := bar.Write([]byte("a line\n")); err == nil {
		t.Error("a line that nobody gets is no error")
	}
}

func TestReporter_LogsEveryFiveSecondsWithoutATerminal(t *testing.T) {
	t.Parallel()
	got := inLog(
		step{after: 4999 * time.Millisecond, done: 40, total: 205},
		step{after: time.Millisecond, done: 50, total: 205},
		step{after: 3 * time.Second, done: 80, total: 205},
		step{after: 2 * time.Second, done: 100, total: 205},
		step{after: time.Minute, done: 205, total: 205},
		step{after: time.Second, done: 205, total: 205},
	)
	want := `level=INFO msg="Storing launches." stored=50 total=205 per_second=10 left=16s
level=INFO msg="Storing launches." stored=100 total=205 per_second=10 left=11s
level=INFO msg="Storing launches." stored=205 total=205 per_second=3 left=0s
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the log differs (-want +got):\n%s", diff)
	}
}

func TestReporter_ASmallRunIsSilent(t *testing.T) {
	t.Parallel()
	if got := inLog(step{done: 1, total: 1}); got != "" {
		t.Errorf("the log has %q", got)
	}
	if got := onTerminal(t, step{done: 1, total: 1}); got != "" {
		t.Errorf("the terminal got %q", got)
	}
}
