package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// event is one line of "go test -json" (see go doc test2json).
type event struct {
	Action      string
	Package     string
	ImportPath  string
	Test        string
	Output      string
	Elapsed     float64
	FailedBuild string
}

// test identifies a test, or a package when name is empty.
type test struct{ pkg, name string }

// summary counts the tests and keeps the output of those that are not
// finished, so that it can be shown when they fail.
type summary struct {
	out io.Writer
	// kept gets the events as they come.
	kept                    io.Writer
	passed, failed, skipped int
	output                  map[test]*strings.Builder
	// failedIn counts the failed tests of each package: a package that fails
	// without one has failed by itself (a build, a panic, a leak).
	failedIn map[string]int
	skips    []string
}

func newSummary(out io.Writer) *summary {
	return &summary{out: out, kept: io.Discard, output: map[test]*strings.Builder{}, failedIn: map[string]int{}}
}

// read takes events until the stream ends. A line that is no event is shown
// as it is.
func (s *summary) read(stream io.Reader) error {
	lines := bufio.NewReader(stream)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			s.line(line)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read test events: %w", err)
		}
	}
}

func (s *summary) line(line []byte) {
	var e event
	if err := json.Unmarshal(line, &e); err != nil {
		s.print("%s\n", strings.TrimRight(string(line), "\n"))
		return
	}
	s.take(e)
}

func (s *summary) take(e event) {
	id := test{pkg: e.Package, name: e.Test}
	switch e.Action {
	case "output":
		s.keep(id, e.Output)
	case "build-output":
		s.keep(test{pkg: e.ImportPath}, e.Output)
	case "pass", "fail", "skip":
		if e.Test == "" {
			s.endPackage(e)
		} else {
			s.endTest(id, e.Action)
		}
		delete(s.output, id)
	}
}

func (s *summary) keep(id test, text string) {
	if s.output[id] == nil {
		s.output[id] = &strings.Builder{}
	}
	s.output[id].WriteString(text)
}

func (s *summary) endTest(id test, action string) {
	switch action {
	case "pass":
		s.passed++
	case "skip":
		s.skipped++
		s.skips = append(s.skips, fmt.Sprintf("%s %s: %s", id.pkg, id.name, skipReason(s.text(id))))
	case "fail":
		s.failed++
		s.failedIn[id.pkg]++
		s.print("FAIL %s %s\n%s", id.pkg, id.name, s.text(id))
	}
}

func (s *summary) endPackage(e event) {
	if e.Action == "skip" {
		return // a package without tests
	}
	s.print("%-4s %6.1fs %s\n", strings.ReplaceAll(e.Action, "pass", "ok"), e.Elapsed, e.Package)
	if e.Action != "fail" || s.failedIn[e.Package] > 0 {
		return
	}
	s.failed++
	s.print("%s%s", s.text(test{pkg: e.FailedBuild}), s.text(test{pkg: e.Package}))
	// A panic's output belongs to the tests that were running.
	for id, output := range s.output {
		if id.pkg == e.Package && id.name != "" {
			s.print("%s", output.String())
		}
	}
}

// problem counts and shows a failure outside any test.
func (s *summary) problem(text string) {
	s.failed++
	s.print("%s\n", text)
}

// finish shows the skipped tests and the counts.
func (s *summary) finish() {
	if s.passed+s.failed+s.skipped == 0 {
		s.print("no tests ran\n")
	}
	for _, skip := range s.skips {
		s.print("skipped: %s\n", skip)
	}
	s.print("%d passed, %d failed, %d skipped\n", s.passed, s.failed, s.skipped)
}

func (s *summary) isGood() bool { return s.failed == 0 && s.passed > 0 }

func (s *summary) text(id test) string {
	if s.output[id] == nil {
		return ""
	}
	return s.output[id].String()
}

// print ignores an error: without a reader, the exit code still tells.
func (s *summary) print(format string, args ...any) {
	_, _ = fmt.Fprintf(s.out, format, args...)
}

// skipReason returns what a test said when it skipped: its last line that is
// not go test's own.
func skipReason(output string) string {
	reason := "no reason given"
	for line := range strings.Lines(output) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "===") && !strings.HasPrefix(line, "---") {
			reason = line
		}
	}
	return reason
}
