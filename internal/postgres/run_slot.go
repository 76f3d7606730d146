package postgres

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"liftoff"
)

//go:embed queries/slot_to_settle.sql
var slotToSettleSQL string

//go:embed queries/settle_slot.sql
var settleSlotSQL string

//go:embed queries/run_is_running.sql
var runIsRunningSQL string

// ErrSlotTaken is in the chain of BeginRun's error for a slot that is no longer due:
// another worker has done it, or the schedule was paused or removed.
var ErrSlotTaken = errors.New("the slot of the schedule is no longer due")

// Slot is what a worker does for a schedule: one run for all slots that are due.
type Slot struct {
	// Schedule is as it was when it was found due. What it has counted stays so as long as
	// its slot is the next one.
	Schedule liftoff.Schedule
	// DueAt is the slot that the run counts for, the last one that was due.
	DueAt time.Time
	// Settle returns the schedule with what follows from how its run ended, now by the
	// database's clock. It may be called again.
	Settle func(ending liftoff.Ending, now time.Time) liftoff.Schedule
}

// key is what begin_run.sql and slot_to_settle.sql know the slot by; empty for none.
func (s *Slot) key() (name, nextDueAt, dueAt string) {
	if s == nil {
		return "", "", ""
	}
	return s.Schedule.Name, timestamp(s.Schedule.NextDueAt), timestamp(s.DueAt)
}

// settle writes into the schedule what follows from the ending, unless the slot is no
// longer the schedule's next one.
func (s *Slot) settle(ctx context.Context, tx pgx.Tx, ending liftoff.Ending) error {
	var now time.Time
	name, nextDueAt, _ := s.key()
	err := tx.QueryRow(ctx, slotToSettleSQL, name, nextDueAt).Scan(&now)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	schedule := s.Settle(ending, now)
	retryAt := ""
	if !schedule.RetryAt.IsZero() {
		retryAt = timestamp(schedule.RetryAt)
	}
	_, err = tx.Exec(ctx, settleSlotSQL, name, timestamp(schedule.NextDueAt), retryAt, schedule.Failures, schedule.Missed, schedule.Note)
	return err
}

// settleSlot settles the run's slot in the transaction that closes its row. A run that
// was closed by others settles nothing.
func (r *Run) settleSlot(ctx context.Context, tx pgx.Tx, ending liftoff.Ending) error {
	if r.options.Slot == nil {
		return nil
	}
	isRunning := false
	if err := tx.QueryRow(ctx, runIsRunningSQL, r.id).Scan(&isRunning); err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return err
	}
	if !isRunning {
		return nil
	}
	return r.options.Slot.settle(ctx, tx, ending)
}

// SettleSlot settles a slot whose run could not begin, so that the ledger has no row of
// it. It does nothing if the slot is no longer the schedule's next one, or another run
// has the source's lock: that may be one for the slot.
func (s *Store) SettleSlot(ctx context.Context, slot *Slot, ending liftoff.Ending) error {
	err := s.retry(ctx, maxTries, func() error {
		return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
			hasLock := false
			if err := tx.QueryRow(ctx, tryBriefLockSQL, writerLockClass, slot.Schedule.Source).Scan(&hasLock); err != nil || !hasLock {
				return err
			}
			return slot.settle(ctx, tx, ending)
		})
	})
	if err != nil {
		return s.failure(fmt.Sprintf("settle the slot of schedule %q", slot.Schedule.Name), err)
	}
	return nil
}
