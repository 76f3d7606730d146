package telemetry

import (
	"io"
	"time"
)

// consolePatience is how long writing a line may take. It is longer than any
// terminal needs, and short enough that a pipe without a reader delays the
// program once, not at every line.
const consolePatience = time.Second

// console writes lines to a writer that may block without end, such as a pipe
// without a reader. Its owner calls write from one goroutine at a time.
type console struct {
	w io.Writer
	// stuck receives a value when a write that took too long has ended; until
	// then lines are dropped. It is nil when no write is stuck.
	stuck <-chan bool
}

func newConsole(w io.Writer) *console { return &console{w: w} }

// write returns when the line is written, or after consolePatience, and
// reports whether the line was taken. It waits for the goroutine it starts,
// unless that is stuck in the writer; at most one ever is.
func (c *console) write(line []byte) bool {
	if c.isStuck() {
		return false
	}
	done := make(chan bool, 1)
	go func() {
		_, err := c.w.Write(line)
		done <- err == nil
	}()
	patience := time.NewTimer(consolePatience)
	defer patience.Stop()
	select {
	case isWritten := <-done:
		return isWritten
	case <-patience.C:
		c.stuck = done
		return true // the writer has it and will write it first
	}
}

func (c *console) isStuck() bool {
	if c.stuck == nil {
		return false
	}
	select {
	case <-c.stuck:
		c.stuck = nil
		return false
	default:
		return true
	}
}
