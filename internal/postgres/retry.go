package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// maxTries bounds how often a transaction is tried that the server has rolled
// back for another's sake, or whose connection was lost.
const maxTries = 3

// repeated does one transaction that may be done twice, and does it again when
// the server has rolled it back to let another one through, or when the
// connection was lost and the server is back in time.
func (s *Store) repeated(ctx context.Context, transaction func() error) error {
	for try := 1; ; try++ {
		err := transaction()
		switch {
		case err == nil || try == maxTries || ctx.Err() != nil:
			return err
		case isRolledBack(err):
			if err := pause(ctx, try); err != nil {
				return err
			}
		case isConnectionLost(err):
			if err := s.reconnect(ctx, err); err != nil {
				return err
			}
		default:
			return err
		}
	}
}

// pause lets others through. Two that got in each other's way do not meet
// again at the same moment.
func pause(ctx context.Context, try int) error {
	pause := time.Duration(try) * 50 * time.Millisecond
	pause += rand.N(pause)
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(pause):
		return nil
	}
}

// reconnect throws all connections away that are not in use and waits for the
// server to take new ones.
func (s *Store) reconnect(ctx context.Context, cause error) error {
	s.logger.WarnContext(ctx, fmt.Sprintf("The connection to PostgreSQL at %s was lost (%s); connecting again.", s.target, reason(cause)))
	s.pool.Reset()
	return s.waitUntilReady(ctx)
}

// isRolledBack reports whether the server has rolled a transaction back for
// another's sake.
func isRolledBack(err error) bool {
	state := sqlState(err)
	return state == serializationFailure || state == deadlockDetected
}

// isConnectionLost reports whether a connection broke or did not come about,
// which a new one may mend.
func isConnectionLost(err error) bool {
	if err == nil || passesByItself(err) {
		return err != nil
	}
	if pgErr, ok := errors.AsType[*pgconn.PgError](err); ok {
		isEnding := pgErr.SeverityUnlocalized == "FATAL" || pgErr.SeverityUnlocalized == "PANIC"
		isTimeout := pgErr.Code == idleInTransactionTimeout || pgErr.Code == idleSessionTimeout
		return isTimeout || isEnding && strings.HasPrefix(pgErr.Code, "57P")
	}
	_, isNetwork := errors.AsType[*net.OpError](err)
	// The driver calls it safe that a connection is closed, rightly or not.
	return pgconn.SafeToRetry(err) || isNetwork && !isTLS(err) || errors.Is(err, net.ErrClosed) || errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, context.DeadlineExceeded)
}
