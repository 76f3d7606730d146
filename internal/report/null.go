package report

import (
	"strings"
	"time"

	"liftoff/internal/table"
)

// display returns a moment for people, or the given mark for NULL.
func display(at *time.Time, null string) string {
	if at == nil {
		return null
	}
	return at.UTC().Format(table.MomentLayout + " UTC")
}

// withNull returns a description in which NULL looks as it does in the table.
func withNull(description, null string) string {
	return strings.ReplaceAll(description, "NULL", null)
}
