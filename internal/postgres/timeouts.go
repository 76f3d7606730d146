package postgres

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"
)

// defaultStatementTimeout is long for a batch, which takes tens of
// milliseconds, and short for somebody who waits.
const defaultStatementTimeout = time.Minute

// timeouts are the bounds of a transaction that stores launches.
type timeouts struct{ statement time.Duration }

// lock bounds the wait for one lock; it ends before the statement does, so that
// the server says which of the two it was.
func (t timeouts) lock() time.Duration { return t.statement / 2 }

// attempt bounds a whole transaction, in which nothing may be heard of the
// server: its own bounds come first where it still lives.
func (t timeouts) attempt() time.Duration { return t.statement * 3 / 2 }

// slow is how long a batch takes that people should hear of.
func (t timeouts) slow() time.Duration { return t.statement / 6 }

// begin returns what begins a transaction: it has to see what others commit
// meanwhile, whatever the role's default is, and a process that stands still
// must not keep others waiting, at most for its lease (0 for none). It goes in
// one round trip.
func (t timeouts) begin(lease time.Duration) string {
	const format = "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL statement_timeout = %d; " +
		"SET LOCAL lock_timeout = %d; SET LOCAL idle_in_transaction_session_timeout = %d"
	idle := t.statement
	if lease > 0 {
		idle = min(idle, max(lease, time.Millisecond))
	}
	return fmt.Sprintf(format, t.statement.Milliseconds(), t.lock().Milliseconds(), idle.Milliseconds())
}

// setTimeoutsSQL is for a batch of statements without a BEGIN.
const setTimeoutsSQL = "SELECT set_config('statement_timeout', $1, TRUE), set_config('lock_timeout', $2, TRUE)"

func (t timeouts) milliseconds() string { return strconv.FormatInt(t.statement.Milliseconds(), 10) }

func (t timeouts) lockMilliseconds() string { return strconv.FormatInt(t.lock().Milliseconds(), 10) }

// warnWhileSlow logs a line when something takes long, and again after each
// twice the time, until the returned function is called.
func (s *Store) warnWhileSlow(ctx context.Context, action string) (stop func()) {
	done := make(chan struct{})
	var group sync.WaitGroup
	group.Go(func() {
		elapsed := time.Duration(0)
		for period := s.timeouts.slow(); ; period *= 2 {
			select {
			case <-done:
				return
			case <-time.After(period):
			}
			elapsed += period
			s.logger.WarnContext(ctx, fmt.Sprintf("PostgreSQL at %s is slow: %s takes more than %s.", s.target, action, elapsed.Round(10*time.Millisecond)))
		}
	})
	return func() {
		close(done)
		group.Wait()
	}
}
