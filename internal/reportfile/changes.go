package reportfile

import (
	"fmt"

	"liftoff"
	"liftoff/internal/page"
	"liftoff/internal/report"
	"liftoff/internal/table"
)

// changeTables are the sections that say what has changed since a run: the counts, and a
// list for each kind of change that there is.
func (r Report) changeTables() []table.Table {
	if r.Changes == nil {
		return nil
	}
	changes, since := r.Changes, fmt.Sprintf("run %d", r.Changes.Since.ID)
	counts := table.Table{
		Name: "changes", Title: "What has changed since " + since,
		Description: "Since " + describeRun(changes.Since) + ". Launches that came and went meanwhile do not count.",
		Chart:       table.Chart{Kind: table.NumbersChart},
		Columns:     []table.Column{table.Integer("new").In(table.Count), table.Integer("revised").In(table.Count), table.Integer("missing").In(table.Count)},
		Rows:        [][]any{{changes.New.Total, changes.Revised.Total, changes.Missing.Total}},
	}
	if changes.Total() == 0 {
		counts.Description = "Nothing has changed since " + describeRun(changes.Since) + "."
	}
	tables := []table.Table{counts}
	for _, list := range []struct {
		launches liftoff.ChangedLaunches
		table    table.Table
		rows     func(liftoff.ChangedLaunch) [][]any
	}{
		{changes.New, newTable(since), newRows},
		{changes.Revised, revisedTable(since), revisedRows},
		{changes.Missing, missingTable(since), missingRows},
	} {
		if list.launches.Total == 0 {
			continue
		}
		for _, launch := range list.launches.Launches {
			list.table.Rows = append(list.table.Rows, list.rows(launch)...)
		}
		if more := list.launches.Total - int64(len(list.launches.Launches)); more > 0 {
			list.table.Description += fmt.Sprintf(" There are %s more, which are not listed.", page.Count(more))
		}
		tables = append(tables, list.table)
	}
	return tables
}

func newTable(since string) table.Table {
	return table.Table{
		Name: "new_launches", Title: "New launches since " + since, Description: "The newest date first.",
		Columns: []table.Column{table.Main("launch"), table.Word("date"), table.Word("outcome"), table.Word("id")},
	}
}

func newRows(launch liftoff.ChangedLaunch) [][]any {
	return [][]any{{nameOf(launch.Now), dateOf(launch.Now), string(launch.Now.Outcome), launch.ID}}
}

func revisedTable(since string) table.Table {
	return table.Table{
		Name: "revised_launches", Title: "Revised launches since " + since,
		Description: "Date (UTC), outcome and name before and after; first the launches of which these have changed, the newest date first. `liftoff history` shows all fields of a launch.",
		Columns:     []table.Column{table.Main("launch"), table.Word("changed"), table.Text("before"), table.Text("after"), table.Word("id")},
	}
}

// revisedRows has a row for each field that tells people something, or one row if none of
// those has changed.
func revisedRows(launch liftoff.ChangedLaunch) [][]any {
	before, now := launch.Before, launch.Now
	var rows [][]any
	add := func(field string, before, after any) {
		if before != after {
			rows = append(rows, []any{nameOf(now), field, before, after, launch.ID})
		}
	}
	add("date", dateOf(before), dateOf(now))
	add("outcome", string(before.Outcome), string(now.Outcome))
	add("name", nameOf(before), nameOf(now))
	if len(rows) == 0 {
		return [][]any{{nameOf(now), "other fields", nil, nil, launch.ID}}
	}
	return rows
}

func missingTable(since string) table.Table {
	return table.Table{
		Name: "missing_launches", Title: "Launches that are missing since " + since,
		Description: "The source no longer has them. They stay stored, and no other figure counts them.",
		Columns:     []table.Column{table.Main("launch"), table.Word("date"), table.Word("outcome"), table.Timestamp("missing_since"), table.Word("id")},
	}
}

func missingRows(launch liftoff.ChangedLaunch) [][]any {
	return [][]any{{nameOf(launch.Now), dateOf(launch.Now), string(launch.Now.Outcome), launch.MissingSince, launch.ID}}
}

// nameOf returns the name of a launch; nil without one.
func nameOf(state liftoff.LaunchState) any {
	if state.Name == "" {
		return nil
	}
	return state.Name
}

// dateOf returns the date of a launch as precisely as it is known; nil without one.
func dateOf(state liftoff.LaunchState) any {
	if state.LaunchedAt.IsZero() {
		return nil
	}
	return report.LaunchDate(state.LaunchedAt, state.DatePrecision)
}
