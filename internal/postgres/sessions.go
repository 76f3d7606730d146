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

// sessions are the store's connections and when each was made, so that the server
// can be told which sessions have lost their client. The zero value has none.
type sessions struct {
	mutex sync.Mutex
	open  map[*pgx.Conn]time.Time
	lost  []lostSession
}

// lostSession is the server's session of a lost connection.
type lostSession struct {
	pid  uint32
	made time.Time
}

// add notes a new connection. It never fails.
func (s *sessions) add(_ context.Context, conn *pgx.Conn) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.open == nil {
		s.open = map[*pgx.Conn]time.Time{}
	}
	s.open[conn] = time.Now() //nolint:forbidigo // only for its age
	return nil
}

// lose notes that a connection was lost.
func (s *sessions) lose(conn *pgx.Conn) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if made, isKnown := s.open[conn]; isKnown {
		s.lost = append(s.lost, lostSession{conn.PgConn().PID(), made})
		delete(s.open, conn)
	}
}

// remove forgets a connection that is about to be closed, unless it was lost.
func (s *sessions) remove(conn *pgx.Conn) {
	if conn.IsClosed() {
		s.lose(conn)
		return
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	delete(s.open, conn)
}

// takeLost returns and forgets the sessions of lost connections.
func (s *sessions) takeLost() []lostSession {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	lost := s.lost
	s.lost = nil
	return lost
}

// giveBack notes lost sessions again.
func (s *sessions) giveBack(lost []lostSession) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.lost = append(s.lost, lost...)
}

// endLost ends the sessions of lost connections: the server may not have noticed
// their end, and a session keeps its locks and its transaction.
func (s *Store) endLost(ctx context.Context) error {
	lost := s.sessions.takeLost()
	if len(lost) == 0 {
		return nil
	}
	var pids []int64
	var ages []float64
	for _, session := range lost {
		pids, ages = append(pids, int64(session.pid)), append(ages, time.Since(session.made).Seconds()) //nolint:forbidigo // measured, as the server does
	}
	if _, err := s.pool.Exec(ctx, endLeftoverSessionsSQL, pids, ages); err != nil {
		s.sessions.giveBack(lost)
		return s.failure("end the session of the lost connection", err)
	}
	return nil
}
