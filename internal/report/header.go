package report

import (
	"liftoff/internal/plain"
	"liftoff/internal/table"
)

// header is a column's name as people read it, with its unit in brackets.
func header(c table.Column) string { return plain.Visible(c.Header()) }
