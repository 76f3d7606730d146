package postgres

import (
	"context"
	_ "embed"
	"errors"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"liftoff"
	"liftoff/internal/failpoint"
)

//go:embed queries/stage_launches.sql
var stageLaunchesSQL string

//go:embed queries/insert_launches.sql
var insertLaunchesSQL string

//go:embed queries/lock_known_launches.sql
var lockKnownLaunchesSQL string

//go:embed queries/revise_launches.sql
var reviseLaunchesSQL string

//go:embed queries/insert_quarantined_records.sql
var insertQuarantinedRecordsSQL string

//go:embed queries/add_run_counts.sql
var addRunCountsSQL string

const (
	sourceIDSQL = "SELECT id FROM ingestion_sources WHERE url = $1"
	// useIndexesSQL keeps the planner, until the end of the transaction, from
	// reading whole tables to find the few rows of a batch.
	useIndexesSQL = "SELECT set_config('enable_hashjoin', 'off', TRUE), set_config('enable_mergejoin', 'off', TRUE)"
)

// write writes the changes in one transaction. The result is valid even if an
// unknownCommit later proves committed.
func (r *Run) write(ctx context.Context, conn *pgx.Conn, c batchChanges) (liftoff.BatchResult, error) {
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{BeginQuery: r.store.timeouts.begin(r.options.Lease)})
	if err != nil {
		return liftoff.BatchResult{}, err
	}
	defer rollback(ctx, tx)
	m := merge{run: r, tx: tx, sourceID: r.sourceID}
	if err := m.do(ctx, c); err != nil {
		return liftoff.BatchResult{}, err
	}
	if r.options.IsDry {
		return m.result, nil
	}
	failpoint.Reach(failpoint.BeforeCommit)
	if err := tx.Commit(ctx); err != nil {
		if conn.IsClosed() {
			err = &unknownCommit{cause: err, transactionID: m.transactionID, stored: m.stored}
		}
		return m.result, err
	}
	failpoint.Reach(failpoint.AfterCommit)
	r.noteStored(m.stored)
	return m.result, nil
}

// rollback makes the connection usable again. It does nothing after a COMMIT.
func rollback(ctx context.Context, tx pgx.Tx) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), connectTimeout)
	defer cancel()
	_ = tx.Rollback(ctx) // a failure closes the connection
}

// merge is the work of one transaction.
type merge struct {
	run           *Run
	tx            pgx.Tx
	sourceID      int16
	transactionID string
	// stored is the ledger's count of the run after the transaction.
	stored int64
	result liftoff.BatchResult
}

// do writes everything that belongs to the transaction.
func (m *merge) do(ctx context.Context, c batchChanges) error {
	m.result = liftoff.BatchResult{RunCounts: c.counts, MissingIDs: c.missing, RefusedIDs: c.refused}
	if m.run.options.IsDry {
		// The ledger may not have the source yet. This too is rolled back.
		if _, err := m.tx.Exec(ctx, addSourceSQL, m.run.options.Source); err != nil {
			return err
		}
		if err := m.tx.QueryRow(ctx, sourceIDSQL, m.run.options.Source).Scan(&m.sourceID); err != nil {
			return err
		}
	}
	if len(c.staged) > 0 {
		if err := m.mergeStaged(ctx, c); err != nil {
			return err
		}
	}
	failpoint.Reach(failpoint.InTransaction)
	return m.finish(ctx, c)
}

// mergeStaged merges the staged launches into the tables.
func (m *merge) mergeStaged(ctx context.Context, c batchChanges) error {
	if err := m.stage(ctx, c); err != nil {
		return err
	}
	learned, err := m.insert(ctx)
	if err != nil {
		return err
	}
	if len(m.result.InsertedIDs) < len(c.staged) || learned < len(c.staged) {
		if err := m.revise(ctx); err != nil {
			return err
		}
	}
	inserted, revised := int64(len(m.result.InsertedIDs)), int64(len(m.result.RevisedIDs))
	m.result.Inserted, m.result.Revised = inserted, revised
	m.result.Unchanged += int64(len(c.staged)) - inserted - revised
	return nil
}

// stage copies the launches into the session's staging table, in order of id.
func (m *merge) stage(ctx context.Context, c batchChanges) error {
	if _, err := m.tx.Exec(ctx, stageLaunchesSQL); err != nil {
		return err
	}
	columns := []string{"id", "fetched_at", "mass_kg", "delay_minutes", "raw_data", "sha256"}
	_, err := m.tx.CopyFrom(ctx, pgx.Identifier{"staged_launches"}, columns,
		pgx.CopyFromSlice(len(c.staged), func(i int) ([]any, error) {
			l := c.staged[i]
			return []any{
				l.ID, l.FetchedAt.UTC(), int32(l.SimulatedPayloadMassKg), int32(l.SimulatedDelayMinutes), l.Raw, c.sums[i],
			}, nil
		}))
	return err
}

// insert stores the launches that are new, and returns how many of the staged
// launches became known.
func (m *merge) insert(ctx context.Context) (learned int, err error) {
	rows, _ := m.tx.Query(ctx, insertLaunchesSQL, m.sourceID) // an error is in rows too
	var id string
	_, err = pgx.ForEachRow(rows, []any{&id, &learned}, func() error {
		m.result.InsertedIDs = append(m.result.InsertedIDs, id)
		return nil
	})
	return learned, err
}

// revise stores revisions of the staged launches that are stored already.
func (m *merge) revise(ctx context.Context) error {
	batch := &pgx.Batch{}
	batch.Queue(useIndexesSQL)
	batch.Queue(lockKnownLaunchesSQL)
	// A separate statement, because it must see what others committed while the
	// one before waited for them.
	batch.Queue(reviseLaunchesSQL, m.sourceID, m.run.runID()).Query(collectInto(&m.result.RevisedIDs))
	err := m.tx.SendBatch(ctx, batch).Close()
	// A launch that was deleted from raw_launches by hand may be inserted and
	// revised at once. It counts once.
	m.result.RevisedIDs = slices.DeleteFunc(m.result.RevisedIDs, func(id string) bool {
		return slices.Contains(m.result.InsertedIDs, id)
	})
	return err
}

// finish writes the quarantine, then the ledger row last: writers contend for it.
func (m *merge) finish(ctx context.Context, c batchChanges) error {
	m.result.Quarantined = int64(len(c.rejected))
	batch := &pgx.Batch{}
	batch.Queue(lazyCommitSQL)
	if len(c.rejected) > 0 {
		q := columnsOf(c.rejected)
		batch.Queue(insertQuarantinedRecordsSQL, m.run.runID(), c.receivedAt,
			q.urls, q.reasons, q.details, q.bodies, q.lengths, q.sums)
	}
	if !m.run.options.IsDry {
		n := m.result.RunCounts
		batch.Queue(addRunCountsSQL, m.run.id, n.Pages, n.Fetched, n.Inserted, n.Unchanged, n.Revised, n.Quarantined, n.Bytes).
			QueryRow(m.readLedger)
	}
	return m.tx.SendBatch(ctx, batch).Close()
}

// readLedger reads what add_run_counts.sql has returned.
func (m *merge) readLedger(row pgx.Row) error {
	// The row is locked until our COMMIT, so all counts confirmed by now are of
	// earlier transactions.
	confirmed := m.run.stored.Load()
	err := row.Scan(&m.transactionID, &m.stored)
	if errors.Is(err, pgx.ErrNoRows) {
		return errTakenOver // its row is closed
	}
	if err == nil && m.stored-m.result.Fetched < confirmed {
		return errForgotten
	}
	return err
}

// storableText replaces what a TEXT cannot hold, so that the description of a
// bad record can always be stored.
func storableText(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
}

// isRefusedData reports whether the server refused the data itself.
func isRefusedData(err error) bool {
	state := sqlState(err)
	return strings.HasPrefix(state, dataException) || strings.HasPrefix(state, programLimitExceeded)
}
