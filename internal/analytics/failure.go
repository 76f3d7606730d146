package analytics

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"liftoff"
)

// The SQLSTATE codes that have a meaning of their own here.
const (
	codeInsufficientPrivilege = "42501"
	codeUndefinedTable        = "42P01"
	codeUndefinedColumn       = "42703"
	codeQueryCanceled         = "57014"
)

// hintDoctor is the next step when the error's own text is all there is.
const hintDoctor = `check the database with "liftoff doctor"`

// failure knows what the hints of one run's errors need.
type failure struct {
	user             string
	statementTimeout time.Duration
}

// classify gives err its category and hint. Two kinds get none: a run that
// the caller cancelled (whoever did knows why), and an answer that does not
// fit a Result, which is a bug of ours.
func (f failure) classify(ctx context.Context, err error) error {
	isCancelled := errors.Is(ctx.Err(), context.Canceled)
	if isCancelled && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("%w (%w)", err, context.Canceled)
	}
	if isCancelled || errors.Is(err, errUnreadable) {
		return err
	}
	if errors.Is(err, errTooManyRows) {
		return liftoff.NewError(liftoff.QueryEngine, err, hintTooManyRows)
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
	case codeQueryCanceled:
		return liftoff.NewError(liftoff.Database, err,
			fmt.Sprintf("a query may take %s; try again when the database is less busy", f.statementTimeout))
	default:
		return liftoff.NewError(liftoff.Database, err, hintDoctor)
	}
}

// grant returns the statement that gives the user what was denied. The
// queries read two views only, and a view needs no privilege on what is
// beneath it.
func (f failure) grant(message string) string {
	user := pgx.Identifier{f.user}.Sanitize()
	if _, schema, ok := strings.Cut(message, "permission denied for schema "); ok {
		return fmt.Sprintf("GRANT USAGE ON SCHEMA %s TO %s;", pgx.Identifier{schema}.Sanitize(), user)
	}
	return fmt.Sprintf("GRANT SELECT ON launches, rockets, launchpads, launch_aggregates_view TO %s;", user)
}

// unreachable returns the error for a connection that could not be had.
func unreachable(ctx context.Context, err error) error {
	wrapped := fmt.Errorf("connect to PostgreSQL for the analytics: %w", err)
	if errors.Is(ctx.Err(), context.Canceled) {
		return wrapped
	}
	cause, ok := errors.AsType[*pgconn.PgError](err)
	// Class 28 is "invalid authorization specification".
	if ok && (strings.HasPrefix(cause.Code, "28") || cause.Code == codeInsufficientPrivilege) {
		return liftoff.NewError(liftoff.Privilege, wrapped, "check the database user and password and its right to connect")
	}
	return liftoff.NewError(liftoff.Database, wrapped, `check that PostgreSQL runs and its address is right, with "liftoff doctor"`)
}
