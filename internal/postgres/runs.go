package postgres

import (
	"context"
	_ "embed"
	"time"

	"github.com/jackc/pgx/v5"

	"liftoff"
)

//go:embed queries/list_runs.sql
var listRunsSQL string

// Runs returns the rows of the ledger, the newest first and at most limit.
func (s *Store) Runs(ctx context.Context, limit int) ([]liftoff.LedgerRow, error) {
	runs, err := collect(ctx, s, ask(listRunsSQL, int64(limit)), scanRun)
	if err != nil {
		return nil, s.readFailure("read the list of runs", err)
	}
	return runs, nil
}

// scanRun reads one row of list_runs.sql.
func scanRun(row pgx.CollectableRow) (liftoff.LedgerRow, error) {
	var (
		run                 liftoff.LedgerRow
		finished            *time.Time
		afterIDs, beforeIDs []string
	)
	err := row.Scan(
		&run.ID, &run.Source, &run.Selection, &run.Command, &run.ProgramVersion,
		&run.Status, &run.StartedAt, &finished,
		&run.Pages, &run.Announced, &run.Fetched, &run.Inserted, &run.Unchanged,
		&run.Revised, &run.Quarantined, &run.Missing, &run.Bytes,
		&run.Error, &afterIDs, &beforeIDs,
	)
	run.FinishedAt = orZero(finished)
	for i := range afterIDs {
		run.Gaps = append(run.Gaps, liftoff.Gap{AfterID: afterIDs[i], BeforeID: beforeIDs[i]})
	}
	return run, err
}
