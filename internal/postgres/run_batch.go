package postgres

import (
	"cmp"
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

//go:embed queries/find_known_launches.sql
var findKnownLaunchesSQL string

//go:embed queries/missing_launches.sql
var missingLaunchesSQL string

// minLookedFor is the number of launches from which on it pays to ask first whether
// any is known.
const minLookedFor = 50

// StoreBatch stores a batch in one transaction: launches that are new,
// revisions of those whose content has changed, records for the quarantine, and
// the run's counts in the ledger. It writes nothing for launches that are
// unchanged, so that a batch may be stored again.
//
// It retries a transaction that the server rolled back because of another one,
// and one whose connection was lost if the server is back in time and no other
// run has taken over (liftoff.Locked). If the reply to a COMMIT is lost, it asks
// the server whether the transaction was committed. A record that PostgreSQL
// itself refuses goes into quarantine, and the rest of the batch is stored. It
// is safe for concurrent use.
func (r *Run) StoreBatch(ctx context.Context, batch liftoff.Batch) (liftoff.BatchResult, error) {
	name := "store " + nameBatch(batch.Launches)
	var changes batchChanges
	err := r.attempt(ctx, name, func(ctx context.Context, conn *pgx.Conn) (err error) {
		changes, err = r.compare(ctx, conn, batch)
		return err
	})
	if err != nil {
		return liftoff.BatchResult{}, r.failure(name+": compare with the stored launches", err)
	}
	result, err := r.storeTolerated(ctx, name, changes, batch.Tolerates)
	if err != nil {
		return liftoff.BatchResult{}, r.failure(name, r.store.blamingRules(ctx, err))
	}
	return result, nil
}

// batchChanges is what is to be written for a batch.
type batchChanges struct {
	// staged are the launches that are new or may have changed, and sums the
	// hashes of their bytes.
	staged []liftoff.EnrichedLaunch
	sums   [][]byte
	// received are the ids of all launches of the batch that were not refused, and
	// fetchedAt is when the first of them was received.
	received  []string
	fetchedAt string
	// rejected go into quarantine.
	rejected []liftoff.RejectedRecord
	// refused are the rejected launches that the server refused.
	refused []liftoff.RejectedRecord
	// missing are known launches that the batch lacks.
	missing []string
	// areNew says that none of the staged launches is known, so that they may be
	// copied straight into the tables.
	areNew bool
	// counts are what is known before anything is written.
	counts     liftoff.RunCounts
	receivedAt string
}

// compare finds out what has to be written for a batch, by the hashes of the
// bytes alone, and which known launches it lacks.
func (r *Run) compare(ctx context.Context, conn *pgx.Conn, b liftoff.Batch) (batchChanges, error) {
	ids, sums := make([]string, len(b.Launches)), make([][]byte, len(b.Launches))
	fetchedAt := b.ReceivedAt
	for i, launch := range b.Launches {
		sum := sha256.Sum256(launch.Raw)
		ids[i], sums[i] = launch.ID, sum[:]
		if launch.FetchedAt.Before(fetchedAt) {
			fetchedAt = launch.FetchedAt
		}
	}
	c := batchChanges{rejected: b.Rejected, receivedAt: timestamp(b.ReceivedAt), received: ids, fetchedAt: timestamp(fetchedAt)}
	compared, missing, err := comparison{r, ids, sums, b.Range}.ask(ctx, conn)
	if err != nil {
		return batchChanges{}, err
	}
	c.missing = missing
	c.areNew = len(compared) > 0 && !r.options.IsDry && !r.stagesAll.Load()
	for _, launch := range compared {
		c.staged = append(c.staged, b.Launches[launch.Position-1])
		c.sums = append(c.sums, sums[launch.Position-1])
		c.areNew = c.areNew && !launch.IsKnown
	}
	c.counts = liftoff.RunCounts{
		Pages:     b.Pages,
		Fetched:   int64(len(b.Launches)+len(b.Rejected)) + b.Repeated,
		Unchanged: int64(len(b.Launches)-len(c.staged)) + b.Repeated,
		Bytes:     b.Bytes,
	}
	return c, nil
}

// comparison compares the launches of a batch with those that are known: by their ids,
// the hashes of their bytes, and the range that the batch covers, if it does.
type comparison struct {
	run     *Run
	ids     []string
	sums    [][]byte
	covered *liftoff.IDRange
}

// ask returns the launches that may have to be written, in their order, and the known
// launches of the range that the batch lacks. Where none is known, as in a first run,
// it does not look up each.
func (c comparison) ask(ctx context.Context, conn *pgx.Conn) (compared []comparedLaunch, missing []string, err error) {
	r, ids := c.run, c.ids
	isAmong, isInRange := true, c.covered != nil
	within := cmp.Or(c.covered, &liftoff.IDRange{})
	questions := &pgx.Batch{}
	questions.Queue(setTimeoutsSQL, r.store.timeouts.milliseconds(), r.store.timeouts.lockMilliseconds())
	if len(ids) >= minLookedFor {
		questions.Queue(findKnownLaunchesSQL, slices.Min(ids), slices.Max(ids), within.After, within.UpTo).
			QueryRow(func(row pgx.Row) error { return row.Scan(&isAmong, &isInRange) })
		if err := conn.SendBatch(ctx, questions).Close(); err != nil {
			return nil, nil, err
		}
		questions = &pgx.Batch{}
	}
	if isAmong {
		questions.Queue(compareLaunchesSQL, textArray(ids), byteaArray(c.sums), r.sourceID).Query(func(rows pgx.Rows) (err error) {
			compared, err = pgx.CollectRows(rows, pgx.RowToStructByPos[comparedLaunch])
			return err
		})
	} else {
		for i := range ids {
			compared = append(compared, comparedLaunch{Position: i + 1})
		}
	}
	if isInRange && c.covered != nil {
		questions.Queue(missingLaunchesSQL, r.options.Source, within.After, within.UpTo, textArray(ids)).Query(collectInto(&missing))
	}
	if questions.Len() > 0 {
		err = conn.SendBatch(ctx, questions).Close()
	}
	return compared, missing, err
}

// comparedLaunch is an answer of compare_launches.sql: a launch of the batch that may
// have to be written.
type comparedLaunch struct {
	// Position counts from 1.
	Position int
	IsKnown  bool
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
