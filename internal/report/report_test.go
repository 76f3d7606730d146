package report_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"liftoff"
	"liftoff/internal/plain"
	"liftoff/internal/report"
	"liftoff/internal/table"
)

var update = flag.Bool("update", false, "write the golden files anew")

// yearly has whole numbers, floats, NULLs and a bar chart.
func yearly() table.Table {
	return table.Table{
		Name: "launches_per_year", Title: "Launches per year",
		Description: "Years are UTC; NULL gathers launches without a date. The rate is NULL when no outcome is known.",
		Chart:       table.Chart{Kind: table.BarChart, Label: "year", Value: "launches"},
		Columns: []table.Column{
			table.Integer("year"),
			table.Integer("launches").In(table.Count),
			table.Float("success_rate_percent").In("%"),
		},
		Rows: [][]any{
			{int64(2006), int64(1), 0.0},
			{int64(2021), int64(31), 100.0},
			{int64(2022), int64(44), 97.67441860465117},
			{nil, int64(0), nil},
		},
	}
}

// oddText has what data from outside may bring: control characters, wide
// letters, formulas, markup, bytes that are no UTF-8, and every column type.
func oddText() table.Table {
	moment := time.Date(2022, time.October, 5, 16, 0, 0, 123456000, time.UTC)
	return table.Table{
		Name: "odd_text", Title: "Odd text <b>", Description: "Nothing here may reach a terminal raw.",
		Chart: table.Chart{Kind: table.BarChart, Label: "name", Value: "simulated_mass_kg"},
		Columns: []table.Column{
			{Name: "name", Type: table.TypeText},
			{Name: "launched_at", Type: table.TypeTimestamp},
			{Name: "has_crew", Type: table.TypeBoolean},
			table.Integer("simulated_mass_kg").In("kg"),
		},
		Rows: [][]any{
			{"red \x1b[31malert\x07\x9b", moment, true, int64(96000)},
			{"長征五号火箭と宇宙ステーション補給機", moment.Add(time.Hour), false, int64(6000)},
			{"=HYPERLINK(\"http://example.org\")", nil, nil, int64(9007199254740993)},
			{"a|b <script>alert(1)</script> [x](y) `z` *w* \\", nil, true, int64(1)},
			{"two\nlines\tand\r\ntext", nil, nil, nil},
			{"evil\u202egpj.exe \u2028 \u200f", nil, nil, int64(0)},
			{"not \xff UTF-8", nil, nil, int64(-5)},
			{"e\u0301clair, \"Türksat\" 🚀", nil, nil, int64(2000)},
			{"", nil, nil, int64(3000)},
		},
	}
}

// rolling has a line chart with a gap.
func rolling() table.Table {
	rates := []any{0.0, 25.0, nil, 60.0, 85.0, 95.0, 100.0, 95.0}
	rows := make([][]any, len(rates))
	for i, rate := range rates {
		rows[i] = []any{int64(2006 + i), rate}
	}
	return table.Table{
		Name: "rolling", Title: "Rolling success rate",
		Chart: table.Chart{Kind: table.LineChart, Label: "year", Value: "success_rate_percent"},
		Columns: []table.Column{
			table.Integer("year"),
			table.Float("success_rate_percent").In("%"),
		},
		Rows: rows,
	}
}

// empty has columns but no rows.
func empty() table.Table {
	result := yearly()
	result.Name, result.Rows = "empty", nil
	return result
}

// wide has more columns than fit into 80 columns.
func wide() table.Table {
	return table.Table{
		Name: "wide", Title: "A title that is longer than a narrow terminal is wide",
		Columns: []table.Column{
			table.Integer("total_launches").In(table.Count),
			table.Integer("total_successful_launches").In(table.Count),
			table.Float("average_payload_mass").In("kg"),
			table.Float("average_launch_delay_minutes").In("minutes"),
			table.Text("newest_launch"),
		},
		Rows: [][]any{{int64(205), int64(181), 4012.345, 59.5, "Crew-5 and a name that goes on and on"}},
	}
}

func TestWrite_Golden(t *testing.T) {
	all := []table.Table{yearly(), oddText(), rolling(), empty(), wide()}
	tests := []struct {
		name    string
		file    string
		format  report.Format
		results []table.Table
		options report.Options
	}{
		{"table fits 80 columns", "table.txt", report.FormatTable, all, report.Options{}},
		{"table on a narrow terminal", "table_narrow.txt", report.FormatTable, all, report.Options{Width: 40}},
		{"table in ASCII", "table_ascii.txt", report.FormatTable, all, report.Options{ASCII: true}},
		{"table in colour", "table_color.txt", report.FormatTable, []table.Table{yearly()}, report.Options{Color: true}},
		{"table on a wide terminal", "table_wide.txt", report.FormatTable, all, report.Options{Width: 132}},
		{"json holds all results in one array", "all.json", report.FormatJSON, all, report.Options{}},
		{"csv of several results names each", "all.csv", report.FormatCSV, all, report.Options{}},
		{"csv of one result is plain", "one.csv", report.FormatCSV, []table.Table{yearly()}, report.Options{}},
		{"markdown", "all.md", report.FormatMarkdown, all, report.Options{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			compareGolden(t, test.file, render(t, test.format, test.results, test.options))
		})
	}
}

// render returns what Write prints.
func render(t *testing.T, format report.Format, results []table.Table, options report.Options) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := report.Write(&out, format, results, options); err != nil {
		t.Fatalf("Write: %v", err)
	}
	return out.Bytes()
}

// compareGolden compares got with a file of testdata, or writes the file with
// -update.
func compareGolden(t *testing.T, file string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", file)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (run the test with -update)", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func TestWrite_NoResults(t *testing.T) {
	want := map[report.Format]string{
		report.FormatTable: "", report.FormatJSON: "[]\n", report.FormatCSV: "", report.FormatMarkdown: "",
	}
	for format, wanted := range want {
		t.Run(string(format), func(t *testing.T) {
			if diff := cmp.Diff(wanted, string(render(t, format, nil, report.Options{}))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestWrite_ChartNeedsItsColumns(t *testing.T) {
	tests := map[string]struct {
		chart table.Chart
		want  string
	}{
		"unknown value":  {table.Chart{Kind: table.BarChart, Label: "name", Value: "nothing"}, "no such columns"},
		"unknown label":  {table.Chart{Kind: table.BarChart, Label: "nothing", Value: "has_crew"}, "no such columns"},
		"value is text":  {table.Chart{Kind: table.LineChart, Label: "has_crew", Value: "name"}, "holds no numbers"},
		"value is a day": {table.Chart{Kind: table.BarChart, Label: "name", Value: "launched_at"}, "holds no numbers"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			result := oddText()
			result.Chart = test.chart
			err := report.Write(&bytes.Buffer{}, report.FormatTable, []table.Table{result}, report.Options{})
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), `"odd_text"`) {
				t.Errorf("got error %v, want one with %q that names the query", err, test.want)
			}
		})
	}
}

func TestWrite_JSONRefusesEqualColumnNames(t *testing.T) {
	result := yearly()
	result.Columns[1].Name = "year"
	err := report.Write(&bytes.Buffer{}, report.FormatJSON, []table.Table{result}, report.Options{})
	if err == nil || !strings.Contains(err.Error(), `"launches_per_year"`) {
		t.Errorf("got error %v, want one that names the query", err)
	}
}

var errFull = errors.New("disk full")

// fullDisk takes no bytes.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

func TestWrite_ReturnsTheWritersError(t *testing.T) {
	for _, format := range report.Formats() {
		t.Run(string(format), func(t *testing.T) {
			results := []table.Table{yearly(), oddText()}
			if err := report.Write(fullDisk{}, format, results, report.Options{}); !errors.Is(err, errFull) {
				t.Errorf("got error %v, want %v", err, errFull)
			}
		})
	}
}

func TestWrite_UnknownFormat(t *testing.T) {
	err := report.Write(&bytes.Buffer{}, "yaml", nil, report.Options{})
	if got := liftoff.CategoryOf(err); got != liftoff.Usage {
		t.Errorf("category %v of error %v, want usage", got, err)
	}
}

func TestParseFormat(t *testing.T) {
	for _, format := range report.Formats() {
		if got, err := report.ParseFormat(string(format)); err != nil || got != format {
			t.Errorf("ParseFormat(%q) = %q, %v", format, got, err)
		}
	}
	for _, name := range []string{"", "JSON", "yaml", "table "} {
		_, err := report.ParseFormat(name)
		if liftoff.CategoryOf(err) != liftoff.Usage {
			t.Errorf("ParseFormat(%q): error %v, want category usage", name, err)
		}
		if want := fmt.Sprintf("the output format must be table, json, csv or markdown, not %q", name); err.Error() != want {
			t.Errorf("ParseFormat(%q): error %q, want %q", name, err, want)
		}
	}
}

func TestWrite_TableKeepsNumbersWhole(t *testing.T) {
	out := string(render(t, report.FormatTable, []table.Table{oddText(), wide()}, report.Options{Width: 1}))
	for _, want := range []string{"9,007,199,254,740,993\n", "2022-10-05 16:00:00\n", "4,012.3\n", "205\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("a report one column wide lacks %q:\n%s", want, out)
		}
	}
}

func TestWrite_LineChartKeepsItsExtremes(t *testing.T) {
	for points := 2; points < 200; points += 7 {
		result := rolling()
		result.Rows = nil
		for i := range points {
			result.Rows = append(result.Rows, []any{int64(i), 50.0})
		}
		result.Rows[points/2][1] = 100.0
		result.Rows[0][1] = 0.0
		out := string(render(t, report.FormatTable, []table.Table{result}, report.Options{Width: 250}))
		_, chart, _ := strings.Cut(out, "success rate (%) by year\n")
		if !strings.Contains(chart, "100.0 ┤") || !strings.Contains(chart, "  0.0 ┼") {
			t.Fatalf("the axis of %d points does not go from 0 to 100:\n%s", points, chart)
		}
	}
}

func TestWrite_LineChartOfOneValueIsABar(t *testing.T) {
	for name, rows := range map[string][][]any{
		"one row":             {{int64(2006), 50.0}},
		"one value in 2 rows": {{int64(2006), 50.0}, {int64(2008), nil}},
	} {
		t.Run(name, func(t *testing.T) {
			result := rolling()
			result.Rows = rows
			out := string(render(t, report.FormatTable, []table.Table{result}, report.Options{}))
			_, chart, ok := strings.Cut(out, "success rate (%) by year\n")
			if !ok || !strings.Contains(chart, "█") || strings.Contains(chart, "┤") {
				t.Errorf("not drawn as a bar:\n%s", out)
			}
		})
	}
}

func TestWrite_JSONHasNullForWhatItCannotHold(t *testing.T) {
	result := rolling()
	result.Rows = [][]any{{int64(1), math.NaN()}, {int64(2), math.Inf(1)}, {int64(3), math.Inf(-1)}}
	out := string(render(t, report.FormatJSON, []table.Table{result}, report.Options{}))
	if got := strings.Count(out, `"success_rate_percent": null`); got != 3 {
		t.Errorf("%d of 3 values are null:\n%s", got, out)
	}
}

func TestWrite_DeleteIsShownAsAnEscape(t *testing.T) {
	for _, format := range report.Formats() {
		out := string(render(t, format, textResult("a\x7fb~ c"), report.Options{}))
		if strings.Contains(out, "\x7f") || !strings.Contains(out, "7fb") {
			t.Errorf("%s does not show U+007F as an escape:\n%s", format, out)
		}
	}
}

func TestWrite_MarkdownTextRendersAsItself(t *testing.T) {
	for text, want := range map[string]string{
		"_slanted_ and __bold__": `\_slanted\_ and \_\_bold\_\_`,
		"payload_count é_2":      "payload_count é_2",
		"a_ _b":                  `a\_ \_b`,
		"~~struck~~":             `\~\~struck\~\~`,
	} {
		out := string(render(t, report.FormatMarkdown, textResult(text), report.Options{}))
		if !strings.Contains(out, "| "+want+" |") {
			t.Errorf("%q is not written as %q:\n%s", text, want, out)
		}
	}
}

func TestDisplayWidth(t *testing.T) {
	tests := map[string]int{
		"": 0, "plain": 5, "é": 1, "e\u0301": 1, "火箭": 4, "ﾛｹｯﾄ": 4, "Ａ": 2, "🚀": 2, "—…█│": 4, "a\u200db": 2, "\u00a0": 1,
	}
	for cell, want := range tests {
		if got := plain.Width(cell); got != want {
			t.Errorf("DisplayWidth(%q) = %d, want %d", cell, got, want)
		}
	}
}
