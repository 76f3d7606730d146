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

//go:embed queries/end_leftover_sessions.sql
var endLeftoverSessionsSQL string

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
	// errForgotten means that the server has crashed and lost what it had
	// confirmed: the COMMIT of a batch does not wait for the disk.
	errForgotten = errors.New("the server has lost launches that it had confirmed, which can happen in a crash")
)

const (
	// statusTries bounds how long the commit status of a transaction that is
	// still in progress is asked for; the pauses between the tries add up to
	// about 10 s.
	statusTries = 10
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
	var pid uint32
	return retry(ctx, maxTries, func() (err error) {
		pid, err = r.once(ctx, do)
		return err
	}, func(cause error) (bool, error) {
		return r.resume(ctx, pid, cause)
	})
}

// once runs do on a connection within a bound of time, and returns the number
// of the server process behind that connection. An error that has closed the
// connection is a lostConnection.
func (r *Run) once(ctx context.Context, do func(context.Context, *pgx.Conn) error) (pid uint32, err error) {
	r.gate.RLock()
	defer r.gate.RUnlock()
	ctx, cancel := context.WithTimeout(ctx, r.store.timeouts.attempt())
	defer cancel()
	conn, release, err := r.writer(ctx)
	if err != nil {
		return 0, err
	}
	defer release()
	pid = conn.PgConn().PID()
	err = do(ctx, conn)
	if err != nil && conn.IsClosed() {
		// The driver waits for the other end to close the socket too, but the
		// other end may be gone.
		_ = conn.PgConn().Conn().Close()
		err = lostConnection{errors.Join(ctx.Err(), err)}
	}
	return pid, err
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
// error when the run must end.
func (r *Run) resume(ctx context.Context, pid uint32, cause error) (isCommitted bool, err error) {
	r.gate.Lock()
	defer r.gate.Unlock()
	if ctx.Err() == nil {
		if err := r.reattach(ctx, pid, cause); err != nil {
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
		return false, cause // it may still be committed; a retry would count it twice
	default:
		return false, nil
	}
}

// reattach connects again and regains what was lost with the connection: the
// source's lock and the run's own. It fails if another run took them meanwhile.
func (r *Run) reattach(ctx context.Context, pid uint32, cause error) error {
	if err := r.store.reconnect(ctx, cause); err != nil {
		return err
	}
	pids := []int64{int64(pid)}
	if !r.options.IsDry && r.session.Conn().IsClosed() {
		pids = append(pids, int64(r.session.Conn().PgConn().PID()))
	}
	// A session still holds its locks if the server has not noticed its end.
	if _, err := r.store.pool.Exec(ctx, endLeftoverSessionsSQL, pids); err != nil {
		return r.failure("end the session of the lost connection", err)
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
	hasLock, err := r.tryLock(ctx)
	if err != nil {
		return err
	}
	var status liftoff.RunStatus
	var stored int64
	var isAlone bool
	err = r.session.QueryRow(ctx, resumeRunSQL, r.id, runLockClass).Scan(&status, &stored, &isAlone)
	isTaken := status == liftoff.RunRunning && (!hasLock || !isAlone)
	switch {
	case err != nil && !errors.Is(err, pgx.ErrNoRows):
		return r.failure("check whether the run may continue", err)
	case status == liftoff.RunCrashed || isTaken:
		err = errTakenOver
	case err != nil || stored < r.stored.Load():
		err = errForgotten
	default:
		r.store.logger.InfoContext(ctx, "Connected to PostgreSQL again; the run continues.", "database", r.store.target.name())
		return nil
	}
	return r.failure("resume the run after its connection was lost", err)
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
