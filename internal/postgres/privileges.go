package postgres

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"liftoff"
)

//go:embed queries/raw_launches_columns.sql
var rawLaunchesColumnsSQL string

//go:embed queries/launch_aggregates_view_columns.sql
var aggregatesViewColumnsSQL string

//go:embed queries/check_privileges.sql
var checkPrivilegesSQL string

//go:embed queries/hidden_relations.sql
var hiddenRelationsSQL string

// privileges is the answer of check_privileges.sql.
type privileges struct {
	Role     string
	Schema   string
	Database string
	ReadOnly bool
	// LackingOn are the relations on which the role lacks a privilege, and
	// Lacking are those privileges in the syntax of GRANT.
	LackingOn []string
	Lacking   []string
	// FilteredOn are the relations in which row-level security may hide rows from
	// the role or keep it from writing some.
	FilteredOn  []string
	CanStage    bool
	CanCreate   bool
	OwnsView    bool
	CanReadView bool
}

// CheckReady checks the encoding, the shape of all tables and views, and the
// role's privileges. Call it before a run fetches anything, so that no run stops
// half-way for a reason that could have been known. Errors are those of
// CheckEncoding, CheckShape and CheckPrivileges.
func (s *Store) CheckReady(ctx context.Context) error {
	if s.passesQuickCheck(ctx) {
		return nil
	}
	return s.checkEach(ctx)
}

// checkEach does the checks one by one, after the quick one has failed: something is
// wrong, or is different but harmless.
func (s *Store) checkEach(ctx context.Context) error {
	if err := s.CheckEncoding(ctx); err != nil {
		return err
	}
	if err := s.CheckShape(ctx); err != nil {
		return err
	}
	if err := s.checkTables(ctx); err != nil {
		return err
	}
	return s.CheckPrivileges(ctx)
}

// passesQuickCheck checks in one round trip that the schema has the newest version and
// everything is in order, but not what is wrong. It asks only for what the planner loads
// for the run anyway.
func (s *Store) passesQuickCheck(ctx context.Context) bool {
	session := s.sessions.found()
	if s.CheckEncoding(ctx) != nil || s.refuseReplica(session) != nil || len(session.Path) > 1 {
		return false
	}
	var version int64
	var found []string
	var missing error
	batch := &pgx.Batch{}
	batch.Queue(schemaVersionSQL).QueryRow(func(row pgx.Row) error { return row.Scan(&version) })
	batch.Queue(rawLaunchesColumnsSQL).Query(wantColumns(rawLaunchesColumns()))
	batch.Queue(aggregatesViewColumnsSQL).Query(wantColumns(aggregatesViewColumns()))
	batch.Queue(inspectSchemaSQL, append(shapedRelations(), aggregatesView)).Query(collectInto(&found))
	s.queueNeeds(batch, &missing)
	err := s.pool.SendBatch(ctx, batch).Close()
	return err == nil && version == latestVersion() && missing == nil && len(shapeDifferences(found)) == 0 && kindIn(found, aggregatesView) == "view"
}

// wantColumns returns a function that returns an error unless the answer to a
// query has exactly these columns, in any order.
func wantColumns(wanted []column) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		rows.Close()
		if err := rows.Err(); err != nil {
			return err
		}
		fields := rows.FieldDescriptions()
		isOther := slices.ContainsFunc(fields, func(f pgconn.FieldDescription) bool {
			return !slices.ContainsFunc(wanted, func(c column) bool {
				return c.name == f.Name && c.oid == f.DataTypeOID && f.TypeModifier == -1
			})
		})
		if isOther || len(fields) != len(wanted) {
			return errors.New("other columns")
		}
		return nil
	}
}

const (
	// viewPause is how long a check waits, at first, for another process to create the
	// aggregate view that it has dropped.
	viewPause = 50 * time.Millisecond
	// privilegeTries is how often the check is tried: on a busy server several processes
	// make the view anew, one after the other.
	privilegeTries = 8
)

// CheckPrivileges returns a liftoff.Privilege error, with the statements that
// grant it, if the role lacks a privilege that a run needs. Relations that are
// still to be created are left out.
func (s *Store) CheckPrivileges(ctx context.Context) error {
	missing, err := s.askNeeds(ctx)
	// Another process may drop the view, to create it again, during the check.
	for try := 1; try < privilegeTries && sqlState(err) == internalError; try++ {
		if err := liftoff.Sleep(ctx, time.Duration(try)*viewPause); err != nil {
			return err
		}
		missing, err = s.askNeeds(ctx)
	}
	if err != nil {
		return s.failure("check the role's privileges", err)
	}
	return missing
}

// askNeeds returns the error for the first privilege that the role lacks, and the
// error of the check itself.
func (s *Store) askNeeds(ctx context.Context) (missing, failed error) {
	batch := &pgx.Batch{}
	s.queueNeeds(batch, &missing)
	failed = s.pool.SendBatch(ctx, batch).Close()
	return missing, failed
}

// queueNeeds adds the check of the role's privileges to a batch. When the batch
// is closed, missing is the error for the first privilege that the role lacks.
func (s *Store) queueNeeds(batch *pgx.Batch, missing *error) {
	var isViewCurrent bool
	batch.Queue(aggregatesViewCurrentSQL, viewStatementHash()).QueryRow(func(row pgx.Row) error { return row.Scan(&isViewCurrent) })
	batch.Queue(checkPrivilegesSQL).Query(func(rows pgx.Rows) error {
		p, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[privileges])
		if err != nil {
			return err
		}
		if *missing = p.firstMissing(s.target); *missing == nil {
			*missing = p.missingForView(isViewCurrent)
		}
		return nil
	})
}

// lacks is the error for a privilege on a relation that the role lacks.
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
		return liftoff.NewError(liftoff.Privilege, readOnly{fmt.Errorf("PostgreSQL at %s is read-only", t)},
			t.readOnlyHint())
	case len(p.Lacking) > 0:
		return liftoff.NewError(liftoff.Privilege,
			fmt.Errorf("role %s lacks privileges that a run needs, on %s", role, strings.Join(p.LackingOn, ", ")),
			"as their owner run: GRANT "+strings.Join(p.Lacking, " TO "+role+"; GRANT ")+" TO "+role)
	case len(p.FilteredOn) > 0:
		return t.filtered(p.Role, p.FilteredOn)
	case !p.CanStage:
		database := pgx.Identifier{p.Database}.Sanitize()
		return liftoff.NewError(liftoff.Privilege, fmt.Errorf("role %s may not create temporary tables in database %s", role, database),
			"as the database's owner run: GRANT TEMPORARY ON DATABASE "+database+" TO "+role)
	default:
		return nil
	}
}

// missingForView is the error for what the role lacks to create
// launch_aggregates_view, or to read it if it is up to date.
func (p privileges) missingForView(isCurrent bool) error {
	role := pgx.Identifier{p.Role}.Sanitize()
	schema := pgx.Identifier{p.Schema}.Sanitize()
	switch {
	case isCurrent && !p.CanReadView:
		return liftoff.NewError(liftoff.Privilege, fmt.Errorf("role %s may not read launch_aggregates_view", role),
			"as its owner run: GRANT SELECT ON launch_aggregates_view TO "+role)
	case isCurrent:
		return nil
	case !p.OwnsView:
		return liftoff.NewError(liftoff.Privilege, fmt.Errorf("role %s may not replace launch_aggregates_view, which another role owns", role),
			"use `liftoff migrate up` as its owner, or as its owner run: ALTER VIEW launch_aggregates_view OWNER TO "+role)
	case p.Schema == "":
		return liftoff.NewError(liftoff.Privilege, errors.New("the search path has no schema in which launch_aggregates_view can be created"),
			"create a schema, or set search_path for role "+role)
	case !p.CanCreate:
		return liftoff.NewError(liftoff.Privilege, fmt.Errorf("role %s may not create launch_aggregates_view in schema %s", role, schema),
			"as the database's owner run: GRANT CREATE ON SCHEMA "+schema+" TO "+role)
	default:
		return nil
	}
}

// checkNotHidden returns a liftoff.Privilege error if row-level security hides all
// rows of a relation that the role may read.
func (s *Store) checkNotHidden(ctx context.Context, relations ...string) error {
	hidden, err := pgx.CollectRows(s.query(ctx, hiddenRelationsSQL, relations), pgx.RowTo[string])
	if err != nil {
		return s.failure("check row-level security", err)
	}
	if len(hidden) > 0 {
		return s.target.filtered(s.target.user, hidden)
	}
	return nil
}

// filtered is the error for row-level security that hides rows of relations from
// the role, or keeps it from writing some.
func (t target) filtered(role string, relations []string) error {
	quoted := pgx.Identifier{role}.Sanitize()
	var policies []string
	for _, relation := range relations {
		policies = append(policies, fmt.Sprintf("CREATE POLICY %s ON %s TO %s USING (TRUE) WITH CHECK (TRUE)",
			pgx.Identifier{"every row for " + role}.Sanitize(), relation, quoted))
	}
	return liftoff.NewError(liftoff.Privilege,
		fmt.Errorf("row-level security of PostgreSQL at %s does not let role %s see and write every row of %s", t, quoted, strings.Join(relations, ", ")),
		"let a superuser give the role BYPASSRLS, or as the owner of the tables run: "+strings.Join(policies, "; "))
}

// deniedTo returns the table or view that the server's error denies access to.
func deniedTo(err error) (relation string, ok bool) {
	if sqlState(err) != insufficientPrivilege {
		return "", false
	}
	message := reason(err)
	for _, kind := range []string{"table ", "view "} {
		if _, rest, found := strings.Cut(message, "permission denied for "+kind); found {
			relation, _, _ = strings.Cut(rest, " (SQLSTATE")
			return relation, true
		}
	}
	return "", false
}

// readFailure is failure for a statement that only reads. It names the missing
// privilege, if that is the cause.
func (s *Store) readFailure(action string, err error) error {
	if relation, ok := deniedTo(err); ok {
		return s.lacks("SELECT", relation)
	}
	return s.failure(action, err)
}
