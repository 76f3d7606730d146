package chart

import (
	"html/template"
	"strings"

	"liftoff/internal/plain"
	"liftoff/internal/table"
)

// Number is one number of a strip of big numbers.
type Number struct {
	// Label says what the number is of, Value is the number as people read it, and Unit
	// what it is measured in; Unit may be empty.
	Label, Value, Unit string
	// Sub is a line below the number; it may be empty.
	Sub         string
	IsSimulated bool
}

// Strip returns big numbers in one row, as HTML.
func Strip(numbers []Number) (template.HTML, error) {
	shown := make([]Number, len(numbers))
	for i, n := range numbers {
		shown[i] = Number{clean(n.Label), clean(n.Value), clean(n.Unit), clean(n.Sub), n.IsSimulated}
	}
	return render("strip", shown)
}

// numbersOf returns the values of the first row.
func numbersOf(t table.Table) []Number {
	var numbers []Number
	for i, column := range t.Columns {
		format := formatOf(t, i)
		n := Number{Label: plain.Capital(clean(column.ShortHeader())), Value: clean(format.brief.Text(t.Rows[0][i])), IsSimulated: column.IsSimulated}
		if value, ok := drawable(t.Rows[0][i]); ok {
			n.Value, n.Unit = format.big(n.Value, value)
		}
		numbers = append(numbers, n)
	}
	return numbers
}

// big returns a number and its unit apart.
func (f valueFormat) big(text string, n float64) (value, unit string) {
	shown := f.shown(n)
	if value, unit, isCut := strings.Cut(shown, " "); isCut && !strings.Contains(unit, " ") {
		return value, unit
	}
	return minus(text), ""
}
