package analytics

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"liftoff/internal/table"
)

// parse reads one query file: a header of "-- key: value" lines, then exactly
// one statement.
//
// The keys are title, description, chart and order, each exactly once, and
// units, which may be left out; any other key is an error. A line that begins
// with "--" and at least three spaces continues the value above it. The header
// ends at the first line that is not a comment.
func parse(text string) (Query, error) {
	header, statement, err := splitFile(text)
	if err != nil {
		return Query{}, err
	}
	query, err := header.query()
	if err != nil {
		return Query{}, err
	}
	query.SQL = strings.TrimSpace(statement)
	return query, checkStatement(query.SQL)
}

// header holds the values of a query file's header by key.
type header map[string]string

// splitFile cuts a query file into its header and the text below it.
func splitFile(text string) (header, string, error) {
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	found := header{}
	lastKey := ""
	for i, line := range lines {
		comment, isComment := strings.CutPrefix(line, "--")
		if !isComment {
			return found, strings.Join(lines[i:], "\n"), nil
		}
		key, err := found.add(comment, lastKey)
		if err != nil {
			return nil, "", fmt.Errorf("line %d: %w", i+1, err)
		}
		lastKey = key
	}
	return found, "", nil
}

// add reads one header line without its "--" and returns the key that it
// belongs to.
func (h header) add(comment, lastKey string) (string, error) {
	if strings.HasPrefix(comment, "   ") && lastKey != "" {
		h[lastKey] += " " + strings.TrimSpace(comment)
		return lastKey, nil
	}
	key, value, hasColon := strings.Cut(comment, ":")
	key, value = strings.TrimSpace(key), strings.TrimSpace(value)
	switch key {
	case "title", "description", "chart", "order", "units":
	default:
		return "", fmt.Errorf("header key %q is not one of: title, description, chart, order, units", key)
	}
	if _, isRepeated := h[key]; isRepeated {
		return "", fmt.Errorf("header key %q appears twice", key)
	}
	if !hasColon || value == "" {
		return "", fmt.Errorf("header key %q has no value", key)
	}
	h[key] = value
	return key, nil
}

// query returns the header's values as a Query without name and statement.
func (h header) query() (Query, error) {
	for _, key := range []string{"title", "description", "chart", "order"} {
		if h[key] == "" {
			return Query{}, fmt.Errorf(`header line "-- %s: …" is missing`, key)
		}
	}
	chart, err := parseChart(h["chart"])
	if err != nil {
		return Query{}, err
	}
	order, err := strconv.Atoi(h["order"])
	if err != nil || order < 1 {
		return Query{}, fmt.Errorf("order %q is not a whole number of 1 or more", h["order"])
	}
	units, err := parseUnits(h["units"])
	if err != nil {
		return Query{}, err
	}
	return Query{Title: h["title"], Description: h["description"], Chart: chart, Order: order, Units: units}, nil
}

// checkStatement refuses text that is empty or more than one statement. Any
// semicolon outside quotes and comments counts: Trino accepts none, not even
// at the end.
func checkStatement(statement string) error {
	code, err := codeOf(statement)
	if err != nil {
		return err
	}
	before, after, hasSemicolon := strings.Cut(code, ";")
	switch {
	case strings.TrimSpace(before) == "":
		return errors.New("no statement below the header")
	case hasSemicolon && strings.TrimSpace(after) != "":
		return errors.New("more than one statement; a query file holds exactly one")
	case hasSemicolon:
		return errors.New("the statement ends with a semicolon; leave it out")
	default:
		return nil
	}
}

// parseChart reads "none", "bar LABEL VALUE" or "line LABEL VALUE".
func parseChart(text string) (table.Chart, error) {
	words := strings.Fields(text)
	switch {
	case len(words) == 1 && words[0] == string(table.NoChart):
		return table.Chart{Kind: table.NoChart}, nil
	case len(words) == 3 && isChartWithColumns(words[0]) && isColumnName(words[1]) && isColumnName(words[2]):
		return table.Chart{Kind: table.ChartKind(words[0]), Label: words[1], Value: words[2]}, nil
	default:
		return table.Chart{}, fmt.Errorf(
			"chart %q is not one of: none, bar LABEL_COLUMN VALUE_COLUMN, line LABEL_COLUMN VALUE_COLUMN", text)
	}
}

// isChartWithColumns reports whether word names a kind that needs columns.
func isChartWithColumns(word string) bool {
	return word == string(table.BarChart) || word == string(table.LineChart)
}

// isColumnName reports whether word can be a column name in both engines
// without quotes: lower case, since PostgreSQL folds names that way.
func isColumnName(word string) bool {
	for i, r := range word {
		isLetter := r == '_' || (r >= 'a' && r <= 'z')
		isDigit := r >= '0' && r <= '9'
		if !isLetter && (i == 0 || !isDigit) {
			return false
		}
	}
	return word != ""
}
