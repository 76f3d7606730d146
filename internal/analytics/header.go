package analytics

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"liftoff/internal/table"
)

// parse reads one query file: a header of "-- key: value" lines, then exactly
// one statement. Its errors begin with the line, as in "line 3: …".
//
// The keys are title, description, chart and order, each exactly once, and units
// and simulated, which may be left out; any other key is an error. A line that begins
// with "--" and at least three spaces continues the value above it. The header
// ends at the first line that is not a comment.
func parse(text string) (Query, error) {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	header, statement, err := splitFile(text)
	if err != nil {
		return Query{}, err
	}
	for _, key := range []string{"title", "description", "chart", "order"} {
		if header.values[key] == "" {
			return Query{}, atLine(1, `header line "-- %s: …" is missing`, key)
		}
	}
	query, err := header.query()
	if err != nil {
		return Query{}, err
	}
	query.setStatement(text, statement)
	return query, query.checkStatement()
}

// header holds the values of a query file's header by key, and their lines.
type header struct {
	values map[string]string
	lines  map[string]int
}

// splitFile cuts a query file into its header and the text below it.
func splitFile(text string) (header, string, error) {
	lines := strings.Split(text, "\n")
	found := header{values: map[string]string{}, lines: map[string]int{}}
	lastKey := ""
	for i, line := range lines {
		comment, isComment := strings.CutPrefix(line, "--")
		if !isComment {
			return found, strings.Join(lines[i:], "\n"), nil
		}
		key, err := found.add(comment, lastKey)
		if err != nil {
			return header{}, "", lineError{i + 1, err}
		}
		if key != lastKey {
			found.lines[key] = i + 1
		}
		lastKey = key
	}
	return found, "", nil
}

// add reads one header line without its "--" and returns the key that it
// belongs to.
func (h header) add(comment, lastKey string) (string, error) {
	if strings.HasPrefix(comment, "   ") && lastKey != "" {
		h.values[lastKey] += " " + strings.TrimSpace(comment)
		return lastKey, nil
	}
	key, value, hasColon := strings.Cut(comment, ":")
	key, value = strings.TrimSpace(key), strings.TrimSpace(value)
	if !slices.Contains(headerKeys(), key) {
		return "", fmt.Errorf("header key %q is not one of: %s", key, strings.Join(headerKeys(), ", "))
	}
	if _, isRepeated := h.values[key]; isRepeated {
		return "", fmt.Errorf("header key %q appears twice", key)
	}
	if !hasColon || value == "" {
		return "", fmt.Errorf("header key %q has no value", key)
	}
	h.values[key] = value
	return key, nil
}

// headerKeys returns all keys that a header may have.
func headerKeys() []string {
	return []string{"title", "description", "chart", "order", "units", "simulated"}
}

// query returns the header's values as a Query without name and statement. What
// is not given is empty; without an order the query comes last.
func (h header) query() (Query, error) {
	query := Query{Title: h.values["title"], Description: h.values["description"], Chart: table.Chart{Kind: table.NoChart}, Order: math.MaxInt}
	query.Source.ChartLine, query.Source.UnitsLine, query.Source.SimulatedLine = h.lines["chart"], h.lines["units"], h.lines["simulated"]
	if text, isGiven := h.values["chart"]; isGiven {
		chart, err := parseChart(text)
		if err != nil {
			return Query{}, lineError{h.lines["chart"], err}
		}
		query.Chart = chart
	}
	if text, isGiven := h.values["order"]; isGiven {
		order, err := strconv.Atoi(text)
		if err != nil || order < 1 {
			return Query{}, atLine(h.lines["order"], "order %q is not a whole number of 1 or more", text)
		}
		query.Order = order
	}
	units, err := parseUnits(h.values["units"])
	if err != nil {
		return Query{}, lineError{h.lines["units"], err}
	}
	query.Units = units
	if query.Simulated, err = parseSimulated(h.values["simulated"]); err != nil {
		return Query{}, lineError{h.lines["simulated"], err}
	}
	return query, nil
}

// setStatement sets what follows from the whole text of a file and from the
// statement with which it ends.
func (q *Query) setStatement(text, statement string) {
	q.SQL = strings.TrimSpace(statement)
	q.Source.Text = text
	q.Source.Line = lineOf(text, len(text)-len(strings.TrimLeftFunc(statement, unicode.IsSpace)))
}

// checkStatement refuses text that is empty, more than one statement, or a
// statement that is no query. Any semicolon outside quotes and comments counts:
// Trino accepts none, not even at the end.
func (q *Query) checkStatement() error {
	code, err := codeOf(q.SQL)
	if err != nil {
		return below(q.Source.Line, err)
	}
	before, after, hasSemicolon := strings.Cut(code, ";")
	switch {
	case strings.TrimSpace(before) == "":
		return atLine(q.Source.Line, "there is no statement")
	case hasSemicolon && strings.TrimSpace(after) != "":
		second := len(code) - len(strings.TrimLeftFunc(after, unicode.IsSpace))
		return below(q.Source.Line, atLine(lineOf(code, second), "more than one statement; a query file holds exactly one"))
	case hasSemicolon:
		return below(q.Source.Line, atLine(lineOf(code, len(before)), "the statement ends with a semicolon; leave it out"))
	default:
		return below(q.Source.Line, checkReads(code))
	}
}

// firstWord finds the first word of a statement, or the character in its place.
var firstWord = regexp.MustCompile(`^[\s(]*([A-Za-z_]+|\S)`)

// checkReads refuses a statement that is no query. PostgreSQL's transaction
// would refuse to write; Trino has no such transaction.
func checkReads(code string) error {
	found := firstWord.FindStringSubmatchIndex(code)
	if found == nil {
		return atLine(1, "there is no statement")
	}
	word := code[found[2]:found[3]]
	switch strings.ToUpper(word) {
	case "SELECT", "WITH", "VALUES", "TABLE":
		return nil
	default:
		return atLine(lineOf(code, found[2]), "a query begins with SELECT, WITH, VALUES or TABLE, not with %q", word)
	}
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
