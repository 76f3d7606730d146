package postgres

import (
	"context"
	_ "embed"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"liftoff"
)

//go:embed queries/changes_since.sql
var changesSinceSQL string

// maxChanges is how many launches of each kind of change are read.
const maxChanges = 100

// ChangesSince returns what has changed since a run ended; of each kind at most 100
// launches with the number of all. A run that is not in the ledger, or has not ended, is a
// liftoff.Usage error.
//
// The ledger's number of a first state is not stored, so the moments at which states were
// received tell what came after the run. They are by the clocks of the programs that
// received them: what a run beside this one had received, but not yet stored when this
// one ended, does not count as a change.
func (s *Store) ChangesSince(ctx context.Context, runID int64) (liftoff.LaunchChanges, error) {
	run, err := s.Run(ctx, runID)
	if err != nil {
		return liftoff.LaunchChanges{}, err
	}
	if run.FinishedAt.IsZero() {
		return liftoff.LaunchChanges{}, liftoff.NewError(liftoff.Usage, fmt.Errorf("run %d has not ended yet", runID),
			"compare with a run that has: `liftoff runs` lists the newest")
	}
	changes := liftoff.LaunchChanges{Since: run.LedgerRow}
	_, err = collect(ctx, s, ask(changesSinceSQL, run.FinishedAt, int64(maxChanges)), func(row pgx.CollectableRow) (struct{}, error) {
		return struct{}{}, addChange(row, &changes)
	})
	if err != nil {
		return liftoff.LaunchChanges{}, s.readFailure(fmt.Sprintf("read what has changed since run %d", runID), err)
	}
	return changes, nil
}

// addChange adds one row of changes_since.sql.
func addChange(row pgx.CollectableRow, changes *liftoff.LaunchChanges) error {
	var (
		kind                          string
		total                         int64
		launch                        liftoff.ChangedLaunch
		now, before                   = &launch.Now, &launch.Before
		at, missing, atBefore         *time.Time
		upcoming, success             *bool
		upcomingBefore, successBefore *bool
	)
	err := row.Scan(&kind, &total, &launch.ID, &now.Name, &at, &now.DatePrecision, &upcoming, &success, &missing,
		&before.Name, &atBefore, &before.DatePrecision, &upcomingBefore, &successBefore)
	if err != nil {
		return err
	}
	now.LaunchedAt, now.Outcome, launch.MissingSince = orZero(at), liftoff.OutcomeOf(upcoming, success), orZero(missing)
	list := &changes.Revised
	switch kind {
	case "new":
		list = &changes.New
	case "missing":
		list = &changes.Missing
	default:
		before.LaunchedAt, before.Outcome = orZero(atBefore), liftoff.OutcomeOf(upcomingBefore, successBefore)
	}
	list.Total = total
	list.Launches = append(list.Launches, launch)
	return nil
}
