package postgres

import (
	"context"
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"liftoff"
)

//go:embed queries/export_launches.sql
var exportLaunchesSQL string

//go:embed queries/export_launches_with_documents.sql
var exportLaunchesWithDocumentsSQL string

// exportSettingsSQL is for the export's own transaction. Its reader decides how
// long it takes, but a lock on the tables must not stop it for long.
const exportSettingsSQL = "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '60s'"

// maxExportedBytes is how long a document may be as text: it needs that much
// memory here and in the server.
const maxExportedBytes = 96 << 20

// ReadLaunches reads all launches of the view launches in the order of their
// ids, as they are at one moment. It fills the targets, which are pointers by
// the names of the columns, and calls each after every launch; an error of each
// ends the reading and is returned unchanged. The target "raw_data", a *[]byte,
// gets the launch's newest document, which is only valid until each returns.
// Columns without a target are skipped. Errors of the database have category
// Database, Privilege or Usage (a table or column is missing). A document that is
// longer than 96 MiB as text is a Usage error that names the launch.
func (s *Store) ReadLaunches(ctx context.Context, targets map[string]any, each func() error) error {
	query, needs := exportQuery{sql: exportLaunchesSQL}, reading{relations: "launches"}
	if _, hasDocuments := targets["raw_data"]; hasDocuments {
		query = exportQuery{exportLaunchesWithDocumentsSQL, []any{maxExportedBytes}}
		needs.relations = "launches, raw_launches, launch_revisions"
		targets, each = refusingLong(targets, each)
		if err := s.checkNotHidden(ctx, rawLaunches, "launch_revisions"); err != nil {
			return err
		}
	}
	tx, err := s.pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return s.connectFailure(err)
	}
	// There is nothing to commit, and a lost connection needs no rollback.
	defer func() { _ = tx.Rollback(ctx) }()
	var stopped error
	err = readLaunches(ctx, tx, query, launchReader{targets, func() bool {
		stopped = each()
		return stopped == nil
	}})
	if stopped != nil || err == nil {
		return stopped
	}
	return s.queryFailure(ctx, fmt.Errorf("read the launches: %w", shortened{err}), needs)
}

// refusingLong returns targets and each with a check before each: the query says
// which documents are too long.
func refusingLong(targets map[string]any, each func() error) (map[string]any, func() error) {
	var id string
	var isTooLong bool
	theirs, ok := targets["id"].(*string)
	if !ok {
		theirs = &id
	}
	targets = maps.Clone(targets)
	targets["id"], targets["is_too_long"] = theirs, &isTooLong
	return targets, func() error {
		if isTooLong {
			return liftoff.NewError(liftoff.Usage,
				fmt.Errorf("the document of launch %q is longer than %d MiB as text", *theirs, maxExportedBytes>>20),
				"export without --raw; `liftoff psql` can show single fields of the document, such as raw_data -> 'name'")
		}
		return each()
	}
}

// exportQuery is a query with its arguments.
type exportQuery struct {
	sql       string
	arguments []any
}

func readLaunches(ctx context.Context, tx pgx.Tx, query exportQuery, reader launchReader) error {
	if _, err := tx.Exec(ctx, exportSettingsSQL); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	// Described first, so that values come in binary; never cached, so that
	// poolers such as PgBouncer keep working.
	rows, err := tx.Query(ctx, query.sql, append([]any{pgx.QueryExecModeDescribeExec}, query.arguments...)...)
	if err != nil {
		cancel()
		return err
	}
	defer rows.Close()
	// This runs before Close, which would read all remaining launches: there may
	// be a million of them when the disk is full.
	defer cancel()
	return reader.scan(rows)
}

// launchReader hands the launches of one query to each until that returns false.
type launchReader struct {
	targets map[string]any
	each    func() bool
}

func (r launchReader) scan(rows pgx.Rows) error {
	var targets []any
	for rows.Next() {
		if targets == nil { // the columns are known with the first row
			var err error
			if targets, err = r.targetsOf(rows.FieldDescriptions()); err != nil {
				return err
			}
		}
		if err := rows.Scan(targets...); err != nil {
			return liftoff.NewError(liftoff.Database, err, "check the database with `liftoff doctor`")
		}
		if !r.each() {
			return nil
		}
	}
	return rows.Err()
}

// targetsOf returns the targets in the order of the answer's columns, nil for
// a column that is skipped.
func (r launchReader) targetsOf(fields []pgconn.FieldDescription) ([]any, error) {
	missing := maps.Clone(r.targets)
	var targets []any
	for _, field := range fields {
		target := r.targets[field.Name]
		if document, ok := target.(*[]byte); ok {
			target = (*pgtype.DriverBytes)(document) // the driver's memory, not a copy
		}
		targets = append(targets, target)
		delete(missing, field.Name)
	}
	if len(missing) > 0 {
		return nil, liftoff.NewError(liftoff.Usage,
			fmt.Errorf("the view launches has no column %s", strings.Join(slices.Sorted(maps.Keys(missing)), ", ")),
			"run `liftoff migrate up`")
	}
	return targets, nil
}
