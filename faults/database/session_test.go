package database_test

import (
	"net/url"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// oddSettings are settings that would change what is stored, compared or printed.
func oddSettings(encoding string) map[string]string {
	return map[string]string{
		"client_encoding": encoding, "datestyle": "German, DMY", "intervalstyle": "sql_standard", "timezone": "Asia/Kathmandu",
		"extra_float_digits": "-15", "bytea_output": "escape", "standard_conforming_strings": "off", "array_nulls": "off",
		"transform_null_equals": "on", "quote_all_identifiers": "on", "default_transaction_isolation": "serializable",
		"row_security": "off", "synchronous_commit": "off", "lc_numeric": "C.UTF-8", "lc_time": "C.UTF-8",
	}
}

// The whole pipeline stores and prints the same, whatever role, database, URL and
// environment say about sessions.
func TestK1_K2_EqualResultsWhateverTheSessionIs(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]func(t *testing.T, db pgtest.Database, name, value string) pgtest.Database{
		"K1 LATIN1 of the database": func(t *testing.T, db pgtest.Database, name, value string) pgtest.Database {
			clitest.Execute(t, db, "ALTER DATABASE "+db.Name+" SET "+name+" = '"+value+"'")
			return db
		},
		"K1 WIN1252 of the role": func(t *testing.T, db pgtest.Database, name, value string) pgtest.Database {
			if db.User == "postgres" {
				admin := db
				db = pgtest.NewRole(t, db)
				clitest.Execute(t, admin, "ALTER ROLE "+db.User+" SUPERUSER")
			}
			clitest.Execute(t, db, "ALTER ROLE "+db.User+" SET "+name+" = '"+value+"'")
			return db
		},
		"K2 EUC_JP of the URL": func(_ *testing.T, db pgtest.Database, name, value string) pgtest.Database {
			db.DSN += "&" + name + "=" + escaped(value)
			return db
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.NewDatabase(t)
			for setting, value := range oddSettings(strings.Fields(name)[1]) {
				db = set(t, db, setting, value)
			}
			plain := db
			plain.DSN, _, _ = strings.Cut(db.DSN, "&")
			wantEqualResults(t, db)
			// Read by a session that is as odd as can be, but for its encoding.
			if n := clitest.Scan[int](t, pgtest.Database{DSN: plain.DSN + "&client_encoding=UTF8"}, "SELECT count(*) FROM raw_launches WHERE raw_data::text LIKE '%Ã%'"); n != 0 {
				t.Errorf("%d launches are stored in another encoding", n)
			}
		})
	}
}

// escaped escapes a parameter of a URL.
func escaped(value string) string { return strings.ReplaceAll(url.QueryEscape(value), "+", "%20") }

// The same from the environment, letter by letter.
func TestK1_PGCLIENTENCODINGAndPGOPTIONS(t *testing.T) {
	t.Parallel()
	api := clitest.StartAnswering(t, 200, "application/json", clitest.LaunchDocument("name", `"Türksat é 日本"`))
	for _, variables := range [][]string{
		{"PGCLIENTENCODING=LATIN1"}, {"PGCLIENTENCODING=EUC_JP"}, {"PGOPTIONS=-c client_encoding=WIN1252"}, {"PGTZ=Asia/Kathmandu", "PGDATESTYLE=German"},
	} {
		t.Run("K1 "+variables[0], func(t *testing.T) {
			t.Parallel()
			db := pgtest.NewDatabase(t)
			u := newUser(t, 0).On(db).With("SPACEX_API_URL="+api, "REFERENCES=false").With(variables...)
			for range 2 {
				u.Succeed(t, "ingest", "--skip-analytics")
			}
			const stored = "SELECT concat_ws(' ', min(raw_data->>'name'), (SELECT count(*) FROM launch_revisions), max(abs(extract(epoch FROM (now() AT TIME ZONE 'UTC') - fetched_at_timestamp))) < 600) FROM raw_launches"
			if got := clitest.Scan[string](t, db, stored); got != "Türksat é 日本 0 t" {
				t.Errorf("name, revisions, time: %q", got)
			}
		})
	}
}

func TestK3_ASessionThatLeavesOutTriggers(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	clitest.Execute(t, db, "ALTER DATABASE "+db.Name+" SET session_replication_role = replica")
	u := newUser(t, 0).On(db).With("SPACEX_API_URL=" + clitest.ClosedPort)
	clitest.WantFailure(t, u.Run(t, "ingest", "--all"), 8, "session_replication_role")
	if r := u.Run(t, "doctor"); !strings.Contains(r.Stdout, "session_replication_role") {
		t.Errorf("the doctor says:\n%s", r.Stdout)
	}
}

// Another place for the tables is noticed before anything is fetched, by a run as
// by the doctor, and nothing is stored or made there.
func TestK5_K6_AnotherSchemaInTheSearchPath(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ change, path string }{
		"K5 raw_launches earlier":       {"CREATE TABLE other.raw_launches (LIKE public.raw_launches INCLUDING ALL)", "other, public"},
		"K5 raw_launches later":         {"CREATE TABLE other.raw_launches (LIKE public.raw_launches INCLUDING ALL)", "public, other"},
		"K6 a schema named as the role": {"SELECT 1", `"$user", public`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.NewDatabase(t)
			u := newUser(t, 0).On(db)
			u.Succeed(t, "ingest", "--all")
			schema := "other"
			if strings.HasPrefix(name, "K6") {
				schema = db.User
			}
			clitest.Execute(t, db, "CREATE SCHEMA "+schema, test.change, "ALTER DATABASE "+db.Name+" SET search_path = "+test.path)
			broken := newUser(t, 2).On(db)
			clitest.WantFailure(t, broken.With("SPACEX_API_URL="+clitest.ClosedPort).Run(t, "ingest", "--all"), 8, "which raw_launches of PostgreSQL")
			clitest.WantFailure(t, broken.Run(t, "migrate", "up"), 8, "which raw_launches of PostgreSQL")
			if r := broken.Run(t, "doctor"); r.Code != 8 || !strings.Contains(r.Stdout, "FAILED schema") {
				t.Errorf("the doctor ends with %d and says:\n%s", r.Code, r.Stdout)
			}
			if n := clitest.Scan[int](t, db, "SELECT count(*) FROM pg_views WHERE viewname = 'launch_aggregates_view'"); n != 1 {
				t.Errorf("%d views", n)
			}
			// The statement that is told mends it.
			r := broken.Run(t, "ingest", "--all")
			statement, _, _ := strings.Cut(r.LastLine()[strings.Index(r.LastLine(), "ALTER ROLE"):], ";")
			clitest.Execute(t, db, statement)
			broken.Succeed(t, "ingest", "--all")
			if n := clitest.Scan[int64](t, db, "SELECT total_launches FROM public.launch_aggregates_view"); n < launches {
				t.Errorf("the view counts %d launches", n)
			}
		})
	}
}

func TestK8_TheViewIsATable(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	u := newUser(t, 0).On(db)
	u.Succeed(t, "migrate", "up")
	executeAll(t, db, "CREATE TABLE copy AS SELECT * FROM launch_aggregates_view; DROP VIEW launch_aggregates_view; ALTER TABLE copy RENAME TO launch_aggregates_view")
	clitest.WantFailure(t, u.With("SPACEX_API_URL="+clitest.ClosedPort).Run(t, "ingest", "--all"), 8, "it is a table, not a view")
	if n := clitest.Scan[int](t, db, "SELECT count(*) FROM raw_launches"); n != 0 {
		t.Errorf("%d launches are stored", n)
	}
}

// A table that a well-known program has filled goes on without a revision for
// what that program has put into the documents.
func TestK9_ATableOfAWellKnownProgram(t *testing.T) {
	t.Parallel()
	first := pgtest.NewDatabase(t)
	newUser(t, 0).On(first).Succeed(t, "ingest", "--all", "--skip-analytics")
	db := pgtest.NewDatabase(t)
	clitest.Execute(t, db, `CREATE TABLE raw_launches (id TEXT PRIMARY KEY, fetched_at_timestamp TIMESTAMP,
		simulated_total_payload_mass_kg INTEGER, simulated_delay_minutes INTEGER, raw_data JSONB)`)
	rows := clitest.Scan[string](t, first, `SELECT json_agg(to_jsonb(r) || jsonb_build_object('raw_data', r.raw_data
		|| jsonb_build_object('fetched_at_timestamp', r.fetched_at_timestamp::text, 'simulated_delay_minutes', r.simulated_delay_minutes,
			'simulated_total_payload_mass_kg', r.simulated_total_payload_mass_kg))) FROM raw_launches AS r`)
	if _, err := pgtest.Connect(t, db.DSN).Exec(t.Context(), "INSERT INTO raw_launches SELECT * FROM jsonb_populate_recordset(NULL::raw_launches, $1::text::jsonb)", rows); err != nil {
		t.Fatal(err)
	}
	const counts = "SELECT concat_ws(' ', inserted, unchanged, revised) FROM ingestion_runs ORDER BY id DESC LIMIT 1"
	for _, state := range []int{0, 0, 2} {
		newUser(t, state).On(db).Succeed(t, "ingest", "--all")
		newUser(t, state).On(db).Succeed(t, "doctor", "--deep")
		newUser(t, state).On(first).Succeed(t, "ingest", "--all")
		got, want := clitest.Scan[string](t, db, counts), clitest.Scan[string](t, first, counts)
		if got != want || state == 0 && got != "0 60 0" {
			t.Errorf("state %d: inserted, unchanged, revised are %s, and without that program %s", state, got, want)
		}
	}
	id := clitest.Scan[string](t, db, "SELECT min(launch_id) FROM launch_revisions")
	if r := newUser(t, 2).On(db).Succeed(t, "history", id); strings.Contains(r.Stdout, "simulated") {
		t.Errorf("the history shows what that program has added:\n%s", r.Stdout)
	}
}

func TestK12_AnAdoptedTableWithAStricterConstraint(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	clitest.Execute(t, db, `CREATE TABLE raw_launches (id TEXT PRIMARY KEY, fetched_at_timestamp TIMESTAMP,
		simulated_total_payload_mass_kg INTEGER, simulated_delay_minutes INTEGER CONSTRAINT short CHECK (simulated_delay_minutes < 60), raw_data JSONB)`)
	u := newUser(t, 0).On(db)
	for _, args := range [][]string{{"ingest", "--all"}, {"migrate", "up"}} {
		clitest.WantFailure(t, u.With("SPACEX_API_URL="+clitest.ClosedPort).Run(t, args...), 8, `violates check constraint "short"`)
	}
	if r := u.Run(t, "doctor"); r.Code != 8 || !strings.Contains(r.Stdout, `"short"`) {
		t.Errorf("the doctor ends with %d and says:\n%s", r.Code, r.Stdout)
	}
	if n := clitest.Scan[int](t, db, "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v')"); n != 1 {
		t.Errorf("%d relations, want the one that was there", n)
	}
}

// Row-level security is told as what it is, by a run and by the doctor, and what
// they tell is enough.
func TestK14_RowLevelSecurity(t *testing.T) {
	t.Parallel()
	u := newUser(t, 0)
	admin, _, ingester, reader, _ := rolesOf(t, u)
	run := u.On(ingester)
	run.Succeed(t, "ingest")
	clitest.Execute(t, admin, "ALTER TABLE raw_launches ENABLE ROW LEVEL SECURITY", "ALTER TABLE ingestion_runs ENABLE ROW LEVEL SECURITY")
	r := run.With("SPACEX_API_URL="+clitest.ClosedPort).Run(t, "ingest", "--all")
	clitest.WantFailure(t, r, 7, "row-level security")
	if !strings.Contains(r.LastLine(), "BYPASSRLS") || !strings.Contains(r.LastLine(), "raw_launches, ingestion_runs") {
		t.Errorf("the last line is %q", r.LastLine())
	}
	if doctor := run.Run(t, "doctor"); doctor.Code != 7 || !strings.Contains(doctor.Stdout, "row-level security") {
		t.Errorf("the doctor ends with %d and says:\n%s", doctor.Code, doctor.Stdout)
	}
	clitest.WantFailure(t, u.On(reader).Run(t, "runs"), 7, "row-level security")
	executeAll(t, admin, toldStatement(t, r))
	run.Succeed(t, "ingest", "--all")
	if doctor := run.Run(t, "doctor"); doctor.Code != 0 {
		t.Errorf("the doctor ends with %d and says:\n%s", doctor.Code, doctor.Stdout)
	}
	executeAll(t, admin, toldStatement(t, u.On(reader).Run(t, "runs")))
	if r := u.On(reader).Succeed(t, "runs", "-o", "csv"); strings.Count(r.Stdout, "\n") < 3 {
		t.Errorf("a reader's runs:\n%s", r.Stdout)
	}
}

// The doctor asks for privileges also while versions are to be applied.
func TestK15_TheDoctorAsksForPrivilegesBeforeMigrations(t *testing.T) {
	t.Parallel()
	u := newUser(t, 0)
	t.Run("K15 nothing is there", func(t *testing.T) {
		t.Parallel()
		db := pgtest.NewDatabase(t)
		r := u.On(pgtest.NewRole(t, db)).Run(t, "doctor")
		if r.Code != 7 || !strings.Contains(r.Stdout, "may not create tables in schema") {
			t.Errorf("exit code %d:\n%s", r.Code, r.Stdout)
		}
		u.On(pgtest.NewRole(t, db, "CREATE ON SCHEMA public")).Succeed(t, "doctor")
		clitest.Execute(t, db, "REVOKE TEMPORARY ON DATABASE "+db.Name+" FROM PUBLIC")
		r = u.On(pgtest.NewRole(t, db, "CREATE ON SCHEMA public")).Run(t, "doctor")
		if r.Code != 7 || !strings.Contains(r.Stdout, "GRANT TEMPORARY") {
			t.Errorf("exit code %d:\n%s", r.Code, r.Stdout)
		}
	})
	t.Run("K15 tables of another role", func(t *testing.T) {
		t.Parallel()
		db := pgtest.NewDatabase(t)
		migrateTo(t, db, 6)
		role := pgtest.NewRole(t, db, "CREATE ON SCHEMA public", "SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public")
		r := u.On(role).Run(t, "doctor")
		if r.Code != 7 || !strings.Contains(r.Stdout, "must be owner of") {
			t.Errorf("exit code %d:\n%s", r.Code, r.Stdout)
		}
		clitest.WantFailure(t, u.On(role).Run(t, "ingest"), 7, "must be owner of")
	})
	t.Run("K15 an adopted table", func(t *testing.T) {
		t.Parallel()
		db := pgtest.NewDatabase(t)
		migrateTo(t, db, 1)
		clitest.Execute(t, db, "DROP TABLE liftoff_schema_version")
		role := pgtest.NewRole(t, db, "CREATE ON SCHEMA public", "SELECT ON raw_launches")
		r := u.On(role).Run(t, "doctor")
		if r.Code != 7 || !strings.Contains(r.Stdout, "GRANT INSERT ON raw_launches") {
			t.Errorf("exit code %d:\n%s", r.Code, r.Stdout)
		}
	})
	t.Run("K15 migrations by another role", func(t *testing.T) {
		t.Parallel()
		db := pgtest.NewDatabase(t)
		migrateTo(t, db, 6)
		role := pgtest.NewRole(t, db, "SELECT ON ALL TABLES IN SCHEMA public")
		r := u.On(role).With("AUTO_MIGRATE=false").Run(t, "doctor")
		var found []string
		for line := range strings.Lines(r.Stdout) {
			if strings.HasPrefix(line, "FAILED") {
				found = append(found, strings.Fields(line)[1])
			}
		}
		if diff := cmp.Diff([]string{"privileges", "schema"}, found); diff != "" || !strings.Contains(r.Stdout, "GRANT INSERT") {
			t.Errorf("failed checks (-want +got):\n%s\n%s", diff, r.Stdout)
		}
	})
}

// psql opens on the same database and schema as every other command.
func TestK16_PsqlWithSettingsInTheURL(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("psql"); err != nil {
		cannot(t, "psql is not installed")
	}
	db := pgtest.NewDatabase(t)
	clitest.Execute(t, db, "CREATE SCHEMA spx")
	db.DSN += "&search_path=spx&statement_timeout=12s&pool_max_conns=7&options=-c%20work_mem%3D8MB"
	u := newUser(t, 0).On(db)
	u.Succeed(t, "ingest", "--all")
	r := u.Succeed(t, "psql", "--", "-XAtc", "SELECT concat_ws(' ', current_schema(), current_setting('statement_timeout'), current_setting('work_mem'), (SELECT count(*) FROM raw_launches))")
	if got := strings.TrimSpace(r.Stdout); got != "spx 12s 8MB 60" {
		t.Errorf("schema, settings, launches: %q", got)
	}
}
