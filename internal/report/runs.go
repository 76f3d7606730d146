package app

import (
	"strings"
	"time"

	"liftoff/internal/analytics"
)

// runColumn is a column of a table of runs.
type runColumn struct {
	analytics.Column
	value func(run) any
	// isOptional columns are left out where no run has anything to show.
	isOptional bool
}

// table shows runs to people.
func (l runs) table() analytics.Result {
	result := l.result([]runColumn{
		{Column: integer("run"), value: func(r run) any { return r.ID }},
		{Column: moment("started"), value: func(r run) any { return r.StartedAt }},
		{Column: words("duration"), value: func(r run) any { return r.duration() }},
		{Column: words("selection"), value: func(r run) any { return string(r.Selection) }},
		{Column: words("status"), value: func(r run) any { return string(r.Status) }},
		{Column: integer("fetched"), value: func(r run) any { return r.Fetched }},
		{Column: integer("inserted"), value: func(r run) any { return r.Inserted }},
		{Column: integer("unchanged"), value: func(r run) any { return r.Unchanged }},
		{Column: integer("revised"), value: func(r run) any { return r.Revised }, isOptional: true},
		{Column: integer("quarantined"), value: func(r run) any { return r.Quarantined }, isOptional: true},
		{Column: integer("missing"), value: func(r run) any { return r.Missing }, isOptional: true},
		{Column: words("error"), value: func(r run) any { return cell(r.Error) }, isOptional: true},
	})
	result.Query.Title = "Ingestion runs, the newest first"
	return result
}

// all is everything that is known of the runs, for programs.
func (l runs) all() analytics.Result {
	return l.result([]runColumn{
		{Column: integer("run_id"), value: func(r run) any { return r.ID }},
		{Column: words("source"), value: func(r run) any { return r.Source }},
		{Column: words("selection"), value: func(r run) any { return string(r.Selection) }},
		{Column: words("command"), value: func(r run) any { return r.Command }},
		{Column: words("program_version"), value: func(r run) any { return r.Version }},
		{Column: words("status"), value: func(r run) any { return string(r.Status) }},
		{Column: moment("started_at"), value: func(r run) any { return r.StartedAt }},
		{Column: moment("finished_at"), value: func(r run) any { return cell(r.FinishedAt) }},
		{Column: integer("duration_ms"), value: func(r run) any { return cell(r.DurationMS) }},
		{Column: integer("announced"), value: func(r run) any { return cell(r.Announced) }},
		{Column: integer("pages"), value: func(r run) any { return r.Pages }},
		{Column: integer("fetched"), value: func(r run) any { return r.Fetched }},
		{Column: integer("inserted"), value: func(r run) any { return r.Inserted }},
		{Column: integer("unchanged"), value: func(r run) any { return r.Unchanged }},
		{Column: integer("revised"), value: func(r run) any { return r.Revised }},
		{Column: integer("quarantined"), value: func(r run) any { return r.Quarantined }},
		{Column: integer("missing"), value: func(r run) any { return r.Missing }},
		{Column: integer("bytes"), value: func(r run) any { return r.Bytes }},
		{Column: words("error"), value: func(r run) any { return cell(r.Error) }},
		{Column: words("missed_ranges"), value: func(r run) any { return r.missedRanges() }},
	})
}

// result fills the columns, but for optional ones without anything in them.
func (l runs) result(columns []runColumn) analytics.Result {
	result := analytics.Result{Query: analytics.Query{Name: "runs"}, Rows: make([][]any, len(l))}
	for _, column := range columns {
		values := make([]any, len(l))
		isBlank := true
		for i, r := range l {
			values[i] = column.value(r)
			isBlank = isBlank && (values[i] == nil || values[i] == int64(0))
		}
		if column.isOptional && isBlank {
			continue
		}
		result.Columns = append(result.Columns, column.Column)
		for i, value := range values {
			result.Rows[i] = append(result.Rows[i], value)
		}
	}
	return result
}

// duration is how long the run took, as people say it; NULL while it runs.
func (r run) duration() any {
	if r.FinishedAt == nil {
		return nil
	}
	took := r.FinishedAt.Sub(r.StartedAt)
	if took < time.Minute {
		return took.Round(time.Millisecond).String()
	}
	return took.Round(time.Second).String()
}

// missedRanges are the ids around each missed part, such as ..b c..d e..; NULL
// without any.
func (r run) missedRanges() any {
	if len(r.Missed) == 0 {
		return nil
	}
	var parts []string
	for _, m := range r.Missed {
		part := ".."
		if m.AfterID != nil {
			part = *m.AfterID + part
		}
		if m.BeforeID != nil {
			part += *m.BeforeID
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, " ")
}

func integer(name string) analytics.Column {
	return analytics.Column{Name: name, Type: analytics.Integer}
}

func moment(name string) analytics.Column {
	return analytics.Column{Name: name, Type: analytics.Timestamp}
}

func words(name string) analytics.Column { return analytics.Column{Name: name, Type: analytics.Text} }
