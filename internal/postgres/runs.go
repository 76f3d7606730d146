package postgres

import (
	"context"
	_ "embed"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"liftoff"
)

//go:embed queries/list_runs.sql
var listRunsSQL string

//go:embed queries/runs_after.sql
var runsAfterSQL string

//go:embed queries/run_details.sql
var runDetailsSQL string

// RunFilter says which runs to list.
type RunFilter struct {
	// IDPrefix is what the number begins with; empty for any.
	IDPrefix string
	// BeforeID leaves out the runs with this number or a larger one; 0 leaves out none.
	BeforeID int64
	// AfterID asks for the runs just after the one with this number; 0 asks for the
	// newest. It cannot be combined with the others.
	AfterID int64
	// Limit is how many at most.
	Limit int
}

// Runs returns rows of the ledger, the newest first.
func (s *Store) Runs(ctx context.Context, filter RunFilter) ([]liftoff.LedgerRow, error) {
	if filter.AfterID != 0 {
		ids, err := collect(ctx, s, ask(runsAfterSQL, filter.AfterID, int64(filter.Limit)), pgx.RowTo[int64])
		if err != nil {
			return nil, s.readFailure("read the list of runs", err)
		}
		if len(ids) == 0 {
			return nil, nil
		}
		filter = RunFilter{BeforeID: ids[len(ids)-1] + 1, Limit: len(ids)}
	}
	runs, err := collect(ctx, s, ask(listRunsSQL, int64(filter.Limit), 0, filter.IDPrefix, filter.BeforeID), scanRun)
	if err != nil {
		return nil, s.readFailure("read the list of runs", err)
	}
	return runs, nil
}

// Run returns everything about one run. A run that is not in the ledger is a
// liftoff.Usage error with liftoff.ErrNotFound in its chain.
func (s *Store) Run(ctx context.Context, id int64) (liftoff.RunDetails, error) {
	runs, err := collect(ctx, s, ask(listRunsSQL, 1, id, "", 0), scanRun)
	if err != nil {
		return liftoff.RunDetails{}, s.readFailure(fmt.Sprintf("read run %d", id), err)
	}
	details, err := collect(ctx, s, ask(runDetailsSQL, id), func(row pgx.CollectableRow) (run liftoff.RunDetails, err error) {
		err = row.Scan(&run.OwesReferences, &run.OpenRecords, &run.Watermark)
		return run, err
	})
	if err != nil {
		return liftoff.RunDetails{}, s.readFailure(fmt.Sprintf("read run %d", id), err)
	}
	if len(runs) == 0 || len(details) == 0 {
		return liftoff.RunDetails{}, liftoff.NewError(liftoff.Usage,
			notFound{fmt.Errorf("there is no run %d in PostgreSQL at %s", id, s.target)}, "`liftoff runs` lists the newest")
	}
	details[0].LedgerRow = runs[0]
	return details[0], nil
}

// scanRun reads one row of list_runs.sql.
func scanRun(row pgx.CollectableRow) (liftoff.LedgerRow, error) {
	var (
		run                 liftoff.LedgerRow
		finished, due       *time.Time
		afterIDs, beforeIDs []string
		took                runStatistics
	)
	err := row.Scan(
		&run.ID, &run.Source, &run.Selection, &run.Command, &run.ProgramVersion,
		&run.Status, &run.StartedAt, &finished,
		&run.Pages, &run.Announced, &run.Fetched, &run.Inserted, &run.Unchanged,
		&run.Revised, &run.Quarantined, &run.Missing, &run.Bytes,
		&run.Error, &run.Schedule, &due,
		&took.requests, &took.retries, &took.fetch, &took.decode, &took.store, &took.references, &took.view, &took.peakMemory,
		&afterIDs, &beforeIDs,
	)
	run.Statistics = took.statistics()
	run.FinishedAt, run.DueAt = orZero(finished), orZero(due)
	for i := range afterIDs {
		run.Gaps = append(run.Gaps, liftoff.Gap{AfterID: afterIDs[i], BeforeID: beforeIDs[i]})
	}
	return run, err
}

// runStatistics are the columns of what a run took; times are in milliseconds.
type runStatistics struct {
	requests, retries, fetch, decode, store, references, view, peakMemory *int64
}

// statistics returns them, or nil if they are not known.
func (r runStatistics) statistics() *liftoff.Statistics {
	if r.requests == nil {
		return nil
	}
	duration := func(milliseconds *int64) time.Duration { return time.Duration(orZero(milliseconds)) * time.Millisecond }
	return &liftoff.Statistics{
		SourceStatistics: liftoff.SourceStatistics{
			Requests: *r.requests, Retries: orZero(r.retries), Fetch: duration(r.fetch), Decode: duration(r.decode),
		},
		Store: duration(r.store), References: duration(r.references), View: duration(r.view), PeakMemory: orZero(r.peakMemory),
	}
}
