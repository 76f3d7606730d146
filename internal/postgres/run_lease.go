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
	// beatsPerLease is how many keep-alives are sent during one lease, at least.
	beatsPerLease = 4
	// beatInterval is how soon a lost connection is noticed; resumePatience allows
	// for it.
	beatInterval = time.Second
	// keepAliveTimeout is how long a server may take to answer before the
	// connection counts as lost.
	keepAliveTimeout = 2 * connectTimeout
)

// startBeating sends keep-alives until the run ends, so that the server does not
// end the session by its lease while the run lives, and so that the run notices
// soon when the connection is lost: whoever waits for the lock gets it then. A run
// without a lease sends none.
func (r *Run) startBeating(ctx context.Context) {
	if r.options.Lease <= 0 {
		return
	}
	// The lock is needed until the ledger's row is closed, which happens after
	// the caller's context has ended if the run is interrupted.
	beating, stopBeating := context.WithCancel(context.WithoutCancel(ctx))
	resuming, stopResuming := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.beat(beating, resuming)
	}()
	r.stopBeating = func() {
		stopBeating()
		stopResuming()
		<-done
	}
}

// setLease sets how long the session may be silent.
func (r *Run) setLease(ctx context.Context) error {
	if r.options.Lease <= 0 {
		return nil
	}
	milliseconds := strconv.FormatInt(max(r.options.Lease.Milliseconds(), 1), 10)
	if _, err := r.session.Exec(ctx, setLeaseSQL, milliseconds); err != nil {
		return r.failure("set the lease of the run's lock", err)
	}
	return nil
}

// beat sends keep-alives while no writer uses the session, and resumes the run
// after a lost connection, unless the context for that has ended.
func (r *Run) beat(ctx, resuming context.Context) {
	ticker := time.NewTicker(min(beatInterval, max(r.options.Lease/beatsPerLease, time.Millisecond)))
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if cause := r.keepAlive(ctx); cause != nil && resuming.Err() == nil {
			_, _ = r.resume(resuming, cause) // the next batch gets the error
		}
	}
}

// keepAlive sends a statement on the session, unless a writer uses it or the run
// is being resumed or over. It returns the error if that has closed the
// connection.
func (r *Run) keepAlive(ctx context.Context) error {
	if !r.gate.TryRLock() {
		return nil
	}
	defer r.gate.RUnlock()
	if r.over != nil || !r.mutex.TryLock() {
		return nil
	}
	defer r.mutex.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepAliveTimeout)
	defer cancel()
	_, err := r.session.Exec(ctx, keepAliveSQL)
	if err == nil || !r.session.Conn().IsClosed() {
		return nil
	}
	return lostConnection{err}
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
