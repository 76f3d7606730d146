package analytics_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"liftoff/internal/analytics"
	"liftoff/internal/table"
	"liftoff/internal/testkit/launchtest"
	"liftoff/internal/testkit/pgtest"
)

// What holds for every query, whatever the launches: its columns and their
// types are the same, its chart fits them, and its figures agree with each
// other. The names of columns say which figures must agree; see wantSound.
func TestSound(t *testing.T) {
	db := launchtest.NewTwelve(t)
	queries := load(t)
	columns := map[string][]table.Column{}
	for _, a := range answer(t, db, queries) {
		columns[a.Name] = a.Columns
		wantChartColumns(t, a)
		wantUnits(t, a)
		wantSound(t, "twelve launches", a, 12)
	}
	check := func(launches string, db pgtest.Database, count float64) {
		for _, a := range answer(t, db, queries) {
			if diff := cmp.Diff(columns[a.Name], a.Columns); diff != "" {
				t.Errorf("%s: columns (-of twelve launches +of %s):\n%s", a.Name, launches, diff)
			}
			wantSound(t, launches, a, count)
		}
	}
	check("none", launchtest.NewTables(t), 0)
	odd := pgtest.NewDatabaseFrom(t, stored)
	check("many odd launches", odd, float64(answer(t, odd, []analytics.Query{{SQL: "SELECT count(*) FROM launches"}})[0].Rows[0][0].(int64)))
	execute(t, db, "ALTER TABLE launches RENAME TO all_launches; CREATE TABLE launches (LIKE all_launches)")
	for i := range 12 {
		execute(t, db, fmt.Sprint("TRUNCATE launches; INSERT INTO launches SELECT * FROM all_launches ORDER BY id LIMIT 1 OFFSET ", i))
		check(fmt.Sprint("launch ", i+1, " alone"), db, 1)
	}
	execute(t, db, "TRUNCATE launches; INSERT INTO launches (id) VALUES ('unknown')")
	check("one launch whose id alone is known", db, 1)
}

func wantChartColumns(t *testing.T, a table.Table) {
	t.Helper()
	for _, name := range a.Chart.Columns() {
		at := a.ColumnIndex(name)
		if at < 0 || slices.Contains(a.Chart.Numbers(), name) && !a.Columns[at].Type.IsNumber() {
			t.Errorf("%s: chart %+v does not fit columns %v", a.Name, a.Chart, a.Columns)
		}
	}
}

// wantUnits checks that each column of numbers says what it counts or measures.
// A year is no quantity.
func wantUnits(t *testing.T, a table.Table) {
	t.Helper()
	for _, column := range a.Columns {
		if isQuantity := column.Type.IsNumber() && column.Name != "year"; isQuantity != (column.Unit != "") && column.Type != table.TypeText {
			t.Errorf("%s: column %s of type %s has the unit %q", a.Name, column.Name, column.Type, column.Unit)
		}
	}
}

// wantSound checks what the names of columns promise, in an answer over that
// many launches: counts of launches, success rates, and shares in percent.
func wantSound(t *testing.T, launches string, a table.Table, count float64) {
	t.Helper()
	var rows []map[string]float64
	shared := 0.0
	for _, row := range a.Rows {
		rows = append(rows, numbersOf(a.Columns, row))
		shared += rows[len(rows)-1]["launches"]
	}
	for i, f := range rows {
		want := func(holds bool, rule string) {
			if !holds {
				t.Errorf("%s of %s: row %d %v: %s", a.Name, launches, i+1, a.Rows[i], rule)
			}
		}
		for name, value := range f {
			want(!math.IsNaN(value) && !math.IsInf(value, 0), name+" is not a number")
		}
		for _, name := range []string{"launches", "launches_counted", "successes", "failures", "upcoming"} {
			want(f[name] >= 0 && f[name] <= count, name+" counts more launches than there are")
		}
		want(f["successes"]+f["failures"] <= f["launches"], "more outcomes than launches")
		if share, isKnown := f["share_percent"]; isKnown {
			want(near(share, f["launches"]*100/shared), "share_percent is not the share of launches in their sum")
		}
		if rate, isKnown := f["success_rate_percent"]; isKnown {
			want(rate >= 0 && rate <= 100, "success_rate_percent is not a rate")
			if successes, isShown := f["successes"]; isShown {
				want(near(rate, successes*100/(successes+f["failures"])), "success_rate_percent is not the rate of successes and failures")
			}
		}
	}
}

// numbersOf returns the numbers in a row by column, without the NULLs.
func numbersOf(columns []table.Column, row []any) map[string]float64 {
	numbers := map[string]float64{}
	for i, column := range columns {
		switch value := row[i].(type) {
		case int64:
			numbers[column.Name] = float64(value)
		case float64:
			numbers[column.Name] = value
		}
	}
	return numbers
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-9*max(math.Abs(a), math.Abs(b)) }
