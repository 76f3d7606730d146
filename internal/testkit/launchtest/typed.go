package launchtest

import (
	"context"
	_ "embed"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

//go:embed oracle.sql
var oracle string

//go:embed differences.sql
var differences string

// WantTyped wants the view launches to show what is stored, whichever way its rows
// came about: what the view showed up to version 13, and revised_at; and wants
// typed_launches to be what launches_from_documents says. It leaves nothing behind.
func WantTyped(t testing.TB, dsn string) {
	t.Helper()
	found, err := Differences(t.Context(), dsn)
	if err != nil {
		t.Fatalf("compare the view launches with the documents: %v", err)
	}
	if len(found) > 0 {
		t.Errorf("the view launches does not show what is stored:\n%s", strings.Join(found, "\n"))
	}
}

// Differences returns the first differences that WantTyped would tell of.
func Differences(ctx context.Context, dsn string) (found []string, err error) {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return nil, err
	}
	// Its session must not last: see typed_counters.sql.
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	// One moment for all comparisons; and the rollback drops the view.
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead})
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback(ctx) }()
	if _, err := tx.Exec(ctx, oracle); err != nil {
		return nil, err
	}
	rows, err := tx.Query(ctx, differences)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}
