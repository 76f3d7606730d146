package chart_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"liftoff/internal/chart"
	"liftoff/internal/table"
)

var update = flag.Bool("update", false, "write the golden files")

// What is drawn of each form, in each way, is what pages and files rely on.
func TestChart_Golden(t *testing.T) {
	t.Parallel()
	for _, each := range allTables() {
		c := chart.Of(each)
		page, err := c.HTML()
		if err != nil {
			t.Fatal(err)
		}
		golden(t, each.Name+".html", []byte(page))
		for ending, write := range map[string]func(*bytes.Buffer) error{
			".svg": func(out *bytes.Buffer) error { return c.WriteSVG(out) },
			".txt": func(out *bytes.Buffer) error { return c.WriteText(out, chart.TextOptions{Width: 60}) },
		} {
			var out bytes.Buffer
			if err := write(&out); err != nil {
				t.Fatal(err)
			}
			golden(t, each.Name+ending, out.Bytes())
		}
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs; run go test ./internal/chart -update, look at the file, and read the diff (-want +got):\n%s", path, diff)
	}
}

func TestEmpty_SaysWhy(t *testing.T) {
	t.Parallel()
	many := months()
	for range 1001 {
		many.Rows = append(many.Rows, []any{"not a month", int64(1), nil, nil})
	}
	noRows, noValues, noColumn := rockets(), rockets(), rockets()
	noRows.Rows = nil
	noValues.Rows = [][]any{{"Falcon 9", nil, nil, nil, nil}}
	noColumn.Chart.Value = "mass"
	for want, each := range map[string]table.Table{
		"":                                   rockets(),
		"This table has no chart.":           {Name: "plain"},
		"There is nothing to draw: no rows.": noRows,
		"There is nothing to draw: no row has a value.":                                          noValues,
		"There is nothing to draw: 1,021 rows are more than the 1,000 that a chart can show.":    many,
		`The chart cannot be drawn: chart of "mass" by "rocket": the table has no such columns.`: noColumn,
	} {
		if got := chart.Of(each).Empty(); got != want {
			t.Errorf("Empty() = %q, want %q", got, want)
		}
	}
	if _, err := chart.Of(noColumn).HTML(); err == nil {
		t.Error("HTML of a hint that does not fit: no error")
	}
}
