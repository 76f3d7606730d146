package analytics_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"liftoff"
	"liftoff/internal/analytics"
	"liftoff/internal/table"
)

const goodFile = `-- title: Launches per year
-- description: Years are UTC;
--   NULL gathers the rest.
-- chart: bar year launches
-- order: 40

-- a comment; with a semicolon
SELECT year, ';' AS mark /* ; */
FROM launches
ORDER BY year -- the end;
`

// files makes a folder of query files.
func files(texts map[string]string) fstest.MapFS {
	folder := fstest.MapFS{}
	for name, text := range texts {
		folder[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return folder
}

func TestLoadFrom_ReadsHeaderAndStatement(t *testing.T) {
	for name, text := range map[string]string{
		"unix lines":    goodFile,
		"windows lines": strings.ReplaceAll(goodFile, "\n", "\r\n"),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := analytics.LoadFrom(files(map[string]string{"per_year.sql": text}))
			if err != nil {
				t.Fatal(err)
			}
			want := []analytics.Query{{
				Name:        "per_year",
				Title:       "Launches per year",
				Description: "Years are UTC; NULL gathers the rest.",
				Chart:       table.Chart{Kind: table.BarChart, Label: "year", Value: "launches"},
				Order:       40,
				SQL: "-- a comment; with a semicolon\nSELECT year, ';' AS mark /* ; */\n" +
					"FROM launches\nORDER BY year -- the end;",
				Source: analytics.Source{Text: goodFile, Line: 7, ChartLine: 4},
			}}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestLoadFrom_SortsByOrderThenName(t *testing.T) {
	file := func(order string) string { return strings.Replace(goodFile, "order: 40", "order: "+order, 1) }
	queries, err := analytics.LoadFrom(files(map[string]string{
		"b.sql": file("100"), "c.sql": file("9"), "a.sql": file("100"),
		"notes.txt": "not a query", "sub/d.sql": "not looked at",
	}))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, q := range queries {
		names = append(names, q.Name)
	}
	if diff := cmp.Diff([]string{"c", "a", "b"}, names); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLoadFrom_Charts(t *testing.T) {
	tests := map[string]table.Chart{
		"none":                 {Kind: table.NoChart},
		"bar year launches":    {Kind: table.BarChart, Label: "year", Value: "launches"},
		"line  year rate_2":    {Kind: table.LineChart, Label: "year", Value: "rate_2"},
		"line _year _launches": {Kind: table.LineChart, Label: "_year", Value: "_launches"},
		"numbers":              {Kind: table.NumbersChart},
		"line year rate hollow launches 20": {
			Kind: table.LineChart, Label: "year", Value: "rate", HollowBy: "launches", HollowBelow: 20,
		},
		"column year launches":       {Kind: table.ColumnChart, Label: "year", Value: "launches"},
		"column year successes a b":  {Kind: table.ColumnChart, Label: "year", Value: "successes", Values: []string{"a", "b"}},
		"histogram mass_kg launches": {Kind: table.HistogramChart, Label: "mass_kg", Value: "launches"},
	}
	for chart, want := range tests {
		t.Run(chart, func(t *testing.T) {
			text := strings.Replace(goodFile, "bar year launches", chart, 1)
			got, err := analytics.LoadFrom(files(map[string]string{"q.sql": text}))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got[0].Chart); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestD16_LoadRefusesABrokenFileAndNamesIt(t *testing.T) {
	// change replaces one part of the good file.
	change := func(old, replacement string) string { return strings.Replace(goodFile, old, replacement, 1) }
	tests := []struct{ name, text, want string }{
		{"empty file", "", `"-- title: …" is missing`},
		{"no header", "SELECT 1", `"-- title: …" is missing`},
		{"no title", change("-- title: Launches per year\n", ""), `"-- title: …" is missing`},
		{"no description", change("-- description: Years are UTC;\n--   NULL gathers the rest.\n", ""), `"-- description: …" is missing`},
		{"no chart", change("-- chart: bar year launches\n", ""), `"-- chart: …" is missing`},
		{"no order", change("-- order: 40\n", ""), `"-- order: …" is missing`},
		{"blank line inside the header", change("-- chart", "\n-- chart"), `"-- chart: …" is missing`},
		{"empty title", change("Launches per year", ""), `line 1: header key "title" has no value`},
		{"no colon", change("title: Launches", "title"), `line 1: header key "title per year" is not one of`},
		{"key twice", change("-- chart: bar year launches", "-- title: Again"), `line 4: header key "title" appears twice`},
		{"unknown key", change("-- order: 40", "-- colour: red"), `line 5: header key "colour" is not one of`},
		{"capital key", change("-- title", "-- Title"), `header key "Title" is not one of`},
		{"continued nothing", "--   more\n" + goodFile, `line 1: header key "more" is not one of`},
		{"order is no number", change("order: 40", "order: first"), `order "first" is not a whole number`},
		{"order is zero", change("order: 40", "order: 0"), `order "0" is not a whole number`},
		{"unit without a column", change("order: 40", "order: 40\n-- units: kg"), `"kg" is not COLUMN UNIT`},
		{"unit of two words", change("order: 40", "order: 40\n-- units: mass_kg metric tons"), `"mass_kg metric tons" is not COLUMN UNIT`},
		{"unit of no column name", change("order: 40", "order: 40\n-- units: Mass kg"), `"Mass kg" is not COLUMN UNIT`},
		{"comma after the last unit", change("order: 40", "order: 40\n-- units: mass_kg kg,"), `"" is not COLUMN UNIT`},
		{"two units of a column", change("order: 40", "order: 40\n-- units: mass_kg kg, mass_kg t"), `column "mass_kg" appears twice`},
		{"empty units", change("order: 40", "order: 40\n-- units:"), `header key "units" has no value`},
		{"unknown chart", change("bar year", "pie year"), `chart "pie year launches" is not one of`},
		{"chart without value", change("bar year launches", "bar year"), `chart "bar year" is not one of`},
		{"chart with three columns", change("bar year launches", "bar year a b"), `chart "bar year a b" is not one of`},
		{"none with a column", change("bar year launches", "none year"), `chart "none year" is not one of`},
		{"chart column in capitals", change("bar year", "bar Year"), `chart "bar Year launches" is not one of`},
		{"chart column with a comma", change("bar year", "bar year,"), `chart "bar year, launches" is not one of`},
		{"chart column begins with a digit", change("bar year", "bar 2year"), `chart "bar 2year launches" is not one of`},
		{"hollow below a word", change("bar year launches", "line year rate hollow launches few"), `has "few" where a whole number belongs`},
		{"hollow without a number", change("bar year launches", "line year rate hollow launches"), `is not one of`},
		{"seven values", change("bar year launches", "column year a b c d e f g"), `has 7 values; it can have up to 6`},
		{"a value twice", change("bar year launches", "column year a b a"), `has the value "a" twice`},
		{"histogram of two values", change("bar year", "histogram year a"), `is not one of`},
		{"simulated column in capitals", change("order: 40", "order: 40\n-- simulated: Mass"), `"Mass" is no name of a column`},
		{"simulated column twice", change("order: 40", "order: 40\n-- simulated: a, a"), `column "a" appears twice`},
		{"only a header", goodFile[:strings.Index(goodFile, "\n-- a comment")], "there is no statement"},
		{"only comments", goodFile[:strings.Index(goodFile, "SELECT")], "there is no statement"},
		{"semicolon at the end", change("ORDER BY year", "ORDER BY year ;"), "ends with a semicolon"},
		{"two statements", change("ORDER BY year", "ORDER BY year; DELETE FROM launches"), "more than one statement"},
		{"semicolon after a comment's end", change("/* ; */", "/* */ ; "), "more than one statement"},
		{"quote without end", change("';'", "'"), "does not end"},
		{"comment without end", change("*/", ""), "does not end"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := analytics.LoadFrom(files(map[string]string{"good.sql": goodFile, "broken.sql": test.text}))
			if err == nil {
				t.Fatal("got no error")
			}
			if !strings.Contains(err.Error(), `"broken.sql"`) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %q, want one with %q that names the file", err, test.want)
			}
		})
	}
}

func TestAnswer_HasTheUnitsAndSimulatedColumnsOfTheHeader(t *testing.T) {
	text := strings.Replace(goodFile, "order: 40", "order: 40\n-- units: launches count,\n--   mass_kg kg\n-- simulated: delay, year", 1)
	queries, err := analytics.LoadFrom(files(map[string]string{"q.sql": text}))
	if err != nil {
		t.Fatal(err)
	}
	columns := []table.Column{table.Integer("year"), table.Integer("launches"), table.Float("mass_kg"), table.Integer("delay")}
	got, err := queries[0].Answer(columns, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []table.Column{table.Integer("year"), table.Integer("launches").In(table.Count), table.Float("mass_kg").In("kg"), table.Integer("delay")}
	want[0].IsSimulated, want[3].IsSimulated = true, true
	if diff := cmp.Diff(want, got.Columns); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if columns[1].Unit != "" {
		t.Error("the caller's columns were changed")
	}
	_, err = queries[0].Answer(columns[:2], nil)
	if liftoff.CategoryOf(err) != liftoff.Usage || !strings.Contains(err.Error(), `no column "mass_kg"`) {
		t.Errorf("a unit for a column that is not there: error %v of category %v", err, liftoff.CategoryOf(err))
	}
	_, err = queries[0].Answer(columns[:3], nil)
	if liftoff.CategoryOf(err) != liftoff.Usage || !strings.Contains(err.Error(), `simulated of query "q": the answer has no column "delay"`) {
		t.Errorf("a simulated column that is not there: error %v of category %v", err, liftoff.CategoryOf(err))
	}
}

// FuzzLoadFrom checks that any text is either refused or a query that can be
// sent as the one statement of a batch.
func FuzzLoadFrom(f *testing.F) {
	f.Add(goodFile)
	for _, seed := range []string{"", "--", "-- title:", "SELECT 1;", "/*", "'", "-- order: 1\n--   2\n\n;"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		queries, err := analytics.LoadFrom(files(map[string]string{"any.sql": text}))
		if err != nil {
			return
		}
		code, err := analytics.CodeOf(queries[0].SQL)
		if err != nil || strings.Contains(code, ";") || strings.TrimSpace(code) == "" {
			t.Errorf("accepted %q, error %v", queries[0].SQL, err)
		}
		if q := queries[0]; q.Title == "" || q.Description == "" || q.Chart.Kind == "" || q.Order < 1 {
			t.Errorf("accepted a header with gaps: %+v", q)
		}
	})
}
