package app

import (
	"fmt"

	"liftoff"
	"liftoff/internal/report"
	"liftoff/internal/table"
)

// finding is what the doctor says of one thing.
type finding struct {
	Check  string `json:"check"`
	IsGood bool   `json:"ok"`
	Detail string `json:"detail"`
	// Next is nil if there is nothing to do.
	Next *string `json:"next"`
}

// report adds a finding. People see it at once, as a line of the form
// `ok    API       …`: some checks take long.
func (c *checkup) report(subject, good string, err error) {
	found := finding{Check: subject, IsGood: err == nil, Detail: good}
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
		_, _ = fmt.Fprintf(c.app.Stdout, "%-6s %-10s %s%s\n", state, subject, found.Detail, hint)
	}
}

// print writes the findings in a format for programs.
func (c *checkup) print() error {
	if c.format == report.FormatTable {
		return nil // the lines are there
	}
	t := table.Table{Name: "checks", Title: "What the doctor has checked", Columns: []table.Column{
		table.Word("check"), table.Boolean("ok"), table.Text("detail"), table.Text("next"),
	}}
	for _, f := range c.findings {
		t.Rows = append(t.Rows, []any{f.Check, f.IsGood, f.Detail, value(f.Next)})
	}
	return report.Listing{Value: c.findings, Full: t, Tables: []table.Table{t}}.Write(c.app.Stdout, c.format, c.app.reportOptions())
}
