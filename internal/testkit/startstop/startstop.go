// Package startstop checks the one contract of every part that runs for long
// (docs/decisions/0012-the-cut.md): it runs when its constructor returns; its stop
// may be called more than once and from any goroutine, and always returns the
// same; when that returns, all that was started has ended; and an ended context
// bounds the wait.
//
// The one rule for a caller: the test must not be parallel, because goroutines
// are counted.
package startstop

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

const (
	// stops is how many goroutines stop a part at once.
	stops = 8
	// patience is far longer than any stop takes.
	patience = time.Minute
)

// Part is a part that runs.
type Part struct {
	// Stop is its Stop or Close.
	Stop func(ctx context.Context) error
	// IsRunning reports whether it does its work, as its users notice.
	IsRunning func() bool
	// Hold keeps it busy, so that Stop waits for release or the end of its
	// context; nil if Stop never waits for others.
	Hold func() (release func())
}

// Check checks the contract on two parts that start returns, one after the other.
func Check(t *testing.T, start func(t *testing.T) Part) {
	t.Helper()
	t.Run("stops once", func(t *testing.T) {
		others := goleak.IgnoreCurrent()
		part := started(t, start)
		results := make([]string, stops+1)
		var group sync.WaitGroup
		for n := range stops {
			group.Go(func() { results[n] = stop(t.Context(), t, part) })
		}
		group.Wait()
		results[stops] = stop(t.Context(), t, part)
		for _, result := range results {
			if result != noError {
				t.Errorf("a stop returned %s", result)
			}
		}
		goleak.VerifyNone(t, others)
	})
	t.Run("stops when its context has ended", func(t *testing.T) {
		others := goleak.IgnoreCurrent()
		part := started(t, start)
		release := func() {}
		if part.Hold != nil {
			release = part.Hold()
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if first, again := stop(ctx, t, part), stop(t.Context(), t, part); first != again {
			t.Errorf("a stop returned %s and the next %s", first, again)
		}
		release()
		goleak.VerifyNone(t, others)
	})
}

// started starts a part, which must run at once.
func started(t *testing.T, start func(t *testing.T) Part) Part {
	t.Helper()
	part := start(t)
	if !part.IsRunning() {
		t.Error("it does not run, although its constructor has returned")
	}
	return part
}

// noError is what stop returns for a Stop without an error.
const noError = "no error"

// stop stops a part, which must have ended then, and returns what its Stop
// returned.
func stop(ctx context.Context, t *testing.T, part Part) string {
	t.Helper()
	stopped := make(chan error, 1)
	go func() { stopped <- part.Stop(ctx) }()
	select {
	case err := <-stopped:
		if part.IsRunning() {
			t.Error("it still runs, although a stop has returned")
		}
		if err != nil {
			return err.Error()
		}
		return noError
	case <-time.After(patience):
		t.Error("a stop does not return")
		return fmt.Sprint("nothing within ", patience)
	}
}
