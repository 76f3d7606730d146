package postgres

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"liftoff"
)

//go:embed queries/compare_launches.sql
var compareLaunchesSQL string

//go:embed queries/missing_launches.sql
var missingLaunchesSQL string

// StoreBatch stores a batch in one transaction: launches that are new,
// revisions of those whose content has changed, quarantine, and the run's
// counts in the ledger. Nothing is written for launches that are unchanged.
//
// A transaction that the server rolled back for another's sake is repeated, and
// so is one whose connection was lost, when the server is back in time and no
// other run has taken over (liftoff.Locked). When the reply to a COMMIT is
// lost, the outcome is looked up and not guessed. A record that PostgreSQL
// itself refuses goes into quarantine, and the rest of the batch is stored. It
// is safe for concurrent use.
func (r *Run) StoreBatch(ctx context.Context, batch liftoff.Batch) (liftoff.BatchResult, error) {
	name := "store " + nameBatch(batch.Launches)
	var work work
	err := r.attempt(ctx, name, func(ctx context.Context, conn *pgx.Conn) (err error) {
		work, err = r.compare(ctx, conn, batch)
		return err
	})
	if err != nil {
		return liftoff.BatchResult{}, r.failure(name+": compare with what is known", err)
	}
	result, err := r.storeRefusing(ctx, name, work)
	if err != nil {
		return liftoff.BatchResult{}, r.failure(name, err)
	}
	return result, nil
}

// work is what is to be written for a batch.
type work struct {
	// staged are the launches that are new or may have changed, and sums the
	// hashes of their bytes.
	staged []liftoff.EnrichedLaunch
	sums   [][]byte
	// rejected go into quarantine.
	rejected []liftoff.RejectedRecord
	// refused are the ids of those of them that the server refused.
	refused []string
	missing []string
	// counts are what is known before anything is written.
	counts     liftoff.RunCounts
	receivedAt string
}

// compare finds out what of a batch has to be written, by the hashes of the
// bytes alone, and which known launches it lacks.
func (r *Run) compare(ctx context.Context, conn *pgx.Conn, b liftoff.Batch) (work, error) {
	ids, sums := make([]string, len(b.Launches)), make([][]byte, len(b.Launches))
	for i, launch := range b.Launches {
		sum := sha256.Sum256(launch.Raw)
		ids[i], sums[i] = launch.ID, sum[:]
	}
	questions := &pgx.Batch{}
	questions.Queue(setTimeoutsSQL, r.store.timeouts.milliseconds(), r.store.timeouts.lockMilliseconds())
	questions.Queue(compareLaunchesSQL, ids, sums)
	if b.Range != nil {
		questions.Queue(missingLaunchesSQL, r.options.Source, b.Range.After, b.Range.UpTo, ids)
	}
	answers := conn.SendBatch(ctx, questions)
	defer func() { _ = answers.Close() }() // what went wrong is in the answers
	if _, err := answers.Exec(); err != nil {
		return work{}, err
	}
	positions, err := collect[int32](answers)
	if err != nil {
		return work{}, err
	}
	w := work{rejected: b.Rejected, receivedAt: timestamp(b.ReceivedAt)}
	if b.Range != nil {
		if w.missing, err = collect[string](answers); err != nil {
			return work{}, err
		}
	}
	for _, position := range positions {
		w.staged = append(w.staged, b.Launches[position-1])
		w.sums = append(w.sums, sums[position-1])
	}
	w.counts = liftoff.RunCounts{
		Pages:     b.Pages,
		Fetched:   int64(len(b.Launches)+len(b.Rejected)) + b.Repeated,
		Unchanged: int64(len(b.Launches)-len(w.staged)) + b.Repeated,
		Bytes:     b.Bytes,
	}
	return w, nil
}

// collect reads the next answer of a batch as a list of single values.
func collect[T any](answers pgx.BatchResults) ([]T, error) {
	rows, err := answers.Query()
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[T])
}

// storeRefusing writes the work; when the server refuses the data of it, it
// writes each half by itself, down to the records that are refused, which go
// into quarantine.
func (r *Run) storeRefusing(ctx context.Context, name string, w work) (liftoff.BatchResult, error) {
	var result liftoff.BatchResult
	err := r.attempt(ctx, name, func(ctx context.Context, conn *pgx.Conn) (err error) {
		result, err = r.write(ctx, conn, w)
		return err
	})
	if !isRefusedData(err) || len(w.staged) == 0 {
		return result, err
	}
	if len(w.staged) == 1 {
		launch := w.staged[0]
		w.rejected = append(slices.Clone(w.rejected), liftoff.RejectedRecord{
			Reason: liftoff.RefusedByDatabase, Detail: reason(err), URL: r.options.Source, Body: launch.Raw,
		})
		w.refused = []string{launch.ID}
		w.staged, w.sums = nil, nil
		return r.storeRefusing(ctx, name, w)
	}
	middle := len(w.staged) / 2
	rest := work{staged: w.staged[middle:], sums: w.sums[middle:], receivedAt: w.receivedAt}
	rest.counts.Fetched = int64(len(rest.staged))
	w.staged, w.sums = w.staged[:middle], w.sums[:middle]
	w.counts.Fetched -= rest.counts.Fetched
	first, err := r.storeRefusing(ctx, name, w)
	if err != nil {
		return first, err
	}
	second, err := r.storeRefusing(ctx, name, rest)
	if err != nil {
		return first, err
	}
	second.Add(first.RunCounts)
	second.InsertedIDs = append(first.InsertedIDs, second.InsertedIDs...)
	second.RevisedIDs = append(first.RevisedIDs, second.RevisedIDs...)
	second.RefusedIDs = append(first.RefusedIDs, second.RefusedIDs...)
	second.MissingIDs = first.MissingIDs
	return second, nil
}

func nameBatch(launches []liftoff.EnrichedLaunch) string {
	switch len(launches) {
	case 0:
		return "records"
	case 1:
		return fmt.Sprintf("launch %q", launches[0].ID)
	default:
		return fmt.Sprintf("%d launches from %q to %q", len(launches), launches[0].ID, launches[len(launches)-1].ID)
	}
}
