package postgres

import (
	"context"
	_ "embed"

	"github.com/jackc/pgx/v5"
)

//go:embed queries/flown_launches.sql
var flownLaunchesSQL string

// HaveFlown returns, in ascending order, those of the ids whose launches had
// flown when they were last seen. Like StoreBatch it retries after a lost
// connection, and is safe for concurrent use.
func (r *Run) HaveFlown(ctx context.Context, ids []string) (flown []string, err error) {
	const action = "look up which launches have flown"
	err = r.attempt(ctx, action, func(ctx context.Context, conn *pgx.Conn) error {
		flown = nil
		rows, _ := conn.Query(ctx, flownLaunchesSQL, ids) // its error is in rows too
		flown, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	if err != nil {
		return nil, r.failure(action, err)
	}
	return flown, nil
}
