package trino_test

import (
	"database/sql"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
	"liftoff/internal/testkit/trinotest"
)

// forbidden are statements that nobody may run through Trino, which may ask for no
// password. Some would run a program on the database's machine.
func forbidden() []string {
	statements := []string{
		"DELETE FROM raw_launches",
		"DELETE FROM raw_launches WHERE id = 'x'",
		"UPDATE raw_launches SET simulated_delay_minutes = 0",
		"INSERT INTO raw_launches (id) VALUES ('x')",
		"TRUNCATE TABLE raw_launches",
		"DROP TABLE raw_launches",
		"CREATE TABLE mine (a int)",
		"CREATE SCHEMA mine",
		"SELECT * FROM TABLE(system.query(query => 'SELECT rolpassword FROM pg_authid'))",
		"SELECT * FROM TABLE(system.query(query => 'SELECT lo_create(0) AS made'))",
		"SELECT * FROM TABLE(system.query(query => 'SELECT pg_read_file(''PG_VERSION'') AS file'))",
	}
	for _, relation := range []string{
		"ingestion_runs", "ingestion_sources", "ingestion_missed_ranges", "ingestion_backfills", "ingestion_backfill_ranges", "ingestion_rates",
		"quarantined_records", "known_launches", "launch_revisions", "raw_payloads", "liftoff_schema_version",
	} {
		statements = append(statements, "SELECT * FROM "+relation,
			"SELECT * FROM TABLE(system.query(query => 'SELECT * FROM "+relation+"'))")
	}
	for _, statement := range []string{
		"DELETE FROM raw_launches", "TRUNCATE raw_launches", "UPDATE raw_launches SET raw_data = NULL", "DROP VIEW launch_aggregates_view",
		"CREATE TABLE mine (a int)", "DELETE FROM ingestion_runs", "DELETE FROM quarantined_records",
		"ALTER ROLE liftoff_trino SUPERUSER", "SET ROLE liftoff_owner", "GRANT liftoff_owner TO liftoff_trino",
		"BEGIN READ WRITE; DELETE FROM raw_launches; COMMIT", // not only because transactions read by default
		"COPY raw_launches TO PROGRAM ''id''", "COPY raw_launches (id) FROM PROGRAM ''id''", "COPY launches TO ''/tmp/launches''",
	} {
		statements = append(statements, "CALL system.execute(query => '"+statement+"')")
	}
	return statements
}

// Whoever reaches Trino's port has the rights of the role that Trino logs in as.
func TestR8_ThroughTrinoAnybodyReadsAndNoMore(t *testing.T) {
	t.Parallel()
	trinotest.URL(t)
	admin, trino := ofRoles(t)
	conn := connect(t, trinotest.NewCatalog(t, trino))
	before := everything(t, admin)
	for _, statement := range forbidden() {
		if err := run(t, conn, statement); err == nil || !isDenied(err) {
			t.Errorf("%s is not denied: %v", statement, err)
		}
	}
	if after := everything(t, admin); after != before {
		t.Errorf("the database was\n%s\nand is\n%s", before, after)
	}
	for _, relation := range []string{"launches", "raw_launches", "launch_aggregates_view", "payloads", "rockets", "launchpads"} {
		if err := run(t, conn, "SELECT * FROM "+relation); err != nil {
			t.Errorf("%s cannot be read: %v", relation, err)
		}
	}
}

// isDenied reports whether PostgreSQL has refused for lack of a right, or Trino
// never does such a thing.
func isDenied(err error) bool {
	for _, says := range []string{"permission denied", "must be owner", "must be superuser", "pg_write_server_files", "SUPERUSER attribute", "ADMIN option", "not support", "read-only transaction"} {
		if strings.Contains(err.Error(), says) {
			return true
		}
	}
	return false
}

// ofRoles returns a database with launches and the roles of sql/roles.sql, as the
// server's superuser and as liftoff_trino see it.
func ofRoles(t *testing.T) (admin, trino pgtest.Database) {
	t.Helper()
	server := pgtest.NewServer(t).Database()
	clitest.Execute(t, server, "CREATE DATABASE spacex")
	script, err := os.ReadFile("../../sql/roles.sql")
	if err != nil {
		t.Fatal(err)
	}
	admin = as(server, server.User, server.Password)
	if _, err := pgtest.Connect(t, admin.DSN).PgConn().Exec(t.Context(), string(script)).ReadAll(); err != nil {
		t.Fatal(err)
	}
	clitest.Execute(t, admin, "ALTER ROLE liftoff_owner PASSWORD 's3cret'", "ALTER ROLE liftoff_trino PASSWORD 's3cret'")
	u := clitest.NewUser(t).On(as(server, "liftoff_owner", "s3cret")).With("SPACEX_API_URL=" + clitest.StartReplay(t))
	u.Succeed(t, "ingest", "--all")
	return admin, as(server, "liftoff_trino", "s3cret")
}

// as returns the database spacex of a server as a role sees it.
func as(db pgtest.Database, role, password string) pgtest.Database {
	db.DSN = fmt.Sprintf("postgres://%s:%s@%s:%d/spacex?sslmode=disable", role, password, db.Host, db.Port)
	db.Name, db.User, db.Password = "spacex", role, password
	return db
}

// connect returns a connection to a catalog of Trino.
func connect(t *testing.T, catalog string) *sql.DB {
	t.Helper()
	db, err := sql.Open("trino", strings.Replace(trinotest.URL(t), "http://", "http://anybody@", 1)+"?schema=public&catalog="+catalog)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = db.Close() // only http requests
		http.DefaultClient.CloseIdleConnections()
	})
	return db
}

// run runs a statement to the end of its answer.
func run(t *testing.T, db *sql.DB, statement string) error {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), statement)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // its error is that of Err
	for rows.Next() {
		continue
	}
	return rows.Err()
}

// everything describes what is stored, whose it is, and the roles.
func everything(t *testing.T, db pgtest.Database) string {
	t.Helper()
	return clitest.Scan[string](t, db, `SELECT string_agg(line, E'\n' ORDER BY line) FROM (
		SELECT 'launches ' || count(*) || md5(string_agg(raw_launches::text, '' ORDER BY id)) FROM raw_launches
		UNION ALL SELECT 'runs ' || count(*) FROM ingestion_runs
		UNION ALL SELECT relname || ' ' || relowner::regrole || coalesce(relacl::text, '') FROM pg_class WHERE relnamespace = 'public'::regnamespace
		UNION ALL SELECT rolname || rolsuper FROM pg_roles
		UNION ALL SELECT roleid::regrole || ' ' || member::regrole FROM pg_auth_members) AS lines (line)`)
}
