package postgres

import (
	"context"
	"fmt"
	"time"
)

// A server that starts takes a second or so; one that is down takes long.
const (
	firstDelay = 100 * time.Millisecond
	maxDelay   = 2 * time.Second
)

// firstNotice is when a wait for the server is told of again after its first
// line; each further line comes after twice the time.
const firstNotice = 2 * time.Second

// waitUntilReady pings until the server takes connections. Only what passes
// by itself is waited for: a wrong password tried again may lock the role.
func (s *Store) waitUntilReady(ctx context.Context) error {
	err := s.ping(ctx)
	if err == nil {
		return nil
	}
	action := "connect to PostgreSQL at " + s.target.String()
	if s.wait <= 0 || !passesByItself(err) || ctx.Err() != nil {
		return s.failure(action, err)
	}
	s.logger.WarnContext(ctx, fmt.Sprintf("PostgreSQL at %s does not answer yet (%s); waiting up to %s for it.",
		s.target, reason(err), s.wait))
	return s.waitFor(ctx, action, err)
}

// waitFor tries until the time is up, and tells of it ever more rarely.
func (s *Store) waitFor(ctx context.Context, action string, err error) error {
	delay, period, elapsed := firstDelay, firstNotice, time.Duration(0)
	try, notice, end := time.NewTimer(delay), time.NewTimer(period), time.NewTimer(s.wait)
	for {
		select {
		case <-ctx.Done():
			// The error is the context's cause, which may be anything.
			return fmt.Errorf("%s: %w", action, ctx.Err())
		case <-end.C:
			return s.failure(action, err)
		case <-notice.C:
			elapsed += period
			period *= 2
			notice.Reset(period)
			s.logger.WarnContext(ctx, fmt.Sprintf("PostgreSQL at %s has not answered for %s (%s); waiting up to %s in all.",
				s.target, elapsed, reason(err), s.wait))
		case <-try.C:
			if err = s.ping(ctx); err == nil {
				return nil
			}
			if ctx.Err() == nil && !passesByItself(err) {
				return s.failure(action, err)
			}
			delay = min(2*delay, maxDelay)
			try.Reset(delay)
		}
	}
}

// ping takes a connection, a new one if need be, and has it answer.
func (s *Store) ping(ctx context.Context) error {
	limit := 2 * connectTimeout // for two hosts
	if s.wait > 0 {
		limit = min(limit, max(s.wait, time.Second))
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return s.pool.Ping(ctx)
}
