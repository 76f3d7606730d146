// Command testsummary runs a "go test -json" command and shows what a person
// wants to see of it: a line for each package, the whole output of what
// failed, the reason of each skip, and the counts as the last line. It does
// not choose tests; its exit code is 0 only when tests ran and none failed.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
}

// run starts the command that args name and returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		_, _ = fmt.Fprintln(stderr, "usage: testsummary go test -json PACKAGES...")
		return 2
	}
	s := newSummary(stdout)
	if err := s.follow(ctx, args, stderr); err != nil {
		s.problem(err.Error())
	}
	s.finish()
	if s.isGood() {
		return 0
	}
	return 1
}

// follow runs the command and feeds its events to the summary. A failed test
// is no error: go test's exit code says nothing that its events do not, unless
// there are none of a failure.
func (s *summary) follow(ctx context.Context, args []string, stderr io.Writer) error {
	command := exec.CommandContext(ctx, args[0], args[1:]...)
	command.Stderr = stderr
	events, err := command.StdoutPipe()
	if err != nil {
		return fmt.Errorf("connect to %s: %w", args[0], err)
	}
	if err := command.Start(); err != nil {
		return fmt.Errorf("start %s: %w", args[0], err)
	}
	readErr := s.read(events)
	if err := command.Wait(); err != nil && s.failed == 0 {
		return fmt.Errorf("run %s: %w", args[0], err)
	}
	return readErr
}
