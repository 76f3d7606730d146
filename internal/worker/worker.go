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
	"time"

	"liftoff"
	"liftoff/internal/ingest"
	"liftoff/internal/postgres"
	"liftoff/internal/schedule"
)

const (
	// longestPause is the longest time between two looks at the schedules: a worker
	// that dies is replaced that soon.
	longestPause = 5 * time.Second
	// shortestPause is the shortest one, so that workers that wait for the same slot do
	// not look again and again.
	shortestPause = 100 * time.Millisecond
)

// Options are what a worker needs. All are needed.
type Options struct {
	Store    *postgres.Store
	Ingester *ingest.Ingester
	Logger   *slog.Logger
}

// worker is a worker while it works.
type worker struct {
	Options

	outage    outage
	backfills backfills
	// unusable are the schedules that it has complained about, so that it does that once.
	unusable map[string]string
}

// Run works until ctx ends, and returns ctx's error then. It survives any time without
// the database. Any other error ends it: the database lacks tables or privileges.
func Run(ctx context.Context, options Options) error {
	w := &worker{Options: options, unusable: map[string]string{}}
	for {
		pause, err := w.look(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil:
			w.outage.end(ctx, w.Logger)
		case liftoff.CategoryOf(err) == liftoff.Database:
			pause = w.outage.note(ctx, w.Logger, err)
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
	if err != nil {
		w.complain(ctx, due.Name, err)
		return false, nil
	}
	slots := timing.Due(due.NextDueAt, now)
	s := &slot{schedule: due, timing: timing, dueAt: slots.Latest}
	result, runErr := w.Ingester.Run(ctx, ingest.Request{
		Query:   liftoff.Query{Selection: due.Selection},
		Command: fmt.Sprintf("worker, schedule %s", due.Name),
		Slot:    &postgres.Slot{Schedule: due, DueAt: s.dueAt, Settle: s.settle},
	})
	if errors.Is(runErr, postgres.ErrSlotTaken) || liftoff.CategoryOf(runErr) == liftoff.Locked {
		return false, nil
	}
	if ctx.Err() != nil {
		return true, ctx.Err()
	}
	if runErr != nil && result.Summary.RunID == 0 {
		// It could not begin, so it has closed no row either.
		ending := liftoff.Ending{Status: liftoff.RunFailed, Error: liftoff.OneLine(runErr), Category: liftoff.CategoryOf(runErr)}
		err = w.Store.SettleSlot(ctx, &postgres.Slot{Schedule: due, DueAt: s.dueAt, Settle: s.settle}, ending)
	}
	w.report(liftoff.WithRunID(ctx, result.Summary.RunID), result, s, errors.Join(runErr, result.Shortcoming))
	return true, err
}

// report logs what a run did and what is wrong with it.
func (w *worker) report(ctx context.Context, result ingest.Result, s *slot, err error) {
	result.Log(ctx, w.Ingester.Logger)
	if s.missed > 0 {
		w.Logger.WarnContext(ctx, "Slots of the schedule had no good run, and no other run takes their place.", "schedule", s.schedule.Name, "missed", s.missed)
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
