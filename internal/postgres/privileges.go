package postgres

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"

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
	Role     string
	Schema   string
	Database string
	ReadOnly bool
	// LackingOn are the relations on which the role lacks a privilege, and
	// Lacking is what it lacks, as GRANT takes it.
	LackingOn   []string
	Lacking     []string
	CanStage    bool
	CanCreate   bool
	OwnsView    bool
	CanReadView bool
}

// CheckReady is asked before a run fetches anything, so that no run stops
// half-way for what could be known: it is CheckEncoding, CheckShape, CheckTables
// and CheckPrivileges.
func (s *Store) CheckReady(ctx context.Context) error {
	if s.isReadyAtAGlance(ctx) {
		return nil
	}
	// Something is wrong, or was asked for too briefly: find out what.
	if err := s.CheckEncoding(ctx); err != nil {
		return err
	}
	if err := s.CheckShape(ctx); err != nil {
		return err
	}
	if err := s.CheckTables(ctx); err != nil {
		return err
	}
	return s.CheckPrivileges(ctx)
}

// isReadyAtAGlance asks in one round trip, and by what the planner has to know
// for the run anyway, whether everything is as it must be. It cannot tell what
// is not.
func (s *Store) isReadyAtAGlance(ctx context.Context) bool {
	if s.CheckEncoding(ctx) != nil {
		return false
	}
	batch := &pgx.Batch{}
	batch.Queue(rawLaunchesColumnsSQL)
	batch.Queue(aggregatesViewColumnsSQL)
	batch.Queue(inspectSchemaSQL, shapedRelations())
	queueNeeds(batch)
	results := s.pool.SendBatch(ctx, batch)
	shapes := hasColumns(results, rawLaunchesColumns()) && hasColumns(results, aggregatesViewColumns()) && hasShape(results)
	needs, err := s.readNeeds(results)
	return errors.Join(err, results.Close()) == nil && shapes && needs == nil
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

// CheckPrivileges reports, as a liftoff.Privilege error with the statements
// that mend it, what the role may not do but a run needs. The schema must be
// there.
func (s *Store) CheckPrivileges(ctx context.Context) error {
	missing, err := s.askNeeds(ctx)
	// Another process may drop the view, to make it anew, while it is looked at.
	for try := 1; try < maxTries && sqlState(err) == internalError; try++ {
		missing, err = s.askNeeds(ctx)
	}
	if err != nil {
		return s.failure("check the role's privileges", err)
	}
	return missing
}

// askNeeds asks for the role's privileges; see readNeeds.
func (s *Store) askNeeds(ctx context.Context) (missing, failed error) {
	batch := &pgx.Batch{}
	queueNeeds(batch)
	results := s.pool.SendBatch(ctx, batch)
	missing, failed = s.readNeeds(results)
	return missing, errors.Join(failed, results.Close())
}

// queueNeeds asks for the role's privileges.
func queueNeeds(batch *pgx.Batch) {
	batch.Queue(aggregatesViewStandsSQL, viewStatementHash())
	batch.Queue(checkPrivilegesSQL)
}

// readNeeds reads the answers to queueNeeds: the error for the first thing that
// is missing, and the one for what kept it from finding out.
func (s *Store) readNeeds(answers pgx.BatchResults) (missing, failed error) {
	var viewStands bool
	if err := answers.QueryRow().Scan(&viewStands); err != nil {
		return nil, err
	}
	rows, err := answers.Query()
	if err != nil {
		return nil, err
	}
	p, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[privileges])
	if err != nil {
		return nil, err
	}
	if err := p.firstMissing(s.target); err != nil {
		return err, nil
	}
	return p.missingForView(viewStands), nil
}

// lacks is the error for a privilege on a relation that the role has not got.
func (s *Store) lacks(privilege, relation string) error {
	return liftoff.NewError(liftoff.Privilege,
		fmt.Errorf("role %q may not %s %s of PostgreSQL at %s", s.target.user, privilege, relation, s.target),
		"as its owner run: GRANT "+privilege+" ON "+relation+" TO "+pgx.Identifier{s.target.user}.Sanitize())
}

// firstMissing is the error for what the role lacks to store launches.
func (p privileges) firstMissing(t target) error {
	role := pgx.Identifier{p.Role}.Sanitize()
	switch {
	case p.ReadOnly:
		return liftoff.NewError(liftoff.Privilege, fmt.Errorf("PostgreSQL at %s is read-only", t),
			readOnlyHint)
	case len(p.Lacking) > 0:
		return liftoff.NewError(liftoff.Privilege,
			fmt.Errorf("role %s lacks privileges that a run needs, on %s", role, strings.Join(p.LackingOn, ", ")),
			"as their owner run: GRANT "+strings.Join(p.Lacking, " TO "+role+"; GRANT ")+" TO "+role)
	case !p.CanStage:
		database := pgx.Identifier{p.Database}.Sanitize()
		return liftoff.NewError(liftoff.Privilege, fmt.Errorf("role %s may not make temporary tables in database %s", role, database),
			"as the database's owner run: GRANT TEMPORARY ON DATABASE "+database+" TO "+role)
	default:
		return nil
	}
}

// missingForView is the error for what the role lacks to make
// launch_aggregates_view; to read it is enough when it stands already.
func (p privileges) missingForView(stands bool) error {
	role := pgx.Identifier{p.Role}.Sanitize()
	schema := pgx.Identifier{p.Schema}.Sanitize()
	switch {
	case stands && !p.CanReadView:
		return liftoff.NewError(liftoff.Privilege, fmt.Errorf("role %s may not read launch_aggregates_view", role),
			"as its owner run: GRANT SELECT ON launch_aggregates_view TO "+role)
	case stands:
		return nil
	case !p.OwnsView:
		return liftoff.NewError(liftoff.Privilege, fmt.Errorf("role %s may not replace launch_aggregates_view, which another role owns", role),
			"use `liftoff migrate up` as its owner, or as its owner run: ALTER VIEW launch_aggregates_view OWNER TO "+role)
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
