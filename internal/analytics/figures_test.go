package analytics_test

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"liftoff/internal/report"
	"liftoff/internal/table"
	"liftoff/internal/testkit/launchtest"
)

// n makes the test tables below readable: a whole number as an engine
// returns it.
func n(value int64) any { return value }

// at parses a moment in UTC.
func at(text string) time.Time {
	moment, err := time.Parse("2006-01-02 15:04:05.999", text)
	if err != nil {
		return time.Time{}
	}
	return moment
}

// figures are the answers for testdata/launches.sql, worked out by hand.
// data_freshness is left out: it depends on the clock.
var figures = map[string]struct {
	columns []table.Column
	rows    [][]any
}{
	"aggregate_view": {
		[]table.Column{
			table.Integer("total_launches"),
			table.Integer("total_successful_launches"),
			table.Float("average_payload_mass"),
			table.Float("average_launch_delay_minutes"),
		},
		[][]any{{n(12), n(5), 8181.727272727273, 38.45454545454545}},
	},
	"upcoming_and_past": {
		[]table.Column{
			table.Text("status"),
			table.Integer("launches"),
			table.Timestamp("earliest_date"),
			table.Timestamp("latest_date"),
		},
		[][]any{
			{"past", n(8), at("2006-03-24 22:30:00"), at("2009-01-09 01:00:00")},
			{"upcoming", n(3), at("2008-01-01 00:00:00"), at("2030-01-01 00:00:00")},
			{"not stated", n(1), at("2009-06-01 12:00:00"), at("2009-06-01 12:00:00")},
		},
	},
	"launches_per_year": {
		outcomeColumns("year", table.TypeInteger),
		[][]any{
			{n(2006), n(1), n(0), n(1), 0.0, n(0)},
			{n(2007), n(1), n(0), n(1), 0.0, n(0)},
			{n(2008), n(4), n(3), n(0), 100.0, n(1)},
			{n(2009), n(2), n(1), n(0), 100.0, n(0)},
			{n(2030), n(0), n(0), n(0), nil, n(1)},
			{nil, n(1), n(1), n(0), 100.0, n(1)},
		},
	},
	"launches_per_rocket": {
		outcomeColumns("rocket", table.TypeText),
		[][]any{
			{"Falcon 9", n(5), n(3), n(0), 100.0, n(1)},
			{"Falcon 1", n(3), n(1), n(2), 100.0 / 3, n(0)},
			{nil, n(1), n(1), n(0), 100.0, n(0)},
			{"brand-new-rocket", n(0), n(0), n(0), nil, n(2)},
		},
	},
	"launches_per_launchpad": {
		outcomeColumns("launchpad", table.TypeText),
		[][]any{
			{"CCSFS SLC 40", n(3), n(2), n(0), 100.0, n(1)},
			{"Kwajalein Atoll", n(3), n(1), n(2), 100.0 / 3, n(0)},
			{nil, n(2), n(1), n(0), 100.0, n(2)},
			{"5e9e4502f509094188566f88", n(1), n(1), n(0), 100.0, n(0)},
		},
	},
	"rolling_success_rate": {
		[]table.Column{table.Integer("year"), table.Integer("launches_counted"), table.Float("success_rate_percent")},
		[][]any{
			{n(2006), n(1), 0.0},
			{n(2007), n(2), 0.0},
			{n(2008), n(5), 60.0},
			{n(2009), n(6), 400.0 / 6},
		},
	},
	// From a2 on: 362 days to a2, 557 to a3; none to and from a4, whose date
	// is only a month; 0 to a6 on the same day, 30 to a8, 143 to b2.
	"days_between_launches": {
		[]table.Column{
			table.Integer("year"),
			table.Integer("gaps"),
			table.Float("average_days"),
			table.Integer("shortest_days"),
			table.Integer("longest_days"),
		},
		[][]any{
			{n(2007), n(1), 362.0, n(362), n(362)},
			{n(2008), n(2), 278.5, n(0), n(557)},
			{n(2009), n(2), 86.5, n(30), n(143)},
		},
	},
	"payloads_per_launch": {
		[]table.Column{
			table.Integer("payload_count"),
			table.Integer("launches"),
			table.Integer("upcoming"),
			table.Float("share_percent"),
		},
		[][]any{
			{n(0), n(3), n(3), 25.0},
			{n(1), n(5), n(0), 500.0 / 12},
			{n(2), n(2), n(0), 200.0 / 12},
			{n(16), n(1), n(0), 100.0 / 12},
			{nil, n(1), n(0), 100.0 / 12},
		},
	},
	// a2 and a7 weigh the same, and so do a9, b0 and b1, of which one is the
	// eleventh: ties go by id.
	"heaviest_launches": {
		[]table.Column{
			table.Text("name"),
			table.Timestamp("launched_at"),
			table.Integer("payload_count"),
			table.Integer("simulated_mass_kg"),
			table.Float("real_mass_kg"),
		},
		[][]any{
			{"Same evening", at("2008-12-10 23:00:00"), n(16), n(48000), 15600.0},
			{"Morning", at("2008-12-10 00:35:00"), n(2), n(12000), nil},
			{"Only a month", at("2008-11-01 00:00:00"), n(2), n(8000), 9000.0},
			{"DemoSat", at("2007-03-21 01:10:00"), n(1), n(6000), 20.0},
			{"No date", nil, n(1), n(6000), 0.0},
			{"New year", at("2009-01-09 01:00:00"), n(1), n(4999), nil},
			{"RatSat", at("2008-09-28 23:15:00"), n(1), n(3000), 165.5},
			{"FalconSat", at("2006-03-24 22:30:00"), n(1), n(2000), 20.0},
			{"Long overdue", at("2008-01-01 00:00:00"), n(0), n(0), nil},
			{"Some day", nil, n(0), n(0), nil},
		},
	},
	// a1 and a2 weigh the same: ties go by id.
	"heaviest_real_payloads": {
		[]table.Column{
			table.Text("name"),
			table.Timestamp("launched_at"),
			table.Integer("payload_count"),
			table.Float("real_mass_kg"),
		},
		[][]any{
			{"Same evening", at("2008-12-10 23:00:00"), n(16), 15600.0},
			{"Only a month", at("2008-11-01 00:00:00"), n(2), 9000.0},
			{"Not stated", at("2009-06-01 12:00:00"), nil, 500.0},
			{"RatSat", at("2008-09-28 23:15:00"), n(1), 165.5},
			{"FalconSat", at("2006-03-24 22:30:00"), n(1), 20.0},
			{"DemoSat", at("2007-03-21 01:10:00"), n(1), 20.0},
			{"No date", nil, n(1), 0.0},
		},
	},
	// Real 0, 20, 20, 165.5, 9000 and 15600; simulated 2000, 3000, 6000, 6000,
	// 8000 and 48000 for the same launches, which leave out b2.
	"simulated_and_real_mass": {
		[]table.Column{
			table.Text("mass"),
			table.Integer("launches"),
			table.Float("lowest_kg"),
			table.Float("median_kg"),
			table.Float("average_kg"),
			table.Float("highest_kg"),
			table.Float("percent_of_real"),
		},
		[][]any{
			{"real", n(6), 0.0, 92.75, 24805.5 / 6, 15600.0, 100.0},
			{"simulated", n(6), 2000.0, 6000.0, 73000.0 / 6, 48000.0, 7300000 / 24805.5},
		},
	},
	// a1 and a5 slipped by the same time; a2 did not slip.
	"date_slips": {
		[]table.Column{table.Text("name"), table.Timestamp("launched_at"), table.Integer("slip_minutes")},
		[][]any{
			{"New year", at("2009-01-09 01:00:00"), n(100000)},
			{"FalconSat", at("2006-03-24 22:30:00"), n(1440)},
			{"Morning", at("2008-12-10 00:35:00"), n(1440)},
			{"RatSat", at("2008-09-28 23:15:00"), n(-60)},
		},
	},
	"mass_distribution": {
		bucketColumns("mass_kg"),
		[][]any{
			{"0", n(3), 25.0},
			{"2,000 to 2,999", n(1), 100.0 / 12},
			{"3,000 to 3,999", n(1), 100.0 / 12},
			{"4,000 to 4,999", n(1), 100.0 / 12},
			{"5,000 to 5,999", n(0), 0.0},
			{"6,000 to 11,999", n(3), 25.0},
			{"12,000 and more", n(2), 200.0 / 12},
			{"not stated", n(1), 100.0 / 12},
		},
	},
	"delay_distribution": {
		bucketColumns("delay_minutes"),
		[][]any{
			{"0 to 14", n(5), 500.0 / 12},
			{"15 to 29", n(1), 100.0 / 12},
			{"30 to 44", n(1), 100.0 / 12},
			{"45 to 59", n(1), 100.0 / 12},
			{"60 to 74", n(1), 100.0 / 12},
			{"75 to 89", n(0), 0.0},
			{"90 to 104", n(0), 0.0},
			{"105 to 119", n(1), 100.0 / 12},
			{"120 and more", n(1), 100.0 / 12},
			{"not stated", n(1), 100.0 / 12},
		},
	},
}

// outcomeColumns are those of the queries that count outcomes per something.
func outcomeColumns(name string, columnType table.Type) []table.Column {
	return []table.Column{
		{Name: name, Type: columnType},
		table.Integer("launches"),
		table.Integer("successes"),
		table.Integer("failures"),
		table.Float("success_rate_percent"),
		table.Integer("upcoming"),
	}
}

// bucketColumns are those of the distributions.
func bucketColumns(name string) []table.Column {
	return []table.Column{table.Text(name), table.Integer("launches"), table.Float("share_percent")}
}

func TestFigures(t *testing.T) {
	db := launchtest.NewTwelve(t)
	results := answer(t, db, load(t))
	for _, result := range results {
		t.Run(result.Name, func(t *testing.T) {
			want, ok := figures[result.Name]
			if !ok {
				if result.Name != "data_freshness" {
					t.Fatal("no figures were worked out by hand for this query")
				}
				return
			}
			if diff := cmp.Diff(want.columns, result.Columns); diff != "" {
				t.Errorf("columns (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(want.rows, result.Rows, cmpopts.EquateApprox(1e-12, 0)); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFigures_RollingRateCountsTwentyLaunches(t *testing.T) {
	db := launchtest.NewTables(t)
	// Failures on the first five days of 2010, successes on the next 19.
	execute(t, db, `INSERT INTO launches (id, launched_at, upcoming, success)
		SELECT 'l' || lpad(d::text, 2, '0'), timestamp '2010-01-01' + d * interval '1 day', FALSE, d >= 5
		FROM generate_series(0, 23) AS d`)
	got := rowsOf(t, db, "rolling_success_rate").Rows
	if diff := cmp.Diff([][]any{{n(2010), n(20), 95.0}}, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func TestFigures_MedianOfAnOddNumberIsTheMiddleOne(t *testing.T) {
	db := launchtest.NewTables(t)
	execute(t, db, `INSERT INTO launches (id, payload_mass_kg, simulated_total_payload_mass_kg)
		VALUES ('a', 0, 2000), ('b', 0, 5000), ('c', 0, 3000)`)
	// Without any real mass there is nothing to compare with.
	want := [][]any{
		{"real", n(3), 0.0, 0.0, 0.0, 0.0, nil},
		{"simulated", n(3), 2000.0, 3000.0, 10000.0 / 3, 5000.0, nil},
	}
	got := rowsOf(t, db, "simulated_and_real_mass").Rows
	if diff := cmp.Diff(want, got, cmpopts.EquateApprox(1e-12, 0)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func TestFigures_FreshnessIsTheAgeOfTheNewestPastLaunch(t *testing.T) {
	db := launchtest.NewTwelve(t)
	execute(t, db, `UPDATE launches SET launched_at = (CURRENT_TIMESTAMP AT TIME ZONE 'UTC') - interval '10 days 1 hour'
		WHERE name = 'New year'`)
	// A server in another zone must not shift the age.
	execute(t, db, `ALTER DATABASE `+db.Name+` SET timezone = 'Pacific/Kiritimati'`)
	result := rowsOf(t, db, "data_freshness")
	want := []table.Column{
		table.Text("newest_launch"),
		table.Timestamp("launched_at"),
		table.Integer("age_days"),
		table.Timestamp("newest_fetched_at"),
	}
	if diff := cmp.Diff(want, result.Columns); diff != "" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
	row := slices.Delete(slices.Clone(result.Rows[0]), 1, 2)
	if diff := cmp.Diff([]any{"New year", n(10), at("2026-11-02 11:30:00.25")}, row); diff != "" {
		t.Errorf("row without launched_at (-want +got):\n%s", diff)
	}
}

func TestFigures_EmptyTables(t *testing.T) {
	db := launchtest.NewTables(t)
	results := answer(t, db, load(t))
	got := map[string]int{}
	for _, result := range results {
		got[result.Name] = len(result.Rows)
		if want := figures[result.Name].columns; want != nil && !slices.Equal(want, result.Columns) {
			t.Errorf("%s: columns %v without rows, want %v", result.Name, result.Columns, want)
		}
	}
	want := map[string]int{
		"aggregate_view": 0, "data_freshness": 1, "upcoming_and_past": 0,
		"launches_per_year": 0, "launches_per_rocket": 0, "launches_per_launchpad": 0,
		"rolling_success_rate": 0, "days_between_launches": 0, "payloads_per_launch": 0,
		"heaviest_launches": 0, "heaviest_real_payloads": 0, "simulated_and_real_mass": 0,
		"mass_distribution": 6, "delay_distribution": 9, "date_slips": 0,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows by query (-want +got):\n%s", diff)
	}
}

func TestFigures_ChartsNameTheirColumns(t *testing.T) {
	db := launchtest.NewTables(t)
	results := answer(t, db, load(t))
	for _, result := range results {
		chart := result.Chart
		if chart.Kind == table.NoChart {
			continue
		}
		value := result.ColumnIndex(chart.Value)
		if result.ColumnIndex(chart.Label) < 0 || value < 0 || !result.Columns[value].Type.IsNumber() {
			t.Errorf("%s: chart %+v does not fit columns %v", result.Name, chart, result.Columns)
		}
	}
}

func TestFigures_TablesFitATerminal(t *testing.T) {
	db := launchtest.NewTwelve(t)
	results := answer(t, db, load(t))
	var out strings.Builder
	if err := report.Write(&out, report.FormatTable, results, report.Options{Width: 80}); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(out.String()) {
		// The text of this data has one column for each letter.
		if got := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); got > 80 {
			t.Errorf("a line is %d columns wide: %q", got, line)
		}
	}
	for _, want := range []string{"│ CCSFS SLC 40 ", "│ brand-new-rocket ", "│ not stated "} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q was cut", want)
		}
	}
}
