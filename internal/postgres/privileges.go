package postgres

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"liftoff"
)

//go:embed queries/raw_launches_columns.sql
var rawLaunchesColumnsSQL string

//go:embed queries/launch_aggregates_view_columns.sql
var aggregatesViewColumnsSQL string

//go:embed queries/check_privileges.sql
var checkPrivilegesSQL string

// privileges is the answer of check_privileges.sql.
type privileges struct {
	Role       string
	Schema     string
	ReadOnly   bool
	CanSelect  bool
	CanInsert  bool
	CanAnalyze bool
	CanCreate  bool
	OwnsView   bool
}

// CheckReady is asked before a run fetches anything, so that no run stops
// half-way for what could be known: it is CheckShape and CheckPrivileges.
func (s *Store) CheckReady(ctx context.Context) error {
	if s.isReadyAtAGlance(ctx) {
		return nil
	}
	// Something is wrong, or was asked for too briefly: find out what.
	if err := s.CheckShape(ctx); err != nil {
		return err
	}
	return s.CheckPrivileges(ctx)
}

// isReadyAtAGlance asks in one round trip, and by what the planner has to know
// for the run anyway, whether everything is as it must be. It cannot tell what
// is not.
func (s *Store) isReadyAtAGlance(ctx context.Context) bool {
	batch := &pgx.Batch{}
	batch.Queue(rawLaunchesColumnsSQL)
	batch.Queue(aggregatesViewColumnsSQL)
	batch.Queue(checkPrivilegesSQL)
	results := s.pool.SendBatch(ctx, batch)
	shapes := hasColumns(results, rawLaunchesColumns()) && hasColumns(results, aggregatesViewColumns())
	rows, err := results.Query()
	if err != nil {
		_ = results.Close() // the full check says what is wrong
		return false
	}
	p, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[privileges])
	return errors.Join(err, results.Close()) == nil && shapes && p.firstMissing(s.target) == nil
}

// hasColumns reports whether the next result has exactly these columns, in
// whatever order.
func hasColumns(results pgx.BatchResults, wanted []column) bool {
	rows, err := results.Query()
	if err != nil {
		return false
	}
	rows.Close()
	fields := rows.FieldDescriptions()
	for _, f := range fields {
		if !slices.ContainsFunc(wanted, func(c column) bool { return c.name == f.Name && c.oid == f.DataTypeOID }) {
			return false
		}
	}
	return rows.Err() == nil && len(fields) == len(wanted)
}

// CheckPrivileges reports, as a liftoff.Privilege error with the statement
// that mends it, what the role may not do but a run needs. The schema must be
// there.
func (s *Store) CheckPrivileges(ctx context.Context) error {
	rows, err := s.pool.Query(ctx, checkPrivilegesSQL)
	if err != nil {
		return s.failure("check the role's privileges", err)
	}
	p, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[privileges])
	if err != nil {
		return s.failure("check the role's privileges", err)
	}
	return p.firstMissing(s.target)
}

// lacks is the error for a privilege on a relation that the role has not got.
func (s *Store) lacks(privilege, relation string) error {
	return liftoff.NewError(liftoff.Privilege,
		fmt.Errorf("role %q may not %s %s of PostgreSQL at %s", s.target.user, privilege, relation, s.target),
		"as its owner run: GRANT "+privilege+" ON "+relation+" TO "+pgx.Identifier{s.target.user}.Sanitize())
}

func (p privileges) firstMissing(t target) error {
	role := pgx.Identifier{p.Role}.Sanitize()
	schema := pgx.Identifier{p.Schema}.Sanitize()
	switch {
	case p.ReadOnly:
		return liftoff.NewError(liftoff.Privilege, fmt.Errorf("PostgreSQL at %s is read-only", t),
			readOnlyHint)
	case !p.CanSelect || !p.CanInsert:
		return liftoff.NewError(liftoff.Privilege, fmt.Errorf("role %s may not read and insert into raw_launches", role),
			"as its owner run: GRANT SELECT, INSERT ON raw_launches TO "+role)
	case !p.CanAnalyze:
		return liftoff.NewError(liftoff.Privilege, fmt.Errorf("role %s may not read launches, rockets and launchpads", role),
			"as its owner run: GRANT SELECT ON launches, rockets, launchpads TO "+role)
	case !p.OwnsView:
		return liftoff.NewError(liftoff.Privilege, fmt.Errorf("role %s may not replace launch_aggregates_view, which another role owns", role),
			"as its owner run: ALTER VIEW launch_aggregates_view OWNER TO "+role)
	case p.Schema == "":
		return liftoff.NewError(liftoff.Privilege, errors.New("no schema of the search path can be used to create launch_aggregates_view"),
			"create a schema, or set search_path for role "+role)
	case !p.CanCreate:
		return liftoff.NewError(liftoff.Privilege, fmt.Errorf("role %s may not create launch_aggregates_view in schema %s", role, schema),
			"as the database's owner run: GRANT CREATE ON SCHEMA "+schema+" TO "+role)
	default:
		return nil
	}
}
