package docker_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
)

// forbidden is what nobody may run through Trino, which asks for no password. Trino's
// own rules stop most of it; the test R8 of faults/trino has a Trino without rules.
func forbidden() []string {
	return []string{
		"INSERT INTO raw_launches (id) VALUES ('x')",
		"TRUNCATE TABLE raw_launches",
		"CREATE TABLE mine (a int)",
		"CREATE TABLE mine AS SELECT * FROM launches",
		"CREATE VIEW mine AS SELECT 1 AS a",
		"CREATE SCHEMA mine",
		"CREATE CATALOG mine USING postgresql",
		"DROP TABLE raw_launches",
		"ALTER TABLE raw_launches RENAME TO mine",
		"COMMENT ON TABLE raw_launches IS 'mine'",
		"GRANT SELECT ON raw_launches TO USER mine",
		"CALL system.flush_metadata_cache()",
		"CALL system.runtime.kill_query(query_id => 'x', message => '')",
		"CALL system.execute(query => 'SELECT 1')",
		"CALL system.execute(query => 'CREATE TEMPORARY TABLE mine (a int)')",
		"CALL system.execute(query => 'ALTER ROLE liftoff_trino PASSWORD NULL')",
		"SELECT * FROM TABLE(system.query(query => 'SELECT lo_create(0) AS made'))",
		"SELECT * FROM TABLE(system.query(query => 'SELECT set_config(''transaction_read_only'', ''off'', false), lo_create(0)::text AS made'))",
		"SELECT * FROM TABLE(system.query(query => 'SELECT passwd FROM pg_shadow'))",
		"DELETE FROM raw_launches",
		"UPDATE raw_launches SET simulated_delay_minutes = 0",
		"SELECT * FROM ingestion_runs",
		"SELECT * FROM quarantined_records",
		"SELECT * FROM TABLE(system.query(query => 'SELECT * FROM ingestion_runs'))",
		"CALL system.execute(query => 'DELETE FROM raw_launches')",
		"CALL system.execute(query => 'DROP VIEW launch_aggregates_view')",
		"CALL system.execute(query => 'COPY raw_launches (id) FROM PROGRAM ''id''')",
	}
}

// trinoMayReadAndNoMore is R8: what anybody can do who reaches Trino's port.
func trinoMayReadAndNoMore(t *testing.T, s *stack) {
	before := s.dump(t)
	for _, statement := range forbidden() {
		_, _, err := s.query(t, statement)
		if err == nil || !isDenied(err) {
			t.Errorf("%s is not denied: %v", statement, err)
		}
	}
	if diff := cmp.Diff(before, s.dump(t)); diff != "" {
		t.Errorf("the database before and after (-before +after):\n%s", diff)
	}
	for _, relation := range []string{"launches", "raw_launches", "launch_aggregates_view", "payloads", "rockets", "launchpads"} {
		s.mustQuery(t, "SELECT * FROM "+relation)
	}
}

// isDenied reports whether Trino or PostgreSQL has refused for lack of a right.
func isDenied(err error) bool {
	return slices.ContainsFunc([]string{"Access Denied", "permission denied", "read-only transaction", "transaction read-write mode"},
		func(says string) bool { return strings.Contains(err.Error(), says) })
}

// dump returns the stored launches and all relations and roles.
func (s *stack) dump(t *testing.T) []string {
	t.Helper()
	return s.column(t, `SELECT raw_launches::text FROM raw_launches
		UNION ALL SELECT oid::regclass || ' ' || relowner::regrole || ' ' || coalesce(relacl::text, '') FROM pg_class WHERE relnamespace = 'public'::regnamespace
		UNION ALL SELECT rolname || ' ' || rolsuper || coalesce(rolconfig::text, '') FROM pg_roles
		UNION ALL SELECT 'large object ' || oid FROM pg_largeobject_metadata
		UNION ALL SELECT roleid::regrole || ' ' || member::regrole FROM pg_auth_members ORDER BY 1`)
}

// column returns the one column that a statement of the stack's user gives.
func (s *stack) column(t *testing.T, sql string) []string {
	t.Helper()
	rows, err := s.connect(t).Query(t.Context(), sql)
	if err != nil {
		t.Fatal(err)
	}
	texts, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return texts
}

// onlyYouAreASuperuser looks at who is connected, and as whom.
func onlyYouAreASuperuser(t *testing.T, s *stack) {
	if diff := cmp.Diff([]string{"spacex"}, s.column(t, "SELECT rolname::text FROM pg_roles WHERE rolsuper")); diff != "" {
		t.Errorf("superusers (-want +got):\n%s", diff)
	}
	owners := s.column(t, "SELECT DISTINCT relowner::regrole::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v')")
	if diff := cmp.Diff([]string{"liftoff_owner"}, owners); diff != "" {
		t.Errorf("owners (-want +got):\n%s", diff)
	}
	for service, want := range map[string]string{"ingestion": "POSTGRES_USER=liftoff_owner", "trino": "POSTGRES_USER=liftoff_trino"} {
		if env := docker(t, "inspect", "--format", "{{join .Config.Env \"\\n\"}}", s.container(t, service)); !strings.Contains(env+"\n", want+"\n") {
			t.Errorf("%s does not log in with %s", service, want)
		}
	}
}

// whatRunsOnIsRestarted is for a machine that is started again.
func whatRunsOnIsRestarted(t *testing.T, s *stack) {
	for service, want := range map[string]string{
		"postgres": "unless-stopped", "trino": "unless-stopped", "replay": "unless-stopped", "ingestion": "no", "roles": "no", "log-folder": "no", "passwords": "no",
	} {
		if got := docker(t, "inspect", "--format", "{{.HostConfig.RestartPolicy.Name}}", s.container(t, service)); got != want {
			t.Errorf("%s has the restart policy %q, want %q", service, got, want)
		}
	}
}

// TestR9_AnOldVolumeGetsTheRoles is R9: a volume of a version without roles, in
// which all belongs to POSTGRES_USER, who is the superuser.
func TestR9_AnOldVolumeGetsTheRoles(t *testing.T) {
	s := newStack(t, "old")
	s.compose(t, "build", "ingestion")
	s.compose(t, "up", "--detach", "postgres", "replay")
	eventually(t, time.Minute, func() error { return s.healthy(t, "postgres") })
	eventually(t, time.Minute, func() error { return s.healthy(t, "replay") })
	s.compose(t, "run", "--rm", "--no-TTY", "--no-deps", "--env", "POSTGRES_USER=spacex", "--env", "POSTGRES_PASSWORD="+password,
		"--env", "POSTGRES_PASSWORD_FILE=", "--env", "LOG_FILE=-", "ingestion")
	conn := s.connect(t)
	// What somebody else has made in the database.
	for _, sql := range []string{
		"CREATE TABLE mine AS SELECT 1 AS a",
		"CREATE VIEW my_view AS SELECT id FROM raw_launches",
	} {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	if roles := s.column(t, "SELECT rolname::text FROM pg_roles WHERE rolname LIKE 'liftoff%'"); len(roles) != 0 {
		t.Fatalf("an old volume has the roles %q", roles)
	}
	for range 2 { // and again, when nothing is left to do
		if code, last := s.upIngestion(t); code != 0 {
			t.Fatalf("exit code %d: %s\n%s", code, last, s.compose(t, "logs", "roles"))
		}
	}
	owners := s.column(t, `SELECT oid::regclass || ' ' || relowner::regrole FROM pg_class
		WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v') AND relowner <> 'liftoff_owner'::regrole ORDER BY 1`)
	if diff := cmp.Diff([]string{"mine spacex", "my_view spacex"}, owners); diff != "" {
		t.Errorf("what does not belong to liftoff_owner (-want +got):\n%s", diff)
	}
	if n := s.launches(t); n != 1 {
		t.Errorf("%d launches, want 1", n)
	}
	trino := s.connectAs(t, "liftoff_trino", s.randomPassword(t, "trino"))
	var total int
	if err := trino.QueryRow(t.Context(), "SELECT total_launches FROM launch_aggregates_view").Scan(&total); err != nil || total != 1 {
		t.Errorf("Trino's role counts %d launches: %v", total, err)
	}
	if _, err := trino.Exec(t.Context(), "SELECT * FROM mine"); err == nil {
		t.Error("Trino's role reads a table of somebody else")
	}
	s.wantAChangedPassword(t)
}
