package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"liftoff/internal/table"
)

// momentLayout is the format of moments for people; all are in UTC.
const momentLayout = "2006-01-02 15:04:05"

// display returns a moment for people, or the given mark for NULL.
func display(at *time.Time, null string) string {
	if at == nil {
		return null
	}
	return at.UTC().Format(momentLayout + " UTC")
}

// cellFormat is how people read the values of one column.
type cellFormat struct {
	null string
	// isQuantity puts commas between thousands.
	isQuantity bool
	// decimals are those of a float.
	decimals int
}

// newCellFormat returns the format of the table's column at that position.
func newCellFormat(t table.Table, column int, null string) cellFormat {
	unit := t.Columns[column].Unit
	format := cellFormat{null: null, isQuantity: unit != ""}
	greatest, isWhole := 0.0, true
	for _, row := range t.Rows {
		if n, ok := number(row[column]); ok {
			greatest = max(greatest, math.Abs(n))
			isWhole = isWhole && n == math.Trunc(n)
		}
	}
	switch {
	case isWhole:
	case unit == percent || greatest >= 10:
		format.decimals = 1
	default: // the greatest has three digits that say something
		format.decimals = min(maxDecimals, 2-int(math.Floor(math.Log10(greatest))))
	}
	return format
}

// maxDecimals keeps very small numbers readable.
const maxDecimals = 6

// text returns a value for people: a moment to the second, and a mark for NULL.
// Text is not escaped.
func (f cellFormat) text(value any) string {
	switch v := value.(type) {
	case nil:
		return f.null
	case float64:
		return f.digits(strconv.FormatFloat(v, 'f', f.decimals, 64))
	case int64:
		return f.digits(strconv.FormatInt(v, 10))
	case time.Time:
		return v.UTC().Format(momentLayout)
	default:
		return exact(v)
	}
}

func (f cellFormat) digits(number string) string {
	if f.isQuantity {
		return grouped(number)
	}
	return number
}

// grouped returns a number with a comma before each three digits of its whole part.
func grouped(digits string) string {
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

// withNull returns a description in which NULL looks as it does in the table.
func withNull(description, null string) string {
	return strings.ReplaceAll(description, "NULL", null)
}

// moment is RFC 3339, always with microseconds: programs take the first moments of
// a column as the pattern for all.
const moment = "2006-01-02T15:04:05.000000Z07:00"

// exact returns a value for programs, without loss: the shortest decimal of a
// float, moments as RFC 3339 in UTC, and nothing for NULL. Text is not escaped.
func exact(value any) string {
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
		return v.UTC().Format(moment)
	default:
		return fmt.Sprint(v)
	}
}

// number returns a value as a float64; ok is false for NULL, infinity and
// anything that is not a number.
func number(value any) (n float64, ok bool) {
	switch v := value.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, !math.IsNaN(v) && !math.IsInf(v, 0)
	default:
		return 0, false
	}
}
