package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// A server that is starting takes about a second; one that is down may take
	// much longer.
	firstDelay = 100 * time.Millisecond
	maxDelay   = 2 * time.Second
	// firstNotice is when the second line about a wait is logged; each further
	// line comes after twice that time.
	firstNotice = 2 * time.Second
)

// waitUntilReady pings until the server takes connections. It waits only for
// what passes by itself: trying a wrong password again may lock the role. Its
// error is a gaveUp, unless ctx has ended.
func (s *Store) waitUntilReady(ctx context.Context) error {
	err := s.ping(ctx)
	if err == nil {
		return nil
	}
	if s.wait <= 0 || !isWorthWaiting(err) || ctx.Err() != nil {
		return gaveUp{s.connectFailure(err)}
	}
	s.logger.WarnContext(ctx, "PostgreSQL does not answer yet; waiting for it.",
		"database", s.target.name(), "error", reason(err), "limit", s.wait)
	return s.keepTrying(ctx, err)
}

// isWorthWaiting reports whether a ping may succeed a little later: the
// connection could not be opened for a reason that passes, or it was lost.
func isWorthWaiting(err error) bool {
	_, isConnect := errors.AsType[*pgconn.ConnectError](err)
	return passesByItself(err) || (!isConnect && isLost(err))
}

// keepTrying pings until the time is up. It logs that it still waits, each time
// after twice the time. err is that of the ping before.
func (s *Store) keepTrying(ctx context.Context, err error) error {
	delay, period, elapsed := firstDelay, firstNotice, time.Duration(0)
	try, notice, end := time.NewTimer(delay), time.NewTimer(period), time.NewTimer(s.wait)
	for {
		select {
		case <-ctx.Done():
			// Not the ping's error: it has the context's cause, which may be anything.
			return fmt.Errorf("connect to PostgreSQL at %s: %w", s.target, ctx.Err())
		case <-end.C:
			return gaveUp{s.connectFailure(err)}
		case <-notice.C:
			elapsed += period
			period *= 2
			notice.Reset(period)
			s.logger.WarnContext(ctx, "PostgreSQL still does not answer; waiting for it.",
				"database", s.target.name(), "error", reason(err), "waited", elapsed, "limit", s.wait)
		case <-try.C:
			if err = s.ping(ctx); err == nil {
				return nil
			}
			if ctx.Err() == nil && !isWorthWaiting(err) {
				return gaveUp{s.connectFailure(err)}
			}
			delay = min(2*delay, maxDelay)
			try.Reset(delay)
		}
	}
}

// ping opens a connection if there is none; prepare then has had an answer on it.
func (s *Store) ping(ctx context.Context) error {
	limit := 2 * connectTimeout // for two hosts
	if s.wait > 0 {
		limit = min(limit, max(s.wait, time.Second))
	}
	if s.isLazy {
		limit = lazyTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	conn.Release()
	return nil
}
