package report_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"liftoff/internal/report"
	"liftoff/internal/table"
)

// series is a table of one value for each label.
func series(kind table.ChartKind, label table.Column, labels ...any) table.Table {
	t := table.Table{
		Name: "series", Title: "Series", Chart: table.Chart{Kind: kind, Label: label.Name, Value: "launches"},
		Columns: []table.Column{label, table.Integer("launches").In(table.Count)},
	}
	for i, at := range labels {
		t.Rows = append(t.Rows, []any{at, int64(i + 1)})
	}
	return t
}

// daily has a rate by the moments of launches, which are far apart at first.
func daily() table.Table {
	t := series(table.LineChart, table.Timestamp("launched_at"))
	at := time.Date(2006, time.March, 24, 22, 30, 0, 0, time.UTC)
	for i := range 200 {
		t.Rows = append(t.Rows, []any{at, int64(i % 40)})
		at = at.Add(24 * time.Hour * time.Duration(200/(i+1)+1))
	}
	return t
}

// labelsOf returns the labels of the bars.
func labelsOf(t *testing.T, each table.Table) []string {
	t.Helper()
	out := string(render(t, report.FormatTable, []table.Table{each}, report.Options{Width: 80}))
	_, chart, _ := strings.Cut(out, " by ")
	var labels []string
	for _, line := range strings.Split(strings.TrimSpace(chart), "\n")[1:] {
		labels = append(labels, strings.TrimSpace(regexp.MustCompile(` [█▏▎▍▌▋▊▉]+ .*`).ReplaceAllString(line, "")))
	}
	return labels
}

func TestWrite_BarsOverTimeHaveAPlaceForEachPeriod(t *testing.T) {
	at := func(year int, month time.Month, day, hour int) any {
		return time.Date(year, month, day, hour, 0, 0, 0, time.UTC)
	}
	for name, test := range map[string]struct {
		table table.Table
		want  []string
	}{
		"years": {
			series(table.BarChart, table.Integer("year"), int64(2009), int64(2010), int64(2012), nil),
			[]string{"2009", "2010", "2011", "2012", "—"},
		},
		"months as moments": {
			series(table.BarChart, table.Timestamp("month"), at(2021, 11, 1, 0), at(2022, 2, 1, 0)),
			[]string{"2021-11", "2021-12", "2022-01", "2022-02"},
		},
		"months as text":          {series(table.BarChart, table.Text("month"), "2021-12", "2022-02"), []string{"2021-12", "2022-01", "2022-02"}},
		"days":                    {series(table.BarChart, table.Text("day"), "2024-02-28", "2024-03-01"), []string{"2024-02-28", "2024-02-29", "2024-03-01"}},
		"moments are no periods":  {series(table.BarChart, table.Timestamp("at"), at(2022, 1, 1, 5), at(2022, 3, 1, 5)), []string{"2022-01-01 05:00:00", "2022-03-01 05:00:00"}},
		"another whole number":    {series(table.BarChart, table.Integer("payload_count"), int64(2009), int64(2012)), []string{"2009", "2012"}},
		"years in another order":  {series(table.BarChart, table.Integer("year"), int64(2012), int64(2009)), []string{"2012", "2009"}},
		"years that come twice":   {series(table.BarChart, table.Integer("year"), int64(2009), int64(2009), int64(2012)), []string{"2009", "2009", "2012"}},
		"too many for a terminal": {series(table.BarChart, table.Integer("year"), int64(1), int64(9999)), []string{"1", "9999"}},
		"no year of the calendar": {series(table.BarChart, table.Integer("year"), int64(-5), int64(7)), []string{"-5", "7"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, labelsOf(t, test.table)); diff != "" {
				t.Errorf("labels (-want +got):\n%s", diff)
			}
		})
	}
}

// A line over moments has an axis in proportion to time: between two launches that
// are far apart the last value stays.
func TestWrite_LineOverTimeIsInProportion(t *testing.T) {
	start := time.Date(2020, time.January, 1, 12, 0, 0, 0, time.UTC)
	each := series(table.LineChart, table.Timestamp("at"), start, start.AddDate(0, 9, 0), start.AddDate(1, 0, 0))
	out := string(render(t, report.FormatTable, []table.Table{each}, report.Options{}))
	var widths []int
	for _, line := range strings.Split(out, "\n") {
		if steps := strings.Count(line, "─"); strings.ContainsAny(line, "┤┼") && !strings.Contains(line, "├") && steps > 0 {
			widths = append(widths, steps)
		}
	}
	// From above: one column of the third value, a quarter of the second, three quarters of the first.
	if len(widths) != 2 || widths[1] < 45 || widths[1] > 55 || widths[0] < 13 || widths[0] > 20 {
		t.Errorf("the steps are %v columns wide:\n%s", widths, out)
	}
	_, chart, _ := strings.Cut(string(render(t, report.FormatTable, []table.Table{daily()}, report.Options{Width: 60})), "launches by")
	compareGolden(t, "time.txt", []byte(chart))
}

// No extreme is lost where many points share a column.
func TestWrite_LineOverTimeKeepsItsExtremes(t *testing.T) {
	for at := 1; at < 999; at += 83 {
		each := series(table.LineChart, table.Timestamp("at"))
		for i := range 1000 {
			value := int64(50)
			if i == at {
				value = 900
			}
			each.Rows = append(each.Rows, []any{time.Date(2020, 1, 1, i, 30, 0, 0, time.UTC), value})
		}
		if out := string(render(t, report.FormatTable, []table.Table{each}, report.Options{})); !strings.Contains(out, "900.0 ┤") {
			t.Errorf("the extreme at %d is lost:\n%s", at, out)
		}
	}
}
