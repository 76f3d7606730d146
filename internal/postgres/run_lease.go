package postgres

import (
	"context"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// setLeaseSQL makes the server end the session, and with it its locks, when
	// its client says nothing for so long.
	setLeaseSQL = "SELECT set_config('idle_session_timeout', $1, FALSE), set_config('idle_in_transaction_session_timeout', $1, FALSE)"
	// A session without a run may be as idle as any other.
	resetSessionTimeoutSQL     = "RESET idle_session_timeout"
	resetTransactionTimeoutSQL = "RESET idle_in_transaction_session_timeout"

	signOfLifeSQL = "SELECT 1"
	// beatsPerLease is how often the client says something in that time.
	beatsPerLease = 4
)

// takeLease bounds how long the run keeps its locks when the process hangs, is
// stopped, or has gone with its machine. It must not be called twice.
func (r *Run) takeLease(ctx context.Context) error {
	if err := r.setLease(ctx); err != nil || r.options.Lease <= 0 {
		return err
	}
	// Not the caller's context: the lock is needed until the ledger's row is
	// closed, also after an interruption.
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.beat(ctx)
	}()
	r.stopBeating = func() {
		cancel()
		<-done
	}
	return nil
}

// setLease tells the session how long it may be silent.
func (r *Run) setLease(ctx context.Context) error {
	if r.options.Lease <= 0 {
		return nil
	}
	milliseconds := strconv.FormatInt(max(r.options.Lease.Milliseconds(), 1), 10)
	if _, err := r.session.Exec(ctx, setLeaseSQL, milliseconds); err != nil {
		return r.store.failure("bound how long the lock is kept", err)
	}
	return nil
}

// beat gives signs of life while nobody writes on the session. What fails
// closes the connection, and the next batch finds that out.
func (r *Run) beat(ctx context.Context) {
	ticker := time.NewTicker(max(r.options.Lease/beatsPerLease, time.Millisecond))
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		r.giveSignOfLife(ctx)
	}
}

// giveSignOfLife says something on the session unless a writer does, or it is
// being replaced by another one.
func (r *Run) giveSignOfLife(ctx context.Context) {
	if !r.gate.TryRLock() {
		return
	}
	defer r.gate.RUnlock()
	if !r.mutex.TryLock() {
		return
	}
	defer r.mutex.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), connectTimeout)
	defer cancel()
	_, _ = r.session.Exec(ctx, signOfLifeSQL)
}

// letGo ends the session's locks and what else was set for the run.
func (r *Run) letGo(ctx context.Context) error {
	batch := &pgx.Batch{}
	batch.Queue(unlockAllSQL)
	if r.options.Lease > 0 {
		batch.Queue(resetSessionTimeoutSQL)
		batch.Queue(resetTransactionTimeoutSQL)
	}
	return r.session.SendBatch(ctx, batch).Close()
}
