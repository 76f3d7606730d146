package chart

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"liftoff/internal/table"
)

const (
	unitMinutes = "minutes"
	unitDays    = "days"
)

// valueFormat is how a column's values look beside their marks: with their unit.
type valueFormat struct {
	// table is the table's own, brief the same without decimals that say little.
	table, brief table.Format
	unit         string
	isSlip       bool
}

// isSlip reports whether a column holds how much later something is than it was.
func isSlip(c table.Column) bool { return strings.HasPrefix(c.Name, "slip_") }

// manyDigits is a number beside which decimals say little.
const manyDigits = 1000

// formatOf returns the format of a column.
func formatOf(t table.Table, column int) valueFormat {
	c := t.Columns[column]
	f := valueFormat{table: t.FormatOf(column, nullMark), unit: c.Unit, isSlip: isSlip(c)}
	f.brief = f.table
	for _, row := range t.Rows {
		if n, ok := table.Number(row[column]); ok && math.Abs(n) >= manyDigits {
			f.brief = f.table.Rounded()
			break
		}
	}
	return f
}

// shown returns a value with its unit. Of a moment it is the day: the table has the
// rest.
func (f valueFormat) shown(value any) string {
	if at, isMoment := value.(time.Time); isMoment {
		return at.UTC().Format("2 Jan 2006")
	}
	text := clean(f.brief.Text(value))
	n, isNumber := drawable(value)
	if !isNumber {
		return text
	}
	if f.isSlip && f.unit == unitMinutes && math.Abs(n) < 1e12 {
		return slip(n)
	}
	text = minus(text)
	if f.isSlip && n > 0 {
		text = "+" + text
	}
	return f.withUnit(text, n)
}

// minus returns a number with the sign that is as wide as a plus.
func minus(number string) string {
	if digits, isNegative := strings.CutPrefix(number, "-"); isNegative {
		return "−" + digits
	}
	return number
}

// withUnit returns a number with its unit.
func (f valueFormat) withUnit(text string, n float64) string {
	switch f.unit {
	case "", table.Count:
		return text
	case unitMinutes:
		return text + " min"
	case unitDays:
		if math.Abs(n) == 1 {
			return text + " day"
		}
	}
	return text + " " + clean(f.unit)
}

// sum returns a sum of values without a unit.
func (f valueFormat) sum(n float64) string {
	if n == math.Trunc(n) && math.Abs(n) < 1e15 {
		return minus(table.Grouped(strconv.FormatInt(int64(n), 10)))
	}
	return minus(compact(n))
}

// slip returns minutes as people say them, as in "+5 d 1 min".
func slip(minutes float64) string {
	const hour, day = 60, 24 * 60
	sign := "+"
	if minutes < 0 {
		sign = "−"
	}
	left := int64(math.Round(math.Abs(minutes)))
	if left == 0 {
		return "0 min"
	}
	var parts []string
	for _, unit := range []struct {
		minutes int64
		name    string
	}{{day, "d"}, {hour, "h"}, {1, "min"}} {
		if n := left / unit.minutes; n > 0 {
			parts = append(parts, table.Grouped(strconv.FormatInt(n, 10))+" "+unit.name)
			left -= n * unit.minutes
		}
	}
	return sign + strings.Join(parts, " ")
}

// compact returns a number in few letters: with thousands separators, and from a
// million on in millions or more.
func compact(n float64) string {
	size := math.Abs(n)
	for _, unit := range []struct {
		size float64
		name string
	}{{1e12, "tn"}, {1e9, "bn"}, {1e6, "m"}} {
		if size >= unit.size && size < 1e15 {
			return table.Grouped(strconv.FormatFloat(n/unit.size, 'g', 4, 64)) + " " + unit.name
		}
	}
	switch {
	case size >= 1e15 || (size != 0 && size < 1e-4):
		return strconv.FormatFloat(n, 'g', 3, 64)
	case size >= 1000:
		return table.Grouped(fmt.Sprintf("%.0f", n))
	default:
		return strconv.FormatFloat(n, 'g', 4, 64)
	}
}
