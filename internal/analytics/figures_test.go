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

// n is a whole number as an engine returns it.
func n(value int64) any { return value }

// at parses a moment in UTC.
func at(text string) time.Time {
	moment, err := time.Parse("2006-01-02 15:04:05.999", text)
	if err != nil {
		return time.Time{}
	}
	return moment
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

// A batch of Starlink satellites has a nominal mass, also beside another payload.
func TestFigures_HeaviestRealPayloadsHaveNoNominalMass(t *testing.T) {
	db := launchtest.NewTables(t)
	execute(t, db, `INSERT INTO launches (id, name, payload_count, payload_mass_kg) VALUES
		('a', 'Starlink-1', 1, 15600), ('b', 'Starlink-9 (v1.0) & BlackSky Global 5-6', 2, 15712), ('c', 'Synthetic 9 (Starlink v1.5)', 1, 15600),
		('d', 'Iridium NEXT Mission 1', 1, 9600), ('e', 'Iridium NEXT Mission 2', 1, 9600), ('f', NULL, 1, 15600), ('g', 'Zuma', 1, NULL)`)
	want := [][]any{{nil, nil, n(1), 15600.0}, {"Iridium NEXT Mission 1", nil, n(1), 9600.0}, {"Iridium NEXT Mission 2", nil, n(1), 9600.0}}
	if diff := cmp.Diff(want, rowsOf(t, db, "heaviest_real_payloads").Rows); diff != "" {
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
		table.Integer("age_days").In("days"),
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
