package database_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"liftoff/internal/replay"
	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// changingAPI is an API whose launches can change.
type changingAPI struct {
	url     string
	handler atomic.Pointer[replay.Server]
}

// show makes the API serve another revision of its launches.
func (a *changingAPI) show(t *testing.T, revision int) {
	t.Helper()
	server, err := replay.New(replay.Options{Count: launches, Seed: 1, Revision: revision})
	if err != nil {
		t.Fatal(err)
	}
	a.handler.Store(server)
}

func startChangingAPI(t *testing.T) *changingAPI {
	t.Helper()
	a := &changingAPI{}
	a.show(t, 0)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { a.handler.Load().ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	a.url = server.URL
	return a
}

// A trigger that drops launches costs the run, not the launches.
func TestL1_ATriggerThatDropsLaunches(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	u := newUser(t, 0).On(db)
	u.Succeed(t, "migrate", "up")
	executeAll(t, db, `CREATE FUNCTION half() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN
			IF right(NEW.id, 1) < '5' THEN RETURN NULL; END IF; RETURN NEW; END $$;
		CREATE TRIGGER half BEFORE INSERT ON raw_launches FOR EACH ROW EXECUTE FUNCTION half()`)
	r := u.Run(t, "ingest", "--all")
	clitest.WantFailure(t, r, 8, "raw_launches does not keep what is written into it")
	if !strings.Contains(r.LastLine(), "Next: drop or change the trigger half of raw_launches") {
		t.Errorf("the last line does not tell what to do: %q", r.LastLine())
	}
	if got := clitest.Scan[string](t, db, "SELECT concat_ws(' ', status, fetched, inserted, unchanged) FROM ingestion_runs"); got != "failed 0 0 0" {
		t.Errorf("the ledger says %s", got)
	}
	wantStored(t, db, 0)
	clitest.Execute(t, db, "DROP FUNCTION half() CASCADE")
	u.Succeed(t, "ingest", "--all")
	wantStored(t, db, launches)
}

// A payload that a trigger drops costs the run too.
func TestL11_ATriggerThatDropsPayloads(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	u := newUser(t, 0).On(db)
	u.Succeed(t, "migrate", "up")
	executeAll(t, db, `CREATE FUNCTION drops() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
		CREATE TRIGGER drops BEFORE INSERT ON raw_payloads FOR EACH ROW EXECUTE FUNCTION drops()`)
	clitest.WantFailure(t, u.Run(t, "ingest", "--all"), 8, "raw_payloads does not keep what is written into it")
}

// Revisions that were deleted by hand are told by the doctor, and come back with
// the next run, whichever it is.
func TestL12_DeletedRevisionsAreToldAndComeBack(t *testing.T) {
	t.Parallel()
	for _, again := range []string{"--all", "--new"} {
		for _, deletion := range []string{"TRUNCATE launch_revisions", "TRUNCATE ingestion_runs CASCADE"} {
			t.Run("L12 "+again+" after "+deletion, func(t *testing.T) {
				t.Parallel()
				api := startChangingAPI(t)
				db := pgtest.NewDatabase(t)
				u := newUser(t, 0).On(db).With("SPACEX_API_URL=" + api.url)
				u.Succeed(t, "ingest", "--all", "--skip-analytics")
				api.show(t, 1)
				u.Succeed(t, "ingest", "--all", "--skip-analytics")
				const view = "SELECT md5(string_agg(l::TEXT, ' ' ORDER BY id)) FROM (SELECT id, name, launched_at, success, upcoming FROM launches) AS l"
				want := clitest.Scan[string](t, db, view)
				u.Succeed(t, "doctor", "--deep")
				lost := clitest.Scan[string](t, db, "SELECT min(launch_id) FROM launch_revisions")
				clitest.Execute(t, db, deletion)
				doctor := u.Run(t, "doctor")
				if doctor.Code != 8 || !strings.Contains(doctor.Stdout, "FAILED launches") || !strings.Contains(doctor.Stdout, lost) ||
					!strings.Contains(doctor.Stdout, "Next: run `liftoff ingest --all`") {
					t.Errorf("the doctor ends with %d and says:\n%s", doctor.Code, doctor.Stdout)
				}
				u.Succeed(t, "ingest", again, "--skip-analytics")
				if got := clitest.Scan[string](t, db, view); got != want {
					t.Error("the view does not show the newest states again")
				}
				u.Succeed(t, "doctor", "--deep")
			})
		}
	}
}

func TestL14_TheDoctorFindsDocumentsThatWereChanged(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	u := newUser(t, 0).On(db)
	u.Succeed(t, "ingest", "--all", "--skip-analytics")
	id := anID(t, db)
	clitest.Execute(t, db, `UPDATE raw_launches SET raw_data = raw_data || '{"name": "other"}' WHERE id = '`+id+`'`)
	u.Succeed(t, "migrate", "rebuild") // until then the line about columns fails
	u.Succeed(t, "doctor")
	doctor := u.Run(t, "doctor", "--deep")
	if doctor.Code != 8 || !strings.Contains(doctor.Stdout, "FAILED documents") || !strings.Contains(doctor.Stdout, id) || !strings.Contains(doctor.Stdout, "Next: restore these rows") {
		t.Errorf("the doctor ends with %d and says:\n%s", doctor.Code, doctor.Stdout)
	}
	// What it says helps.
	clitest.Execute(t, db, "DELETE FROM raw_launches WHERE id = '"+id+"'")
	u.Succeed(t, "ingest", "--new", "--skip-analytics")
	u.Succeed(t, "doctor", "--deep")
}

// A view that shows some launches only costs every reader, so the doctor tells.
func TestL23_TheDoctorFindsAViewThatWasReplaced(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	u := newUser(t, 0).On(db)
	u.Succeed(t, "ingest", "--all", "--skip-analytics")
	u.Succeed(t, "doctor")
	executeAll(t, db, `DO $$ BEGIN EXECUTE 'CREATE OR REPLACE VIEW launches AS ' || rtrim(pg_get_viewdef('launches'::REGCLASS), ';') || ' LIMIT 10'; END $$`)
	doctor := u.Run(t, "doctor")
	if doctor.Code != 8 || !strings.Contains(doctor.Stdout, "FAILED views") || !strings.Contains(doctor.Stdout, "the view launches of PostgreSQL") {
		t.Errorf("the doctor ends with %d and says:\n%s", doctor.Code, doctor.Stdout)
	}
}

// One launch that a constraint refuses costs itself, and the last line says why.
func TestL18_OneLaunchThatAConstraintRefuses(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	u := newUser(t, 0).On(db)
	u.Succeed(t, "ingest", "--all", "--skip-analytics")
	id := anID(t, db)
	clitest.Execute(t, db, "TRUNCATE raw_launches, known_launches", "ALTER TABLE raw_launches ADD CONSTRAINT odd CHECK (id <> '"+id+"')")
	dry := u.Run(t, "ingest", "--all", "--dry-run")
	if dry.Code != 3 || !strings.Contains(dry.Stdout, `violates check constraint "odd"`) {
		t.Errorf("the dry run ends with %d and prints\n%s", dry.Code, dry.Stdout)
	}
	for range 2 {
		clitest.WantFailure(t, u.Run(t, "ingest", "--all", "--skip-analytics"), 3,
			`1 of 60 records went into quarantine (first reason: new row for relation "raw_launches" violates check constraint "odd" (SQLSTATE 23514))`)
		wantStored(t, db, launches-1)
	}
	clitest.Execute(t, db, "ALTER TABLE raw_launches DROP CONSTRAINT odd")
	u.Succeed(t, "quarantine", "retry")
	wantStored(t, db, launches)
}

// When the database refuses more than a fifth, nothing is written, as for any
// other records that cannot be stored.
func TestL16_MostLaunchesAreRefused(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	u := newUser(t, 0).On(db)
	u.Succeed(t, "migrate", "up")
	clitest.Execute(t, db, "ALTER TABLE raw_launches ADD CONSTRAINT odd CHECK (right(id, 1) IN ('0', '1'))")
	r := u.Run(t, "ingest", "--all", "--skip-analytics")
	clitest.WantFailure(t, r, 8, "PostgreSQL refuses more than a fifth of 60 records")
	if !strings.Contains(r.LastLine(), `violates check constraint "odd"`) ||
		!strings.Contains(r.LastLine(), "--accept-drift continues, and puts what cannot be stored into quarantine") {
		t.Errorf("the last line is %q", r.LastLine())
	}
	const rows = "SELECT (SELECT count(*) FROM raw_launches) + (SELECT count(*) FROM quarantined_records)"
	if n := clitest.Scan[int](t, db, rows); n != 0 {
		t.Errorf("%d rows were written", n)
	}
	clitest.WantFailure(t, u.Run(t, "ingest", "--all", "--skip-analytics", "--accept-drift"), 3, "records went into quarantine (first reason: new row")
	if n := clitest.Scan[int](t, db, rows); n != launches {
		t.Errorf("%d rows were written, want one for each record", n)
	}
}

// One payload that a constraint refuses costs itself too.
func TestL19_OnePayloadThatAConstraintRefuses(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	u := newUser(t, 0).On(db)
	u.Succeed(t, "ingest", "--all", "--skip-analytics")
	const payloads = "SELECT count(*) FROM raw_payloads"
	all, id := clitest.Scan[int](t, db, payloads), clitest.Scan[string](t, db, "SELECT min(id) FROM raw_payloads")
	clitest.Execute(t, db, "TRUNCATE raw_payloads", "ALTER TABLE raw_payloads ADD CONSTRAINT odd CHECK (id <> '"+id+"')")
	clitest.WantFailure(t, u.Run(t, "ingest", "--all", "--skip-analytics"), 3, `PostgreSQL refused 1 reference (payload "`+id+`": new row`)
	if n := clitest.Scan[int](t, db, payloads); n != all-1 {
		t.Errorf("%d of %d payloads are stored", n, all)
	}
	if got := clitest.Scan[string](t, db, "SELECT status FROM ingestion_runs ORDER BY id DESC LIMIT 1"); got != "succeeded" {
		t.Errorf("the ledger says %s", got)
	}
	clitest.Execute(t, db, "ALTER TABLE raw_payloads DROP CONSTRAINT odd")
	u.Succeed(t, "ingest", "--all", "--skip-analytics")
	if n := clitest.Scan[int](t, db, payloads); n != all {
		t.Errorf("%d of %d payloads are stored", n, all)
	}
}
