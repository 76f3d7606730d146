package postgres

import (
	"context"
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

// retry calls do up to the given number of times. It tries again after a pause
// when the server has rolled the transaction back in favour of another one, and
// after a lost connection once resume has returned. resume returns true when
// the transaction turns out to be committed, so that nothing is left to do.
func retry(ctx context.Context, tries int, do func() error, resume func(cause error) (isCommitted bool, err error)) error {
	for try := 1; ; try++ {
		err := do()
		isLast := try == tries || ctx.Err() != nil
		_, isUnknown := errors.AsType[*unknownCommit](err)
		switch {
		case isUnknown, isLost(err) && !isLast:
			isCommitted, resumeErr := resume(err)
			if isCommitted || resumeErr != nil {
				return resumeErr
			}
			if isLast {
				return err
			}
		case isContention(err) && !isLast:
			pause := time.Duration(try) * 50 * time.Millisecond
			// Jitter keeps conflicting transactions from colliding again.
			if err := liftoff.Sleep(ctx, pause+rand.N(pause)); err != nil {
				return err
			}
		default:
			return err
		}
	}
}

// retry does one transaction that may be done twice, and tries again as the
// function retry does.
func (s *Store) retry(ctx context.Context, tries int, transaction func() error) error {
	return retry(ctx, tries, transaction, func(cause error) (bool, error) {
		return false, s.reconnect(ctx, cause)
	})
}

// reconnect closes all connections that are not in use and waits until the
// server takes new ones.
func (s *Store) reconnect(ctx context.Context, cause error) error {
	s.logger.WarnContext(ctx, "The connection to PostgreSQL was lost; connecting again.",
		"database", s.target.name(), "reason", reason(cause))
	s.pool.Reset()
	return s.waitUntilReady(ctx)
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
	_, isClosed := errors.AsType[lostConnection](err)
	if isClosed || errors.Is(err, errLockLost) || passesByItself(err) {
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
