package analytics

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"liftoff"
)

const (
	// maxFileBytes is far more than a query; what is longer is something else.
	maxFileBytes = 1 << 20
	// queryEnding is that of the names of query files, in any case of letters.
	queryEnding = ".sql"
)

// LoadDir returns the queries of all *.sql files in a folder of the user's, in
// their reading order. Files whose name begins with a dot are left out. A folder
// that cannot be read or has no queries, and the first file that is not a query, are
// errors of category Usage.
func LoadDir(dir string) ([]Query, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, unreadable("folder "+dir, err)
	}
	var queries []Query
	for _, entry := range entries {
		ending := filepath.Ext(entry.Name())
		if !strings.EqualFold(ending, queryEnding) || strings.HasPrefix(entry.Name(), ".") {
			continue
		}
		path := filepath.Join(dir, entry.Name())
		// To open a pipe would hang.
		if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
			return nil, unreadable(path, errors.New("it is not a file"))
		}
		query, err := LoadFile(path)
		if err != nil {
			return nil, err
		}
		// A command takes several names, which commas or blanks separate.
		if strings.ContainsFunc(query.Name, func(r rune) bool { return r == ',' || unicode.IsSpace(r) }) || strings.HasPrefix(query.Name, "-") {
			return nil, refuse(query.Source.File, errors.New("the name of a query has no blank and no comma, and does not begin with a dash"), "rename the file")
		}
		queries = append(queries, query)
	}
	if len(queries) == 0 {
		return nil, liftoff.NewError(liftoff.Usage, fmt.Errorf("no query is in folder %s: it has no file whose name ends in %s", dir, queryEnding),
			"put a query there, or name another folder")
	}
	sortQueries(queries)
	return queries, nil
}

// LoadFile returns the query of one file of the user's; errors are of category
// Usage and name the file and the line. The query's name is the file's, without
// its ending.
func LoadFile(path string) (Query, error) {
	file, err := os.Open(path)
	if err != nil {
		return Query{}, unreadable(path, err)
	}
	defer func() { _ = file.Close() }() // it was only read
	base := filepath.Base(path)
	return Read(file, path, strings.TrimSuffix(base, filepath.Ext(base)))
}

// Read returns the query of a text of the user's. file names the text for errors,
// which are of category Usage, and name is the query's. See docs/queries.md for
// what the text may be.
func Read(in io.Reader, file, name string) (Query, error) {
	text, err := io.ReadAll(io.LimitReader(in, maxFileBytes+1))
	if err != nil {
		return Query{}, unreadable(file, err)
	}
	if len(text) > maxFileBytes {
		return Query{}, refuse(file, errors.New("the file is larger than 1 MiB, which no query is"), "name another file")
	}
	if strings.ContainsFunc(name, unicode.IsControl) || !utf8.ValidString(name) {
		return Query{}, refuse(file, errors.New("the name of the file has a character that cannot be shown"), "rename the file")
	}
	query, err := parseOwn(string(text))
	if err != nil {
		return Query{}, refuse(file, err, "correct it; `liftoff analyze --show-sql launches_per_year` prints a query as an example")
	}
	query.Name, query.Source.File = name, file
	if query.Title == "" {
		query.Title = name
	}
	return query, nil
}

// Join returns the built-in queries and the user's own, in their reading order.
// Two queries of one name are an error of category Usage.
func Join(builtIn, own []Query) ([]Query, error) {
	if err := CheckNames(slices.Concat(builtIn, own)); err != nil {
		return nil, err
	}
	all := slices.Concat(builtIn, own)
	sortQueries(all)
	return all, nil
}

// CheckNames returns an error of category Usage if two of the queries have the same
// name, apart from the case of letters. It names the file of the later one.
func CheckNames(queries []Query) error {
	first := map[string]Query{}
	for _, query := range queries {
		key := strings.ToLower(query.Name)
		other, isTaken := first[key]
		if !isTaken {
			first[key] = query
			continue
		}
		owner := other.Source.File
		if !other.IsOwn() {
			owner = "a built-in query"
		}
		return refuse(query.Source.File, atLine(1, "the name %q belongs to %s", query.Name, owner), "rename the file")
	}
	return nil
}

// parseOwn reads a text of the user's. Unlike in parse, each line of the header
// may be left out, or the whole header, and the statement may end with a
// semicolon.
func parseOwn(text string) (Query, error) {
	text = strings.ReplaceAll(strings.TrimPrefix(text, "\uFEFF"), "\r\n", "\n")
	if err := checkText(text); err != nil {
		return Query{}, err
	}
	head, statement := header{}, text
	if hasHeader(text) {
		var err error
		if head, statement, err = splitFile(text); err != nil {
			return Query{}, err
		}
	}
	if err := checkLateHeader(text, statement); err != nil {
		return Query{}, err
	}
	query, err := head.query()
	if err != nil {
		return Query{}, err
	}
	query.setStatement(text, statement)
	query.SQL = withoutSemicolon(query.SQL)
	return query, query.checkStatement()
}

// checkText refuses text that no engine accepts: invalid UTF-8 and NUL characters.
func checkText(text string) error {
	for at, r := range text {
		if r == utf8.RuneError && !strings.HasPrefix(text[at:], string(utf8.RuneError)) {
			return atLine(lineOf(text, at), "the text is not UTF-8")
		}
		if r == 0 {
			return atLine(lineOf(text, at), "the text has a NUL character")
		}
	}
	return nil
}

// hasHeader reports whether one of the comments at the top of a text begins with a key
// of the header, or with a key that is misspelt. Comments without any key are no header.
func hasHeader(text string) bool {
	for line := range strings.Lines(text) {
		comment, isComment := strings.CutPrefix(line, "--")
		if !isComment {
			return false
		}
		if looksLikeKey(comment) {
			return true
		}
	}
	return false
}

// looksLikeKey reports whether a comment begins with a key of the header, apart
// from one typing error.
func looksLikeKey(comment string) bool {
	word, _, hasColon := strings.Cut(comment, ":")
	word = strings.ToLower(strings.TrimSpace(word))
	return hasColon && slices.ContainsFunc(headerKeys(), func(key string) bool {
		return liftoff.EditDistance(word, key) <= 1 || sortedLetters(word) == sortedLetters(key)
	})
}

// sortedLetters is the same for two words that differ by the order of letters.
func sortedLetters(word string) string {
	letters := []rune(word)
	slices.Sort(letters)
	return string(letters)
}

// checkLateHeader refuses a line of the header that stands below its end, where it
// would have no effect.
func checkLateHeader(text, below string) error {
	number := lineOf(text, len(text)-len(below))
	for line := range strings.Lines(below) {
		comment, isComment := strings.CutPrefix(line, "--")
		switch {
		case isComment && looksLikeKey(comment):
			return atLine(number, "this line of the header is not at the top of the file, where the header ends at the first line that is no comment")
		case !isComment && strings.TrimSpace(line) != "":
			return nil
		}
		number++
	}
	return nil
}

// withoutSemicolon returns a statement without a semicolon at its end, which Trino
// does not take, and without what follows.
func withoutSemicolon(statement string) string {
	code, err := codeOf(statement)
	if err != nil || !strings.HasSuffix(strings.TrimSpace(code), ";") {
		return statement
	}
	return statement[:len(strings.TrimRightFunc(code, func(r rune) bool { return r == ';' || unicode.IsSpace(r) }))]
}

// refuse returns the error of a file. One that is not about a line is about the
// first.
func refuse(file string, err error, hint string) error {
	if _, hasLine := errors.AsType[lineError](err); !hasLine {
		err = lineError{1, err}
	}
	return liftoff.NewError(liftoff.Usage, fmt.Errorf("%s %w", file, err), hint)
}

// unreadable returns the error of a file or folder that cannot be read.
func unreadable(what string, err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		err = path.Err // the error names the path already
	}
	return liftoff.NewError(liftoff.Usage, fmt.Errorf("read %s: %w", what, err), "name a file or folder that this user can read")
}
