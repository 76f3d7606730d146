package report_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"liftoff/internal/report"
)

// flown is a summary like that of the real launches.
func flown() report.Summary {
	counts := map[int64]int64{
		2006: 1, 2007: 1, 2008: 2, 2009: 1, 2010: 2, 2012: 2, 2013: 3, 2014: 6, 2015: 7, 2016: 9,
		2017: 18, 2018: 21, 2019: 13, 2020: 26, 2021: 31, 2022: 44,
	}
	s := report.Summary{
		Launches: 205, Flown: 187, Successes: 181, Failures: 5, Upcoming: 18,
		Newest: "Crew-5", NewestAt: time.Date(2022, time.October, 5, 16, 0, 0, 0, time.UTC), AgeDays: 1517,
		Aggregates: report.Aggregates{
			TotalLaunches: 205, TotalSuccessfulLaunches: 181, AveragePayloadMass: 14332.4, AverageLaunchDelayMinutes: 59.82,
		},
		Database: "database spacex of the embedded PostgreSQL 18.6 at /home/ada/.local/share/liftoff/data",
		Next:     []string{"bin/liftoff analyze --all", "bin/liftoff launches", "bin/liftoff db start"},
	}
	for year, launches := range counts {
		s.Years = append(s.Years, report.YearCount{Year: year, Launches: launches})
	}
	return s
}

// summaries are the summaries of the golden file by what is special about them.
func summaries() []struct {
	name    string
	summary report.Summary
	options report.Options
} {
	crowded := flown()
	crowded.Launches, crowded.Synthetic = 1_200_000, 1_199_795
	crowded.Years = nil
	for year := int64(1990); year <= 2026; year++ {
		crowded.Years = append(crowded.Years, report.YearCount{Year: year, Launches: (year - 1989) * 1111})
	}
	mixed := flown()
	mixed.Synthetic = 205
	mixed.Newest = "A name \x1b[31mthat is far longer than any launch has ever had before"
	few := flown()
	few.Years = few.Years[:0]
	few.Years = append(few.Years, report.YearCount{Year: 2020, Launches: 1}, report.YearCount{Year: 2022, Launches: 12345})
	none := report.Summary{
		Aggregates: report.Aggregates{AveragePayloadMass: math.NaN(), AverageLaunchDelayMinutes: math.NaN()},
		Database:   "PostgreSQL at db.example.org:5432/spacex", Next: []string{"bin/liftoff ingest --all"},
	}
	return []struct {
		name    string
		summary report.Summary
		options report.Options
	}{
		{"real launches", flown(), report.Options{Width: 80}},
		{"ASCII", flown(), report.Options{Width: 80, ASCII: true}},
		{"without charts", flown(), report.Options{Width: 80, NoCharts: true}},
		{"many synthetic launches of many years, and a narrow terminal", crowded, report.Options{Width: 60}},
		{"a name that would fill the screen", mixed, report.Options{Width: 80}},
		{"two years", few, report.Options{Width: 80}},
		{"no launches", none, report.Options{}},
	}
}

func TestWriteSummary(t *testing.T) {
	t.Parallel()
	var all strings.Builder
	for _, test := range summaries() {
		var screen strings.Builder
		if err := report.WriteSummary(&screen, test.summary, test.options); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&all, "## %s\n\n%s\n", test.name, screen.String())
	}
	path := filepath.Join("testdata", "summary.txt")
	if *update {
		if err := os.WriteFile(path, []byte(all.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), all.String()); diff != "" {
		t.Errorf("%s differs; go test ./internal/report -update writes it (-want +got):\n%s", path, diff)
	}
}

// The screen and the prompt below it fit a terminal of 24 lines and 80 columns,
// whatever is stored.
func TestWriteSummary_FitsOneScreen(t *testing.T) {
	t.Parallel()
	for _, test := range summaries() {
		var screen strings.Builder
		test.options.Width = 80
		if err := report.WriteSummary(&screen, test.summary, test.options); err != nil {
			t.Fatal(err)
		}
		if lines := strings.Count(screen.String(), "\n"); lines > 23 {
			t.Errorf("%s: %d lines, want at most 23:\n%s", test.name, lines, screen.String())
		}
		for line := range strings.Lines(screen.String()) {
			if columns := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); columns > 80 {
				t.Errorf("%s: a line of %d columns: %q", test.name, columns, line)
			}
		}
	}
}
