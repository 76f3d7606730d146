package postgres

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"github.com/jackc/pgx/v5/pgconn"

	"liftoff"
	"liftoff/internal/analytics"
)

// failedQuery is the failure of one query, with the driver's error.
type failedQuery struct {
	query analytics.Query
	err   error
}

// Error names the query, and the line of a user's own.
func (f failedQuery) Error() string {
	if known, ok := errors.AsType[*liftoff.Error](f.err); ok && f.query.IsOwn() && known.Category == liftoff.Usage {
		return known.Error() // it names the file
	}
	return fmt.Sprintf("run %s: %s", f.query.At(f.line()), shortened{f.err})
}

func (f failedQuery) Unwrap() error { return f.err }

// line returns the line of the statement that the server complains of, or the
// first. The server counts characters, from 1.
func (f failedQuery) line() int {
	line := 1
	refusal, ok := errors.AsType[*pgconn.PgError](f.err)
	if !ok {
		return line
	}
	for i, r := range []rune(f.query.SQL) {
		if i+1 >= int(refusal.Position) {
			break
		}
		if r == '\n' {
			line++
		}
	}
	return line
}

// answerFailure is queryFailure, but what a query of the user's does wrong is the
// user's to correct.
func (s *Store) answerFailure(ctx context.Context, err error, r reading) error {
	failed, ok := errors.AsType[failedQuery](err)
	refusal, isServers := errors.AsType[*pgconn.PgError](err)
	if !ok || !isServers || !failed.query.IsOwn() || errors.Is(ctx.Err(), context.Canceled) {
		return s.queryFailure(ctx, err, r)
	}
	switch {
	case refusal.Code == insufficientPrivilege:
		r.relations = refusedRelation(refusal)
	case refusal.Code == readOnlyTransaction:
		return liftoff.NewError(liftoff.Usage, err, "a query only reads: leave out what writes or locks")
	case isQuerysFault(refusal.Code):
		hint := "correct the query"
		if refusal.Hint != "" {
			hint += "; PostgreSQL says: " + oneLine(refusal.Hint)
		}
		return liftoff.NewError(liftoff.Usage, err, hint)
	}
	return s.queryFailure(ctx, err, r)
}

// isQuerysFault reports whether a statement itself is the cause of a failure, not
// the server, its load or what others do: it will fail again.
func isQuerysFault(code string) bool {
	if code == lockNotAvailable {
		return false
	}
	switch code[:min(2, len(code))] {
	case cardinalityViolation, dataException, integrityViolation, externalRoutineException, plpgsqlError, caseNotFound,
		"0A", "25", "2F", "39", "42", "44", programLimitExceeded, "55":
		return true
	default:
		return false
	}
}

var deniedRelation = regexp.MustCompile(`^permission denied for (?:table|view|materialized view|foreign table) (\S+)$`)

// refusedRelation returns the relation that the role may not read. The server's
// message may be in another language.
func refusedRelation(refusal *pgconn.PgError) string {
	if found := deniedRelation.FindStringSubmatch(refusal.Message); found != nil {
		return found[1]
	}
	return "the tables of the query"
}
