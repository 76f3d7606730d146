package analytics_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"liftoff"
	"liftoff/internal/analytics"
	"liftoff/internal/table"
)

// folder makes a folder of the user's with files in it.
func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// read reads one query of the user's.
func read(t testing.TB, text string) analytics.Query {
	t.Helper()
	query, err := analytics.Read(strings.NewReader(text), "my/own.sql", "own")
	if err != nil {
		t.Fatal(err)
	}
	return query
}

func TestRead_EachLineOfTheHeaderMayBeLeftOut(t *testing.T) {
	tests := map[string]struct {
		text, title, statement string
		order, line            int
	}{
		"no header":           {"SELECT 1 AS one", "own", "SELECT 1 AS one", 0, 1},
		"an empty line first": {"\n\nSELECT 1 AS one", "own", "SELECT 1 AS one", 0, 3},
		"other comments":      {"-- Author: Jane\n-- for the board\nSELECT 1 AS one", "own", "-- Author: Jane\n-- for the board\nSELECT 1 AS one", 0, 1},
		"only a title":        {"-- title: Mine\nSELECT 1 AS one", "Mine", "SELECT 1 AS one", 0, 2},
		"title and order":     {"-- title: Mine\n-- order: 7\n\nSELECT 1 AS one", "Mine", "SELECT 1 AS one", 7, 4},
		"a mark of bytes":     {"\uFEFF-- title: Mine\nSELECT 1 AS one", "Mine", "SELECT 1 AS one", 0, 2},
		"Windows":             {"-- title: Mine\r\n\r\nSELECT 1\r\nAS one\r\n", "Mine", "SELECT 1\nAS one", 0, 3},
		"a semicolon":         {"SELECT 1 AS one ; \n", "own", "SELECT 1 AS one", 0, 1},
		"and a comment":       {"SELECT ';' AS one; -- done;\n", "own", "SELECT ';' AS one", 0, 1},
		"brackets":            {"((SELECT 1 AS one))", "own", "((SELECT 1 AS one))", 0, 1},
		"small letters":       {"with a as (select 1) table a", "own", "with a as (select 1) table a", 0, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := read(t, test.text)
			if got.Title != test.title || got.SQL != test.statement || got.Source.Line != test.line || got.Name != "own" || got.Chart.Kind != table.NoChart {
				t.Errorf("got %+v", got)
			}
			if (test.order > 0 && got.Order != test.order) || (test.order == 0 && got.Order < 1_000_000) {
				t.Errorf("order %d, want %d or the last place for 0", got.Order, test.order)
			}
		})
	}
}

// Each mistake is one line with the file and the line, and the user's to correct.
func TestRead_NamesTheLineOfAMistake(t *testing.T) {
	tests := map[string]struct{ text, want string }{
		"empty":                   {"", "line 1: there is no statement"},
		"only a header":           {"-- title: x\n", "line 2: there is no statement"},
		"only a semicolon":        {"\n;", "line 2: there is no statement"},
		"two statements":          {"SELECT 1;\n\n SELECT 2;", "line 3: more than one statement"},
		"an unknown key":          {"-- title: x\n-- colour: red\nSELECT 1", `line 2: header key "colour" is not one of`},
		"a mistyped key":          {"-- tilte: x\nSELECT 1", `line 1: header key "tilte" is not one of`},
		"a key in capitals":       {"-- Title: x\nSELECT 1", `line 1: header key "Title" is not one of`},
		"a key twice":             {"-- title: x\n-- title: y\nSELECT 1", `line 2: header key "title" appears twice`},
		"a key below the header":  {"-- title: x\n\n-- chart: bar a b\nSELECT 1", "line 3: this line of the header is not at the top"},
		"a key below a line":      {"\n-- title: x\nSELECT 1", "line 2: this line of the header is not at the top"},
		"a chart of pies":         {"-- title: x\n-- chart: pie a b\nSELECT 1", `line 2: chart "pie a b" is not one of`},
		"order":                   {"-- title: x\n--   y\n-- order: 0\nSELECT 1", `line 3: order "0" is not`},
		"a quote without an end":  {"SELECT 1,\n  'x\n\n", "line 2: a quote or a comment that begins with '"},
		"a write":                 {"-- why\n\nDELETE FROM launches", `line 3: a query begins with SELECT, WITH, VALUES or TABLE, not with "DELETE"`},
		"a call":                  {"/* x\n */ CALL system.execute('DROP TABLE x')", `line 2: a query begins with SELECT, WITH, VALUES or TABLE, not with "CALL"`},
		"a plan, which may write": {"EXPLAIN ANALYZE DELETE FROM launches", `not with "EXPLAIN"`},
		"a write in brackets":     {"(INSERT INTO x VALUES (1))", `not with "INSERT"`},
		"a setting":               {"SET ROLE postgres", `not with "SET"`},
		"a number":                {"1", `not with "1"`},
		"not UTF-8":               {"SELECT 1,\n'\xff'", "line 2: the text is not UTF-8"},
		"a NUL character":         {"SELECT\n\n\x00", "line 3: the text has a NUL character"},
		"too long":                {"SELECT 1 --" + strings.Repeat("x", 1<<20), "line 1: the file is larger than 1 MiB"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := analytics.Read(strings.NewReader(test.text), "my/own.sql", "own")
			if err == nil || !strings.HasPrefix(err.Error(), "my/own.sql line ") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %v, want one of my/own.sql with %q", err, test.want)
			}
			if liftoff.CategoryOf(err) != liftoff.Usage || liftoff.HintOf(err) == "" {
				t.Errorf("category %v, hint %q", liftoff.CategoryOf(err), liftoff.HintOf(err))
			}
		})
	}
}

func TestLoadDir_ReadsWhatItSaysInItsOrder(t *testing.T) {
	dir := folder(t, map[string]string{
		"b.sql": "SELECT 1 AS one", "a.SQL": "SELECT 1 AS one", "z.sql": "-- order: 1\nSELECT 1 AS one",
		".hidden.sql": "no query", "notes.txt": "no query", "c.sql~": "no query",
	})
	if err := os.Mkdir(filepath.Join(dir, "deeper"), 0o700); err != nil {
		t.Fatal(err)
	}
	queries, err := analytics.LoadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, query := range queries {
		names = append(names, query.Name)
	}
	if diff := cmp.Diff([]string{"z", "a", "b"}, names); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLoadDir_Refuses(t *testing.T) {
	tests := map[string]struct {
		files map[string]string
		want  string
	}{
		"an empty folder":         {map[string]string{"notes.txt": ""}, "no query is in folder DIR"},
		"a broken file":           {map[string]string{"a.sql": "SELECT 1 AS one", "b.sql": "-- title:\nSELECT 1"}, `DIR/b.sql line 1: header key "title" has no value`},
		"a blank in a name":       {map[string]string{"my query.sql": "SELECT 1"}, "DIR/my query.sql line 1: the name of a query has no blank"},
		"a name like a flag":      {map[string]string{"-o.sql": "SELECT 1"}, "DIR/-o.sql line 1: the name of a query"},
		"a name that looks empty": {map[string]string{"a\x1b[2J.sql": "SELECT 1"}, "line 1: the name of the file has a character that cannot be shown"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := folder(t, test.files)
			_, err := analytics.LoadDir(dir)
			if err == nil || !strings.HasPrefix(strings.ReplaceAll(err.Error(), dir, "DIR"), test.want) && !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %v, want %q", err, test.want)
			}
			if liftoff.CategoryOf(err) != liftoff.Usage {
				t.Errorf("category %v", liftoff.CategoryOf(err))
			}
		})
	}
	dir := folder(t, nil)
	if err := os.Mkdir(filepath.Join(dir, "a.sql"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := analytics.LoadDir(dir); err == nil || !strings.Contains(err.Error(), "a.sql: it is not a file") {
		t.Errorf("a folder called a.sql: got error %v", err)
	}
	if _, err := analytics.LoadDir(filepath.Join(dir, "none")); liftoff.CategoryOf(err) != liftoff.Usage {
		t.Errorf("a missing folder: got error %v", err)
	}
}

func TestJoin_RefusesTwoQueriesOfOneName(t *testing.T) {
	own, err := analytics.LoadDir(folder(t, map[string]string{"fine.sql": "SELECT 1 AS one", "Aggregate_View.sql": "SELECT 1 AS one"}))
	if err != nil {
		t.Fatal(err)
	}
	_, err = analytics.Join(load(t), own)
	if err == nil || !strings.HasSuffix(err.Error(), `Aggregate_View.sql line 1: the name "Aggregate_View" belongs to a built-in query`) {
		t.Errorf("got error %v", err)
	}
	fine := read(t, "-- order: 15\nSELECT 1 AS one")
	all, err := analytics.Join(load(t), []analytics.Query{fine})
	if err != nil || len(all) != len(load(t))+1 || all[1].Name != "own" {
		t.Errorf("got %d queries, error %v, want the user's own in the second place", len(all), err)
	}
	if err := analytics.CheckNames([]analytics.Query{fine, fine}); err == nil || !strings.Contains(err.Error(), `belongs to my/own.sql`) {
		t.Errorf("two files of one name: got error %v", err)
	}
}

// What --show-sql prints is a query file, and gives the same query again.
func TestScript_IsAQueryFile(t *testing.T) {
	queries := append(load(t), read(t, "SELECT 1 AS one -- the end"), read(t, "-- title: x\n\n-- more\nSELECT ';' AS one;"))
	for _, query := range queries {
		again := read(t, query.Script())
		title := query.Title
		if title == query.Name {
			title = "own"
		}
		if again.SQL != query.SQL && again.SQL != strings.TrimSuffix(query.SQL, " -- the end") || again.Title != title || !cmp.Equal(again.Chart, query.Chart) || again.Order != query.Order {
			t.Errorf("%s: got %+v from\n%s", query.Name, again, query.Script())
		}
	}
}

func TestCheckColumns_OfTheUsersQueries(t *testing.T) {
	tests := map[string]struct {
		header  string
		columns []table.Column
		want    string
	}{
		"none":                     {"", nil, "line 2: the answer has no column"},
		"two of one name":          {"", []table.Column{table.Integer("n"), table.Text("n")}, `line 2: two columns of the answer are called "n"`},
		"no column for the chart":  {"-- title: x\n-- chart: bar a b", []table.Column{table.Text("a")}, `line 2: the answer has no column "b"`},
		"no numbers for the chart": {"-- chart: bar a b", []table.Column{table.Text("a"), table.Text("b")}, `line 1: the chart cannot draw the column "b"`},
		"fine":                     {"-- chart: bar a b", []table.Column{table.Text("a"), table.Float("b")}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			err := read(t, test.header+"\nSELECT 1").CheckColumns(test.columns)
			if test.want == "" && err == nil {
				return
			}
			if err == nil || test.want == "" || !strings.HasPrefix(err.Error(), "my/own.sql "+test.want) || liftoff.CategoryOf(err) != liftoff.Usage {
				t.Errorf("got error %v, want %q", err, test.want)
			}
		})
	}
}

// Any text is either refused with its line or is one query.
func FuzzRead(f *testing.F) {
	f.Add(goodFile)
	for _, seed := range []string{"", "SELECT 1;", "-- x\n;", "--title:\n--   x\n\n((VALUES 1", "/*", "';'", "\uFEFFSELECT", "SELECT 1 -- ;\n;;"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		query, err := analytics.Read(strings.NewReader(text), "own.sql", "own")
		if err != nil {
			if !strings.HasPrefix(err.Error(), "own.sql line ") {
				t.Errorf("error %q names no line", err)
			}
			return
		}
		code, err := analytics.CodeOf(query.SQL)
		if err != nil || strings.Contains(code, ";") || strings.TrimSpace(code) == "" {
			t.Errorf("accepted %q, error %v", query.SQL, err)
		}
		lines := strings.Count(strings.ReplaceAll(text, "\r\n", "\n"), "\n") + 1
		if query.Source.Line < 1 || query.Source.Line > lines {
			t.Errorf("the statement begins in line %d of %d", query.Source.Line, lines)
		}
		if again, err := analytics.Read(strings.NewReader(query.Script()), "own.sql", "own"); err != nil || again.Order != query.Order || again.Title != query.Title {
			t.Errorf("the script %q gives %+v, error %v", query.Script(), again, err)
		}
	})
}
