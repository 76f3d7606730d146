// Command liftoff fetches SpaceX launches, stores them in PostgreSQL and runs
// analytics on them. This package only wires: flags, signals and exit codes.
package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"runtime/debug"

	"liftoff"
	"liftoff/internal/config"
	"liftoff/internal/telemetry"
)

const (
	// memoryPercent is Go's share of a container's memory; the rest is for
	// memory that Go does not count, and for the kernel's buffers.
	memoryPercent = 80
)

func main() {
	os.Exit(run(os.Args, os.Environ(), os.Stdin, os.Stdout, os.Stderr))
}

// run is main with everything that it needs from the process as arguments. It
// returns the exit code.
func run(args, environ []string, stdin io.Reader, stdout, stderr *os.File) int {
	// net/http logs there what servers send unasked, past our log, and a key may be in it.
	slog.SetDefault(slog.New(slog.DiscardHandler)) //nolint:forbidigo // nobody of ours logs there
	p := &process{args: args, environ: environ, stdin: stdin, stdout: stdout, stderr: stderr, trace: context.Background()}
	// Failures look the same before and after the settings are read.
	p.setLogger(telemetry.Options{Console: stderr, JSON: p.getenv("LOG_FORMAT") == "json"})
	if limit := memoryLimit(os.DirFS("/")); limit > 0 && p.getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(limit / 100 * memoryPercent)
	}
	err := config.CheckArguments(args[1:])
	if err == nil {
		root := newRootCommand(p)
		root.SetArgs(args[1:])
		err = root.ExecuteContext(context.Background())
	}
	defer func() { _ = p.logSink.Close() }() // too late to log it
	ctx := context.WithoutCancel(p.trace)
	if err != nil {
		p.reportFailure(telemetry.ToShipOnly(ctx), err)
	}
	p.shipper.Close(ctx)
	if err != nil {
		p.reportFailure(ctx, err) // the last line on the terminal
	}
	return exitCode(err)
}

// exitCode returns the code that the process ends with after an error; 0 for nil.
func exitCode(err error) int {
	if s, ok := errors.AsType[signalError](err); ok {
		return 128 + int(s.Signal)
	}
	if err == nil {
		return 0
	}
	return liftoff.CategoryOf(err).ExitCode()
}
