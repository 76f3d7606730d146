package postgres

import (
	"context"
	_ "embed"
	"errors"

	"github.com/jackc/pgx/v5"

	"liftoff"
)

//go:embed queries/learn_new_launches.sql
var learnNewLaunchesSQL string

// copyNew copies launches that are not known straight into the tables. The error is
// errNotPlain, or one of the server that isConflict knows, if they have to be staged
// after all.
func (m *merge) copyNew(ctx context.Context, c batchChanges) (judgement, error) {
	batch := &pgx.Batch{}
	m.run.store.queueTypedLock(batch, shareTypedSQL, &m.writtenBefore)
	known := queueMasses(batch, c.staged)
	if err := m.tx.SendBatch(ctx, batch).Close(); err != nil {
		return judgement{}, err
	}
	err := copyRows(ctx, m.tx, copying{rawLaunches, rawColumns(), pgx.CopyFromSlice(len(c.staged), func(i int) ([]any, error) {
		l := c.staged[i]
		return []any{l.ID, l.FetchedAt.UTC(), int32(l.SimulatedPayloadMassKg), int32(l.SimulatedDelayMinutes), l.Raw}, nil
	})})
	if err != nil {
		return judgement{}, err
	}
	ids, learned, mayDiffer := idsOf(c.staged), int64(0), false
	batch = &pgx.Batch{}
	batch.Queue(learnNewLaunchesSQL, m.sourceID, textArray(ids), byteaArray(c.sums)).Exec(addAffected(&learned))
	batch.Queue(mayInterveneSQL, launchTables()).QueryRow(func(row pgx.Row) error { return row.Scan(&mayDiffer) })
	if err := m.tx.SendBatch(ctx, batch).Close(); err != nil {
		return judgement{}, err
	}
	if mayDiffer || learned != int64(len(ids)) {
		return judgement{}, errNotPlain
	}
	return judgement{inserted: ids}, m.typeNew(ctx, c.staged, known)
}

// launchTables are the tables that a new launch is inserted into.
func launchTables() []string { return []string{rawLaunches, "known_launches", "typed_launches"} }

// rawColumns are the names of the five columns of raw_launches.
func rawColumns() []string {
	var names []string
	for _, c := range rawLaunchesColumns() {
		names = append(names, c.name)
	}
	return names
}

// idsOf returns the ids of launches, in their order.
func idsOf(launches []liftoff.EnrichedLaunch) []string {
	ids := make([]string, 0, len(launches))
	for _, launch := range launches {
		ids = append(ids, launch.ID)
	}
	return ids
}

// errNotPlain means that launches that are not known cannot simply be copied into
// the tables.
var errNotPlain = errors.New("the launches have to be staged")

// isConflict reports whether that is so, or a launch that was not known is there all
// the same: another program has put it into raw_launches, or another run stores it
// too, or its row was deleted by hand since typed_launches was refreshed. Into a
// table with row-level security nothing can be copied.
func isConflict(err error) bool {
	state := sqlState(err)
	return errors.Is(err, errNotPlain) || state == uniqueViolation || state == featureNotSupported
}
