package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"liftoff"
)

const (
	// backendSQL tells in which session of the server a statement runs.
	backendSQL = "SELECT pg_backend_pid()"
	// poolerTries is how often a connection is asked whether it still has the
	// session that it had.
	poolerTries = 3
)

// requireOwnSession returns a liftoff.Usage error when a pooler gives the
// connection's session to others between its transactions: a lock taken on it
// would be somebody else's, and stay when the run has ended.
//
// A pooler is known by the session's number, which it cannot know when the
// connection begins. One that keeps a session for a connection is as good as
// none, so a second connection then tries to get into the first one's. The
// action is what an error says was being done.
func (s *Store) requireOwnSession(ctx context.Context, conn *pgx.Conn, action string) error {
	isOwn, err := s.hasOwnSession(ctx, conn)
	if err != nil {
		return s.failure(action, err)
	}
	if !isOwn {
		return liftoff.NewError(liftoff.Usage,
			fmt.Errorf("PostgreSQL at %s: a pooler gives each transaction another session, and a run needs one of its own for its lock", s.target),
			"connect to PostgreSQL itself, or to a pool in session mode")
	}
	return nil
}

func (s *Store) hasOwnSession(ctx context.Context, conn *pgx.Conn) (bool, error) {
	session, err := backendOf(ctx, conn)
	if err != nil || session == conn.PgConn().PID() {
		return true, err
	}
	other, err := pgx.ConnectConfig(ctx, s.pool.Config().ConnConfig)
	if err != nil {
		return false, err
	}
	defer closeSession(ctx, other)
	tx, err := other.Begin(ctx)
	if err != nil {
		return false, err
	}
	taken, err := backendOf(ctx, tx)
	rollback(ctx, tx)
	if taken == session || err != nil {
		return false, err
	}
	// A pooler whose sessions take turns has not given that one away yet.
	for range poolerTries {
		now, err := backendOf(ctx, conn)
		if now != session || err != nil {
			return false, err
		}
	}
	return true, nil
}

// querier is a connection or a transaction.
type querier interface {
	QueryRow(ctx context.Context, sql string, arguments ...any) pgx.Row
}

func backendOf(ctx context.Context, db querier) (pid uint32, err error) {
	err = db.QueryRow(ctx, backendSQL).Scan(&pid)
	return pid, err
}
