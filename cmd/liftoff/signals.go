package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// signalError is the error of work that a signal has ended.
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
// Schedulers kill after ten seconds or more.
const terminationPatience = 8 * time.Second

// contextWithSignals returns a context that the first of the signals ends,
// with a signalError as its cause, and a function that lets go of them. The
// second signal ends the process at once, as the system does by default; when
// the work does not end, because somebody has stopped to read what it prints,
// the process sends that to itself.
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

// endAfter ends the process by a signal, unless it is released before.
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

// isInterrupt reports whether Ctrl-C is the cause.
func isInterrupt(cause error) bool {
	s, ok := errors.AsType[signalError](cause)
	return ok && s.Signal == syscall.SIGINT
}

// leaveInterruptsToChild catches Ctrl-C and does nothing with it, while a
// child process on the same terminal gets it too and knows what to do.
func leaveInterruptsToChild() (stop func()) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt)
	return func() { signal.Stop(signals) }
}
