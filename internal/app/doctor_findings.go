package app

import (
	"fmt"
	"time"

	"liftoff"
	"liftoff/internal/report"
)

// report adds a finding. People see it at once, as a line of the form
// `ok    API       12ms  …`: some checks take long. The time is that since the finding
// before it.
func (c *checkup) report(subject, good string, err error) {
	now := c.app.Now()
	took := now.Sub(c.since).Round(time.Millisecond)
	c.since = now
	found := report.Check{Subject: subject, IsGood: err == nil, Detail: good, Milliseconds: took.Milliseconds()}
	state, hint := "ok", ""
	if err != nil {
		c.faults++
		if c.first == nil {
			c.first = err
		}
		state, found.Detail = "FAILED", err.Error()
		if next := c.app.AsCalled(liftoff.HintOf(err)); next != "" {
			found.Next, hint = &next, ". Next: "+next
		}
	}
	c.findings = append(c.findings, found)
	if c.format == report.FormatTable {
		_, _ = fmt.Fprintf(c.app.Stdout, "%-6s %-10s %6s  %s%s\n", state, subject, took, found.Detail, hint)
	}
}

// print writes the findings in a format for programs.
func (c *checkup) print() error {
	if c.format == report.FormatTable {
		return nil // the lines are there
	}
	return report.Checks(c.findings).Write(c.app.Stdout, c.format, c.app.reportOptions())
}
