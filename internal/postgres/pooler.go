package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"liftoff"
)

const (
	// backendSQL returns the number of the session that a statement runs in.
	backendSQL = "SELECT pg_backend_pid()"
	// poolerTries is how often to check whether a connection still has the same
	// session.
	poolerTries = 3
)

// RequireOwnSession returns a liftoff.Usage error if no run can be done here, because a
// pooler gives the sessions to others between transactions.
func (s *Store) RequireOwnSession(ctx context.Context) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return s.connectFailure(err)
	}
	defer conn.Release()
	return s.requireOwnSession(ctx, conn.Conn(), "look for a pooler")
}

// requireOwnSession returns a liftoff.Usage error if a pooler gives the
// connection's session to other clients between transactions: a lock taken in it
// would be theirs, and would stay after the run has ended.
//
// A pooler shows itself by the session's number, which it cannot know when the
// connection begins. A pooler that reserves a session for each connection does no
// harm. To tell the two apart, a second connection tries to get the session of
// the first. The action is for the error.
func (s *Store) requireOwnSession(ctx context.Context, conn *pgx.Conn, action string) error {
	isOwn, err := s.hasOwnSession(ctx, conn)
	if err != nil {
		return s.failure(action, err)
	}
	if !isOwn {
		return liftoff.NewError(liftoff.Usage,
			fmt.Errorf("PostgreSQL at %s is behind a pooler in transaction mode, but a run needs a session of its own for its lock", s.target),
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
	// A pooler that uses its sessions in turn may not have come to it yet.
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
