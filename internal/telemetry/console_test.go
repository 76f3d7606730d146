package telemetry_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"liftoff/internal/telemetry"
)

// refusing is a console that is closed.
type refusing struct{}

func (refusing) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestB18_ClosedConsoleIsCountedAndTheFileGoesOn(t *testing.T) {
	path := newPath(t)
	logger, sinks := telemetry.NewLogger(telemetry.Options{Console: refusing{}, File: path})
	logger.Info("first")
	logger.Info("second")
	if got := sinks.DroppedConsoleLines(); got != 2 {
		t.Errorf("counted %d dropped lines, want 2", got)
	}
	if err := sinks.Close(); err != nil {
		t.Fatal(err)
	}
	if got := len(linesOf(t, readFile(t, path))); got != 2 {
		t.Errorf("the file has %d lines, want 2", got)
	}
}

func TestB18_PipeThatNobodyReadsDelaysOnlyOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reader, writer := io.Pipe()
		logger, sinks := telemetry.NewLogger(telemetry.Options{Console: writer})
		start := time.Now()
		logger.Info("stuck")
		logger.Info("dropped")
		logger.Info("dropped too")
		if took := time.Since(start); took != telemetry.ConsolePatience {
			t.Errorf("logging took %v, want %v", took, telemetry.ConsolePatience)
		}
		if got := sinks.DroppedConsoleLines(); got != 2 {
			t.Errorf("counted %d dropped lines, want 2", got)
		}

		text := make(chan string)
		go func() {
			all, _ := io.ReadAll(reader)
			text <- string(all)
		}()
		synctest.Wait() // the reader takes the line that was stuck
		logger.Info("after")
		_ = writer.Close()
		got := linesOf(t, <-text)
		if len(got) != 2 || !strings.HasSuffix(got[0], "stuck") || !strings.HasSuffix(got[1], "after") {
			t.Errorf("the reader got %q, want the stuck line and the one after", got)
		}
		if got := sinks.DroppedConsoleLines(); got != 2 {
			t.Errorf("counted %d dropped lines in the end, want 2", got)
		}
	})
}
