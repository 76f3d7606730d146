package reportfile_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"liftoff"
	"liftoff/internal/report"
	"liftoff/internal/reportfile"
	"liftoff/internal/table"
)

var update = flag.Bool("update", false, "write the golden files")

// wantGolden compares an output with a golden file.
func wantGolden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs; run the test with -update if that is wanted (-want +got):\n%s", path, diff)
	}
}

// at returns a moment of 1 December 2026.
func at(clock string) time.Time {
	moment, err := time.Parse(time.DateTime, "2026-12-01 "+clock)
	if err != nil {
		panic(err)
	}
	return moment
}

func newAnswers() []table.Table {
	return []table.Table{
		{
			Name: "numbers", Title: "All launches (masses are simulated)", Description: "Of `launch_aggregates_view`; NULL if there are none.",
			Chart:   table.Chart{Kind: table.NumbersChart},
			Columns: []table.Column{table.Integer("launches").In(table.Count), {Name: "average_mass", Type: table.TypeFloat, Unit: "kg", IsSimulated: true}},
			Rows:    [][]any{{int64(1205), 4198.25}},
		},
		{
			Name: "per_year", Title: "Launches per year", Chart: table.Chart{Kind: table.ColumnChart, Label: "year", Value: "launches"},
			Columns: []table.Column{table.Integer("year"), table.Integer("launches").In(table.Count), table.Timestamp("newest")},
			Rows:    [][]any{{int64(2020), int64(26), at("10:00:00")}, {int64(2021), int64(31), nil}},
		},
		{
			Name: "per_rocket", Title: "Launches per rocket", Chart: table.Chart{Kind: table.BarChart, Label: "rocket", Value: "launches"},
			Columns: []table.Column{table.Main("rocket"), table.Integer("launches").In(table.Count), table.Float("rate").In("%")},
			Rows:    [][]any{{"Falcon 9", int64(179), 98.9}, {"Falcon 1", int64(5), 40.0}},
		},
		{
			Name: "masses", Title: "Mass, real and made up", Chart: table.Chart{Kind: table.BarChart, Label: "mass", Value: "average_kg"},
			Columns: []table.Column{table.Word("mass"), table.Float("average_kg").In("kg")},
			Rows:    [][]any{{"real", 6668.5}, {"simulated", 4706.0}},
		},
		{
			Name: `own "query"#1&2`, Title: "<script>alert(1)</script> | [x](javascript:alert(1))", Description: "</style><img src=https://example.org/x.png>",
			Chart:   table.Chart{Kind: table.NoChart},
			Columns: []table.Column{table.Text("<b>"), table.Text("link")},
			Rows:    [][]any{{"\u202e<script src=//example.org>", "javascript:alert(1)"}},
		},
		{Name: "nothing", Title: "No rows", Chart: table.Chart{Kind: table.LineChart, Label: "year", Value: "rate"}, Columns: []table.Column{table.Integer("year"), table.Float("rate")}},
	}
}

func newReport() reportfile.Report {
	since := liftoff.LedgerRow{ID: 15, Selection: liftoff.SelectAll, Status: liftoff.RunSucceeded, StartedAt: at("01:00:00"), FinishedAt: at("01:00:09")}
	return reportfile.Report{
		MadeAt: at("12:30:15"), Program: "liftoff v1", Engine: "PostgreSQL 18.1", Database: "PostgreSQL at db:5432/spacex",
		Health: liftoff.Health{
			LastGood: liftoff.LedgerRow{ID: 16, Source: "https://api.example.org", Selection: liftoff.SelectNew, StartedAt: at("11:00:00"), FinishedAt: at("11:00:02")},
			LastEnded: liftoff.LedgerRow{
				ID: 17, Source: "https://api.example.org", Selection: liftoff.SelectNew, Status: liftoff.RunPartial, Error: "page 3 <failed>",
				StartedAt: at("12:00:00"), FinishedAt: at("12:00:02"), RunCounts: liftoff.RunCounts{Inserted: 1200, Revised: 1},
			},
			Running: []liftoff.LedgerRow{{ID: 18, Selection: liftoff.SelectAll, StartedAt: at("12:30:00")}},
		},
		Changes: &liftoff.LaunchChanges{
			Since: since,
			New: liftoff.ChangedLaunches{Total: 1201, Launches: []liftoff.ChangedLaunch{
				{ID: "n1", Now: liftoff.LaunchState{Name: "Crew-5", LaunchedAt: at("16:00:00"), DatePrecision: "hour", Outcome: liftoff.OutcomeSuccess}},
			}},
			Revised: liftoff.ChangedLaunches{Total: 2, Launches: []liftoff.ChangedLaunch{
				{
					ID:     "r1",
					Before: liftoff.LaunchState{Name: "Turksat", LaunchedAt: at("00:00:00"), DatePrecision: "month", Outcome: liftoff.OutcomeUpcoming},
					Now:    liftoff.LaunchState{Name: "Türksat | 5B", LaunchedAt: at("03:58:00"), DatePrecision: "hour", Outcome: liftoff.OutcomeFailure},
				},
				{ID: "r2", Before: liftoff.LaunchState{Outcome: liftoff.OutcomeUnknown}, Now: liftoff.LaunchState{Outcome: liftoff.OutcomeUnknown}},
			}},
			Missing: liftoff.ChangedLaunches{Total: 1, Launches: []liftoff.ChangedLaunch{
				{ID: "m1", Now: liftoff.LaunchState{Name: "USSF-52", Outcome: liftoff.OutcomeUpcoming}, MissingSince: at("11:00:02")},
			}},
		},
		Answers: newAnswers(),
	}
}

func write(t *testing.T, format reportfile.Format, r reportfile.Report, options reportfile.Options) string {
	t.Helper()
	var out bytes.Buffer
	if err := reportfile.Write(&out, format, r, options); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

var (
	// styleSheet and drawing are what package page and chart have tests for.
	styleSheet = regexp.MustCompile(`(?s)<style>.*?</style>`)
	drawing    = regexp.MustCompile(`<(?:div|dl) class="chart.*</div>\n|<svg[ >].*?</svg>`)
)

func TestWrite_IsWhatPeopleAndProgramsRelyOn(t *testing.T) {
	r := newReport()
	image := func(section string) string {
		if section == "nothing" {
			return ""
		}
		return "my charts/" + section + ".svg"
	}
	page := write(t, reportfile.HTML, r, reportfile.Options{})
	wantGolden(t, "report.html", drawing.ReplaceAllString(styleSheet.ReplaceAllString(page, "<style>…</style>"), "<!-- drawing -->"))
	wantGolden(t, "report.md", write(t, reportfile.Markdown, r, reportfile.Options{Image: image}))
	wantGolden(t, "report.json", write(t, reportfile.JSON, r, reportfile.Options{}))
	index, err := r.Index()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := report.Write(&out, report.FormatCSV, []table.Table{index}, report.Options{}); err != nil {
		t.Fatal(err)
	}
	wantGolden(t, "index.csv", out.String())
}

// Before the first run there is nothing to say but that, and what to do.
func TestWrite_OfADatabaseWithoutLaunches(t *testing.T) {
	r := reportfile.Report{MadeAt: at("12:00:00"), Answers: newAnswers(), Next: "fetch launches with `liftoff ingest --all`"}
	for format, want := range map[reportfile.Format]string{
		reportfile.HTML:     "<strong>There are no launches yet.</strong> Next: fetch launches with <code>liftoff ingest --all</code>.",
		reportfile.Markdown: "> **There are no launches yet.** Next: fetch launches with `liftoff ingest --all`.",
		reportfile.JSON:     "\"next\": \"fetch launches with `liftoff ingest --all`\"",
	} {
		got := write(t, format, r, reportfile.Options{})
		if !strings.Contains(got, want) || format != reportfile.JSON && strings.Contains(got, "Launches per year") {
			t.Errorf("%s says\n%s", format, got)
		}
	}
}

func TestWrite_NothingHasChanged(t *testing.T) {
	r := newReport()
	r.Changes = &liftoff.LaunchChanges{Since: r.Changes.Since}
	if got := write(t, reportfile.Markdown, r, reportfile.Options{}); !strings.Contains(got, "Nothing has changed since run 15 (all), which ended 1 Dec 2026, 01:00 UTC.") || strings.Contains(got, "New launches") {
		t.Errorf("it says\n%s", got)
	}
}

// A query of the user's must not take the place of another part.
func TestReport_SectionsHaveNamesOfTheirOwn(t *testing.T) {
	r := newReport()
	if err := r.CheckNames(); err != nil {
		t.Error(err)
	}
	r.Answers[0].Name = "new_launches"
	if err := r.CheckNames(); liftoff.CategoryOf(err) != liftoff.Usage {
		t.Errorf("CheckNames() = %v", err)
	}
	r.Answers[0].Name = "Index"
	if _, err := r.Index(); liftoff.CategoryOf(err) != liftoff.Usage {
		t.Errorf("Index() = %v", err)
	}
}

func TestFormatFor(t *testing.T) {
	for _, test := range []struct {
		name, file string
		want       reportfile.Format
		says       string
	}{
		{"", "", reportfile.HTML, ""},
		{"", "-", reportfile.HTML, ""},
		{"", "report", reportfile.HTML, ""},
		{"", "a.b/report.MD", reportfile.Markdown, ""},
		{"", "report.json", reportfile.JSON, ""},
		{"json", "report.txt", reportfile.JSON, ""},
		{"csv-dir", "", reportfile.CSVDir, ""},
		{"json", "report.html", "", `--output json does not go with "report.html", because a file that ends with .html is read as html`},
		{"pdf", "", "", `a report can be had as html, markdown, json or csv-dir, not "pdf"`},
	} {
		got, err := reportfile.FormatFor(test.name, test.file)
		if got != test.want || (test.says == "") != (err == nil) || err != nil && (err.Error() != test.says || liftoff.CategoryOf(err) != liftoff.Usage) {
			t.Errorf("FormatFor(%q, %q) = %q, %v", test.name, test.file, got, err)
		}
	}
}

func ExampleFormatFor() {
	format, err := reportfile.FormatFor("", "report.md")
	fmt.Println(format, err)
	// Output: markdown <nil>
}
