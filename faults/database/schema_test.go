package database_test

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// migrations is the folder of all versions of the schema.
const migrations = "../../internal/postgres/migrations"

// versions returns how many versions there are.
func versions(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir(migrations)
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// migrateTo makes a database as the program of that version made it.
func migrateTo(t *testing.T, db pgtest.Database, version int64) {
	t.Helper()
	sql := stdlib.OpenDB(*pgtest.Connect(t, db.DSN).Config())
	defer func() { _ = sql.Close() }()
	provider, err := goose.NewProvider(goose.DialectPostgres, sql, os.DirFS(migrations),
		goose.WithTableName("liftoff_schema_version"), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(t.Context(), version); err != nil {
		t.Fatal(err)
	}
}

func TestC21_TwentyProcessesMigrateAtOnce(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	u := newUser(t, 0).On(db)
	var group sync.WaitGroup
	results := make([]clitest.Result, 20)
	for i := range results {
		group.Go(func() { results[i] = u.Run(t, "migrate", "up") })
	}
	group.Wait()
	applied := 0
	for _, r := range results {
		if r.Code != 0 {
			t.Errorf("exit code %d: %s", r.Code, r.LastLine())
		}
		applied += strings.Count(r.Stdout, "applied 0")
	}
	if want := versions(t); applied != want {
		t.Errorf("the twenty applied %d versions, want %d", applied, want)
	}
	u.Succeed(t, "ingest", "--all")
	wantStored(t, db, launches)
}

func TestC22_ASchemaOlderThanTheProgram(t *testing.T) {
	t.Parallel()
	for version := 1; version < versions(t); version++ {
		t.Run(fmt.Sprintf("version %d", version), func(t *testing.T) {
			t.Parallel()
			db := pgtest.NewDatabase(t)
			migrateTo(t, db, int64(version))
			clitest.Execute(t, db, `INSERT INTO raw_launches VALUES ('0old', '2020-01-01', 1, 2, '{"id": "0old", "name": "from the past"}')`)
			u := newUser(t, 0).On(db)
			r := u.With("AUTO_MIGRATE=false").Run(t, "ingest", "--all")
			clitest.WantFailure(t, r, 2, fmt.Sprintf("has version %d, but this program needs version", version))
			if !strings.HasSuffix(r.LastLine(), "Next: run `liftoff migrate up`") {
				t.Errorf("the last line does not tell the command: %q", r.LastLine())
			}
			if n := clitest.Scan[int](t, db, "SELECT count(*) FROM raw_launches"); n != 1 {
				t.Errorf("%d launches although it was refused", n)
			}
			u.Succeed(t, "ingest", "--all")
			wantStored(t, db, launches+1)
			if name := clitest.Scan[string](t, db, "SELECT name FROM launches WHERE id = '0old'"); name != "from the past" {
				t.Errorf("the old row's name is %q", name)
			}
		})
	}
}

func TestC23_ASchemaNewerThanTheProgram(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	u := newUser(t, 0).On(db)
	u.Succeed(t, "ingest", "--all")
	clitest.Execute(t, db, "INSERT INTO liftoff_schema_version (version_id, is_applied) VALUES (9000, TRUE)")
	const state = "SELECT count(*) || ' ' || (SELECT count(*) FROM ingestion_runs) FROM raw_launches"
	before := clitest.Scan[string](t, db, state)
	for _, args := range [][]string{{"ingest", "--all"}, {"ingest", "--all", "--auto-migrate=false"}, {"ingest", "--all", "--dry-run"}, {"migrate", "up"}} {
		clitest.WantFailure(t, u.Run(t, args...), 2, "has version 9000, but this program knows only version")
	}
	if after := clitest.Scan[string](t, db, state); after != before {
		t.Errorf("launches and runs were %s and are %s", before, after)
	}
	for _, args := range [][]string{{"analyze"}, {"export"}, {"runs"}, {"history", anID(t, db)}} {
		if r := u.Succeed(t, args...); r.Stdout == "" {
			t.Errorf("liftoff %s prints nothing", args[0])
		}
	}
}

// A migration that fails in a run is told, leaves nothing behind, and goes on
// where it stopped once its cause has gone.
func TestC24_AMigrationThatFails(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	executeAll(t, db, `CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$
		BEGIN
			IF EXISTS (SELECT FROM pg_event_trigger_ddl_commands() WHERE object_identity = 'public.quarantined_records') THEN
				RAISE EXCEPTION 'not today';
			END IF;
		END $$; CREATE EVENT TRIGGER refuse ON ddl_command_end EXECUTE FUNCTION refuse()`)
	u := newUser(t, 0).On(db)
	for range 2 {
		clitest.WantFailure(t, u.Run(t, "ingest", "--all"), 5, "not today")
		if n := clitest.Scan[int](t, db, "SELECT count(*) FROM pg_class WHERE relname LIKE 'ingestion%'"); n != 0 {
			t.Errorf("%d relations of the migration that failed are left", n)
		}
		if version := clitest.Scan[int64](t, db, "SELECT max(version_id) FROM liftoff_schema_version"); version != 3 {
			t.Errorf("the schema has version %d, want 3", version)
		}
	}
	clitest.Execute(t, db, "DROP EVENT TRIGGER refuse")
	u.Succeed(t, "ingest", "--all")
	wantStored(t, db, launches)
}

func TestC25_TheDoctorFindsATableChangedByHand(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ change, says string }{
		"column dropped": {"ALTER TABLE ingestion_sources DROP COLUMN list_tag", "column ingestion_sources.list_tag"},
		"type changed":   {"ALTER TABLE ingestion_sources ALTER COLUMN most_launches TYPE numeric", "is numeric, not bigint"},
		"key missing":    {"ALTER TABLE known_launches DROP CONSTRAINT known_launches_pkey", "known_launches has no unique key of id"},
		"raw_launches":   {"ALTER TABLE raw_launches DROP CONSTRAINT raw_launches_pkey", "its primary key is not id alone"},
	} {
		t.Run("C25 "+name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.NewDatabase(t)
			u := newUser(t, 0).On(db)
			u.Succeed(t, "ingest", "--all")
			clitest.Execute(t, db, test.change)
			doctor := u.Run(t, "doctor")
			if doctor.Code != 8 || !strings.Contains(doctor.Stdout, "FAILED schema") || !strings.Contains(doctor.Stdout, test.says) {
				t.Errorf("the doctor ends with %d and says:\n%s", doctor.Code, doctor.Stdout)
			}
			// Nothing is fetched either.
			clitest.WantFailure(t, u.With("SPACEX_API_URL="+clitest.ClosedPort).Run(t, "ingest", "--all"), 8, test.says)
			if n := clitest.Scan[int](t, db, "SELECT count(*) FROM ingestion_runs"); n != 1 {
				t.Errorf("%d runs are in the ledger, want the first only", n)
			}
		})
	}
}

// spoilView gives the view another definition with the same columns.
const spoilView = `CREATE OR REPLACE VIEW launch_aggregates_view AS
	SELECT 0::BIGINT AS total_launches, 0::BIGINT AS total_successful_launches,
		0::DOUBLE PRECISION AS average_payload_mass, 0::DOUBLE PRECISION AS average_launch_delay_minutes`

// A reader that stays in its transaction keeps a view that must be replaced
// from that, but not the launches from being stored, nor other readers.
func TestC19_ALongReaderOfTheView(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	u := newUser(t, 0).On(db)
	u.Succeed(t, "migrate", "up")
	reader := pgtest.Connect(t, db.DSN)
	read := func() {
		if _, err := reader.Exec(t.Context(), "BEGIN; SELECT * FROM launch_aggregates_view"); err != nil {
			t.Fatal(err)
		}
	}
	read()
	u.Succeed(t, "ingest") // the view stands, so there is nothing to wait for
	if _, err := reader.Exec(t.Context(), "COMMIT"); err != nil {
		t.Fatal(err)
	}
	clitest.Execute(t, db, spoilView)
	read()
	ended := make(chan clitest.Result, 1)
	go func() { ended <- u.Run(t, "ingest", "--all") }()
	other, readings := pgtest.Connect(t, db.DSN), 0
	var r clitest.Result
	for r.Stderr == "" {
		// Each waits for one try to replace the view at the most.
		if _, err := other.Exec(t.Context(), "SET statement_timeout = '4s'; SELECT * FROM launch_aggregates_view"); err != nil {
			t.Fatalf("reading %d was blocked: %v", readings, err)
		}
		readings++
		select {
		case r = <-ended:
		default:
		}
	}
	clitest.WantFailure(t, r, 5, "lock timeout")
	if n := clitest.Scan[int](t, db, "SELECT count(*) FROM raw_launches"); n != launches || readings < 5 {
		t.Errorf("%d launches are stored, and other readers got through %d times", n, readings)
	}
	if _, err := reader.Exec(t.Context(), "COMMIT"); err != nil {
		t.Fatal(err)
	}
	u.Succeed(t, "ingest", "--new")
	wantStored(t, db, launches)
}

// What others have built on the view is kept, or the run refuses.
func TestC20_ViewsAndGrantsOnTheView(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	u := newUser(t, 0).On(db)
	u.Succeed(t, "ingest", "--all")
	reader := pgtest.NewRole(t, db, "SELECT ON launch_aggregates_view")
	clitest.Execute(t, db, "CREATE VIEW theirs AS SELECT total_launches * 2 AS twice FROM launch_aggregates_view", spoilView)
	u.Succeed(t, "ingest")
	if n := clitest.Scan[int64](t, db, "SELECT twice FROM theirs"); n != 2*launches {
		t.Errorf("the view on the view says %d", n)
	}
	if n := clitest.Scan[int64](t, reader, "SELECT total_launches FROM launch_aggregates_view"); n != launches {
		t.Errorf("the role that was granted the view reads %d", n)
	}
	clitest.Execute(t, db, "DROP VIEW theirs")
	const view = "SELECT pg_get_viewdef('launch_aggregates_view'::regclass)"
	clitest.Execute(t, db, "CREATE OR REPLACE VIEW launch_aggregates_view AS SELECT *, 7 AS seven FROM ("+
		strings.TrimSuffix(clitest.Scan[string](t, db, view), ";")+") AS v", "CREATE VIEW theirs AS SELECT seven FROM launch_aggregates_view")
	before := clitest.Scan[string](t, db, view)
	clitest.WantFailure(t, u.With("SPACEX_API_URL="+clitest.ClosedPort).Run(t, "ingest"), 8, "other views depend on it: theirs")
	if diff := cmp.Diff(before, clitest.Scan[string](t, db, view)); diff != "" {
		t.Errorf("the view was touched (-before +after):\n%s", diff)
	}
	clitest.Execute(t, db, "DROP VIEW theirs")
	u.Succeed(t, "ingest")
	if n := clitest.Scan[int64](t, reader, "SELECT total_launches FROM launch_aggregates_view"); n != launches {
		t.Errorf("after new columns the role that was granted the view reads %d", n)
	}
}
