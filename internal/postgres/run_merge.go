package postgres

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strconv"
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

//go:embed queries/learn_launches.sql
var learnLaunchesSQL string

//go:embed queries/may_intervene.sql
var mayInterveneSQL string

//go:embed queries/judge_launches.sql
var judgeLaunchesSQL string

//go:embed queries/insert_quarantined_records.sql
var insertQuarantinedRecordsSQL string

//go:embed queries/supersede_records.sql
var supersedeRecordsSQL string

//go:embed queries/lost_quarantined_records.sql
var lostQuarantinedRecordsSQL string

//go:embed queries/lock_run.sql
var lockRunSQL string

//go:embed queries/add_run_counts.sql
var addRunCountsSQL string

const (
	sourceIDSQL = "SELECT id FROM ingestion_sources WHERE url = $1"
	// useIndexesSQL keeps the planner, until the end of the transaction, from
	// reading whole tables to find the few rows of a batch.
	useIndexesSQL = "SELECT set_config('enable_hashjoin', 'off', TRUE), set_config('enable_mergejoin', 'off', TRUE), " +
		"set_config('enable_bitmapscan', 'off', TRUE)"
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
	// writtenBefore is what the session had written before the transaction wrote
	// launches.
	writtenBefore rowCounts
	// stored is the ledger's count of the run after the transaction.
	stored int64
	result liftoff.BatchResult
}

// do writes everything that belongs to the transaction, and checks that it is
// stored as it was sent.
func (m *merge) do(ctx context.Context, c batchChanges) error {
	m.result = liftoff.BatchResult{RunCounts: c.counts, MissingIDs: c.missing, Refused: c.refused}
	if err := m.findSource(ctx); err != nil {
		return err
	}
	if len(c.staged) > 0 {
		if err := m.mergeStaged(ctx, c); err != nil {
			return err
		}
	}
	failpoint.Reach(failpoint.InTransaction)
	if err := m.quarantine(ctx, c); err != nil {
		return err
	}
	return m.count(ctx, c)
}

// findSource gives a dry run the number of its source: the ledger may not have
// it yet. This too is rolled back.
func (m *merge) findSource(ctx context.Context) error {
	if !m.run.options.IsDry {
		return nil
	}
	if _, err := m.tx.Exec(ctx, addSourceSQL, m.run.options.Source); err != nil {
		return err
	}
	return m.tx.QueryRow(ctx, sourceIDSQL, m.run.options.Source).Scan(&m.sourceID)
}

// mergeStaged merges the launches into the tables, and counts what has become of
// them by what is stored then. If the server refuses one of them for its data,
// the error is a refusal.
func (m *merge) mergeStaged(ctx context.Context, c batchChanges) error {
	judged, err := m.store(ctx, c)
	if err != nil {
		return asRefusal(err)
	}
	if table, ids := judged.firstLost(); table != "" {
		return notKept(ctx, m.tx, table, ids)
	}
	if n := len(judged.inserted) + len(judged.revised) + int(judged.unchanged); n != len(c.staged) {
		return fmt.Errorf("%d launches were staged, but %d are accounted for", len(c.staged), n)
	}
	m.result.InsertedIDs, m.result.RevisedIDs = judged.inserted, judged.revised
	m.result.Inserted, m.result.Revised = int64(len(judged.inserted)), int64(len(judged.revised))
	m.result.Unchanged += judged.unchanged
	return nil
}

// store writes the launches, and returns what has become of them. Known ones are
// compared, and all are read back. New ones are copied straight into the tables,
// which takes much less time, if the catalog shows that nothing can intervene.
func (m *merge) store(ctx context.Context, c batchChanges) (judgement, error) {
	if c.areNew {
		return m.copyNew(ctx, c)
	}
	if err := m.stage(ctx, c); err != nil {
		return judgement{}, err
	}
	judged, mayDiffer, err := m.revise(ctx)
	if err != nil || len(judged.lost) > 0 {
		return judged, err
	}
	return judged, m.typeByDocument(ctx, idsOf(c.staged), mayDiffer)
}

// stage copies the launches into the session's staging table, in order of id.
func (m *merge) stage(ctx context.Context, c batchChanges) error {
	if _, err := m.tx.Exec(ctx, stageLaunchesSQL); err != nil {
		return err
	}
	columns := []string{"id", "fetched_at", "mass_kg", "delay_minutes", "raw_data", "sha256"}
	return copyRows(ctx, m.tx, copying{
		"staged_launches", columns,
		pgx.CopyFromSlice(len(c.staged), func(i int) ([]any, error) {
			l := c.staged[i]
			return []any{
				l.ID, l.FetchedAt.UTC(), int32(l.SimulatedPayloadMassKg), int32(l.SimulatedDelayMinutes), l.Raw, c.sums[i],
			}, nil
		}),
	})
}

// revise stores the staged launches that are new, and revisions of those that are
// stored in another state, and reads back what is stored of all. It reports whether
// something may have intervened.
func (m *merge) revise(ctx context.Context) (judged judgement, mayDiffer bool, err error) {
	batch := &pgx.Batch{}
	m.run.store.queueTypedLock(batch, shareTypedSQL, &m.writtenBefore)
	batch.Queue(insertLaunchesSQL)
	batch.Queue(learnLaunchesSQL, m.sourceID)
	batch.Queue(useIndexesSQL)
	batch.Queue(lockKnownLaunchesSQL)
	// A separate statement, because it must see what others committed while the
	// one before waited for them.
	batch.Queue(reviseLaunchesSQL, m.sourceID, m.run.runID())
	m.queueJudgement(batch, &judged)
	batch.Queue(mayInterveneSQL, launchTables()).QueryRow(func(row pgx.Row) error { return row.Scan(&mayDiffer) })
	err = m.tx.SendBatch(ctx, batch).Close()
	return judged, mayDiffer, err
}

// judgement is what has become of the staged launches, as it is stored.
type judgement struct {
	inserted, revised []string
	unchanged         int64
	// lost are those that are not found as they were sent.
	lost []lostLaunch
}

// lostLaunch is a launch and the table that lacks it.
type lostLaunch struct{ id, table string }

// firstLost returns the table of the first launch that was lost, with all
// launches that this table lacks; "" if there is none.
func (j judgement) firstLost() (table string, ids []string) {
	for _, lost := range j.lost {
		if table == "" {
			table = lost.table
		}
		if lost.table == table {
			ids = append(ids, lost.id)
		}
	}
	return table, ids
}

// queueJudgement adds the statement that reads what is stored.
func (m *merge) queueJudgement(batch *pgx.Batch, judged *judgement) {
	batch.Queue(judgeLaunchesSQL, m.sourceID, m.run.runID()).Query(func(rows pgx.Rows) error {
		var id, outcome, table string
		_, err := pgx.ForEachRow(rows, []any{&id, &outcome, &table}, func() error {
			switch outcome {
			case "inserted":
				judged.inserted = append(judged.inserted, id)
			case "revised":
				judged.revised = append(judged.revised, id)
			case "unchanged":
				judged.unchanged++
			default:
				judged.lost = append(judged.lost, lostLaunch{id, table})
			}
			return nil
		})
		return err
	})
}

// quarantine stores the rejected records.
func (m *merge) quarantine(ctx context.Context, c batchChanges) error {
	m.result.Quarantined = int64(len(c.rejected))
	if len(c.rejected) == 0 {
		return nil
	}
	var lost []string
	q := columnsOf(c.rejected)
	batch := &pgx.Batch{}
	isRetry := m.run.options.Selection == liftoff.SelectQuarantine
	batch.Queue(insertQuarantinedRecordsSQL, m.run.runID(), c.receivedAt, q.urls, q.reasons, q.details, q.bodies, q.lengths, q.sums, q.launchIDs, isRetry)
	batch.Queue(lostQuarantinedRecordsSQL, q.sums, q.keptSums, q.lengths, q.reasons, q.details).Query(collectInto(&lost))
	if err := m.tx.SendBatch(ctx, batch).Close(); err != nil {
		return err
	}
	if len(lost) > 0 {
		return notKept(ctx, m.tx, "quarantined_records", lost)
	}
	return nil
}

// count marks the records in quarantine that the batch supersedes, and adds the counts
// to the run's row in the ledger. It comes last: writers contend for the row.
func (m *merge) count(ctx context.Context, c batchChanges) error {
	if m.run.options.IsDry {
		return nil
	}
	var before, after liftoff.RunCounts
	n := m.result.RunCounts
	batch := &pgx.Batch{}
	batch.Queue(lazyCommitSQL)
	if len(c.received) > 0 {
		batch.Queue(supersedeRecordsSQL, textArray(c.received), c.fetchedAt)
	}
	batch.Queue(lockRunSQL, m.run.id).QueryRow(func(row pgx.Row) error { return m.readLedger(row, &before) })
	batch.Queue(addRunCountsSQL, m.run.id, n.Pages, n.Fetched, n.Inserted, n.Unchanged, n.Revised, n.Quarantined, n.Bytes)
	batch.Queue(lockRunSQL, m.run.id).QueryRow(func(row pgx.Row) error {
		if err := m.readLedger(row, &after); !errors.Is(err, errTakenOver) {
			return err
		}
		return nil // the row was there before
	})
	if err := m.tx.SendBatch(ctx, batch).Close(); err != nil {
		return err
	}
	// The row is locked until our COMMIT, so all counts confirmed by now are of
	// earlier transactions.
	if before.Fetched < m.run.stored.Load() {
		return errForgotten
	}
	m.stored = after.Fetched
	if before.Add(n); before != after {
		return notKept(ctx, m.tx, "ingestion_runs", []string{strconv.FormatInt(m.run.id, 10)})
	}
	return nil
}

// readLedger reads what lock_run.sql has returned.
func (m *merge) readLedger(row pgx.Row, n *liftoff.RunCounts) error {
	err := row.Scan(&m.transactionID, &n.Pages, &n.Fetched, &n.Inserted, &n.Unchanged, &n.Revised, &n.Quarantined, &n.Bytes)
	if errors.Is(err, pgx.ErrNoRows) {
		return errTakenOver // its row is closed
	}
	return err
}

// storableText replaces what a TEXT cannot hold, so that the description of a
// bad record can always be stored.
func storableText(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
}
