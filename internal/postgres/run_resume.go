package postgres

import (
	"context"
	_ "embed"
	"errors"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"liftoff"
)

//go:embed queries/resume_run.sql
var resumeRunSQL string

//go:embed queries/commit_status.sql
var commitStatusSQL string

var (
	// errLockLost means that the session with the run's locks has ended, so that
	// another run may be writing.
	errLockLost = errors.New("the connection that held the run's lock was lost")
	// errTakenOver means that another run has closed this run's row in the ledger.
	errTakenOver = errors.New("another run has marked this one as crashed and taken over")
	// errRangeTaken means that a worker's range belongs to another one.
	errRangeTaken = errors.New("another worker has claimed this part of the backfill")
	// errForgotten means that the server has crashed and lost what it had
	// confirmed: the COMMIT of a batch does not wait for the disk.
	errForgotten = errors.New("the server has lost launches that it had confirmed, which can happen in a crash")
)

const (
	// statusTries bounds how long the commit status of a transaction that is
	// still in progress is asked for; the pauses between the tries add up to
	// about 10 s.
	statusTries = 10
	// regainTries bounds how often a lock is asked for that another run holds; the
	// pauses add up to about 1 s. A run that looks for crashed ones holds it for a
	// moment.
	regainTries = 6
	// interruptedPatience bounds that for a user who waits for the program to end.
	interruptedPatience = 2 * time.Second
)

// lostConnection is an error that has closed its connection.
type lostConnection struct{ error }

func (e lostConnection) Unwrap() error { return e.error }

// unknownCommit is the loss of a connection between COMMIT and its reply.
type unknownCommit struct {
	cause error
	// transactionID is the server's id of the transaction, and stored the
	// ledger's count of the run if it was committed.
	transactionID string
	stored        int64
}

func (u *unknownCommit) Error() string { return u.cause.Error() }
func (u *unknownCommit) Unwrap() error { return u.cause }

// attempt runs do on a writer's connection. It retries after a rollback, and
// after a lost connection if the run could be resumed, so do may run more than
// once; it never runs again after a COMMIT that the server has confirmed. The
// action is named in log lines.
func (r *Run) attempt(ctx context.Context, action string, do func(context.Context, *pgx.Conn) error) error {
	defer r.warnWhileSlow(ctx, action)()
	return retry(ctx, maxTries, r.store.renumbering(ctx, func() error {
		return r.once(ctx, do)
	}), func(cause error) (bool, error) {
		return r.resume(ctx, cause)
	})
}

// once runs do on a connection within a bound of time. An error that has closed
// the connection is a lostConnection.
func (r *Run) once(ctx context.Context, do func(context.Context, *pgx.Conn) error) error {
	r.gate.RLock()
	defer r.gate.RUnlock()
	if r.over != nil {
		return r.over
	}
	ctx, cancel := context.WithTimeout(ctx, r.store.timeouts.attempt())
	defer cancel()
	conn, release, err := r.writer(ctx)
	if err != nil {
		return err
	}
	defer release()
	err = do(ctx, conn)
	if err != nil && conn.IsClosed() {
		// The driver waits for the other end to close the socket too, but the
		// other end may be gone.
		_ = conn.PgConn().Conn().Close()
		r.store.connections.lose(conn)
		err = lostConnection{errors.Join(ctx.Err(), err)}
	}
	return err
}

// warnWhileSlow logs a line when something takes long, and again each time the
// wait has doubled, until the returned function is called.
func (r *Run) warnWhileSlow(ctx context.Context, action string) (stop func()) {
	done := make(chan struct{})
	var group sync.WaitGroup
	group.Go(func() {
		elapsed := time.Duration(0)
		for period := r.store.timeouts.slow(); ; period *= 2 {
			select {
			case <-done:
				return
			case <-time.After(period):
			}
			elapsed += period
			r.store.logger.WarnContext(ctx, "PostgreSQL is slow.",
				"database", r.store.target.name(), "action", action, "elapsed", elapsed.Round(10*time.Millisecond))
		}
	})
	return func() {
		close(done)
		group.Wait()
	}
}

// resume lets the run continue after a lost connection; its writers wait
// meanwhile. It returns true when the transaction was committed after all, and an
// error when the run must end; then the writers get that too.
func (r *Run) resume(ctx context.Context, cause error) (isCommitted bool, err error) {
	r.gate.Lock()
	defer r.gate.Unlock()
	if r.over != nil {
		return false, r.over
	}
	if ctx.Err() == nil {
		if err := r.reattach(ctx, cause); err != nil {
			if !isLost(err) && ctx.Err() == nil {
				r.over = err
			}
			return false, err
		}
	}
	unknown, isUnknown := errors.AsType[*unknownCommit](cause)
	if !isUnknown {
		return false, nil
	}
	status, stored := r.commitStatus(ctx, unknown.transactionID)
	switch status {
	case "committed":
		if stored < unknown.stored {
			return false, nil // a crash has undone it
		}
		r.noteStored(unknown.stored)
		return true, nil
	case "in progress", "":
		return false, gaveUp{cause} // it may still be committed; a retry would count it twice
	default:
		return false, nil
	}
}

// reattach connects again and regains what was lost with the connection: the
// source's lock and the run's own. It fails if another run took them meanwhile.
func (r *Run) reattach(ctx context.Context, cause error) error {
	r.loseSession()
	if err := r.store.reconnect(ctx, cause); err != nil {
		return err
	}
	if r.options.IsDry || r.hasSession(ctx) {
		return nil
	}
	// It may have been lost without a word.
	r.loseSession()
	if err := r.store.endLost(ctx); err != nil {
		return err
	}
	if err := r.openSession(ctx); err != nil {
		return err
	}
	return r.regainLocks(ctx)
}

// hasSession reports whether the session with the locks still answers.
func (r *Run) hasSession(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	return !r.session.Conn().IsClosed() && r.session.Ping(ctx) == nil
}

// regainLocks takes the locks in a new session, and checks whether the run may
// continue.
func (r *Run) regainLocks(ctx context.Context) error {
	if err := r.setLease(ctx); err != nil {
		return err
	}
	state, err := r.regain(ctx)
	switch {
	case err != nil && !errors.Is(err, pgx.ErrNoRows):
		return r.failure("check whether the run may continue", err)
	case state.status == liftoff.RunCrashed, state.status == liftoff.RunRunning && !state.isAlone:
		err = errTakenOver
	case err != nil || state.stored < r.stored.Load():
		err = errForgotten
	default:
		r.store.logger.InfoContext(ctx, "Connected to PostgreSQL again; the run continues.", "database", r.store.target.name())
		return nil
	}
	return r.failure("resume the run after its connection was lost", err)
}

// regained is what a run finds after it has asked for its locks again.
type regained struct {
	status liftoff.RunStatus
	stored int64
	// isAlone says that it has both locks.
	isAlone bool
}

// regain asks for the locks, more than once: a run that looks for crashed ones
// holds them for a moment, and one that takes over says so in the ledger a moment
// later.
func (r *Run) regain(ctx context.Context) (regained, error) {
	hasSource, hasOwn := false, false
	for try := 1; ; try++ {
		var state regained
		var err error
		if !hasSource {
			if hasSource, err = r.tryLock(ctx); err != nil {
				return state, err
			}
		}
		err = r.session.QueryRow(ctx, resumeRunSQL, r.id, runLockClass).Scan(&state.status, &state.stored, &hasOwn)
		state.isAlone = hasSource && hasOwn
		if err != nil || state.status != liftoff.RunRunning || state.isAlone || try == regainTries {
			return state, err
		}
		if err := liftoff.Sleep(ctx, time.Duration(try)*firstDelay/2); err != nil {
			return state, err
		}
	}
}

// commitStatus returns what became of a transaction whose COMMIT got no reply,
// and the ledger's count of the run. The status is that of pg_xact_status,
// "unknown" if the server does not know the transaction, or "" if the server
// did not answer. The error of the COMMIT cannot be used for this: the driver
// even calls it safe to retry.
func (r *Run) commitStatus(ctx context.Context, transactionID string) (status string, stored int64) {
	patience := 3 * connectTimeout
	if ctx.Err() != nil {
		patience = interruptedPatience
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	for try := 1; try <= statusTries; try++ {
		err := r.store.pool.QueryRow(ctx, commitStatusSQL, transactionID, r.id).Scan(&status, &stored)
		if sqlState(err) == invalidParameterValue {
			return "unknown", 0 // the id lies in the future: a crash undid it
		}
		isKnown := err == nil && status != "in progress"
		if isKnown || liftoff.Sleep(ctx, time.Duration(try)*200*time.Millisecond) != nil {
			break
		}
	}
	return status, stored
}

// noteStored notes how many of the run's records the ledger has, as the server
// has confirmed.
func (r *Run) noteStored(stored int64) {
	for {
		known := r.stored.Load()
		if stored <= known || r.stored.CompareAndSwap(known, stored) {
			return
		}
	}
}
