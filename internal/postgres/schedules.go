package postgres

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"liftoff"
)

//go:embed queries/list_schedules.sql
var listSchedulesSQL string

//go:embed queries/last_slot.sql
var lastSlotSQL string

//go:embed queries/add_schedule.sql
var addScheduleSQL string

//go:embed queries/pause_schedule.sql
var pauseScheduleSQL string

//go:embed queries/resume_schedule.sql
var resumeScheduleSQL string

//go:embed queries/remove_schedule.sql
var removeScheduleSQL string

// Schedules returns all schedules, sorted by name, and the present moment by the
// database's clock, which is zero without any schedule. It asks once: a worker asks
// again by itself.
func (s *Store) Schedules(ctx context.Context) (schedules []liftoff.Schedule, now time.Time, err error) {
	schedules, err = pgx.CollectRows(s.query(ctx, listSchedulesSQL, int64(writerLockClass)), func(row pgx.CollectableRow) (liftoff.Schedule, error) {
		return scanSchedule(row, &now)
	})
	if err != nil {
		return nil, now, s.readFailure("read the schedules", err)
	}
	return schedules, now, nil
}

func scanSchedule(row pgx.CollectableRow, now *time.Time) (s liftoff.Schedule, err error) {
	var everySeconds int64
	var retryAt, lastDueAt, lastFinishedAt *time.Time
	err = row.Scan(now, &s.Name, &s.Source, &s.Selection, &everySeconds, &s.Cron, &s.TimeZone,
		&s.NextDueAt, &retryAt, &s.Failures, &s.Missed, &s.IsPaused, &s.Note,
		&s.LastRunID, &lastDueAt, &lastFinishedAt, &s.IsRunning)
	s.Every = time.Duration(everySeconds) * time.Second
	s.RetryAt, s.LastDueAt, s.LastFinishedAt = orZero(retryAt), orZero(lastDueAt), orZero(lastFinishedAt)
	return s, err
}

// Now returns the present moment by the database's clock, in UTC.
func (s *Store) Now(ctx context.Context) (time.Time, error) {
	now, _, err := s.lastSlot(ctx, "")
	return now, err
}

// lastSlot returns the present moment, and the last slot of that schedule with a good
// run; zero for none.
func (s *Store) lastSlot(ctx context.Context, name string) (now, last time.Time, err error) {
	var found *time.Time
	err = s.retry(ctx, maxTries, func() error { return s.pool.QueryRow(ctx, lastSlotSQL, name).Scan(&now, &found) })
	if err != nil {
		return now, last, s.readFailure("look for the last slot of a schedule", err)
	}
	return now, orZero(found), nil
}

// AddSchedule adds a schedule, unless there is one of its name. The first slot is what
// first returns for the present moment; if the ledger has that slot or a later one of a
// schedule of this name that was removed, it is what first returns for that one. It is
// safe to repeat.
func (s *Store) AddSchedule(ctx context.Context, schedule liftoff.Schedule, first func(now time.Time) time.Time) (isAdded bool, err error) {
	now, last, err := s.lastSlot(ctx, schedule.Name)
	if err != nil {
		return false, err
	}
	due := first(now)
	if !due.After(last) {
		due = first(last.Add(time.Second))
	}
	err = s.retry(ctx, maxTries, func() error {
		batch := &pgx.Batch{}
		batch.Queue(addSourceSQL, schedule.Source)
		batch.Queue(addScheduleSQL, schedule.Name, schedule.Source, string(schedule.Selection), int64(schedule.Every/time.Second),
			schedule.Cron, schedule.TimeZone, timestamp(due)).Exec(func(done pgconn.CommandTag) error {
			isAdded = done.RowsAffected() > 0
			return nil
		})
		return s.pool.SendBatch(ctx, batch).Close()
	})
	if err != nil {
		return false, s.failure(fmt.Sprintf("add the schedule %q", schedule.Name), err)
	}
	return isAdded, nil
}

// PauseSchedule keeps workers from beginning runs of a schedule; one under way goes on.
// A name that is not there is a liftoff.Usage error.
func (s *Store) PauseSchedule(ctx context.Context, name string) error {
	return s.changeSchedule(ctx, "pause", name, ask(pauseScheduleSQL, name))
}

// ResumeSchedule ends the pause of a schedule, whose next slot is then next or later.
// A name that is not there is a liftoff.Usage error.
func (s *Store) ResumeSchedule(ctx context.Context, name string, next time.Time) error {
	return s.changeSchedule(ctx, "resume", name, ask(resumeScheduleSQL, name, timestamp(next)))
}

// RemoveSchedule removes a schedule; its runs stay in the ledger. A name that is not
// there is a liftoff.Usage error.
func (s *Store) RemoveSchedule(ctx context.Context, name string) error {
	return s.changeSchedule(ctx, "remove", name, ask(removeScheduleSQL, name))
}

func (s *Store) changeSchedule(ctx context.Context, verb, name string, change question) error {
	err := s.retry(ctx, maxTries, func() error {
		done, err := s.pool.Exec(ctx, change.sql, change.arguments...)
		if err == nil && done.RowsAffected() == 0 {
			err = errNoSchedule
		}
		return err
	})
	if errors.Is(err, errNoSchedule) {
		return NoSchedule(name)
	}
	if err != nil {
		return s.failure(fmt.Sprintf("%s the schedule %q", verb, name), err)
	}
	return nil
}

var errNoSchedule = errors.New("there is no such schedule")

// NoSchedule returns the liftoff.Usage error for a name that no schedule has.
func NoSchedule(name string) error {
	return liftoff.NewError(liftoff.Usage, fmt.Errorf("there is no schedule %q", name), "`liftoff schedules list` shows those that there are")
}
