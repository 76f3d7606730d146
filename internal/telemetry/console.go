package telemetry

import (
	"io"
	"time"
)

// consolePatience is how long a line may take to be written. Longer than any
// terminal needs; short enough that a pipe which nobody reads delays the
// program once, not at every line.
const consolePatience = time.Second

// console writes lines to a writer that may block for ever, such as a pipe
// that nobody reads. Its owner calls write from one goroutine at a time.
type console struct {
	w io.Writer
	// stuck tells when a write that ran out of patience has ended; nil when
	// there is none. Until then lines are dropped.
	stuck <-chan bool
}

func newConsole(w io.Writer) *console { return &console{w: w} }

// write returns when the line is written, or after consolePatience, and
// reports whether the line was taken. The goroutine it starts is waited for;
// only one that is stuck in the writer outlives the call, and only one ever
// is.
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
		return true // it is in the writer's hands and comes out first
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
