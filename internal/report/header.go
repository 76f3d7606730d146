package report

import (
	"strings"

	"liftoff/internal/table"
)

// percent is the unit of shares and rates.
const percent = "%"

// header is a column's name as people read it, with its unit in brackets. A unit
// that the name ends with is not said twice, and a moment is in UTC.
func header(c table.Column) string {
	name, unit := readable(c.Name), readable(c.Unit)
	if unit == "" && c.Type == table.TypeTimestamp {
		unit = "UTC"
	}
	word := unit
	if unit == percent {
		word = "percent"
	}
	if unit == "" || unit == table.Count || name == word {
		return name
	}
	return strings.TrimSuffix(name, " "+word) + " (" + unit + ")"
}

// readable is a name with blanks between its words.
func readable(name string) string {
	return strings.ReplaceAll(Visible(name), "_", " ")
}
