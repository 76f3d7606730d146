package postgres

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"liftoff"
)

// schemaShape is what a database of the newest version has, in the lines of
// inspect_schema.sql. A test writes it: go test ./internal/postgres -update.
//
//go:embed schema_shape.txt
var schemaShape string

//go:embed queries/inspect_schema.sql
var inspectSchemaSQL string

// wantedShape returns the lines of schema_shape.txt.
func wantedShape() []string { return strings.Split(strings.TrimSpace(schemaShape), "\n") }

// shapedRelations returns the relations that schema_shape.txt describes.
func shapedRelations() []string {
	var names []string
	for _, line := range wantedShape() {
		if name := relationOf(line); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// relationOf returns the name that a line of the shape begins with.
func relationOf(line string) string { return line[:strings.IndexAny(line, ". ")] }

// CheckTables compares all tables and views of the newest version with what is
// there: a column that was dropped or is of another type, or a unique key that
// is missing, is a liftoff.Guard error that names it. What was added is left
// alone.
func (s *Store) CheckTables(ctx context.Context) error {
	rows, err := s.pool.Query(ctx, inspectSchemaSQL, shapedRelations())
	if err != nil {
		return s.failure("look at the tables", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return s.failure("look at the tables", err)
	}
	differences := shapeDifferences(found)
	if len(differences) == 0 {
		return nil
	}
	return liftoff.NewError(liftoff.Guard,
		fmt.Errorf("the tables of PostgreSQL at %s are not as liftoff made them: %s", s.target, strings.Join(differences, "; ")),
		"put that back as internal/postgres/migrations has it, or restore a backup; nothing was touched")
}

// shapeDifferences says what of the wanted shape is not among the lines found.
func shapeDifferences(found []string) []string {
	var differences, missing []string
	for _, line := range wantedShape() {
		name := relationOf(line)
		if slices.Contains(found, line) || slices.Contains(missing, name) {
			continue
		}
		if !slices.ContainsFunc(found, func(other string) bool { return relationOf(other) == name }) {
			missing = append(missing, name)
			differences = append(differences, name+" is missing")
			continue
		}
		differences = append(differences, shapeDifference(line, found))
	}
	return differences
}

// shapeDifference says how what is there differs from one line.
func shapeDifference(line string, found []string) string {
	subject, what, _ := strings.Cut(line, " ")
	if columns, isKey := strings.CutPrefix(what, "unique "); isKey {
		return subject + " has no unique key of " + columns
	}
	for _, other := range found {
		if is, cut := strings.CutPrefix(other, subject+" "); cut {
			return "column " + subject + " is " + is + ", not " + what
		}
	}
	return "column " + subject + " " + what + " is missing"
}

// hasShape reports whether the next result has all lines of the shape.
func hasShape(results pgx.BatchResults) bool {
	rows, err := results.Query()
	if err != nil {
		return false
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	return err == nil && len(shapeDifferences(found)) == 0
}

// CheckEncoding refuses, as a liftoff.Guard error, a database that cannot hold
// every launch's text. It asks nothing: the server tells at each login.
func (s *Store) CheckEncoding(ctx context.Context) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return s.failure("connect to PostgreSQL at "+s.target.String(), err)
	}
	encoding := conn.Conn().PgConn().ParameterStatus("server_encoding")
	conn.Release()
	if encoding == "UTF8" || encoding == "" { // a pooler may keep it to itself
		return nil
	}
	return liftoff.NewError(liftoff.Guard,
		fmt.Errorf("the encoding of PostgreSQL at %s is %s, which cannot hold every launch", s.target, encoding),
		"create another database, and name it in the settings: CREATE DATABASE "+
			pgx.Identifier{s.target.database + "_utf8"}.Sanitize()+" ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0")
}

//go:embed queries/usable_schemas.sql
var usableSchemasSQL string

// usableSchemas is the answer of usable_schemas.sql.
type usableSchemas struct {
	Role string
	// First is the first usable schema of the search path; "" for none.
	First     string
	CanCreate bool
	// Refused is a schema of the search path that the role may not use, or "".
	Refused string
}

func (s *Store) usableSchemas(ctx context.Context) (usableSchemas, error) {
	rows, err := s.pool.Query(ctx, usableSchemasSQL)
	if err != nil {
		return usableSchemas{}, s.failure("look at the schemas", err)
	}
	schemas, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[usableSchemas])
	if err != nil {
		return usableSchemas{}, s.failure("look at the schemas", err)
	}
	return schemas, nil
}

// CheckSchemaUsable tells, where no table can be found, whether that is for
// want of a privilege, as a liftoff.Privilege error: then they may well be
// there.
func (s *Store) CheckSchemaUsable(ctx context.Context) error {
	schemas, err := s.usableSchemas(ctx)
	if err != nil || schemas.First != "" {
		return err
	}
	role := pgx.Identifier{schemas.Role}.Sanitize()
	if schemas.Refused == "" {
		return liftoff.NewError(liftoff.Privilege, fmt.Errorf("no schema of the search path of role %s is there", role),
			"create a schema, or set search_path for role "+role)
	}
	schema := pgx.Identifier{schemas.Refused}.Sanitize()
	return liftoff.NewError(liftoff.Privilege, fmt.Errorf("role %s may not use schema %s of PostgreSQL at %s", role, schema, s.target),
		"as its owner run: GRANT USAGE ON SCHEMA "+schema+" TO "+role)
}

// checkMayCreate is asked before migrations, which create tables.
func (s *Store) checkMayCreate(ctx context.Context) error {
	schemas, err := s.usableSchemas(ctx)
	if err != nil || schemas.CanCreate {
		return err
	}
	role, schema := pgx.Identifier{schemas.Role}.Sanitize(), pgx.Identifier{schemas.First}.Sanitize()
	return liftoff.NewError(liftoff.Privilege,
		fmt.Errorf("role %s may not create tables in schema %s of PostgreSQL at %s", role, schema, s.target),
		"migrate with `liftoff migrate up` as the role that owns the tables, or as the schema's owner run: GRANT CREATE ON SCHEMA "+schema+" TO "+role)
}

// deniedTo is the name of a table or view in the server's refusal.
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

// readFailure is failure for a statement that only reads, where a privilege
// that is missing can be named.
func (s *Store) readFailure(action string, err error) error {
	if relation, ok := deniedTo(err); ok {
		return s.lacks("SELECT", relation)
	}
	return s.failure(action, err)
}
