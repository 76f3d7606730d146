package web

import (
	"math"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"liftoff/internal/page"
	"liftoff/internal/table"
)

// rowsOf returns the rows of a table by the names of its columns; none for nil.
func rowsOf(t *table.Table) []map[string]any {
	if t == nil {
		return nil
	}
	rows := make([]map[string]any, len(t.Rows))
	for i, row := range t.Rows {
		rows[i] = map[string]any{}
		for j, value := range row {
			rows[i][t.Columns[j].Name] = value
		}
	}
	return rows
}

// rowOf returns the only row of a table; nil if there is none.
func rowOf(t *table.Table) map[string]any {
	if rows := rowsOf(t); len(rows) > 0 {
		return rows[0]
	}
	return nil
}

// whole returns a value as a whole number; 0 for anything else.
func whole(value any) int64 {
	n, _ := value.(int64)
	return n
}

// rounded shows a number without decimals, or the mark for NULL.
func rounded(value any) string {
	switch n := value.(type) {
	case int64:
		return page.Count(n)
	case float64:
		if !math.IsNaN(n) && math.Abs(n) < math.MaxInt64 {
			return page.Count(int64(math.Round(n)))
		}
	}
	return page.Null
}

// parseQuery returns the parameters of an address. One that is not properly encoded, or
// that no database takes, is an error.
func parseQuery(r *http.Request) (url.Values, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, wrongField("the address", "it is not properly encoded")
	}
	for name, given := range values {
		for _, text := range append([]string{name}, given...) {
			if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
				return nil, wrongField("the address", "it has bytes that are no text")
			}
		}
	}
	return values, nil
}
