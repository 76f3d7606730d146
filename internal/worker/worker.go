// Package worker ingests by the schedules in PostgreSQL. Any number of workers, on any
// number of machines, work on the same schedules: who gets the source's lock does what
// is due, and moves the schedule on in the transaction that closes the run. There is no
// leader and no queue. Between runs a worker looks every few seconds.
package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"time"

	"liftoff"
	"liftoff/internal/ingest"
	"liftoff/internal/postgres"
	"liftoff/internal/schedule"
	"liftoff/internal/span"
)

const (
	// longestPause is the longest time between two looks at the schedules: a worker
	// that dies is replaced that soon.
	longestPause = 5 * time.Second
	// shortestPause is the shortest one, so that workers that wait for the same slot do
	// not look again and again.
	shortestPause = 100 * time.Millisecond
)

// Options are what a worker needs. All are needed unless said otherwise.
type Options struct {
	Store    *postgres.Store
	Ingester *ingest.Ingester
	Logger   *slog.Logger
	// EndsWithDatabase ends the worker when the database stays away: it is a server that
	// ends with a process and does not come back by itself.
	EndsWithDatabase bool
	// Began is told when a run for a schedule has begun. It may be nil.
	Began func(ctx context.Context)
	// Ended is told how such a run has ended: the error has its shortcoming too. It may
	// be told of one that could not begin, and is not told of one that a signal has
	// ended, as another worker does that slot, or of runs for backfills.
	Ended func(ctx context.Context, result ingest.Result, err error)
}

// worker is a worker while it works.
type worker struct {
	Options

	outage    outage
	backfills backfills
	// unusable are the schedules that it has complained about, so that it does that once.
	unusable map[string]string
	// seen are the source's schedules at the last look, by name; nil before the first one.
	seen map[string]liftoff.Schedule
}

// Run works until ctx ends, and returns ctx's error then. It survives any time without
// the database, unless the options say otherwise, and with one that is read-only. Any other error ends it: this worker
// cannot do a run, because it lacks privileges or does not fit the database. What is due
// is left to others.
func Run(ctx context.Context, options Options) error {
	w := &worker{Options: options, unusable: map[string]string{}}
	for {
		pause, err := w.look(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil:
			w.outage.end(ctx, w.Logger)
		case liftoff.CategoryOf(err) == liftoff.Database, errors.Is(err, postgres.ErrReadOnly):
			pause = w.outage.note(ctx, w.Logger, err)
			if w.EndsWithDatabase && w.outage.looks >= lastLook {
				return err
			}
		default:
			return err
		}
		if err := liftoff.Sleep(ctx, pause); err != nil {
			return err
		}
	}
}

// look does what is due, if anything, and returns how long to wait before the next
// look. An error of a run is not one of the worker, which goes on.
func (w *worker) look(ctx context.Context) (time.Duration, error) {
	schedules, now, err := w.Store.Schedules(ctx)
	if err != nil {
		return 0, err
	}
	w.notice(ctx, schedules)
	// What is due for the longest time comes first, so that a schedule whose runs take
	// longer than its interval does not keep others from theirs.
	slices.SortStableFunc(schedules, func(a, b liftoff.Schedule) int { return a.ActsAt().Compare(b.ActsAt()) })
	pause := longestPause/2 + rand.N(longestPause/2)
	for _, each := range schedules {
		if each.Source != w.Ingester.SourceKey || each.IsPaused {
			continue
		}
		if wait := each.ActsAt().Sub(now); wait > 0 {
			// Workers that wait for the same slot do not come at the same moment.
			pause = min(pause, wait+rand.N(shortestPause))
			continue
		}
		if each.IsRunning {
			continue // another run has the source's lock
		}
		isDone, err := w.do(ctx, each, now)
		if isDone || err != nil {
			return 0, err // what else is due has waited meanwhile: look again
		}
	}
	isDone, err := w.joinBackfill(ctx)
	if isDone {
		pause = 0
	}
	return max(pause, shortestPause), err
}

// do does one run for what is due of a schedule. It reports whether it did anything:
// another worker may be at it, or another run may have the source's lock.
func (w *worker) do(ctx context.Context, due liftoff.Schedule, now time.Time) (isDone bool, err error) {
	timing, err := schedule.Parse(schedule.Spec{Every: due.Every, Cron: due.Cron, TimeZone: due.TimeZone}, now)
	if err == nil {
		err = checkSelection(due.Selection)
	}
	if err != nil {
		w.complain(ctx, due.Name, err)
		return false, nil
	}
	s := &slot{schedule: due, timing: timing, dueAt: timing.Due(due.NextDueAt, now).Latest}
	var result ingest.Result
	var runErr error
	ctx, tracing := span.Start(ctx, "slot", span.Text("liftoff.run.schedule", due.Name))
	defer tracing.End(&runErr)
	result, runErr = w.Ingester.Run(ctx, ingest.Request{
		Query:   liftoff.Query{Selection: due.Selection},
		Command: fmt.Sprintf("worker, schedule %s", due.Name),
		Slot:    s.forStore(),
		Began:   w.Began,
	})
	if result.Summary.RunID == 0 && runErr != nil {
		return w.couldNotBegin(ctx, s, runErr)
	}
	if ctx.Err() != nil {
		result.Log(ctx, w.Ingester.Logger)
		return true, ctx.Err()
	}
	w.report(liftoff.WithRunID(ctx, result.Summary.RunID), result, s, errors.Join(runErr, result.Shortcoming))
	return true, nil
}

// couldNotBegin settles the slot of a run that could not begin, and so has closed no row
// in the ledger. The reason is returned if other workers may not have it: then the slot
// is theirs.
func (w *worker) couldNotBegin(ctx context.Context, s *slot, cause error) (isDone bool, err error) {
	category := liftoff.CategoryOf(cause)
	switch {
	case ctx.Err() != nil:
		return true, ctx.Err()
	case errors.Is(cause, postgres.ErrSlotTaken), category == liftoff.Locked:
		return false, nil
	case category == liftoff.Usage, category == liftoff.Privilege:
		return false, cause
	}
	ending := liftoff.Ending{Status: liftoff.RunFailed, Error: liftoff.OneLine(cause), Category: category}
	err = w.Store.SettleSlot(ctx, s.forStore(), ending)
	w.report(ctx, ingest.Result{}, s, cause)
	return true, err
}

// checkSelection returns a liftoff.Usage error for a selection that is not one of a
// schedule, such as one of a later version.
func checkSelection(selection liftoff.Selection) error {
	switch selection {
	case liftoff.SelectNew, liftoff.SelectAll, liftoff.SelectUpcoming, liftoff.SelectLatest:
		return nil
	default:
		return liftoff.NewError(liftoff.Usage, fmt.Errorf("this version does not know the selection %q", selection),
			"start a worker of the version that added the schedule, or remove it")
	}
}

// report logs what a run did and what is wrong with it, and tells that it has ended.
func (w *worker) report(ctx context.Context, result ingest.Result, s *slot, err error) {
	result.Log(ctx, w.Ingester.Logger)
	w.Ended(ctx, result, err)
	if s.missed > 0 {
		w.Logger.WarnContext(ctx, "Slots of the schedule had no good run; they are counted as missed and not made up for.", "schedule", s.schedule.Name, "missed", s.missed)
	}
	if err == nil {
		return
	}
	w.say(ctx, failure{kind: "schedule", name: s.schedule.Name, err: err, then: s.then})
}

// failure is what is wrong with a run.
type failure struct {
	// kind is schedule or backfill, and name which one the run was for.
	kind, name string
	err        error
	// then is what happens next; empty if that is clear.
	then string
}

// say logs what is wrong with a run.
func (w *worker) say(ctx context.Context, f failure) {
	category := liftoff.CategoryOf(f.err)
	attributes := []any{f.kind, f.name, "error", liftoff.OneLine(f.err), "exit_code", category.ExitCode()}
	if hint := liftoff.HintOf(f.err); hint != "" {
		attributes = append(attributes, "next", hint)
	}
	if f.then != "" {
		attributes = append(attributes, "then", f.then)
	}
	if category == liftoff.Quarantined {
		w.Logger.WarnContext(ctx, "The run of a "+f.kind+" has a shortcoming.", attributes...) //nolint:sloglint // one of two constants
		return
	}
	w.Logger.ErrorContext(ctx, "The run of a "+f.kind+" failed.", attributes...) //nolint:sloglint // one of two constants
}

// complain says once what is wrong with a schedule that was changed by hand.
func (w *worker) complain(ctx context.Context, name string, err error) {
	if w.unusable[name] == err.Error() {
		return
	}
	w.unusable[name] = err.Error()
	w.Logger.ErrorContext(ctx, "A schedule cannot be used; it is left out.", "schedule", name, "error", liftoff.OneLine(err), "next", liftoff.HintOf(err))
}
