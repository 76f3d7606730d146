// Command testsummary runs a "go test -json" command and shows what a person
// wants to see of it: a line for each package, the whole output of what
// failed, the reason of each skip, and the counts as the last line. It does
// not choose tests; its exit code is 0 only when tests ran and none failed.
package main

import (
	"context"
	"errors"
	"flag"
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
	flags := flag.NewFlagSet("testsummary", flag.ContinueOnError)
	flags.SetOutput(stderr)
	events := flags.String("events", "", "file that gets the events as they came")
	if err := flags.Parse(args); err != nil || flags.NArg() == 0 {
		_, _ = fmt.Fprintln(stderr, "usage: testsummary [-events FILE] go test -json PACKAGES...")
		return 2
	}
	s := newSummary(stdout)
	if err := s.runAndKeep(ctx, flags.Args(), *events, stderr); err != nil {
		s.problem(err.Error())
	}
	s.finish()
	if s.isGood() {
		return 0
	}
	return 1
}

// runAndKeep follows the command and keeps its events in a file, if one is named.
func (s *summary) runAndKeep(ctx context.Context, args []string, file string, stderr io.Writer) error {
	if file == "" {
		return s.follow(ctx, args, stderr)
	}
	kept, err := os.Create(file)
	if err != nil {
		return fmt.Errorf("keep the events: %w", err)
	}
	s.kept = kept
	return errors.Join(s.follow(ctx, args, stderr), kept.Close())
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
	readErr := s.read(io.TeeReader(events, s.kept))
	if err := command.Wait(); err != nil && s.failed == 0 {
		return fmt.Errorf("run %s: %w", args[0], err)
	}
	return readErr
}
