package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// crashedRun is a run whose process is gone, and the slot that it was for, if any.
type crashedRun struct {
	ID       int64
	Schedule string
	DueAt    *time.Time
}

// collectCrashed returns a function that reads what close_crashed_runs.sql returns.
func collectCrashed(crashed *[]crashedRun) func(pgx.Rows) error {
	return func(rows pgx.Rows) (err error) {
		*crashed, err = pgx.CollectRows(rows, pgx.RowToStructByPos[crashedRun])
		return err
	}
}

// tellCrashed logs which runs were found to have crashed.
func (r *Run) tellCrashed(ctx context.Context, crashed []crashedRun) {
	for _, run := range crashed {
		attributes := []any{"crashed_run", run.ID}
		if run.Schedule != "" && run.DueAt != nil {
			attributes = append(attributes, "schedule", run.Schedule, "slot", run.DueAt.Format(time.RFC3339))
		}
		r.store.logger.InfoContext(ctx, "The process of a run is gone; the run is closed as crashed.", attributes...)
	}
}
