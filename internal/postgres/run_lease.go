package postgres

import (
	"context"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// setLeaseSQL makes the server end the session, and release its locks, when
	// it has not heard from its client for this long.
	setLeaseSQL = "SELECT set_config('idle_session_timeout', $1, FALSE), set_config('idle_in_transaction_session_timeout', $1, FALSE)"
	// These give the session back the timeouts of any other one.
	resetSessionTimeoutSQL     = "RESET idle_session_timeout"
	resetTransactionTimeoutSQL = "RESET idle_in_transaction_session_timeout"

	keepAliveSQL = "SELECT 1"
	// beatsPerLease is how many keep-alives are sent during one lease.
	beatsPerLease = 4
)

// takeLease bounds how long the run keeps its locks after its process or its
// machine has stopped. It must not be called twice.
func (r *Run) takeLease(ctx context.Context) error {
	if err := r.setLease(ctx); err != nil || r.options.Lease <= 0 {
		return err
	}
	// The lock is needed until the ledger's row is closed, which happens after
	// the caller's context has ended if the run is interrupted.
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

// setLease sets how long the session may be silent.
func (r *Run) setLease(ctx context.Context) error {
	if r.options.Lease <= 0 {
		return nil
	}
	milliseconds := strconv.FormatInt(max(r.options.Lease.Milliseconds(), 1), 10)
	if _, err := r.session.Exec(ctx, setLeaseSQL, milliseconds); err != nil {
		return r.store.failure("set the lease of the run's lock", err)
	}
	return nil
}

// beat sends keep-alives while no writer uses the session. A failure closes the
// connection; the next batch notices.
func (r *Run) beat(ctx context.Context) {
	ticker := time.NewTicker(max(r.options.Lease/beatsPerLease, time.Millisecond))
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		r.keepAlive(ctx)
	}
}

// keepAlive sends a statement on the session, unless a writer uses it or the run
// is being resumed.
func (r *Run) keepAlive(ctx context.Context) {
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
	_, _ = r.session.Exec(ctx, keepAliveSQL)
}

// releaseLocks releases the session's locks and resets what was set for the run.
func (r *Run) releaseLocks(ctx context.Context) error {
	batch := &pgx.Batch{}
	batch.Queue(unlockAllSQL)
	if r.options.Lease > 0 {
		batch.Queue(resetSessionTimeoutSQL)
		batch.Queue(resetTransactionTimeoutSQL)
	}
	return r.session.SendBatch(ctx, batch).Close()
}
