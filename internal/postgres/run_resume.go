package postgres

import (
	"context"
	_ "embed"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"liftoff"
)

//go:embed queries/end_leftover_sessions.sql
var endLeftoverSessionsSQL string

//go:embed queries/resume_run.sql
var resumeRunSQL string

var (
	// errLockLost means that the session with the run's locks has ended, so that
	// another run may be writing.
	errLockLost = errors.New("the connection that held the run's lock was lost")
	// errTakenOver means that another run has found this one dead.
	errTakenOver = errors.New("another run has taken this one for dead and may be writing now")
	// errForgotten means that the server no longer has what it had confirmed:
	// batches do not wait for the disk, and it has crashed.
	errForgotten = errors.New("the server has lost launches that it had confirmed, as it may in a crash")
)

// unknownOutcome is the loss of a connection between COMMIT and its reply.
type unknownOutcome struct {
	cause error
	// transactionID is the server's, and stored the ledger's count after it.
	transactionID string
	stored        int64
}

func (u *unknownOutcome) Error() string { return u.cause.Error() }
func (u *unknownOutcome) Unwrap() error { return u.cause }

// attempt does something on a connection, and does it again when the server
// has rolled it back to let others through, or when the connection was lost
// and the run could be mended. The action is named in log lines.
func (r *Run) attempt(ctx context.Context, action string, do func(context.Context, *pgx.Conn) error) error {
	defer r.store.warnWhileSlow(ctx, action)()
	for try := 1; ; try++ {
		pid, err := r.once(ctx, do)
		_, isUnknown := errors.AsType[*unknownOutcome](err)
		switch {
		case isUnknown || isLoss(err) && try < maxTries && ctx.Err() == nil:
			isCommitted, mendErr := r.mend(ctx, pid, err)
			if isCommitted || mendErr != nil {
				return mendErr
			}
			if try == maxTries || ctx.Err() != nil {
				return err
			}
		case try < maxTries && (isRolledBack(err) || sqlState(err) == lockNotAvailable):
			if err := pause(ctx, try); err != nil {
				return err
			}
		default:
			return err
		}
	}
}

// once does something on a connection within a bound of time, and returns the
// number of the server process that it spoke to. A connection that came to
// grief is a lostConnection.
func (r *Run) once(ctx context.Context, do func(context.Context, *pgx.Conn) error) (pid uint32, err error) {
	r.gate.RLock()
	defer r.gate.RUnlock()
	ctx, cancel := context.WithTimeout(ctx, r.store.timeouts.attempt())
	defer cancel()
	conn, release, err := r.writer(ctx)
	if err != nil {
		return 0, err // the session's end is known already, or there is no connection
	}
	defer release()
	pid = conn.PgConn().PID()
	err = do(ctx, conn)
	if err != nil && conn.IsClosed() {
		// The driver would wait for the other end to close it too, which may
		// not be there any more.
		_ = conn.PgConn().Conn().Close()
		err = lostConnection{errors.Join(ctx.Err(), err)}
	}
	return pid, err
}

// lostConnection is an error after which the connection was closed.
type lostConnection struct{ error }

func (e lostConnection) Unwrap() error { return e.error }

// isLoss reports whether an error of once may be mended by a new connection.
func isLoss(err error) bool {
	_, isClosed := errors.AsType[lostConnection](err)
	return isClosed || errors.Is(err, errLockLost) || isConnectionLost(err)
}

// mend makes the run able to go on after a connection was lost, while no other
// writer of it is at work. It returns true when the transaction was committed
// after all, and an error when the run must end.
func (r *Run) mend(ctx context.Context, pid uint32, cause error) (isCommitted bool, err error) {
	r.gate.Lock()
	defer r.gate.Unlock()
	if ctx.Err() == nil {
		if err := r.reattach(ctx, pid, cause); err != nil {
			return false, err
		}
	}
	unknown, isUnknown := errors.AsType[*unknownOutcome](cause)
	if !isUnknown {
		return false, nil
	}
	outcome := r.store.outcome(ctx, unknown.transactionID, r.id)
	switch {
	case outcome.status == "committed" && outcome.stored >= unknown.stored:
		r.noteStored(unknown.stored)
		return true, nil
	case outcome.status == "in progress" || outcome.status == "":
		return false, cause // it may yet be committed: to repeat it would count it twice
	default:
		return false, nil
	}
}

// reattach connects again and takes back what went with the connection: the
// source's lock and the run's sign of life. Nobody else may have had them.
func (r *Run) reattach(ctx context.Context, pid uint32, cause error) error {
	if err := r.store.reconnect(ctx, cause); err != nil {
		return err
	}
	pids := []int64{int64(pid)}
	if !r.options.IsDry && r.session.Conn().IsClosed() {
		pids = append(pids, int64(r.session.Conn().PgConn().PID()))
	}
	// What the server has not noticed yet still holds locks.
	if _, err := r.store.pool.Exec(ctx, endLeftoverSessionsSQL, pids); err != nil {
		return r.failure("end what is left of a lost connection", err)
	}
	if r.options.IsDry || r.hasSession(ctx) {
		return nil
	}
	session, err := r.store.pool.Acquire(ctx)
	if err != nil {
		return r.failure("connect again", err)
	}
	r.session.Release()
	r.session = session
	return r.resume(ctx, session)
}

// hasSession reports whether the session with the locks still answers.
func (r *Run) hasSession(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	return !r.session.Conn().IsClosed() && r.session.Ping(ctx) == nil
}

// resume takes the locks in a new session, and looks whether the run may go on.
func (r *Run) resume(ctx context.Context, session *pgxpool.Conn) error {
	if err := r.setLease(ctx); err != nil {
		return err
	}
	hasLock, err := r.tryLock(ctx)
	if err != nil {
		return err
	}
	var status string
	var stored int64
	var isAlone bool
	err = session.QueryRow(ctx, resumeRunSQL, r.id, runLockClass).Scan(&status, &stored, &isAlone)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return r.failure("go on after the connection was lost", errForgotten)
	case err != nil:
		return r.failure("look whether the run may go on", err)
	case status == string(liftoff.RunCrashed), status == string(liftoff.RunRunning) && (!hasLock || !isAlone):
		return r.failure("go on after the connection was lost", errTakenOver)
	case stored < r.stored.Load():
		return r.failure("go on after the connection was lost", errForgotten)
	}
	r.store.logger.InfoContext(ctx, fmt.Sprintf("Connected to PostgreSQL at %s again; the run goes on.", r.store.target))
	return nil
}

// noteStored notes how many records the ledger has of the run, as the server
// has confirmed.
func (r *Run) noteStored(stored int64) {
	for {
		known := r.stored.Load()
		if stored <= known || r.stored.CompareAndSwap(known, stored) {
			return
		}
	}
}
