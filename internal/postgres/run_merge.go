package postgres

import (
	"context"
	_ "embed"
	"errors"
	"slices"
	"strings"
	"time"

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

//go:embed queries/outcome.sql
var outcomeSQL string

const (
	sourceIDSQL = "SELECT id FROM ingestion_sources WHERE url = $1"
	// useIndexesSQL keeps the planner, until the transaction's end, from
	// reading whole tables to find the few rows of a batch.
	useIndexesSQL = "SELECT set_config('enable_hashjoin', 'off', TRUE), set_config('enable_mergejoin', 'off', TRUE)"
	// outcomeTries bounds how long a transaction may go on that nobody waits
	// for any more; the pauses between the tries add up to some 10 s.
	outcomeTries = 10
	// interruptedPatience bounds the look-up for somebody who waits for the
	// program to end.
	interruptedPatience = 2 * time.Second
)

// write does one transaction for the work. Its result holds also for an
// unknownOutcome that turns out to be none.
func (r *Run) write(ctx context.Context, conn *pgx.Conn, w work) (liftoff.BatchResult, error) {
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{BeginQuery: r.store.timeouts.begin(r.options.Lease)})
	if err != nil {
		return liftoff.BatchResult{}, err
	}
	defer rollback(ctx, tx)
	m := merge{run: r, tx: tx, sourceID: r.sourceID}
	if err := m.do(ctx, w); err != nil {
		return liftoff.BatchResult{}, err
	}
	if r.options.IsDry {
		return m.result, nil
	}
	failpoint.Reach(failpoint.BeforeCommit)
	if err := tx.Commit(ctx); err != nil {
		if conn.IsClosed() {
			err = &unknownOutcome{cause: err, transactionID: m.transactionID, stored: m.stored}
		}
		return m.result, err
	}
	failpoint.Reach(failpoint.AfterCommit)
	r.noteStored(m.stored)
	return m.result, nil
}

// rollback makes the connection usable again; after a COMMIT it does nothing.
func rollback(ctx context.Context, tx pgx.Tx) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), connectTimeout)
	defer cancel()
	_ = tx.Rollback(ctx) // what fails closes the connection
}

// merge is one transaction's work.
type merge struct {
	run           *Run
	tx            pgx.Tx
	sourceID      int16
	transactionID string
	// stored is the ledger's count of the run after the transaction.
	stored int64
	result liftoff.BatchResult
}

// do writes all that belongs to the transaction.
func (m *merge) do(ctx context.Context, w work) error {
	m.result = liftoff.BatchResult{RunCounts: w.counts, MissingIDs: w.missing, RefusedIDs: w.refused}
	if m.run.options.IsDry {
		// The ledger may not have the source yet; rolled back with the rest.
		if _, err := m.tx.Exec(ctx, addSourceSQL, m.run.options.Source); err != nil {
			return err
		}
		if err := m.tx.QueryRow(ctx, sourceIDSQL, m.run.options.Source).Scan(&m.sourceID); err != nil {
			return err
		}
	}
	if len(w.staged) > 0 {
		if err := m.mergeStaged(ctx, w); err != nil {
			return err
		}
	}
	failpoint.Reach(failpoint.InTransaction)
	return m.close(ctx, w)
}

// mergeStaged brings the staged launches into the tables.
func (m *merge) mergeStaged(ctx context.Context, w work) error {
	if err := m.stage(ctx, w); err != nil {
		return err
	}
	learned, err := m.insert(ctx)
	if err != nil {
		return err
	}
	if len(m.result.InsertedIDs) < len(w.staged) || learned < len(w.staged) {
		if err := m.revise(ctx); err != nil {
			return err
		}
	}
	inserted, revised := int64(len(m.result.InsertedIDs)), int64(len(m.result.RevisedIDs))
	m.result.Inserted, m.result.Revised = inserted, revised
	m.result.Unchanged += int64(len(w.staged)) - inserted - revised
	return nil
}

// insert stores the launches that are new, and returns how many of the staged
// ones were not known.
func (m *merge) insert(ctx context.Context) (int, error) {
	rows, err := m.tx.Query(ctx, insertLaunchesSQL, m.sourceID)
	if err != nil {
		return 0, err
	}
	var id string
	var learned int
	_, err = pgx.ForEachRow(rows, []any{&id, &learned}, func() error {
		m.result.InsertedIDs = append(m.result.InsertedIDs, id)
		return nil
	})
	return learned, err
}

// stage copies the launches into the session's staging table, in order of id.
func (m *merge) stage(ctx context.Context, w work) error {
	if _, err := m.tx.Exec(ctx, stageLaunchesSQL); err != nil {
		return err
	}
	columns := []string{"id", "fetched_at", "mass_kg", "delay_minutes", "raw_data", "sha256"}
	_, err := m.tx.CopyFrom(ctx, pgx.Identifier{"staged_launches"}, columns,
		pgx.CopyFromSlice(len(w.staged), func(i int) ([]any, error) {
			l := w.staged[i]
			return []any{
				l.ID, l.FetchedAt.UTC(), int32(l.SimulatedPayloadMassKg), int32(l.SimulatedDelayMinutes), l.Raw, w.sums[i],
			}, nil
		}))
	return err
}

// revise looks at the staged launches that are stored already.
func (m *merge) revise(ctx context.Context) error {
	batch := &pgx.Batch{}
	batch.Queue(useIndexesSQL)
	batch.Queue(lockKnownLaunchesSQL)
	// A statement of its own: it has to see what others committed while the
	// first one waited for them.
	batch.Queue(reviseLaunchesSQL, m.sourceID, m.run.runID())
	answers := m.tx.SendBatch(ctx, batch)
	_, err := answers.Exec()
	if err == nil {
		_, err = answers.Exec()
	}
	if err == nil {
		m.result.RevisedIDs, err = collect[string](answers)
	}
	// A launch that somebody has deleted from raw_launches may be inserted and
	// revised at once; it counts once.
	m.result.RevisedIDs = without(m.result.RevisedIDs, m.result.InsertedIDs)
	return errors.Join(err, answers.Close())
}

// without returns the ids of a list that are not in another.
func without(list, others []string) []string {
	if len(list) == 0 || len(others) == 0 {
		return list
	}
	isOther := make(map[string]bool, len(others))
	for _, id := range others {
		isOther[id] = true
	}
	return slices.DeleteFunc(list, func(id string) bool { return isOther[id] })
}

// close writes quarantine and ledger, the last row that anybody waits for.
func (m *merge) close(ctx context.Context, w work) error {
	m.result.Quarantined = int64(len(w.rejected))
	batch := &pgx.Batch{}
	batch.Queue(lazyCommitSQL)
	if len(w.rejected) > 0 {
		c := columnsOf(w.rejected)
		batch.Queue(insertQuarantinedRecordsSQL, m.run.runID(), w.receivedAt,
			c.urls, c.reasons, c.details, c.bodies, c.lengths, c.sums)
	}
	if !m.run.options.IsDry {
		c := m.result.RunCounts
		batch.Queue(addRunCountsSQL, m.run.id, c.Pages, c.Fetched, c.Inserted, c.Unchanged, c.Revised, c.Quarantined, c.Bytes)
	}
	answers := m.tx.SendBatch(ctx, batch)
	_, err := answers.Exec()
	if err == nil && len(w.rejected) > 0 {
		_, err = answers.Exec()
	}
	if err == nil && !m.run.options.IsDry {
		err = m.readLedger(answers)
	}
	return errors.Join(err, answers.Close())
}

// readLedger reads what adding to the run's row has returned.
func (m *merge) readLedger(answers pgx.BatchResults) error {
	// Before the row was locked; who locked it earlier has committed by now.
	confirmed := m.run.stored.Load()
	err := answers.QueryRow().Scan(&m.transactionID, &m.stored)
	if errors.Is(err, pgx.ErrNoRows) {
		return errTakenOver // its row is closed
	}
	if err == nil && m.stored-m.result.Fetched < confirmed {
		return errForgotten
	}
	return err
}

// storableText replaces what a TEXT cannot hold, so that what is said of a bad
// record does not make it unstorable too.
func storableText(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
}

// outcome is what the server says of a transaction whose COMMIT got no reply.
type outcome struct {
	// status is as pg_xact_status says, or "unknown" when the server has never
	// heard of it; "" when the server could not be asked.
	status string
	// stored is the ledger's count of the run.
	stored int64
}

// outcome looks up what became of a transaction. Nobody knows it by the error:
// the driver even calls it safe to repeat.
func (s *Store) outcome(ctx context.Context, transactionID string, runID int64) outcome {
	patience := 3 * connectTimeout
	if ctx.Err() != nil {
		patience = interruptedPatience
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	var last outcome
	for try := 1; try <= outcomeTries; try++ {
		err := s.pool.QueryRow(ctx, outcomeSQL, transactionID, runID).Scan(&last.status, &last.stored)
		if sqlState(err) == invalidParameterValue {
			return outcome{status: "unknown"} // the number is to come yet: a crash has undone it
		}
		if err == nil && last.status != "in progress" {
			return last
		}
		select {
		case <-ctx.Done():
			return last
		case <-time.After(time.Duration(try) * 200 * time.Millisecond):
		}
	}
	return last
}

// isRefusedData reports whether the server did not like the data itself: the
// classes of data exceptions and of exceeded limits.
func isRefusedData(err error) bool {
	state := sqlState(err)
	return strings.HasPrefix(state, "22") || strings.HasPrefix(state, "54")
}
