package report_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"liftoff/internal/report"
	"liftoff/internal/table"
)

// textResult is a result whose only cell is the given text.
func textResult(text string) []table.Table {
	return []table.Table{{
		Name: "fuzz", Title: "Fuzz",
		Chart:   table.Chart{Kind: table.BarChart, Label: "cell", Value: "number"},
		Columns: []table.Column{{Name: "cell", Type: table.TypeText}, {Name: "number", Type: table.TypeInteger}},
		Rows:    [][]any{{text, int64(1)}},
	}}
}

// FuzzWrite_TextCells checks for any text that no format lets it drive a
// terminal, break its table, or become a formula, and that JSON loses nothing.
func FuzzWrite_TextCells(f *testing.F) {
	for _, row := range oddText().Rows {
		f.Add(row[0].(string))
	}
	for _, seed := range []string{"@SUM(A1)", "-1+1", "+1", "\t=1", "\r=1", "\n=1", "\u2066x", "\u0085", "a,b;c\"d", "|", "\\|", "\\", "_x_ __y__ a_b", "~~x~~"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		results := textResult(text)
		for _, format := range report.Formats() {
			out := render(t, format, results, report.Options{Width: 60})
			checkHarmless(t, format, out)
			if again := render(t, format, results, report.Options{Width: 60}); !bytes.Equal(out, again) {
				t.Errorf("%s is not stable for %q", format, text)
			}
		}
		checkTableLines(t, text, render(t, report.FormatTable, results, report.Options{}))
		checkCSV(t, text, render(t, report.FormatCSV, results, report.Options{}))
		checkJSON(t, text, render(t, report.FormatJSON, results, report.Options{}))
		checkMarkdown(t, text, render(t, report.FormatMarkdown, results, report.Options{}))
	})
}

// checkHarmless checks that the output is UTF-8 without anything that drives
// a terminal; CSV may hold tabs.
func checkHarmless(t *testing.T, format report.Format, out []byte) {
	t.Helper()
	if !utf8.Valid(out) {
		t.Errorf("%s is not UTF-8: %q", format, out)
	}
	for _, r := range string(out) {
		isAllowed := r == '\n' || (r == '\t' && format == report.FormatCSV)
		if !isAllowed && (unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp)) {
			t.Errorf("%s prints %U raw: %q", format, r, out)
		}
	}
}

// checkTableLines checks that the table keeps its five lines.
func checkTableLines(t *testing.T, text string, out []byte) {
	t.Helper()
	table, _, _ := strings.Cut(string(out), "└")
	if got := strings.Count(table, "\n"); got != 5 {
		t.Errorf("the table of %q has %d lines before its end, want 5:\n%s", text, got, out)
	}
}

// checkCSV checks that a reader finds one cell that is no formula.
func checkCSV(t *testing.T, text string, out []byte) {
	t.Helper()
	records, err := csv.NewReader(bytes.NewReader(out)).ReadAll()
	if err != nil || len(records) != 2 || len(records[1]) != 2 {
		t.Fatalf("CSV of %q reads as %q, error %v", text, records, err)
	}
	cell := records[1][0]
	if cell != "" && strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) {
		t.Errorf("CSV cell %q can be a formula", cell)
	}
}

// checkJSON checks that a reader gets the text back.
func checkJSON(t *testing.T, text string, out []byte) {
	t.Helper()
	var queries []struct{ Rows []struct{ Cell string } }
	if err := json.Unmarshal(out, &queries); err != nil {
		t.Fatalf("JSON of %q: %v\n%s", text, err, out)
	}
	if got := queries[0].Rows[0].Cell; got != text && utf8.ValidString(text) {
		t.Errorf("JSON of %q reads as %q", text, got)
	}
}

// checkMarkdown checks that the row keeps its two cells and holds no markup.
func checkMarkdown(t *testing.T, text string, out []byte) {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	row := lines[len(lines)-1]
	pairs := strings.NewReplacer(`\\`, "", `\|`, "", "\\`", "", `\*`, "", `\[`, "", `\]`, "", `\_`, "", `\~`, "")
	bare := pairs.Replace(row)
	if len(lines) != 5 || strings.Count(bare, "|") != 3 || strings.ContainsAny(bare, "<>*[]~`\\") {
		t.Errorf("Markdown of %q holds markup: %q", text, out)
	}
}
