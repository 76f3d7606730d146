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

// schemaShape describes a database of the newest version in the lines of
// inspect_schema.sql. A test writes it: go test ./internal/postgres -update.
//
//go:embed schema_shape.txt
var schemaShape string

//go:embed queries/inspect_schema.sql
var inspectSchemaSQL string

// wantedShape returns the lines of schema_shape.txt.
func wantedShape() []string { return strings.Split(strings.TrimSpace(schemaShape), "\n") }

// shapedRelations returns the names of the relations in schema_shape.txt.
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

// checkTables compares the tables and views of the newest version with those in
// the database. A column that is missing or of another type, or a missing unique
// key, is a liftoff.Guard error that names it. Additions are allowed.
func (s *Store) checkTables(ctx context.Context) error {
	found, err := pgx.CollectRows(s.query(ctx, inspectSchemaSQL, shapedRelations()), pgx.RowTo[string])
	if err != nil {
		return s.failure("check the tables", err)
	}
	differences := shapeDifferences(found)
	if len(differences) == 0 {
		return nil
	}
	return liftoff.NewError(liftoff.Guard,
		fmt.Errorf("the tables of PostgreSQL at %s differ from those that liftoff creates: %s", s.target, strings.Join(differences, "; ")),
		"undo these changes by hand, or restore a backup; nothing was touched")
}

// shapeDifferences describes the lines of the wanted shape that were not found.
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

// shapeDifference describes how the lines found differ from a wanted one.
func shapeDifference(line string, found []string) string {
	subject, what, _ := strings.Cut(line, " ")
	if columns, isKey := strings.CutPrefix(what, "unique "); isKey {
		return subject + " has no unique key of " + columns
	}
	if kind, isKind := strings.CutPrefix(what, "is a "); isKind {
		return subject + " is not a plain " + kind + ", but " + withArticle(kindIn(found, subject))
	}
	for _, other := range found {
		if is, cut := strings.CutPrefix(other, subject+" "); cut {
			return "column " + subject + " is " + is + ", not " + what
		}
	}
	return "column " + subject + " " + what + " is missing"
}

// kindIn returns what the lines found call a relation, or "" if it is not there.
func kindIn(found []string, name string) string {
	for _, line := range found {
		if kind, isKind := strings.CutPrefix(line, name+" is a "); isKind {
			return kind
		}
	}
	return ""
}

// CheckEncoding returns a liftoff.Guard error for a database that cannot hold the
// text of every launch. It sends no statement: the server reports its encoding
// at each login.
func (s *Store) CheckEncoding(ctx context.Context) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return s.connectFailure(err)
	}
	encoding := conn.Conn().PgConn().ParameterStatus("server_encoding")
	conn.Release()
	if encoding == "UTF8" || encoding == "" { // a pooler may not pass it on
		return nil
	}
	return liftoff.NewError(liftoff.Guard,
		fmt.Errorf("the encoding of PostgreSQL at %s is %s, which cannot hold every launch", s.target, encoding),
		"create another database, and name it in the settings: CREATE DATABASE "+
			pgx.Identifier{s.target.database + "_utf8"}.Sanitize()+" ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0")
}

//go:embed queries/usable_schemas.sql
var usableSchemasSQL string

// usableSchemas is the answer to usable_schemas.sql.
type usableSchemas struct {
	Role string
	// First is the first usable schema of the search path; "" for none.
	First     string
	CanCreate bool
	// Refused is a schema of the search path that the role may not use, or "".
	Refused string
	// OfOthers are relations of the program, except raw_launches, in First that the
	// role does not own.
	OfOthers []string
}

func (s *Store) usableSchemas(ctx context.Context) (usableSchemas, error) {
	ours := slices.DeleteFunc(append(shapedRelations(), versionTable), func(name string) bool {
		return name == rawLaunches // may be adopted from another role
	})
	schemas, err := pgx.CollectExactlyOneRow(s.query(ctx, usableSchemasSQL, ours), pgx.RowToStructByPos[usableSchemas])
	if err != nil {
		return usableSchemas{}, s.failure("check the schemas", err)
	}
	return schemas, nil
}

// CheckSchemaUsable returns a liftoff.Privilege error if the role cannot use any
// schema of its search path. Then the tables may exist although the role does not
// see them.
func (s *Store) CheckSchemaUsable(ctx context.Context) error {
	schemas, err := s.usableSchemas(ctx)
	if err != nil || schemas.First != "" {
		return err
	}
	role := pgx.Identifier{schemas.Role}.Sanitize()
	if schemas.Refused == "" {
		return liftoff.NewError(liftoff.Privilege, fmt.Errorf("no schema of the search path of role %s exists", role),
			"create a schema, or set search_path for role "+role)
	}
	schema := pgx.Identifier{schemas.Refused}.Sanitize()
	return liftoff.NewError(liftoff.Privilege, fmt.Errorf("role %s may not use schema %s of PostgreSQL at %s", role, schema, s.target),
		"as its owner run: GRANT USAGE ON SCHEMA "+schema+" TO "+role)
}

// CheckMayMigrate returns a liftoff.Privilege error if the role may not create
// tables, or may not change those that are there. Call it while versions are
// pending.
func (s *Store) CheckMayMigrate(ctx context.Context) error {
	schemas, err := s.usableSchemas(ctx)
	if err != nil {
		return err
	}
	role, schema := pgx.Identifier{schemas.Role}.Sanitize(), pgx.Identifier{schemas.First}.Sanitize()
	switch {
	case !schemas.CanCreate:
		return liftoff.NewError(liftoff.Privilege,
			fmt.Errorf("role %s may not create tables in schema %s of PostgreSQL at %s", role, schema, s.target),
			"migrate with `liftoff migrate up` as the role that owns the tables, or as the schema's owner run: GRANT CREATE ON SCHEMA "+schema+" TO "+role)
	case len(schemas.OfOthers) > 0:
		return liftoff.NewError(liftoff.Privilege,
			fmt.Errorf("migrate the schema of PostgreSQL at %s: role %s must be owner of %s", s.target, role, strings.Join(schemas.OfOthers, ", ")),
			"run `liftoff migrate up` as the role that owns the tables")
	default:
		return nil
	}
}
