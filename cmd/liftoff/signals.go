package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// signalError is the error of work that a signal ended.
type signalError struct{ syscall.Signal }

func (s signalError) Error() string {
	switch s.Signal {
	case syscall.SIGTERM:
		return "stopped by SIGTERM"
	case syscall.SIGHUP:
		return "stopped by SIGHUP (the terminal was closed)"
	default:
		return "stopped by SIGINT (Ctrl-C)"
	}
}

// terminationPatience is how long the work may take to end after a signal.
// Schedulers kill a process after ten seconds or more.
const terminationPatience = 8 * time.Second

// contextWithSignals returns a context that the first of the signals cancels,
// with a signalError as the cause, and a function that stops listening. A second
// signal ends the process at once, as is the system's default. If the work does
// not end in time, because the reader of its output hangs, the process sends
// itself that second signal.
func contextWithSignals(parent context.Context, numbers ...os.Signal) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, numbers...)
	done, released := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		select {
		case received := <-signals:
			signal.Stop(signals)
			if number, ok := received.(syscall.Signal); ok {
				cancel(signalError{number})
			}
			endAfter(terminationPatience, received, released)
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		cancel(nil)
		close(released)
		<-done
	}
}

// endAfter ends the process by a signal after patience, unless released is
// closed first.
func endAfter(patience time.Duration, signal os.Signal, released <-chan struct{}) {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-released:
	case <-timer.C:
		if self, err := os.FindProcess(os.Getpid()); err == nil {
			_ = self.Signal(signal)
		}
	}
}

// isInterrupt reports whether the cause is Ctrl-C.
func isInterrupt(cause error) bool {
	s, ok := errors.AsType[signalError](cause)
	return ok && s.Signal == syscall.SIGINT
}

// leaveInterruptsToChild ignores Ctrl-C until stop is called: a child process
// on the same terminal gets it too and handles it.
func leaveInterruptsToChild() (stop func()) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt)
	return func() { signal.Stop(signals) }
}
