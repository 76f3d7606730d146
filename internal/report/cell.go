package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// timestampLayout is the format of moments for people; all are in UTC.
const timestampLayout = "2006-01-02 15:04:05 UTC"

// display returns a value for people: floats with two decimals, moments to the
// second, and the given mark for NULL. Text is not escaped.
func display(value any, null string) string {
	switch v := value.(type) {
	case nil:
		return null
	case float64:
		return strconv.FormatFloat(v, 'f', 2, 64)
	case time.Time:
		return v.UTC().Format(timestampLayout)
	default:
		return exact(v)
	}
}

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
