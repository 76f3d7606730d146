package report_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"liftoff"
	"liftoff/internal/plain"
	"liftoff/internal/report"
	"liftoff/internal/table"
)

// listings are what the commands for runs, quarantine and history print of long
// values.
func listings(t *testing.T) map[string]report.Listing {
	t.Helper()
	long := strings.Repeat("a long sentence ", 20)
	at := time.Date(2026, time.November, 30, 12, 0, 0, 0, time.UTC)
	var runs []liftoff.LedgerRow
	var records []liftoff.QuarantinedRecord
	for i := range int64(3) {
		runs = append(runs, liftoff.LedgerRow{
			ID: 1234 + i, Selection: "backfill", Status: "interrupted", StartedAt: at, FinishedAt: at.Add(3 * time.Hour), Error: long,
			RunCounts: liftoff.RunCounts{Fetched: 1_234_567, Inserted: 1_234_567, Unchanged: 12_345, Revised: 1, Quarantined: 2, Missing: 3},
		})
		records = append(records, liftoff.QuarantinedRecord{
			RejectedRecord: liftoff.RejectedRecord{Reason: "conflicting_duplicate", Detail: long}, ID: 1234 + i, FirstSeenAt: at, RunID: 1234, Length: 1_234_567,
		})
	}
	history, err := report.History("5eb87cd9ffd86e000604b32a", at, []liftoff.Revision{
		{Number: 1, FirstSeenAt: at, RunID: 7, Raw: []byte(`{"name": "FalconSat", "details": "short"}`)},
		{Number: 2, FirstSeenAt: at, RunID: 8, Raw: []byte(`{"name": "FalconSat", "details": "` + long + `"}`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return map[string]report.Listing{"runs": report.Runs(runs, ""), "quarantine": report.Quarantine(records), "history": history}
}

// wantFit checks that no line is wider than the terminal.
func wantFit(t *testing.T, out string, width int) {
	t.Helper()
	for line := range strings.Lines(out) {
		if got := plain.Width(strings.TrimSuffix(line, "\n")); got > width {
			t.Fatalf("a line of a %d column report is %d wide: %q", width, got, line)
		}
	}
}

func TestListings_FitAndKeepTheirKeysWhole(t *testing.T) {
	keys := map[string][]string{
		"runs":       {"1234", "1236", "interrupted"},
		"quarantine": {"1234", "1236", "conflicting_duplicate"},
		"history":    {"FalconSat (5eb87cd9ffd86e000604b32a)", "details"},
	}
	for name, listing := range listings(t) {
		for width := 40; width <= 200; width++ {
			out := string(render(t, report.FormatTable, listing.Tables, report.Options{Width: width}))
			wantFit(t, out, width)
			for _, key := range keys[name] {
				if !strings.Contains(strings.Join(strings.Fields(out), " "), key) {
					t.Fatalf("%s at %d columns lacks %q:\n%s", name, width, key, out)
				}
			}
		}
		compareGolden(t, name+".txt", []byte(sizes(t, listing.Tables)))
	}
}

// sizes are tables at the usual widths and in a pipe.
func sizes(t *testing.T, tables []table.Table) string {
	t.Helper()
	var out strings.Builder
	for _, width := range []int{40, 60, 80, 120, 0} {
		fmt.Fprintf(&out, "=== %d columns\n%s", width, render(t, report.FormatTable, tables, report.Options{Width: width}))
	}
	return strings.ReplaceAll(out.String(), "=== 0 columns", "=== pipe")
}

func TestWrite_TableFitsTheWidth(t *testing.T) {
	odd := oddText()
	odd.Rows = odd.Rows[:2] // the others have a key or a number that is wider
	for width := 40; width <= 200; width++ {
		wantFit(t, string(render(t, report.FormatTable, []table.Table{odd, rolling(), yearly(), wide(), daily()}, report.Options{Width: width})), width)
	}
}

// Into a pipe or a file nothing is cut or left out.
func TestWrite_WithoutAWidthHasEverything(t *testing.T) {
	tables := []table.Table{oddText(), wide()}
	for _, listing := range listings(t) {
		tables = append(tables, listing.Tables...)
	}
	out := string(render(t, report.FormatTable, tables, report.Options{}))
	if strings.Contains(out, "…") || strings.Contains(out, "Left out: ") {
		t.Errorf("something was cut or left out:\n%s", out)
	}
	for _, each := range tables {
		for _, column := range each.Columns {
			word := strings.Split(column.Name, "_")[0]
			if !strings.Contains(out, word) {
				t.Errorf("column %q of %s is not there", column.Name, each.Name)
			}
		}
		for _, row := range each.Rows {
			for _, value := range row {
				if text, ok := value.(string); ok && !strings.Contains(out, plain.Visible(text)) {
					t.Errorf("%s: %q is not there whole", each.Name, text)
				}
			}
		}
	}
}

func TestWrite_NumbersAreReadable(t *testing.T) {
	count := table.Integer("n").In(table.Count)
	for name, test := range map[string]struct {
		column table.Column
		values []any
		want   []string
	}{
		"counts":                {count, []any{int64(0), int64(999), int64(1000), int64(-1234567)}, []string{"0", "999", "1,000", "-1,234,567"}},
		"a year is no quantity": {table.Integer("n"), []any{int64(2011)}, []string{"2011"}},
		"percent":               {table.Float("n").In("%"), []any{100.0, 97.674, 0.04}, []string{"100.0", "97.7", "0.0"}},
		"whole floats":          {table.Float("n").In("kg"), []any{15600.0, 0.0}, []string{"15,600", "0"}},
		"an average":            {table.Float("n").In("kg"), []any{4166.6667, 1000.0}, []string{"4,166.7", "1,000.0"}},
		"below ten":             {table.Float("n").In("s"), []any{1.2345, 0.5}, []string{"1.23", "0.50"}},
		"very small":            {table.Float("n"), []any{0.000012}, []string{"0.000012"}},
		"without a unit":        {table.Float("n"), []any{12345.678}, []string{"12345.7"}},
	} {
		t.Run(name, func(t *testing.T) {
			each := table.Table{Name: "numbers", Title: "Numbers", Columns: []table.Column{test.column}}
			want := "## Numbers\n\n| n | \n| ---: |\n"
			for i, value := range test.values {
				each.Rows = append(each.Rows, []any{value})
				want += "| " + test.want[i] + " |\n"
			}
			got := string(render(t, report.FormatMarkdown, []table.Table{each}, report.Options{}))
			_, got, _ = strings.Cut(got, "---: |\n")
			_, want, _ = strings.Cut(want, "---: |\n")
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestWrite_HeadersHaveUnits(t *testing.T) {
	for want, column := range map[string]table.Column{
		"average payload mass (kg)":      table.Float("average_payload_mass").In("kg"),
		"average launch delay (minutes)": table.Float("average_launch_delay_minutes").In("minutes"),
		"success rate (%)":               table.Float("success_rate_percent").In("%"),
		"percent of real (%)":            table.Float("percent_of_real").In("%"),
		"bytes":                          table.Integer("bytes").In("bytes"),
		"launches":                       table.Integer("launches").In(table.Count),
		"launched at (UTC)":              table.Timestamp("launched_at"),
		"year":                           table.Integer("year"),
	} {
		each := table.Table{Name: "t", Title: "T", Columns: []table.Column{column}, Rows: [][]any{{nil}}}
		for format, line := range map[report.Format]string{
			report.FormatTable: "│ " + want + " │\n", report.FormatMarkdown: "| " + want + " |\n", report.FormatCSV: column.Name + "\n",
		} {
			if out := string(render(t, format, []table.Table{each}, report.Options{})); !strings.Contains(out, line) {
				t.Errorf("%s lacks the header %q:\n%s", format, want, out)
			}
		}
	}
}
