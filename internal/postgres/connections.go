package postgres

import (
	"context"
	_ "embed"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

//go:embed queries/end_leftover_sessions.sql
var endLeftoverSessionsSQL string

// connections are the store's connections and when each was made, so that the server
// can be told which sessions have lost their client. The zero value has none.
type connections struct {
	mutex sync.Mutex
	open  map[*pgx.Conn]time.Time
	lost  []lostSession
}

// lostSession is the server's session of a lost connection.
type lostSession struct {
	pid  uint32
	made time.Time
}

// add notes a new connection.
func (c *connections) add(conn *pgx.Conn) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.open == nil {
		c.open = map[*pgx.Conn]time.Time{}
	}
	c.open[conn] = time.Now() //nolint:forbidigo // only for its age
}

// pids returns the numbers of the server's sessions.
func (c *connections) pids() []int32 {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	pids := make([]int32, 0, len(c.open))
	for conn := range c.open {
		pids = append(pids, int32(conn.PgConn().PID()))
	}
	return pids
}

// lose notes that a connection was lost.
func (c *connections) lose(conn *pgx.Conn) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if made, isKnown := c.open[conn]; isKnown {
		c.lost = append(c.lost, lostSession{conn.PgConn().PID(), made})
		delete(c.open, conn)
	}
}

// remove forgets a connection that is about to be closed, unless it was lost.
func (c *connections) remove(conn *pgx.Conn) {
	if conn.IsClosed() {
		c.lose(conn)
		return
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	delete(c.open, conn)
}

// takeLost returns and forgets the sessions of lost connections.
func (c *connections) takeLost() []lostSession {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	lost := c.lost
	c.lost = nil
	return lost
}

// giveBack notes lost sessions again.
func (c *connections) giveBack(lost []lostSession) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.lost = append(c.lost, lost...)
}

// endLost ends the sessions of lost connections: the server may not have noticed
// their end, and a session keeps its locks and its transaction.
func (s *Store) endLost(ctx context.Context) error {
	lost := s.connections.takeLost()
	if len(lost) == 0 {
		return nil
	}
	var pids []int64
	var ages []float64
	for _, session := range lost {
		pids, ages = append(pids, int64(session.pid)), append(ages, time.Since(session.made).Seconds()) //nolint:forbidigo // measured, as the server does
	}
	if _, err := s.pool.Exec(ctx, endLeftoverSessionsSQL, pids, ages); err != nil {
		s.connections.giveBack(lost)
		return s.failure("end the session of the lost connection", err)
	}
	return nil
}
