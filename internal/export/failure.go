package export

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"liftoff"
)

// The SQLSTATE codes that have a meaning of their own here.
const (
	codeInsufficientPrivilege = "42501"
	codeUndefinedTable        = "42P01"
	codeUndefinedColumn       = "42703"
)

// hintDoctor is the next step when the error's own text is all there is.
const hintDoctor = `check the database with "liftoff doctor"`

// outputError is an error of the output, which is not the database's.
type outputError struct{ error }

func (e outputError) Unwrap() error { return e.error }

// failure knows what the hints of one export's errors need.
type failure struct {
	raw  bool
	user string
}

// classify gives err its category and hint. Two kinds get none: an export that
// the caller cancelled (whoever did knows why), and an output that failed.
func (f failure) classify(ctx context.Context, err error) error {
	if _, ok := errors.AsType[outputError](err); ok {
		return err
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return cancelled(err)
	}
	cause, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return liftoff.NewError(liftoff.Database, err, hintDoctor)
	}
	switch cause.Code {
	case codeInsufficientPrivilege:
		return liftoff.NewError(liftoff.Privilege, err, "as the owner of the database run: "+f.grant(cause.Message))
	case codeUndefinedTable, codeUndefinedColumn:
		return liftoff.NewError(liftoff.Usage, err, `run "liftoff migrate up" to create the tables and views`)
	default:
		return liftoff.NewError(liftoff.Database, err, hintDoctor)
	}
}

// grant returns the statement that gives the user what was denied. A view
// needs no privilege on what is beneath it, but documents stand in no view.
func (f failure) grant(message string) string {
	user := pgx.Identifier{f.user}.Sanitize()
	if _, schema, ok := strings.Cut(message, "permission denied for schema "); ok {
		return fmt.Sprintf("GRANT USAGE ON SCHEMA %s TO %s;", pgx.Identifier{schema}.Sanitize(), user)
	}
	if f.raw {
		return fmt.Sprintf("GRANT SELECT ON launches, raw_launches, launch_revisions TO %s;", user)
	}
	return fmt.Sprintf("GRANT SELECT ON launches TO %s;", user)
}

// unreachable returns the error for a connection that could not be had.
func unreachable(ctx context.Context, err error) error {
	wrapped := fmt.Errorf("connect to PostgreSQL for the export: %w", err)
	if errors.Is(ctx.Err(), context.Canceled) {
		return cancelled(wrapped)
	}
	cause, ok := errors.AsType[*pgconn.PgError](err)
	// Class 28 is "invalid authorization specification".
	if ok && (strings.HasPrefix(cause.Code, "28") || cause.Code == codeInsufficientPrivilege) {
		return liftoff.NewError(liftoff.Privilege, wrapped, "check the database user and password and its right to connect")
	}
	return liftoff.NewError(liftoff.Database, wrapped, `check that PostgreSQL runs and its address is right, with "liftoff doctor"`)
}

// cancelled returns err as one of a cancelled context, whatever the driver
// made of it.
func cancelled(err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf("%w (%w)", err, context.Canceled)
}
