package database_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// rolesOf makes the four roles of sql/roles.sql in a database of a server of its
// own, migrates it as the owner, and returns the database as each sees it.
func rolesOf(t *testing.T, u *clitest.User) (admin, owner, ingester, reader, trino pgtest.Database) {
	t.Helper()
	server := pgtest.NewServer(t)
	clitest.Execute(t, server.Database(), "CREATE DATABASE spacex")
	admin = as(server.Database(), "postgres", server.Database().Password)
	grant(t, admin)
	logins := map[string]pgtest.Database{}
	for _, role := range []string{"liftoff_owner", "liftoff_ingester", "liftoff_reader", "liftoff_trino"} {
		clitest.Execute(t, admin, "ALTER ROLE "+role+" PASSWORD 's3cret'")
		logins[role] = as(admin, role, "s3cret")
	}
	u.On(logins["liftoff_owner"]).Succeed(t, "migrate", "up")
	return admin, logins["liftoff_owner"], logins["liftoff_ingester"], logins["liftoff_reader"], logins["liftoff_trino"]
}

// as returns the database spacex as a role sees it.
func as(db pgtest.Database, role, password string) pgtest.Database {
	was := db.DSN
	was = strings.Replace(was, db.User+":"+db.Password+"@", role+":"+password+"@", 1)
	db.DSN = strings.Replace(was, "/"+db.Name+"?", "/spacex?", 1)
	db.Name, db.User, db.Password = "spacex", role, password
	return db
}

// grant runs sql/roles.sql.
func grant(t *testing.T, db pgtest.Database) {
	t.Helper()
	script, err := os.ReadFile("../../sql/roles.sql")
	if err != nil {
		t.Fatal(err)
	}
	executeAll(t, db, string(script))
}

// grantsOf lists what a role has been granted on tables and views.
const grantsOf = `SELECT coalesce(string_agg(line, E'\n' ORDER BY line), '') FROM (
	SELECT relname || ' ' || string_agg(privilege_type, ', ' ORDER BY privilege_type) AS line
	FROM pg_class, aclexplode(relacl)
	WHERE grantee = $1::text::regrole AND relnamespace = 'public'::regnamespace
	GROUP BY relname) AS granted`

// The owner migrates, the ingester ingests, the reader reads and Trino has the
// views; each at its own URL, and none may do more.
func TestC18_EachRoleDoesItsPartAndNoMore(t *testing.T) {
	t.Parallel()
	u := newUser(t, 0)
	admin, owner, ingester, reader, trino := rolesOf(t, u)
	run := u.On(ingester).With("AUTO_MIGRATE=false")
	r := run.Succeed(t, "ingest", "--all")
	if !strings.Contains(r.Stdout, "Launches per year") {
		t.Errorf("no analytics:\n%s", r.Stdout)
	}
	// Revisions, quarantine, shared work and the default settings as well.
	newUser(t, 2).On(ingester).Succeed(t, "ingest", "--all")
	shared := newUser(t, 0).On(ingester)
	shared.Succeed(t, "backfill")
	shared.Succeed(t, "worker", "--backfill", "1")
	newUser(t, 0).On(reader).Succeed(t, "backfill", "status")
	run.Succeed(t, "schedules", "add", "yearly", "--cron", "7 7 7 7 *")
	for _, args := range [][]string{{"schedules", "list"}, {"schedules", "next"}, {"worker", "--check"}, {"status"}} {
		run.With("DATABASE_URL="+reader.DSN).Succeed(t, args...)
	}
	clitest.WantFailure(t, u.On(reader).Run(t, "schedules", "pause", "yearly"), 7, "permission denied for table ingestion_schedules")
	bad := clitest.StartAnswering(t, 200, "application/json", clitest.LaunchDocument("id", ""))
	if r := run.With("SPACEX_API_URL="+bad).Run(t, "ingest"); r.Code != 3 {
		t.Errorf("a bad record: exit code %d, want 3: %s", r.Code, r.LastLine())
	}
	wantStored(t, admin, clitest.Scan[int64](t, admin, "SELECT count(*) FROM known_launches"))
	if n := clitest.Scan[int](t, admin, "SELECT count(*) FROM launch_revisions"); n == 0 {
		t.Error("no revision was stored")
	}
	wantReaderReads(t, u, admin, reader)
	wantTrinoReadsLaunches(t, admin, trino)
	for role, want := range map[string]string{"liftoff_trino": "6 SELECT", "liftoff_reader": "21 SELECT"} {
		got := clitest.Scan[string](t, admin, `SELECT count(DISTINCT relname) || ' ' || string_agg(DISTINCT privilege_type, ' ')
			FROM pg_class, aclexplode(relacl) WHERE grantee = $1::text::regrole`, role)
		if got != want {
			t.Errorf("%s has %s, want %s", role, got, want)
		}
	}
	for _, forbidden := range []string{
		"DELETE FROM raw_launches", "UPDATE raw_launches SET raw_data = '{}'", "TRUNCATE known_launches",
		"DELETE FROM ingestion_runs", "CREATE TABLE mine (a int)", "DROP VIEW launch_aggregates_view", "INSERT INTO liftoff_schema_version (version_id, is_applied) VALUES (1, true)",
	} {
		if err := attempt(t, ingester, forbidden); err == nil || !strings.Contains(err.Error(), "42501") {
			t.Errorf("the ingester's %s: %v, want it denied", forbidden, err)
		}
	}
	wantTheScriptChangesNothing(t, admin)
	wantViewIsTheOwners(t, u, admin, owner, ingester)
	wantMigrationsAreTheOwners(t, u, owner, ingester)
}

// The migration has granted what the script grants.
func wantTheScriptChangesNothing(t *testing.T, admin pgtest.Database) {
	t.Helper()
	roles := []string{"liftoff_ingester", "liftoff_reader", "liftoff_trino"}
	before := map[string]string{}
	for _, role := range roles {
		before[role] = clitest.Scan[string](t, admin, grantsOf, role)
	}
	grant(t, admin)
	for _, role := range roles {
		if diff := cmp.Diff(before[role], clitest.Scan[string](t, admin, grantsOf, role)); diff != "" || before[role] == "" {
			t.Errorf("the script once more changes the grants of %s (-before +after):\n%s", role, diff)
		}
	}
}

// The container stack hands over what an earlier version made as the superuser, all
// of it and nothing else, whatever others have granted to the roles.
func TestR14_OnlyWhatIsLiftoffsIsHandedOver(t *testing.T) {
	t.Parallel()
	server := pgtest.NewServer(t)
	clitest.Execute(t, server.Database(), "CREATE DATABASE spacex")
	admin := as(server.Database(), "postgres", server.Database().Password)
	u := newUser(t, 0).On(admin)
	u.Succeed(t, "ingest", "--all", "--skip-analytics")
	grant(t, admin)
	executeAll(t, admin, `CREATE TABLE mine AS SELECT 1 AS a;
		CREATE VIEW my_view AS SELECT a FROM mine;
		GRANT ALL ON mine, my_view TO liftoff_ingester, liftoff_owner`)
	script, err := os.ReadFile("../../docker/postgres/hand-over.sql")
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(script), "DO $$") // only psql knows what comes before it
	for range 2 {
		executeAll(t, admin, "DO $$"+block)
	}
	const others = `SELECT coalesce(string_agg(name, ' ' ORDER BY name), '') FROM (
		SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v') AND relowner <> 'liftoff_owner'::regrole
		UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proowner <> 'liftoff_owner'::regrole
	) AS it`
	if got := clitest.Scan[string](t, admin, others); got != "mine my_view" {
		t.Errorf("not handed over: %s, want mine my_view", got)
	}
	clitest.Execute(t, admin, "ALTER ROLE liftoff_owner PASSWORD 's3cret'")
	u.On(as(admin, "liftoff_owner", "s3cret")).Succeed(t, "ingest", "--all")
}

// Roles are those of the whole server. A migration opens nothing to them in a
// database for which the script has not been run.
func TestR7_AMigrationGrantsNothingInAnotherDatabase(t *testing.T) {
	t.Parallel()
	u := newUser(t, 0)
	admin, _, _, _, _ := rolesOf(t, u) //nolint:dogsled // only the server is wanted
	clitest.Execute(t, admin, "CREATE DATABASE other")
	other := admin
	other.DSN = strings.Replace(admin.DSN, "/spacex?", "/other?", 1)
	u.On(other).Succeed(t, "ingest")
	for _, role := range []string{"liftoff_ingester", "liftoff_reader", "liftoff_trino"} {
		if got := clitest.Scan[string](t, other, grantsOf, role); got != "" {
			t.Errorf("%s has been granted:\n%s", role, got)
		}
	}
}

func wantReaderReads(t *testing.T, u *clitest.User, admin, reader pgtest.Database) {
	t.Helper()
	before := clitest.Scan[string](t, admin, "SELECT count(*) || ' ' || (SELECT count(*) FROM ingestion_runs) FROM raw_launches")
	for _, args := range [][]string{
		{"analyze"}, {"export"}, {"export", "--raw", "--format", "csv"}, {"runs"}, {"history", anID(t, admin)}, {"migrate", "status"},
	} {
		if r := u.On(reader).Succeed(t, args...); r.Stdout == "" {
			t.Errorf("liftoff %s prints nothing", strings.Join(args, " "))
		}
	}
	clitest.WantFailure(t, u.On(reader).Run(t, "ingest", "--all"), 7, "lacks privileges")
	if after := clitest.Scan[string](t, admin, "SELECT count(*) || ' ' || (SELECT count(*) FROM ingestion_runs) FROM raw_launches"); after != before {
		t.Errorf("launches and runs were %s and are %s", before, after)
	}
}

func wantTrinoReadsLaunches(t *testing.T, admin, trino pgtest.Database) {
	t.Helper()
	relations := strings.Fields(clitest.Scan[string](t, admin, `SELECT string_agg(relname, ' ') FROM pg_class
		WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v')`))
	var open []string
	for _, relation := range relations {
		if attempt(t, trino, "SELECT * FROM "+relation) == nil {
			open = append(open, relation)
		}
	}
	if len(open) != 6 || len(relations) < 22 {
		t.Errorf("of %d relations Trino's role reads %v, want the five views and raw_launches", len(relations), open)
	}
}

// A view that was changed is for its owner to mend; a run says so and writes
// nothing, and what was granted stays.
func wantViewIsTheOwners(t *testing.T, u *clitest.User, admin, owner, ingester pgtest.Database) {
	t.Helper()
	clitest.Execute(t, owner, "CREATE OR REPLACE VIEW launch_aggregates_view AS SELECT *, 1 AS more FROM ("+
		strings.TrimSuffix(clitest.Scan[string](t, admin, "SELECT pg_get_viewdef('launch_aggregates_view'::regclass)"), ";")+") AS v")
	before := clitest.Scan[string](t, admin, grantsOf, "liftoff_trino")
	clitest.WantFailure(t, u.On(ingester).Run(t, "ingest"), 7, "may not replace launch_aggregates_view, which another role owns")
	u.On(owner).Succeed(t, "migrate", "up")
	if after := clitest.Scan[string](t, admin, grantsOf, "liftoff_trino"); after != before {
		t.Errorf("Trino's grants were %q and are %q", before, after)
	}
	u.On(ingester).Succeed(t, "ingest")
}

// A migration that is due is for the owner too.
func wantMigrationsAreTheOwners(t *testing.T, u *clitest.User, owner, ingester pgtest.Database) {
	t.Helper()
	clitest.Execute(t, owner, "UPDATE liftoff_schema_version SET version_id = 0 WHERE version_id = (SELECT max(version_id) FROM liftoff_schema_version)")
	r := u.On(ingester).Run(t, "ingest")
	clitest.WantFailure(t, r, 7, "may not create tables in schema")
	if !strings.Contains(r.LastLine(), "Next: migrate with `liftoff migrate up` as the role that owns the tables") {
		t.Errorf("it does not say who migrates: %q", r.LastLine())
	}
	clitest.WantFailure(t, u.On(ingester).Run(t, "ingest", "--auto-migrate=false"), 2, "but this program needs version")
}

// attempt executes one statement and returns its error.
func attempt(t *testing.T, db pgtest.Database, sql string) error {
	t.Helper()
	_, err := pgtest.Connect(t, db.DSN).Exec(t.Context(), sql)
	return err
}

// Where there are no superusers, the owner of the database runs the script.
func TestC18_TheDatabasesOwnerRunsTheScript(t *testing.T) {
	t.Parallel()
	server := pgtest.NewServer(t).Database()
	clitest.Execute(t, server, "CREATE ROLE administrator LOGIN CREATEROLE PASSWORD 's3cret'", "CREATE DATABASE spacex OWNER administrator")
	administrator := as(server, "administrator", "s3cret")
	grant(t, administrator)
	clitest.Execute(t, administrator, "GRANT liftoff_owner TO administrator",
		"ALTER ROLE liftoff_owner PASSWORD 's3cret'", "ALTER ROLE liftoff_ingester PASSWORD 's3cret'")
	u := newUser(t, 0)
	u.On(as(server, "liftoff_owner", "s3cret")).Succeed(t, "migrate", "up")
	grant(t, administrator)
	u.On(as(server, "liftoff_ingester", "s3cret")).Succeed(t, "ingest", "--all")
	wantStored(t, administrator, launches)
}

// An installation that has run under one role is handed over with its launches.
func TestC18_AnInstallationIsHandedOver(t *testing.T) {
	t.Parallel()
	u := newUser(t, 0)
	server := pgtest.NewServer(t)
	clitest.Execute(t, server.Database(), "CREATE ROLE spacex LOGIN PASSWORD 's3cret'", "CREATE DATABASE spacex")
	admin := as(server.Database(), "postgres", server.Database().Password)
	clitest.Execute(t, admin, "GRANT CREATE ON SCHEMA public TO spacex")
	u.On(as(admin, "spacex", "s3cret")).Succeed(t, "ingest")
	grant(t, admin)
	clitest.Execute(t, admin, "REASSIGN OWNED BY spacex TO liftoff_owner",
		"ALTER ROLE liftoff_owner PASSWORD 's3cret'", "ALTER ROLE liftoff_ingester PASSWORD 's3cret'")
	grant(t, admin)
	u.On(as(admin, "liftoff_owner", "s3cret")).Succeed(t, "migrate", "up")
	u.On(as(admin, "liftoff_ingester", "s3cret")).Succeed(t, "ingest", "--all")
	wantStored(t, admin, launches)
}
