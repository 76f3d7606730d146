package postgres_test

import (
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"liftoff"
	"liftoff/internal/pgtest"
	"liftoff/internal/postgres"
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

func TestCreateAggregateView_AgainKeepsWhatWasGranted(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	for range 2 {
		if err := store.CreateAggregateView(t.Context()); err != nil {
			t.Fatal(err)
		}
		execute(t, db, "GRANT SELECT ON launch_aggregates_view TO pg_monitor")
	}
	if !scan[bool](t, db, "SELECT has_table_privilege('pg_monitor', 'launch_aggregates_view', 'SELECT')") {
		t.Error("re-creating the view took a grant away")
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

func TestCreateAggregateView_RefusesToDropWhatDependsOnIt(t *testing.T) {
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

// openWithView returns a store that has the view, and that waits this long for
// the view's readers.
func openWithView(t *testing.T, lockTimeout time.Duration) (*postgres.Store, pgtest.Database) {
	t.Helper()
	db := pgtest.NewDatabaseFrom(t, migrated)
	opts := options(db)
	opts.ViewLockTimeout = lockTimeout
	store, err := postgres.Open(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	if err := store.CreateAggregateView(t.Context()); err != nil {
		t.Fatal(err)
	}
	return store, db
}

// A reader that ends in time is waited for.
func TestCreateAggregateView_TriesAgainAfterAReader(t *testing.T) {
	t.Parallel()
	store, db := openWithView(t, 100*time.Millisecond)
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
func TestCreateAggregateView_GivesUpBehindALongReader(t *testing.T) {
	t.Parallel()
	store, db := openWithView(t, 50*time.Millisecond)
	reader := pgtest.Connect(t, db.DSN)
	tx, err := reader.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "SELECT * FROM launch_aggregates_view"); err != nil {
		t.Fatal(err)
	}
	wantError(t, store.CreateAggregateView(t.Context()), liftoff.Database, "lock timeout")
	if _, err := tx.Exec(t.Context(), "SELECT * FROM launch_aggregates_view"); err != nil {
		t.Errorf("the reader was disturbed: %v", err)
	}
}

func TestCheckPrivileges_NamesTheStatementThatMendsIt(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	if err := store.CheckPrivileges(t.Context()); err != nil {
		t.Fatalf("the owner lacks a privilege: %v", err)
	}
	check := func(t *testing.T, says, hint string, grants ...string) {
		t.Helper()
		role := pgtest.NewRole(t, db, grants...)
		err := open(t, role).CheckPrivileges(t.Context())
		wantError(t, err, liftoff.Privilege, says)
		if got := liftoff.HintOf(err); !containsAll(got, hint, role.User) {
			t.Errorf("next step %q, want %q for the role", got, hint)
		}
	}
	t.Run("no INSERT", func(t *testing.T) {
		check(t, "may not read and insert", "GRANT SELECT, INSERT ON raw_launches", "SELECT ON raw_launches")
	})
	t.Run("no SELECT on the view", func(t *testing.T) {
		check(t, "may not read launches", "GRANT SELECT ON launches, rockets, launchpads", "SELECT, INSERT ON raw_launches", "SELECT ON launches, rockets")
	})
	t.Run("no CREATE", func(t *testing.T) {
		check(t, "may not create launch_aggregates_view", "GRANT CREATE ON SCHEMA", "SELECT, INSERT ON raw_launches", "SELECT ON launches, rockets, launchpads")
	})
	t.Run("no SELECT on the version", func(t *testing.T) {
		role := pgtest.NewRole(t, db, "SELECT, INSERT ON raw_launches")
		err := open(t, role).RequireCurrentSchema(t.Context())
		wantError(t, err, liftoff.Privilege, "may not SELECT liftoff_schema_version")
		if got := liftoff.HintOf(err); !containsAll(got, "GRANT SELECT ON liftoff_schema_version", role.User) {
			t.Errorf("next step %q is not the GRANT", got)
		}
	})
	t.Run("all that is needed", func(t *testing.T) {
		role := pgtest.NewRole(t, db, "SELECT, INSERT ON raw_launches", "SELECT ON launches, rockets, launchpads", "CREATE ON SCHEMA public")
		if err := open(t, role).CheckPrivileges(t.Context()); err != nil {
			t.Errorf("CheckPrivileges() = %v", err)
		}
	})
	if err := store.CreateAggregateView(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Run("another's view", func(t *testing.T) {
		check(t, "may not replace launch_aggregates_view", "ALTER VIEW launch_aggregates_view OWNER TO",
			"SELECT, INSERT ON raw_launches", "SELECT ON launches, rockets, launchpads", "CREATE ON SCHEMA public")
	})
	t.Run("read-only", func(t *testing.T) {
		execute(t, db, "ALTER DATABASE "+db.Name+" SET default_transaction_read_only = on")
		wantError(t, open(t, db).CheckPrivileges(t.Context()), liftoff.Privilege, "is read-only")
	})
}
