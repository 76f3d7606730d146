package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"liftoff"
)

// maxTries bounds how often a transaction is tried.
const maxTries = 3

// gaveUp is the loss of a connection that was not survived: to try again would
// only begin the wait for the server anew.
type gaveUp struct{ error }

func (e gaveUp) Unwrap() error { return e.error }

// retry calls do up to the given number of times. It tries again after a pause
// when the server has rolled the transaction back in favour of another one, and
// after a lost connection once resume has returned. resume returns true when
// the transaction turns out to be committed, so that nothing is left to do. When
// ctx has ended, the error is that of ctx: connections are lost by that too.
func retry(ctx context.Context, tries int, do func() error, resume func(cause error) (isCommitted bool, err error)) error {
	for try := 1; ; try++ {
		err := do()
		isLast := try == tries || ctx.Err() != nil
		_, isUnknown := errors.AsType[*unknownCommit](err)
		switch {
		case isUnknown, isLost(err) && !isLast:
			isCommitted, resumeErr := resumeAgain(ctx, err, resume)
			if isCommitted || resumeErr != nil {
				return settled(ctx, resumeErr)
			}
			if isLast {
				return settled(ctx, err)
			}
		case isContention(err) && !isLast:
			pause := time.Duration(try) * 50 * time.Millisecond
			// Jitter keeps conflicting transactions from colliding again.
			if err := liftoff.Sleep(ctx, pause+rand.N(pause)); err != nil {
				return err
			}
		default:
			return settled(ctx, err)
		}
	}
}

// resumeAgain calls resume, and again if the new connection is lost too.
func resumeAgain(ctx context.Context, cause error, resume func(cause error) (bool, error)) (isCommitted bool, err error) {
	for range maxTries {
		isCommitted, err = resume(cause)
		if !isLost(err) || ctx.Err() != nil {
			break
		}
	}
	return isCommitted, err
}

// settled returns the error that retry ends with.
func settled(ctx context.Context, err error) error {
	_, hasGivenUp := errors.AsType[gaveUp](err)
	switch {
	case ctx.Err() != nil && (hasGivenUp || isLost(err) || isContention(err)):
		return ctx.Err()
	case isLost(err):
		return gaveUp{err}
	default:
		return err
	}
}

// retry does what may be done twice, on any connections of the pool, and tries
// again as the function retry does.
func (s *Store) retry(ctx context.Context, tries int, do func() error) error {
	return retry(ctx, tries, s.renumbering(ctx, do), func(cause error) (bool, error) {
		return false, s.reconnect(ctx, cause)
	})
}

// reconnect closes all connections that are not in use, waits until the server
// takes new ones, and ends the sessions of those that were lost.
func (s *Store) reconnect(ctx context.Context, cause error) error {
	// One that could not be opened was not lost; the wait for it has its own lines.
	if _, isConnect := errors.AsType[*pgconn.ConnectError](cause); !isConnect {
		s.logger.WarnContext(ctx, "The connection to PostgreSQL was lost; connecting again.",
			"database", s.target.name(), "error", reason(cause))
	}
	s.pool.Reset()
	if err := s.waitUntilReady(ctx); err != nil {
		return err
	}
	return s.endLost(ctx)
}

// isContention reports whether the server has rolled a transaction back because
// of another one.
func isContention(err error) bool {
	switch sqlState(err) {
	case serializationFailure, deadlockDetected, lockNotAvailable:
		return true
	default:
		return false
	}
}

// isLost reports whether a connection was closed or could not be opened, so
// that a new one may work.
func isLost(err error) bool {
	if _, hasGivenUp := errors.AsType[gaveUp](err); hasGivenUp || err == nil {
		return false
	}
	_, isClosed := errors.AsType[lostConnection](err)
	// Migrations go through database/sql, which has errors of its own.
	isBad := errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone)
	if isClosed || isBad || errors.Is(err, errLockLost) || passesByItself(err) {
		return true
	}
	if pgErr, ok := errors.AsType[*pgconn.PgError](err); ok {
		return endsSession(pgErr)
	}
	_, isNetwork := errors.AsType[*net.OpError](err)
	isBroken := isNetwork && !isTLS(err)
	// SafeToRetry is also true for a connection that was closed already.
	return isBroken || pgconn.SafeToRetry(err) || errors.Is(err, net.ErrClosed) || errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, context.DeadlineExceeded)
}

// endsSession reports whether the server has ended the session with this error.
func endsSession(err *pgconn.PgError) bool {
	isFatal := err.SeverityUnlocalized == "FATAL" || err.SeverityUnlocalized == "PANIC"
	isShutdown := isFatal && strings.HasPrefix(err.Code, "57P")
	return isShutdown || err.Code == idleInTransactionTimeout || err.Code == idleSessionTimeout
}
