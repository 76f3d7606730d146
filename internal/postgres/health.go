package postgres

import (
	"context"
	_ "embed"
	"time"

	"github.com/jackc/pgx/v5"

	"liftoff"
)

//go:embed queries/health.sql
var healthSQL string

//go:embed queries/health_runs.sql
var healthRunsSQL string

// Health returns how the ingestion into this database is going, for all its sources.
func (s *Store) Health(ctx context.Context) (liftoff.Health, error) {
	found, err := collect(ctx, s, ask(healthSQL), func(row pgx.CollectableRow) (health liftoff.Health, err error) {
		err = row.Scan(&health.Now, &health.SchemaVersion, &health.ServerVersion, &health.Quarantined)
		return health, err
	})
	if err != nil {
		return liftoff.Health{}, s.readFailure("read how the ingestion is going", err)
	}
	health := found[0] // there is always one row
	_, err = collect(ctx, s, ask(healthRunsSQL, int64(runLockClass)), func(row pgx.CollectableRow) (struct{}, error) {
		return struct{}{}, addRun(row, &health)
	})
	if err != nil {
		return liftoff.Health{}, s.readFailure("read which runs there are", err)
	}
	return health, nil
}

// addRun adds one row of health_runs.sql.
func addRun(row pgx.CollectableRow, health *liftoff.Health) error {
	var (
		why      string
		run      liftoff.LedgerRow
		finished *time.Time
	)
	err := row.Scan(&why, &run.ID, &run.Source, &run.Selection, &run.Schedule, &run.StartedAt, &finished, &run.Inserted, &run.Revised, &run.Missing,
		&run.Status, &run.Error)
	run.FinishedAt = orZero(finished)
	if why == "ended" {
		health.LastEnded = run
		return err
	}
	run.Status, run.Error = "", "" // of these runs all that is asked for is known
	switch why {
	case "good":
		health.LastGood = run
	case "change":
		health.LastChange = run
	default:
		health.Running = append(health.Running, run)
	}
	return err
}
