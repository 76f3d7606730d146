package web

import (
	"context"
	"net/http"
	"time"

	"liftoff"
	"liftoff/internal/plain"
	"liftoff/internal/report"
	"liftoff/internal/schedule"
	"liftoff/internal/worker"
)

// schedulesPage is the content of the page of all schedules.
type schedulesPage struct {
	Rows []scheduleRow
	// Problem is what is wrong, such as that a schedule is overdue; Next what to do about
	// it, or how to add the first schedule.
	Problem, Next string
	Age           string
}

// scheduleRow is a schedule in a table.
type scheduleRow struct {
	Name      label
	State     statusMark
	When      label
	Selection label
	Source    label
	// Due is when it is due next, or is tried again; DueIn how far that is away.
	Due      time.Time
	DueIn    string
	LastGood time.Time
	LastRun  int64
	LastHref string
	Failures int64
	Missed   int64
	// Note is what there is to say about the last run.
	Note label
}

// showSchedules shows all schedules.
func (s *Site) showSchedules(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), pageTimeout)
	defer cancel()
	if err := checkParameters(r); err != nil {
		s.fail(w, r, "Schedules", err)
		return
	}
	store, current, err := s.open(ctx)
	if err != nil {
		s.fail(w, r, "Schedules", err)
		return
	}
	schedules, now, err := store.Schedules(ctx)
	if err != nil {
		s.fail(w, r, "Schedules", err)
		return
	}
	f := s.newFrame("Schedules", "Schedules", current)
	f.Content = s.schedulesPageOf(schedules, now)
	s.show(w, r, "schedules", f)
}

// schedulesPageOf returns the content at a moment of the database's clock.
func (s *Site) schedulesPageOf(schedules []liftoff.Schedule, now time.Time) schedulesPage {
	p := schedulesPage{Age: s.readAt()}
	if len(schedules) == 0 {
		p.Next = s.AsCalled("`liftoff schedules add hourly --cron \"7 * * * *\"`")
		return p
	}
	if err := worker.Check(schedules, now); err != nil {
		p.Problem, p.Next = sentence(plain.Visible(err.Error())), s.NextStep(err)+"."
	}
	for _, each := range schedules {
		row := scheduleRow{
			Name: newLabel(each.Name, maxCell), State: scheduleMark(each, now), When: newLabel(whenOf(each, now), maxCell), Selection: newLabel(string(each.Selection), maxCell),
			Source: newLabel(hostOf(each.Source), maxCell), Due: each.ActsAt(), DueIn: away(each.ActsAt(), now), LastGood: each.LastFinishedAt,
			LastRun: each.LastRunID, LastHref: s.runHref(each.LastRunID), Failures: int64(each.Failures), Missed: each.Missed, Note: newLabel(each.Note, maxTitle),
		}
		if each.IsPaused {
			row.DueIn = "but paused"
		}
		p.Rows = append(p.Rows, row)
	}
	return p
}

// scheduleMark is how a schedule's state looks.
func scheduleMark(s liftoff.Schedule, now time.Time) statusMark {
	state := report.ScheduleState(s, now)
	switch {
	case !s.IsPaused && !s.IsRunning && s.IsDue(now) && worker.Check([]liftoff.Schedule{s}, now) != nil:
		return statusMark{Class: "bad", Word: "overdue"}
	case state == "failed":
		return statusMark{Class: "bad", Word: state}
	case state == "paused":
		return statusMark{Class: "unclear", Word: state}
	case state == "running", state == "due":
		return statusMark{Class: "open", Word: state}
	default:
		return statusMark{Class: "good", Word: state}
	}
}

// whenOf says when a schedule is due, as its author wrote it.
func whenOf(s liftoff.Schedule, now time.Time) string {
	timing, err := schedule.Parse(schedule.Spec{Every: s.Every, Cron: s.Cron, TimeZone: s.TimeZone}, now)
	switch {
	case err != nil:
		return "unusable: " + liftoff.OneLine(err)
	case s.Cron != "":
		return s.Cron + " in " + s.TimeZone
	default:
		return timing.String()
	}
}
