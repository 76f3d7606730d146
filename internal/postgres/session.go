package postgres

import (
	"context"
	_ "embed"
	"fmt"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"

	"liftoff"
)

//go:embed queries/prepare_session.sql
var prepareSessionSQL string

//go:embed queries/relations_elsewhere.sql
var relationsElsewhereSQL string

// startupParameters are the settings that the server gets with the login, so
// that they are in force before the first statement. Poolers know them and keep
// them for each client; prepare_session.sql sees to the others.
func startupParameters() map[string]string {
	return map[string]string{
		"client_encoding":             "UTF8",
		"datestyle":                   "ISO, MDY",
		"timezone":                    "UTC",
		"standard_conforming_strings": "on",
	}
}

// setParameters puts the startup parameters in the place of those that the
// connection string and the environment name, in any spelling: the server does
// not distinguish upper and lower case, and takes the last one that it gets.
func setParameters(parameters map[string]string) {
	ours := startupParameters()
	for name := range parameters {
		if _, isOurs := ours[strings.ToLower(name)]; isOurs {
			delete(parameters, name)
		}
	}
	for name, value := range ours {
		parameters[name] = value
	}
	if parameters["application_name"] == "" {
		parameters["application_name"] = "liftoff"
	}
	if parameters["options"] == "" {
		delete(parameters, "options") // PgBouncer refuses even an empty one
	}
}

// surroundings are what the first session found, before it was prepared.
type surroundings struct {
	// Path are the schemas of the search path that exist and may be used.
	Path []string
	// Home is the schema of the program's tables, or the one where they will be;
	// "" for none. All later sessions have it first in their search path.
	Home string
	// ReplicationRole is the setting session_replication_role.
	ReplicationRole string
	// OtherSettings are settings that differ from what the program needs and could
	// not be set.
	OtherSettings []string
	SearchPath    *string
}

// sessions prepares the sessions of a store.
type sessions struct {
	target target

	mutex sync.Mutex
	first surroundings
}

// prepare gives a new session the program's settings and its search path. A
// session behind a pooler whose settings would change what is stored is a
// liftoff.Usage error.
func (s *sessions) prepare(ctx context.Context, conn *pgx.Conn) error {
	// The pool waits for this without a limit of its own.
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	found, err := pgx.CollectExactlyOneRow(s.ask(ctx, conn), pgx.RowToStructByPos[surroundings])
	if err != nil {
		return err
	}
	if len(found.OtherSettings) > 0 {
		return liftoff.NewError(liftoff.Usage,
			fmt.Errorf("PostgreSQL at %s is behind a pooler, where liftoff cannot change the settings of a session: %s",
				s.target, strings.Join(found.OtherSettings, "; ")),
			"reset these settings for role "+pgx.Identifier{s.target.user}.Sanitize()+" and the database, or connect to PostgreSQL itself")
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.first.Home == "" {
		s.first = found
	}
	return nil
}

func (s *sessions) ask(ctx context.Context, conn *pgx.Conn) pgx.Rows {
	rows, _ := conn.Query(ctx, prepareSessionSQL, int64(conn.PgConn().PID()), s.found().Home) // an error is in rows too
	return rows
}

// found returns what the first session found; nothing before there was one.
func (s *sessions) found() surroundings {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.first
}

// CheckSurroundings returns a liftoff.Guard error if the search path makes it
// unclear which tables are meant, so that others would read other launches than
// the program stores, or if the session leaves out triggers and foreign keys.
func (s *Store) CheckSurroundings(ctx context.Context) error {
	found := s.sessions.found()
	if err := s.refuseReplica(found); err != nil {
		return err
	}
	if len(found.Path) > 0 && found.Path[0] != found.Home {
		return s.unclear(found, fmt.Sprintf("it is in the schema %s, which is not the first of the search path (%s)",
			found.Home, strings.Join(found.Path, ", ")))
	}
	if len(found.Path) < 2 {
		return nil
	}
	elsewhere, err := pgx.CollectRows(s.query(ctx, relationsElsewhereSQL, found.Path[1:]), pgx.RowTo[string])
	if err != nil {
		return s.failure("look for tables in the other schemas of the search path", err)
	}
	if len(elsewhere) == 0 {
		return nil
	}
	return s.unclear(found, "the search path has another one: "+strings.Join(elsewhere, ", "))
}

// unclear is the error for a search path that has more than one place for the
// program's tables.
func (s *Store) unclear(found surroundings, problem string) error {
	role, database := pgx.Identifier{s.target.user}.Sanitize(), pgx.Identifier{s.target.database}.Sanitize()
	return liftoff.NewError(liftoff.Guard,
		fmt.Errorf("it is unclear which raw_launches of PostgreSQL at %s is meant: %s", s.target, problem),
		"name one schema, in search_path of the connection or for the role: ALTER ROLE "+role+" IN DATABASE "+database+
			" SET search_path = "+pgx.Identifier{found.Home}.Sanitize()+"; nothing was touched")
}

func (s *Store) refuseReplica(found surroundings) error {
	if found.ReplicationRole != "replica" {
		return nil
	}
	return liftoff.NewError(liftoff.Guard,
		fmt.Errorf("session_replication_role of PostgreSQL at %s is replica: foreign keys and triggers would be left out", s.target),
		"reset session_replication_role for the role, the database and the connection; nothing was touched")
}
