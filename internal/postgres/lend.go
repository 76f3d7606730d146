package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// loan is the session of a run that has lent it for a statement or a transaction.
// The zero value is none.
type loan struct{ run *Run }

// borrow returns the session of the run under way, if that lends it and does not use
// it itself: another session is a login, which takes longer than a small run's
// statements. It never waits, so that no statement waits for one that is waiting
// for it.
func (s *Store) borrow() (loan, bool) {
	run := s.lender.Load()
	if run == nil || !run.gate.TryRLock() {
		return loan{}, false
	}
	if run.over != nil || !run.mutex.TryLock() {
		run.gate.RUnlock()
		return loan{}, false
	}
	if run.session == nil || run.session.Conn().IsClosed() {
		run.mutex.Unlock()
		run.gate.RUnlock()
		return loan{}, false
	}
	return loan{run}, true
}

func (l loan) conn() *pgx.Conn { return l.run.session.Conn() }

// giveBack ends the loan. If the session was lost, the next one to need the run's
// locks resumes the run.
func (l loan) giveBack() {
	if conn := l.conn(); conn.IsClosed() {
		_ = conn.PgConn().Conn().Close() // as Run.once does
		l.run.store.connections.lose(conn)
	}
	l.run.mutex.Unlock()
	l.run.gate.RUnlock()
}

// send sends a batch, and reads all answers, on the run's session or on any.
func (s *Store) send(ctx context.Context, batch *pgx.Batch) error {
	borrowed, ok := s.borrow()
	if !ok {
		return s.pool.SendBatch(ctx, batch).Close()
	}
	defer borrowed.giveBack()
	return borrowed.conn().SendBatch(ctx, batch).Close()
}

// queryRow sends a statement that returns one row, on the run's session or on any.
// Scan must be called.
func (s *Store) queryRow(ctx context.Context, sql string, arguments ...any) pgx.Row {
	borrowed, ok := s.borrow()
	if !ok {
		return s.pool.QueryRow(ctx, sql, arguments...)
	}
	return lentRow{borrowed.conn().QueryRow(ctx, sql, arguments...), borrowed}
}

// query sends a statement that only reads, once, on the run's session or on any:
// collect, or a caller that repeats more than this statement, survives a lost
// connection. If it fails, the rows have the error, and the functions of pgx that
// collect rows return it. They also close the rows, which must be done.
func (s *Store) query(ctx context.Context, sql string, arguments ...any) pgx.Rows {
	borrowed, ok := s.borrow()
	if !ok {
		rows, _ := s.pool.Query(ctx, sql, arguments...)
		return rows
	}
	rows, _ := borrowed.conn().Query(ctx, sql, arguments...)
	return &lentRows{Rows: rows, loan: borrowed}
}

// begin begins a transaction that writes, on the run's session or on any. Commit it or
// roll it back.
func (s *Store) begin(ctx context.Context) (pgx.Tx, error) {
	borrowed, ok := s.borrow()
	if !ok {
		return s.pool.BeginTx(ctx, pgx.TxOptions{BeginQuery: s.timeouts.begin(0)})
	}
	// A process that hangs must not hold the run's locks for longer than its lease.
	tx, err := borrowed.conn().BeginTx(ctx, pgx.TxOptions{BeginQuery: s.timeouts.begin(borrowed.run.options.Lease)})
	if err != nil {
		borrowed.giveBack()
		return nil, err
	}
	return &lentTx{Tx: tx, loan: borrowed}, nil
}

// lentRow, lentRows and lentTx end the loan of their connection when they are done.
type lentRow struct {
	pgx.Row
	loan loan
}

func (r lentRow) Scan(destinations ...any) error {
	defer r.loan.giveBack()
	return r.Row.Scan(destinations...)
}

type lentRows struct {
	pgx.Rows
	loan    loan
	isEnded bool
}

func (r *lentRows) Close() {
	r.Rows.Close()
	if !r.isEnded {
		r.isEnded = true
		r.loan.giveBack()
	}
}

type lentTx struct {
	pgx.Tx
	loan    loan
	isEnded bool
}

func (t *lentTx) Commit(ctx context.Context) error {
	err := t.Tx.Commit(ctx)
	t.end()
	return err
}

func (t *lentTx) Rollback(ctx context.Context) error {
	if t.isEnded {
		return pgx.ErrTxClosed
	}
	err := t.Tx.Rollback(ctx)
	t.end()
	return err
}

func (t *lentTx) end() {
	if !t.isEnded {
		t.isEnded = true
		t.loan.giveBack()
	}
}
