package table

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// MomentLayout is the format of moments for people; all are in UTC.
const MomentLayout = "2006-01-02 15:04:05"

// Percent is the unit of shares and rates.
const Percent = "%"

// Header is a column's name as people read it, with its unit in brackets. A unit
// that the name ends with is not said twice, and a moment is in UTC. Text is not
// escaped.
func (c Column) Header() string {
	name, unit := c.ShortHeader(), readable(c.Unit)
	if unit == "" && c.Type == TypeTimestamp {
		unit = "UTC"
	}
	if unit == "" || unit == Count || name == c.unitWord() {
		return name
	}
	return name + " (" + unit + ")"
}

// ShortHeader is a column's name as people read it beside values that have their
// unit: without the unit that it ends with. Text is not escaped.
func (c Column) ShortHeader() string {
	name, word := readable(c.Name), c.unitWord()
	if word == "" || word == Count || name == word {
		return name
	}
	return strings.TrimSuffix(name, " "+word)
}

// unitWord is the unit as names of columns spell it.
func (c Column) unitWord() string {
	if c.Unit == Percent {
		return "percent"
	}
	return readable(c.Unit)
}

// readable is a name with blanks between its words.
func readable(name string) string { return strings.ReplaceAll(name, "_", " ") }

// Format is how people read the values of one column.
type Format struct {
	null string
	// isQuantity puts commas between thousands.
	isQuantity bool
	// decimals are those of a float.
	decimals int
}

// FormatOf returns the format of the table's column at that position, with the mark
// for NULL.
func (t Table) FormatOf(column int, null string) Format {
	unit := t.Columns[column].Unit
	format := Format{null: null, isQuantity: unit != ""}
	greatest, isWhole := 0.0, true
	for _, row := range t.Rows {
		if n, ok := Number(row[column]); ok {
			greatest = max(greatest, math.Abs(n))
			isWhole = isWhole && n == math.Trunc(n)
		}
	}
	switch {
	case isWhole:
	case unit == Percent || greatest >= 10:
		format.decimals = 1
	default: // the greatest has three digits that say something
		format.decimals = min(maxDecimals, 2-int(math.Floor(math.Log10(greatest))))
	}
	return format
}

// Rounded is the format without decimals.
func (f Format) Rounded() Format {
	f.decimals = 0
	return f
}

// maxDecimals keeps very small numbers readable.
const maxDecimals = 6

// Text returns a value for people: a moment to the second, and a mark for NULL.
// Text is not escaped.
func (f Format) Text(value any) string {
	switch v := value.(type) {
	case nil:
		return f.null
	case float64:
		return f.digits(strconv.FormatFloat(v, 'f', f.decimals, 64))
	case int64:
		return f.digits(strconv.FormatInt(v, 10))
	case time.Time:
		return v.UTC().Format(MomentLayout)
	default:
		return Exact(v)
	}
}

func (f Format) digits(number string) string {
	if f.isQuantity {
		return Grouped(number)
	}
	return number
}

// Grouped returns a number with a comma before each three digits of its whole part.
func Grouped(digits string) string {
	whole := len(digits)
	if point := strings.IndexByte(digits, '.'); point >= 0 {
		whole = point
	}
	for at := whole - 3; at > 0 && isDigit(digits[at-1]); at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

// ExactMoment is RFC 3339, always with microseconds: programs take the first moments
// of a column as the pattern for all.
const ExactMoment = "2006-01-02T15:04:05.000000Z07:00"

// Exact returns a value for programs, without loss: the shortest decimal of a
// float, moments as RFC 3339 in UTC, and nothing for NULL. Text is not escaped.
func Exact(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	case time.Time:
		return v.UTC().Format(ExactMoment)
	default:
		return fmt.Sprint(v)
	}
}

// Number returns a value as a float64; ok is false for NULL, infinity and
// anything that is not a number.
func Number(value any) (n float64, ok bool) {
	switch v := value.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, !math.IsNaN(v) && !math.IsInf(v, 0)
	default:
		return 0, false
	}
}
