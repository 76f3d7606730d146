// Command liftoff fetches SpaceX launches, stores them in PostgreSQL and runs
// analytics on them. This package only wires: flags, signals and exit codes.
package main

import (
	"context"
	"errors"
	"io"
	"os"
	"runtime/debug"

	"liftoff"
)

const (
	// gcPercent is about a third of Go's default.
	gcPercent = 35
	// memoryPercent of a container's memory are for Go; the rest is for what
	// Go does not count, and for the kernel's buffers.
	memoryPercent = 80
)

func main() {
	os.Exit(run(os.Args, os.Environ(), os.Stdin, os.Stdout, os.Stderr))
}

// run is main with everything it needs from the process given by hand; it
// returns the exit code.
func run(args, environ []string, stdin io.Reader, stdout, stderr *os.File) int {
	p := &process{args: args, environ: environ, stdin: stdin, stdout: stdout, stderr: stderr}
	if p.getenv("GOGC") == "" {
		// The heap is mostly documents, which the collector does not have to
		// look into: doing that more often costs little and keeps it small.
		debug.SetGCPercent(gcPercent)
	}
	if limit := memoryLimit(os.DirFS("/")); limit > 0 && p.getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(limit / 100 * memoryPercent)
	}
	root := newRootCommand(p)
	root.SetArgs(args[1:])
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(context.Background())
	defer p.closeLog()
	if err == nil {
		return 0
	}
	p.reportFailure(err)
	if s, ok := errors.AsType[signalError](err); ok {
		return 128 + int(s.Signal)
	}
	return liftoff.CategoryOf(err).ExitCode()
}
