package postgres

import (
	"fmt"
	"strconv"
	"time"
)

// timeouts are the bounds of a transaction that stores launches.
type timeouts struct{ statement time.Duration }

// lock bounds the wait for one lock. It is shorter than the statement's bound,
// so that the server's error tells the two apart.
func (t timeouts) lock() time.Duration { return t.statement / 2 }

// attempt bounds a whole transaction. It is longer than the server's timeouts,
// so it fires only if the server is unreachable.
func (t timeouts) attempt() time.Duration { return t.statement * 3 / 2 }

// slow is how long a batch may take before a warning is logged.
func (t timeouts) slow() time.Duration { return t.statement / 6 }

// begin returns the statements that begin a transaction, sent in one round trip.
// The isolation level is set because the transaction must see what others commit
// meanwhile. Constraints and triggers that others have deferred act at once, so
// that what they refuse or change is seen before the COMMIT. The planner overrates
// the look-ups of a batch and would compile them (jit), which takes far longer than
// they do. A process that hangs must not hold its locks for longer than its lease;
// 0 stands for no lease.
func (t timeouts) begin(lease time.Duration) string {
	const format = "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL statement_timeout = %d; " +
		"SET LOCAL lock_timeout = %d; SET LOCAL idle_in_transaction_session_timeout = %d; SET LOCAL jit = off; SET CONSTRAINTS ALL IMMEDIATE"
	idle := t.statement
	if lease > 0 {
		idle = min(idle, max(lease, time.Millisecond))
	}
	return fmt.Sprintf(format, t.statement.Milliseconds(), t.lock().Milliseconds(), idle.Milliseconds())
}

// setTimeoutsSQL sets the timeouts in a batch of statements without a BEGIN.
const setTimeoutsSQL = "SELECT set_config('statement_timeout', $1, TRUE), set_config('lock_timeout', $2, TRUE)"

func (t timeouts) milliseconds() string { return strconv.FormatInt(t.statement.Milliseconds(), 10) }

func (t timeouts) lockMilliseconds() string { return strconv.FormatInt(t.lock().Milliseconds(), 10) }
