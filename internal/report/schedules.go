package report

import (
	"fmt"
	"strings"
	"time"

	"liftoff"
	"liftoff/internal/table"
)

// scheduleRow is the printed form of a schedule.
type scheduleRow struct {
	Name         string            `json:"name"`
	Source       string            `json:"source"`
	Selection    liftoff.Selection `json:"selection"`
	EverySeconds *int64            `json:"every_seconds"`
	Cron         *string           `json:"cron"`
	TimeZone     string            `json:"time_zone"`
	// State is paused, running, failed, due or waiting.
	State     string     `json:"state"`
	NextDueAt *time.Time `json:"next_due_at"`
	RetryAt   *time.Time `json:"retry_at"`
	Failures  int64      `json:"failures"`
	Missed    int64      `json:"missed"`
	Note      *string    `json:"note"`
	// These are of the last good run; nil without one.
	LastRunID      *int64     `json:"last_run_id"`
	LastDueAt      *time.Time `json:"last_due_at"`
	LastFinishedAt *time.Time `json:"last_finished_at"`
}

// Schedules lists schedules in the given order, as they are now.
func Schedules(schedules []liftoff.Schedule, now time.Time) Listing {
	rows := make([]scheduleRow, 0, len(schedules))
	hasSeveralSources := false
	for _, s := range schedules {
		rows = append(rows, newScheduleRow(s, now))
		hasSeveralSources = hasSeveralSources || s.Source != schedules[0].Source
	}
	source := func(s scheduleRow) any {
		if !hasSeveralSources {
			return nil
		}
		return s.Source
	}
	short := tableOf("schedules", rows, []column[scheduleRow]{
		{Column: table.Word("name"), value: func(s scheduleRow) any { return s.Name }},
		{Column: table.Word("state"), value: func(s scheduleRow) any { return s.State }},
		{Column: table.Main("when"), value: func(s scheduleRow) any { return s.when() }},
		{Column: table.Word("selection"), value: func(s scheduleRow) any { return string(s.Selection) }},
		{Column: table.Text("source"), value: source, isOptional: true},
		{Column: table.Timestamp("next_due"), value: func(s scheduleRow) any { return cell(s.NextDueAt) }},
		{Column: table.Timestamp("retry"), value: func(s scheduleRow) any { return cell(s.RetryAt) }, isOptional: true},
		{Column: table.Timestamp("last_good_run"), value: func(s scheduleRow) any { return cell(s.LastFinishedAt) }, isOptional: true},
		{Column: table.Integer("failures").In(table.Count), value: func(s scheduleRow) any { return s.Failures }, isOptional: true},
		{Column: table.Integer("missed").In(table.Count), value: func(s scheduleRow) any { return s.Missed }, isOptional: true},
		{Column: table.Text("note"), value: func(s scheduleRow) any { return cell(s.Note) }, isOptional: true},
	})
	short.Title = "Schedules"
	return Listing{Value: rows, Full: tableOf("schedules", rows, fullScheduleColumns()), Tables: []table.Table{short}}
}

func newScheduleRow(s liftoff.Schedule, now time.Time) scheduleRow {
	return scheduleRow{
		Name: s.Name, Source: s.Source, Selection: s.Selection, EverySeconds: orNil(int64(s.Every / time.Second)), Cron: orNil(s.Cron),
		TimeZone: s.TimeZone, State: ScheduleState(s, now), NextDueAt: orNil(s.NextDueAt), RetryAt: orNil(s.RetryAt),
		Failures: int64(s.Failures), Missed: s.Missed, Note: orNil(s.Note),
		LastRunID: orNil(s.LastRunID), LastDueAt: orNil(s.LastDueAt), LastFinishedAt: orNil(s.LastFinishedAt),
	}
}

// ScheduleState says in a word what becomes of a schedule next: paused, waiting, running,
// failed or due.
func ScheduleState(s liftoff.Schedule, now time.Time) string {
	switch {
	case s.IsPaused:
		return "paused"
	case s.NextDueAt.After(now):
		return "waiting"
	case s.IsRunning:
		return "running"
	case !s.RetryAt.IsZero():
		return "failed"
	default:
		return "due"
	}
}

// when says when the schedule is due, as its author wrote it.
func (s scheduleRow) when() string {
	if s.Cron != nil {
		return fmt.Sprintf("%s %s", *s.Cron, s.TimeZone)
	}
	every := (time.Duration(*s.EverySeconds) * time.Second).String()
	if strings.HasSuffix(every, "m0s") {
		every = strings.TrimSuffix(every, "0s")
	}
	if strings.HasSuffix(every, "h0m") {
		every = strings.TrimSuffix(every, "0m")
	}
	return "every " + every
}

// fullScheduleColumns are everything that is known of schedules, named as in JSON.
func fullScheduleColumns() []column[scheduleRow] {
	return []column[scheduleRow]{
		{Column: table.Text("name"), value: func(s scheduleRow) any { return s.Name }},
		{Column: table.Text("source"), value: func(s scheduleRow) any { return s.Source }},
		{Column: table.Text("selection"), value: func(s scheduleRow) any { return string(s.Selection) }},
		{Column: table.Integer("every_seconds").In("s"), value: func(s scheduleRow) any { return cell(s.EverySeconds) }},
		{Column: table.Text("cron"), value: func(s scheduleRow) any { return cell(s.Cron) }},
		{Column: table.Text("time_zone"), value: func(s scheduleRow) any { return s.TimeZone }},
		{Column: table.Text("state"), value: func(s scheduleRow) any { return s.State }},
		{Column: table.Timestamp("next_due_at"), value: func(s scheduleRow) any { return cell(s.NextDueAt) }},
		{Column: table.Timestamp("retry_at"), value: func(s scheduleRow) any { return cell(s.RetryAt) }},
		{Column: table.Integer("failures"), value: func(s scheduleRow) any { return s.Failures }},
		{Column: table.Integer("missed"), value: func(s scheduleRow) any { return s.Missed }},
		{Column: table.Text("note"), value: func(s scheduleRow) any { return cell(s.Note) }},
		{Column: table.Integer("last_run_id"), value: func(s scheduleRow) any { return cell(s.LastRunID) }},
		{Column: table.Timestamp("last_due_at"), value: func(s scheduleRow) any { return cell(s.LastDueAt) }},
		{Column: table.Timestamp("last_finished_at"), value: func(s scheduleRow) any { return cell(s.LastFinishedAt) }},
	}
}

// Slot is a moment at which a schedule is due.
type Slot struct {
	Schedule string    `json:"schedule"`
	DueAt    time.Time `json:"due_at"`
	// Words say when that is, for people.
	Words string `json:"in_words"`
}

// Slots lists slots in the given order. People get the words, which say all.
func Slots(slots []Slot, title string) Listing {
	name := column[Slot]{Column: table.Word("schedule"), value: func(s Slot) any { return s.Schedule }}
	words := column[Slot]{Column: table.Main("in_words"), value: func(s Slot) any { return s.Words }}
	dueAt := column[Slot]{Column: table.Timestamp("due_at"), value: func(s Slot) any { return cell(&s.DueAt) }}
	short := tableOf("slots", slots, []column[Slot]{name, words})
	short.Title = title
	return Listing{Value: slots, Full: tableOf("slots", slots, []column[Slot]{name, dueAt, words}), Tables: []table.Table{short}}
}
