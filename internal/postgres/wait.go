package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"
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
	delays := backoff.NewExponentialBackOff()
	delays.InitialInterval = 100 * time.Millisecond
	delays.MaxInterval = 2 * time.Second
	_, err = backoff.Retry(ctx, func() (struct{}, error) {
		err := s.ping(ctx)
		if err != nil && !passesByItself(err) {
			err = backoff.Permanent(err)
		}
		return struct{}{}, err
	}, backoff.WithBackOff(delays), backoff.WithMaxElapsedTime(s.wait), backoff.WithNotify(s.noticeRarely(ctx)))
	if ctx.Err() != nil {
		// The error is the context's cause, which may be anything.
		return fmt.Errorf("%s: %w", action, ctx.Err())
	}
	if err != nil {
		return s.failure(action, err)
	}
	return nil
}

// ping takes a connection, a new one if need be, and has it answer.
func (s *Store) ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*connectTimeout)
	defer cancel()
	return s.pool.Ping(ctx)
}

// noticeRarely returns what a wait calls at each failed try: it logs the first
// after firstNotice, and then each after twice the time before.
func (s *Store) noticeRarely(ctx context.Context) func(error, time.Duration) {
	period, elapsed := firstNotice, time.Duration(0)
	due := time.NewTimer(period)
	return func(err error, _ time.Duration) {
		select {
		case <-due.C:
			elapsed += period
			s.logger.WarnContext(ctx, fmt.Sprintf("PostgreSQL at %s does not answer since %s (%s); waiting up to %s in all.",
				s.target, elapsed, reason(err), s.wait))
			period *= 2
			due.Reset(period)
		default:
		}
	}
}
