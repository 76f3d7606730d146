package postgres

import (
	"context"
	_ "embed"
	"sync"

	"github.com/jackc/pgx/v5"
)

//go:embed queries/note_typed_writes.sql
var noteTypedWritesSQL string

//go:embed queries/note_payloads.sql
var notePayloadsSQL string

//go:embed queries/forget_payloads.sql
var forgetPayloadsSQL string

//go:embed queries/note_payload_writes.sql
var notePayloadWritesSQL string

// rowCounts are numbers of rows that were inserted, updated and deleted, for each table
// of typed_counters.sql in its order.
type rowCounts []int64

// minus returns the difference to earlier numbers of the same tables.
func (c rowCounts) minus(earlier rowCounts) rowCounts {
	difference := make(rowCounts, 0, len(c))
	for i, number := range c {
		difference = append(difference, number-earlier[i])
	}
	return difference
}

// queueTypedLock adds the statements with which a transaction begins that keeps
// typed_launches in step: lockSQL takes or shares the lock. When the batch is closed,
// before is what the transaction's session had written until then.
func (s *Store) queueTypedLock(batch *pgx.Batch, lockSQL string, before *rowCounts) {
	s.hasTyped.Store(true)
	batch.Queue(lockSQL, int64(typedLock))
	batch.Queue(noteTypedWritesSQL, nil).QueryRow(func(row pgx.Row) error { return row.Scan(before, nil) })
}

// queueTypedNote adds the last statement of such a transaction, which notes what it has
// written since before.
func queueTypedNote(batch *pgx.Batch, before rowCounts) {
	batch.Queue(noteTypedWritesSQL, []int64(before))
}

// ownWrites is what a transaction has written into raw_payloads.
type ownWrites struct {
	transactionID string
	written       rowCounts
}

// payloadWrites is what a store has written into raw_payloads since the masses of
// launches followed it. The zero value is nothing.
type payloadWrites struct {
	mutex sync.Mutex
	// isAny says that there may have been writes, and committed are those that are
	// known to have been committed.
	isAny     bool
	committed []ownWrites
}

// begin notes that payloads are about to be changed: the reply to the COMMIT may be
// lost.
func (p *payloadWrites) begin() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.isAny = true
}

// end notes what was committed.
func (p *payloadWrites) end(committed ...ownWrites) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.committed = append(p.committed, committed...)
}

// take returns all that was noted, and forgets it.
func (p *payloadWrites) take() (committed []ownWrites, isAny bool) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	committed, isAny = p.committed, p.isAny
	p.committed, p.isAny = nil, false
	return committed, isAny
}

// notePayloads notes in a transaction that it writes payloads, and returns what its
// session has written since before.
func notePayloads(ctx context.Context, tx pgx.Tx, before ownWrites) (own ownWrites, err error) {
	batch := &pgx.Batch{}
	batch.Queue(noteTypedWritesSQL, nil).QueryRow(func(row pgx.Row) error { return row.Scan(&own.written, &own.transactionID) })
	batch.Queue(notePayloadsSQL)
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return ownWrites{}, err
	}
	own.written = own.written.minus(before.written)
	return own, nil
}

// sessionWrites returns what a transaction's session has written so far, and the number
// of the transaction; "" if it has written nothing.
func sessionWrites(ctx context.Context, tx pgx.Tx) (w ownWrites, err error) {
	return w, tx.QueryRow(ctx, noteTypedWritesSQL, nil).Scan(&w.written, &w.transactionID)
}
