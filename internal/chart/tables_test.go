package chart_test

import (
	"time"

	"liftoff/internal/table"
)

// The tables of the tests are answers of the built-in queries over the real launches, as
// they were at the end of 2022.

func count(name string) table.Column { return table.Integer(name).In(table.Count) }

func simulated(c table.Column) table.Column {
	c.IsSimulated = true
	return c
}

// perYear has an empty year, a launch of unknown outcome and one without a date.
func perYear() table.Table {
	t := table.Table{
		Name: "launches_per_year", Title: "Launches per year",
		Chart:   table.Chart{Kind: table.ColumnChart, Label: "year", Value: "successes", Values: []string{"failures", "unknown", "upcoming"}},
		Columns: []table.Column{table.Integer("year"), count("successes"), count("failures"), count("unknown"), count("upcoming")},
	}
	for _, row := range [][5]int64{
		{2006, 0, 1, 0, 0},
		{2007, 0, 1, 0, 0},
		{2008, 1, 1, 0, 0},
		{2009, 1, 0, 0, 0},
		{2010, 2, 0, 0, 0},
		{2012, 2, 0, 0, 0},
		{2013, 3, 0, 0, 0},
		{2014, 6, 0, 0, 0},
		{2015, 6, 1, 0, 0},
		{2016, 8, 1, 0, 0},
		{2017, 18, 0, 0, 0},
		{2018, 21, 0, 0, 0},
		{2019, 13, 0, 0, 0},
		{2020, 26, 0, 0, 0},
		{2021, 31, 0, 0, 3},
		{2022, 43, 0, 1, 18},
	} {
		t.Rows = append(t.Rows, []any{row[0], row[1], row[2], row[3], row[4]})
	}
	t.Rows = append(t.Rows, []any{nil, int64(0), int64(0), int64(0), int64(1)})
	return t
}

// rate is a line with a gap and points behind which few launches stand.
func rate() table.Table {
	t := table.Table{
		Name: "rolling_success_rate", Title: "Success rate of the last 20 launches",
		Chart:   table.Chart{Kind: table.LineChart, Label: "year", Value: "success_rate_percent", HollowBy: "launches_counted", HollowBelow: 20},
		Columns: []table.Column{table.Integer("year"), count("launches_counted"), table.Float("success_rate_percent").In("%")},
	}
	for _, row := range []struct {
		year, counted int64
		rate          float64
	}{
		{2006, 1, 0},
		{2007, 2, 0},
		{2008, 4, 25},
		{2009, 5, 40},
		{2010, 7, 400.0 / 7},
		{2012, 9, 200.0 / 3},
		{2013, 12, 75},
		{2014, 18, 250.0 / 3},
		{2015, 20, 95},
		{2016, 20, 90},
		{2017, 20, 95},
		{2018, 20, 100},
	} {
		t.Rows = append(t.Rows, []any{row.year, row.counted, row.rate})
	}
	return t
}

// masses is a histogram of simulated values.
func masses() table.Table {
	t := table.Table{
		Name: "mass_distribution", Title: "Launches by payload mass (simulated)",
		Chart:   table.Chart{Kind: table.HistogramChart, Label: "mass_kg", Value: "launches"},
		Columns: []table.Column{simulated(table.Text("mass_kg").In("kg")), count("launches")},
	}
	for i, label := range []string{"0", "2,000 to 2,999", "3,000 to 3,999", "4,000 to 4,999", "5,000 to 5,999", "6,000 to 11,999", "12,000 and more"} {
		t.Rows = append(t.Rows, []any{label, []int64{14, 35, 45, 58, 45, 9, 2}[i]})
	}
	return t
}

// rockets has bars with further columns, and a name that has to be cut.
func rockets() table.Table {
	return table.Table{
		Name: "launches_per_rocket", Title: "Launches per rocket",
		Chart: table.Chart{Kind: table.BarChart, Label: "rocket", Value: "launches"},
		Columns: []table.Column{
			table.Text("rocket"), count("launches"), count("failures"), table.Float("success_rate_percent").In("%"),
			table.Timestamp("newest"),
		},
		Rows: [][]any{
			{"Falcon 9", int64(179), int64(2), 98.876, time.Date(2022, 10, 5, 16, 0, 0, 0, time.UTC)},
			{"Falcon 1", int64(5), int64(3), 40.0, time.Date(2009, 7, 13, 3, 35, 0, 0, time.UTC)},
			{"Falcon Heavy with a name that is far too long for a label & <more>", int64(3), int64(0), 100.0, nil},
			{nil, int64(0), int64(0), nil, nil},
		},
	}
}

// slips has bars on both sides.
func slips() table.Table {
	at := time.Date(2021, 6, 6, 4, 26, 0, 0, time.UTC)
	return table.Table{
		Name: "date_slips", Title: "The twenty launches whose date slipped most",
		Chart: table.Chart{Kind: table.BarChart, Label: "name", Value: "slip_days"},
		Columns: []table.Column{
			table.Text("name"), table.Timestamp("launched_at"), table.Integer("slip_days").In("days"), table.Integer("slip_minutes").In("minutes"),
		},
		Rows: [][]any{
			{"SXM-8", at, int64(5), int64(7201)},
			{"Starlink-24 (v1.0)", at, int64(1), int64(1419)},
			{"Only a day", at, int64(1), nil},
			{"CRS-22 & IROSA", at, int64(0), int64(29)},
			{"GPS III SV05", at, int64(0), int64(-351)},
		},
	}
}

// kinds has one row that is simulated.
func kinds() table.Table {
	return table.Table{
		Name: "simulated_and_real_mass", Title: "Payload mass in kg, simulated and real",
		Chart:   table.Chart{Kind: table.BarChart, Label: "mass", Value: "average_kg"},
		Columns: []table.Column{table.Text("mass"), count("launches"), table.Float("average_kg").In("kg")},
		Rows:    [][]any{{"real", int64(168), 7807.4}, {"simulated", int64(168), 4631.1}},
	}
}

// overview is one row of numbers.
func overview() table.Table {
	return table.Table{
		Name: "aggregate_view", Title: "All launches in one line",
		Chart: table.Chart{Kind: table.NumbersChart},
		Columns: []table.Column{
			count("total_launches"), simulated(table.Float("average_payload_mass").In("kg")),
			simulated(table.Float("average_launch_delay_minutes").In("minutes")), table.Text("newest_launch"),
		},
		Rows: [][]any{{int64(208), 4303.27, 59.4, "Crew-5"}},
	}
}

// moments is a line in proportion to time.
func moments() table.Table {
	t := table.Table{
		Name: "masses_over_time", Title: "Mass over time",
		Chart:   table.Chart{Kind: table.LineChart, Label: "launched_at", Value: "mass_kg"},
		Columns: []table.Column{table.Timestamp("launched_at"), table.Float("mass_kg").In("kg")},
	}
	at := time.Date(2019, 2, 3, 4, 5, 0, 0, time.UTC)
	for i := range 200 {
		t.Rows = append(t.Rows, []any{at, float64((i * 7919) % 1000)})
		at = at.Add(time.Duration(i%9+1) * 41 * time.Hour)
	}
	return t
}

// months has values below zero, and one of three series is simulated.
func months() table.Table {
	t := table.Table{
		Name: "months", Title: "Columns over months",
		Chart:   table.Chart{Kind: table.ColumnChart, Label: "month", Value: "change", Values: []string{"other", "guess"}},
		Columns: []table.Column{table.Text("month"), table.Integer("change"), table.Integer("other"), simulated(table.Integer("guess"))},
	}
	first := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range 20 {
		t.Rows = append(t.Rows, []any{first.AddDate(0, i, 0).Format("2006-01"), int64(i*37%101 - 50), int64(i * 13 % 20), int64(i % 12)})
	}
	return t
}

// allTables has one table for each form and more.
func allTables() []table.Table {
	return []table.Table{perYear(), rate(), masses(), rockets(), slips(), kinds(), overview(), moments(), months()}
}
