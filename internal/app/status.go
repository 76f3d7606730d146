package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"liftoff"
	"liftoff/internal/analytics"
	"liftoff/internal/postgres"
	"liftoff/internal/report"
	"liftoff/internal/worker"
)

// StatusFlags are the flags of Status.
type StatusFlags struct {
	// MaxAge is how long ago the last good run may have ended, as in 26h, 2d or 1w; empty
	// for any time.
	MaxAge string
}

// Status prints how the ingestion into the database is going, whatever the source. The error
// is liftoff.Guard if a schedule is overdue or the last good run is too old, and
// liftoff.Quarantined if records are in quarantine.
func (a *App) Status(ctx context.Context, flags StatusFlags) error {
	if _, isAge := momentAgo(flags.MaxAge, a.Now()); flags.MaxAge != "" && !isAge {
		return liftoff.NewError(liftoff.Usage, fmt.Errorf("--max-age %q is not a duration", flags.MaxAge), "write one such as 90m, 26h, 2d or 1w")
	}
	format, store, err := a.openToPrint(ctx)
	if err != nil {
		return err
	}
	health, err := store.Health(ctx)
	if err != nil {
		return err
	}
	schedules, _, err := store.Schedules(ctx)
	if err != nil {
		return err
	}
	newest, err := newestLaunch(ctx, store)
	if err != nil {
		return err
	}
	status := report.Status{
		Health: health, State: report.StateWell, ProgramVersion: a.Version, Database: a.describePlace(),
		Newest: newest.Newest, NewestAt: newest.NewestAt, AgeDays: newest.AgeDays,
	}
	active := slices.DeleteFunc(slices.Clone(schedules), func(s liftoff.Schedule) bool { return s.IsPaused })
	status.AreAllPaused = len(schedules) > 0 && len(active) == 0
	if len(active) > 0 {
		next := slices.MinFunc(active, func(a, b liftoff.Schedule) int { return a.ActsAt().Compare(b.ActsAt()) })
		status.NextSchedule, status.NextDueAt = next.Name, next.ActsAt()
	}
	problem := problemOf(health, schedules, flags)
	if problem != nil {
		status.Problem, status.State = liftoff.OneLine(problem), report.StateOverdue
		if liftoff.CategoryOf(problem) == liftoff.Quarantined {
			status.State = report.StateQuarantine
		}
	}
	err = a.show(ctx, format, func(out io.Writer) error { return report.WriteStatus(out, format, status, a.reportOptions()) })
	return errors.Join(err, problem)
}

// newestLaunch returns the newest launch that has flown, as the query of the analytics knows
// it: only these fields of the summary are filled.
func newestLaunch(ctx context.Context, store *postgres.Store) (newest report.Summary, err error) {
	queries, err := analytics.Load()
	if err != nil {
		return newest, err
	}
	if queries, err = analytics.Select(queries, []string{freshnessQuery}); err != nil {
		return newest, err
	}
	answers, err := store.Answer(ctx, queries)
	if err != nil {
		return newest, err
	}
	return newest, readFreshness(&newest, answers[0])
}

// problemOf returns what is wrong first of all; nil if nothing is.
func problemOf(health liftoff.Health, schedules []liftoff.Schedule, flags StatusFlags) error {
	if err := worker.Check(schedules, health.Now); err != nil {
		return err
	}
	if earliest, isAge := momentAgo(flags.MaxAge, health.Now); isAge && health.LastGood.FinishedAt.Before(earliest) {
		return liftoff.NewError(liftoff.Guard, fmt.Errorf("no good run has ended since %s UTC", earliest.Format(time.DateTime)),
			"check that runs are started, and how they end: `liftoff runs`")
	}
	if health.Quarantined > 0 {
		return liftoff.NewError(liftoff.Quarantined, errors.New(liftoff.Count(health.Quarantined, "record is", "records are")+" in quarantine"),
			"`liftoff quarantine list` shows why")
	}
	return nil
}
