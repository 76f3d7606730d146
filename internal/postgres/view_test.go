package postgres_test

import (
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"liftoff"
	"liftoff/internal/postgres"
	"liftoff/internal/testkit/pgtest"
)

// aggregates is the one row of launch_aggregates_view.
type aggregates struct {
	Total, Successful int64
	Mass, Delay       *float64
}

func readAggregates(t *testing.T, db pgtest.Database) aggregates {
	t.Helper()
	var a aggregates
	err := pgtest.Connect(t, db.DSN).QueryRow(t.Context(), `SELECT total_launches, total_successful_launches,
		average_payload_mass, average_launch_delay_minutes FROM launch_aggregates_view`).Scan(&a.Total, &a.Successful, &a.Mass, &a.Delay)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestCreateAggregateView_CountsOnlyTrueAsSuccess(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	if err := store.CreateAggregateView(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(aggregates{}, readAggregates(t, db)); diff != "" {
		t.Errorf("on an empty table the averages are not NULL (-want +got):\n%s", diff)
	}
	var batch []liftoff.EnrichedLaunch
	for id, raw := range map[string]string{
		"a": `{"success": true}`, "b": `{"success": false}`, "c": `{"success": null}`, "d": `{}`, "e": `{"success": "true"}`,
	} {
		l := launch(id, raw)
		if id == "a" {
			l.SimulatedPayloadMassKg, l.SimulatedDelayMinutes = 4326, 22
		}
		batch = append(batch, l)
	}
	if _, err := insert(t.Context(), store, batch...); err != nil {
		t.Fatal(err)
	}
	mass, delay := 4322.0, 18.0 // (4326 + 4·4321) / 5 and (22 + 4·17) / 5
	if diff := cmp.Diff(aggregates{5, 1, &mass, &delay}, readAggregates(t, db)); diff != "" {
		t.Errorf("aggregates (-want +got):\n%s", diff)
	}
}

func TestC20_TheViewMadeAgainKeepsWhatWasGranted(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	for range 2 {
		if err := store.CreateAggregateView(t.Context()); err != nil {
			t.Fatal(err)
		}
		execute(t, db, spoilView, "GRANT SELECT ON launch_aggregates_view TO pg_monitor")
	}
	if !scan[bool](t, db, "SELECT has_table_privilege('pg_monitor', 'launch_aggregates_view', 'SELECT')") {
		t.Error("re-creating the view took a grant away")
	}
}

// One whose columns must change has to be dropped, and its grants with it.
func TestC20_TheViewMadeWithOtherColumnsKeepsWhatWasGranted(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	reader := pgtest.NewRole(t, db)
	execute(t, db, "CREATE VIEW launch_aggregates_view AS SELECT 1 AS seven",
		"GRANT SELECT ON launch_aggregates_view TO PUBLIC",
		"GRANT SELECT, UPDATE ON launch_aggregates_view TO "+reader.User+" WITH GRANT OPTION")
	const grants = "SELECT array_to_string(relacl, ' ') FROM pg_class WHERE relname = 'launch_aggregates_view'"
	before := scan[string](t, db, grants)
	if err := store.CreateAggregateView(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, scan[string](t, db, grants)); diff != "" {
		t.Errorf("grants (-want +got):\n%s", diff)
	}
	if got := readAggregates(t, reader); got.Total != 0 {
		t.Errorf("a reader sees %+v", got)
	}
}

func TestCreateAggregateView_ManyAtOnce(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	for range 5 {
		execute(t, db, "DROP VIEW IF EXISTS launch_aggregates_view")
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				if err := store.CreateAggregateView(t.Context()); err != nil {
					t.Errorf("CreateAggregateView() = %v", err)
				}
			})
		}
		group.Wait()
	}
}

func TestC20_TheViewIsNotDroppedUnderWhatDependsOnIt(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	execute(t, db, "CREATE VIEW launch_aggregates_view AS SELECT 1 AS total_launches",
		"CREATE VIEW theirs AS SELECT * FROM launch_aggregates_view")
	// A run asks before it fetches; a view that came later is refused as well.
	wantError(t, store.CheckShape(t.Context()), liftoff.Guard, "other views depend on it: theirs")
	wantError(t, store.CreateAggregateView(t.Context()), liftoff.Guard, "other objects depend on it")
	if n := scan[int](t, db, "SELECT total_launches FROM theirs"); n != 1 {
		t.Errorf("the dependent view answers %d", n)
	}
}

// spoilView makes the view one that has to be made anew, without any change to
// its columns.
const spoilView = `CREATE OR REPLACE VIEW launch_aggregates_view AS
	SELECT 0::BIGINT AS total_launches, 0::BIGINT AS total_successful_launches,
		0::DOUBLE PRECISION AS average_payload_mass, 0::DOUBLE PRECISION AS average_launch_delay_minutes`

// openWithView returns a store that has the view, and that waits this long for
// the view's readers.
func openWithView(t *testing.T, lockTimeout time.Duration) (*postgres.Store, pgtest.Database) {
	t.Helper()
	db := pgtest.NewDatabaseFrom(t, migrated)
	store := open(t, db)
	postgres.SetViewLockTimeout(store, lockTimeout)
	if err := store.CreateAggregateView(t.Context()); err != nil {
		t.Fatal(err)
	}
	return store, db
}

// A reader that ends in time is waited for.
func TestC19_TheViewIsTriedAgainAfterAReader(t *testing.T) {
	t.Parallel()
	store, db := openWithView(t, 100*time.Millisecond)
	execute(t, db, spoilView)
	reader := pgtest.Connect(t, db.DSN)
	if _, err := reader.Exec(t.Context(), "BEGIN; SELECT * FROM launch_aggregates_view"); err != nil {
		t.Fatal(err)
	}
	// The reader leaves after the first try has timed out.
	if _, err := reader.Exec(t.Context(), "SET idle_in_transaction_session_timeout = '250ms'"); err != nil {
		t.Fatal(err)
	}
	if err := store.CreateAggregateView(t.Context()); err != nil {
		t.Errorf("CreateAggregateView() = %v, want a later try to succeed", err)
	}
}

// A reader in a long transaction holds the view; waiting behind it for ever
// would block all later readers too.
func TestC19_TheViewIsGivenUpBehindALongReader(t *testing.T) {
	t.Parallel()
	store, db := openWithView(t, 50*time.Millisecond)
	execute(t, db, spoilView)
	reader := pgtest.Connect(t, db.DSN)
	tx, err := reader.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "SELECT * FROM launch_aggregates_view"); err != nil {
		t.Fatal(err)
	}
	given := make(chan error, 1)
	go func() { given <- store.CreateAggregateView(t.Context()) }()
	// Meanwhile other readers get through: they wait for one try at the most.
	other, readings := pgtest.Connect(t, db.DSN), 0
	for err = nil; err == nil; readings++ {
		if _, err := other.Exec(t.Context(), "SET statement_timeout = '2s'; SELECT * FROM launch_aggregates_view"); err != nil {
			t.Fatalf("reading %d was blocked: %v", readings, err)
		}
		select {
		case err = <-given:
		default:
		}
	}
	wantError(t, err, liftoff.Database, "lock timeout")
	if readings < 5 {
		t.Errorf("other readers got through %d times", readings)
	}
	if _, err := tx.Exec(t.Context(), "SELECT * FROM launch_aggregates_view"); err != nil {
		t.Errorf("the reader was disturbed: %v", err)
	}
}

// viewVersion changes whenever the view is written.
const viewVersion = "SELECT xmin::text FROM pg_class WHERE relname = 'launch_aggregates_view'"

func TestC19_AViewThatStandsIsLeftAlone(t *testing.T) {
	t.Parallel()
	store, db := openWithView(t, 50*time.Millisecond)
	before := scan[string](t, db, viewVersion)
	reader, err := pgtest.Connect(t, db.DSN).Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := reader.Exec(t.Context(), "SELECT * FROM launch_aggregates_view"); err != nil {
		t.Fatal(err)
	}
	// A replacement would have to wait for the reader, and would give up.
	if err := store.CreateAggregateView(t.Context()); err != nil {
		t.Errorf("CreateAggregateView() beside a reader = %v", err)
	}
	if err := open(t, db).CreateAggregateView(t.Context()); err != nil {
		t.Errorf("CreateAggregateView() of another process = %v", err)
	}
	if after := scan[string](t, db, viewVersion); after != before {
		t.Error("a view that stands was made anew")
	}
}

func TestCreateAggregateView_RestoresOneThatWasChanged(t *testing.T) {
	t.Parallel()
	for name, changes := range map[string][]string{
		"another definition":    {spoilView},
		"another's view":        {"DROP VIEW launch_aggregates_view", "CREATE VIEW launch_aggregates_view AS SELECT 7 AS seven"},
		"a renamed column":      {"ALTER VIEW launch_aggregates_view RENAME COLUMN total_launches TO n"},
		"another option":        {"ALTER VIEW launch_aggregates_view SET (security_barrier = true)"},
		"another comment":       {"COMMENT ON VIEW launch_aggregates_view IS 'hands off'"},
		"no comment":            {"COMMENT ON VIEW launch_aggregates_view IS NULL"},
		"no view":               {"DROP VIEW launch_aggregates_view"},
		"a copy under the name": {"ALTER TABLE raw_launches RENAME TO old_launches", "CREATE TABLE raw_launches (LIKE old_launches INCLUDING ALL)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, db := openWithView(t, time.Second)
			const look = "SELECT pg_get_viewdef(oid) || coalesce(reloptions::text, '') || obj_description(oid, 'pg_class') FROM pg_class WHERE relname = 'launch_aggregates_view'"
			before := scan[string](t, db, look)
			execute(t, db, changes...)
			if err := store.CreateAggregateView(t.Context()); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(before, scan[string](t, db, look)); diff != "" {
				t.Errorf("the view was not restored (-want +got):\n%s", diff)
			}
			version := scan[string](t, db, viewVersion)
			if err := store.CreateAggregateView(t.Context()); err != nil || scan[string](t, db, viewVersion) != version {
				t.Errorf("the restored view does not stand: %v", err)
			}
		})
	}
}

// The view's name need not be plain, nor its schema.
func TestCreateAggregateView_StandsInAnySchema(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	execute(t, db, `CREATE SCHEMA "Odd ""name"`, "ALTER DATABASE "+db.Name+` SET search_path = "Odd ""name", public`)
	store := open(t, db)
	if _, err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	var versions []string
	for range 2 {
		if err := store.CreateAggregateView(t.Context()); err != nil {
			t.Fatal(err)
		}
		versions = append(versions, scan[string](t, db, viewVersion))
	}
	if versions[0] != versions[1] {
		t.Error("a view that stands was made anew")
	}
}

func TestCreateAggregateView_OfAnotherRole(t *testing.T) {
	t.Parallel()
	_, db := openWithView(t, time.Second)
	role := open(t, pgtest.NewRole(t, db, append(runGrants(), "SELECT ON launch_aggregates_view", "CREATE ON SCHEMA public")...))
	if err := role.CheckReady(t.Context()); err != nil {
		t.Errorf("CheckReady() = %v, want a view that stands to need no owner", err)
	}
	if err := role.CreateAggregateView(t.Context()); err != nil {
		t.Errorf("CreateAggregateView() = %v, want nothing to be done", err)
	}
	execute(t, db, spoilView)
	wantError(t, role.CheckReady(t.Context()), liftoff.Privilege, "may not replace launch_aggregates_view")
	wantError(t, role.CreateAggregateView(t.Context()), liftoff.Privilege, "must be owner of view")
}

// A worker has one store for all its runs: the second one has not made the view.
func TestTakeCreatedView_TellsItOnce(t *testing.T) {
	t.Parallel()
	store, _ := openMigrated(t)
	for _, want := range []bool{true, false} {
		if err := store.CreateAggregateView(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := store.TakeCreatedView(); got != want {
			t.Errorf("TakeCreatedView() = %t, want %t", got, want)
		}
	}
}
