package report

import "liftoff/internal/table"

// Check is what the doctor has found out about one thing.
type Check struct {
	Subject string `json:"check"`
	IsGood  bool   `json:"ok"`
	Detail  string `json:"detail"`
	// Next is nil if there is nothing to do.
	Next *string `json:"next"`
	// Milliseconds is how long the check took.
	Milliseconds int64 `json:"duration_ms"`
}

// Checks lists checks in the given order.
func Checks(checks []Check) Listing {
	t := tableOf("checks", checks, []column[Check]{
		{Column: table.Word("check"), value: func(c Check) any { return c.Subject }},
		{Column: table.Boolean("ok"), value: func(c Check) any { return c.IsGood }},
		{Column: table.Text("detail"), value: func(c Check) any { return c.Detail }},
		{Column: table.Text("next"), value: func(c Check) any { return cell(c.Next) }},
		{Column: table.Integer("duration_ms").In("ms"), value: func(c Check) any { return c.Milliseconds }},
	})
	t.Title = "What the doctor has checked"
	return Listing{Value: checks, Full: t, Tables: []table.Table{t}}
}
