package postgres

import (
	"context"
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"liftoff"
)

//go:embed queries/define_normal_forms.sql
var defineNormalFormsSQL string

//go:embed queries/changed_definitions.sql
var changedDefinitionsSQL string

// makeTemporarySQL makes what is created until the end of the transaction
// temporary.
const makeTemporarySQL = "SELECT set_config('search_path', 'pg_temp, ' || current_setting('search_path'), TRUE)"

// definition is the statement that creates a view or function.
type definition struct{ name, statement string }

// definitions returns the views and functions of the newest version, in the order
// in which the migrations create them.
func definitions() ([]definition, error) {
	// Only the last line of such a statement ends with a semicolon, comments aside.
	comment := regexp.MustCompile(`(?m)^ *--.*\n`)
	statement := regexp.MustCompile(`(?ms)^(CREATE|CREATE OR REPLACE|DROP) (?:VIEW|FUNCTION) (\w+).*?;$`)
	var found []definition
	for _, m := range knownMigrations() {
		text, err := migrationFiles.ReadFile("migrations/" + m.Name)
		if err != nil {
			return nil, fmt.Errorf("read the embedded migrations: %w", err)
		}
		up, _, _ := strings.Cut(string(text), "-- +goose Down")
		for _, match := range statement.FindAllStringSubmatch(comment.ReplaceAllString(up, ""), -1) {
			// A later version takes its place, unless a migration needed it only itself.
			found = slices.DeleteFunc(found, func(d definition) bool { return d.name == match[2] })
			if match[1] != "DROP" {
				found = append(found, definition{name: match[2], statement: match[0]})
			}
		}
	}
	return found, nil
}

// CheckDefinitions makes the program's views and functions once more, compares
// them with those in the database, and rolls that back. Views and functions that
// somebody has replaced are a liftoff.Guard error that names them.
// launch_aggregates_view is not among them: each run compares it and makes it anew.
// A role that may not make them, or a read-only database, gets no error.
func (s *Store) CheckDefinitions(ctx context.Context) error {
	var changed []string
	err := s.retry(ctx, maxTries, func() (err error) {
		changed, err = s.changedDefinitions(ctx)
		return err
	})
	switch state := sqlState(err); {
	case state == insufficientPrivilege || state == readOnlyTransaction:
		return nil
	case err != nil:
		return s.failure("compare the views and functions with those that liftoff makes", err)
	case len(changed) == 0:
		return nil
	}
	return liftoff.NewError(liftoff.Guard,
		fmt.Errorf("not as liftoff makes it: the %s of PostgreSQL at %s", strings.Join(changed, ", the "), s.target),
		"undo the change: restore them from a backup, or as pg_dump --schema-only shows them in a database that `liftoff migrate up` has just set up")
}

// changedDefinitions compares them in a transaction that is rolled back.
func (s *Store) changedDefinitions(ctx context.Context) (changed []string, err error) {
	wanted, err := definitions()
	if err != nil {
		return nil, err
	}
	tx, err := s.pool.BeginTx(ctx, pgx.TxOptions{BeginQuery: s.timeouts.begin(0)})
	if err != nil {
		return nil, err
	}
	defer rollback(ctx, tx)
	if _, err := tx.Exec(ctx, makeTemporarySQL); err != nil {
		return nil, err
	}
	names := make([]string, 0, len(wanted))
	for _, d := range wanted {
		if _, err := tx.Exec(ctx, d.statement); err != nil {
			return nil, fmt.Errorf("%s: %w", d.name, err)
		}
		names = append(names, d.name)
	}
	if _, err := tx.Exec(ctx, defineNormalFormsSQL); err != nil {
		return nil, err
	}
	rows, _ := tx.Query(ctx, changedDefinitionsSQL, names) // an error is in rows too
	return pgx.CollectRows(rows, pgx.RowTo[string])
}
