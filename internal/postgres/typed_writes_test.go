package postgres_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"liftoff"
	"liftoff/internal/postgres"
	"liftoff/internal/testkit/launchtest"
	"liftoff/internal/testkit/pgtest"
)

// waitUntilAlone waits until a database has no sessions, so that the server has counted
// all that was written there. It asks from another database.
func waitUntilAlone(t *testing.T, elsewhere, db pgtest.Database) {
	t.Helper()
	const sessions = "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND backend_type = 'client backend'"
	for range 500 {
		if scan[int](t, elsewhere, sessions, db.Name) == 0 {
			return
		}
		<-time.After(20 * time.Millisecond)
	}
	t.Fatal("there are still sessions")
}

// inOneProcess does something with a store of its own, as a process does.
func inOneProcess(t *testing.T, db pgtest.Database, do func(store *postgres.Store)) {
	t.Helper()
	store, err := postgres.Open(t.Context(), optionsOf(db.DSN))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	do(store)
}

// A run looks through no table because of what runs before it have written, whatever
// that was; and it sees the edit of somebody else among that.
func TestRefreshTypedLaunches_ExplainsWhatRunsHaveWritten(t *testing.T) {
	t.Parallel()
	elsewhere, db := pgtest.NewDatabase(t), pgtest.NewDatabaseFrom(t, migrated)
	const edit = "UPDATE raw_launches SET raw_data = raw_data || '{\"details\": 1}'"
	const checks = "SELECT xmin::TEXT FROM typed_checks"
	looks := func() (hasLooked bool) {
		t.Helper()
		before := scanOnce(t, db, checks)
		waitUntilAlone(t, elsewhere, db)
		inOneProcess(t, db, func(store *postgres.Store) { refreshIfTouched(t, store) })
		return scanOnce(t, db, checks) != before
	}
	runs := map[string]func(store *postgres.Store){
		"new launches, some of them unusual": func(store *postgres.Store) {
			run := begin(t, store, runOptions())
			storeBatch(t, run, batchOf(usualLaunch(t, "a"), usualLaunch(t, "b"), launch("c", `{"payloads": ["p"]}`)))
			finish(t, run, liftoff.Ending{Status: liftoff.RunSucceeded, FinishedAt: runOptions().StartedAt})
		},
		"a revision":  func(store *postgres.Store) { mustInsert(t, store, launchAt(2, "c", `{"payloads": ["q"]}`)) },
		"no revision": func(store *postgres.Store) { mustInsert(t, store, launchAt(3, "c", `{"payloads": ["q"] }`)) },
		"payloads": func(store *postgres.Store) {
			upsert(t, store, liftoff.Payloads, firstFetch, 2, reference("p", `{"mass_kg": 1}`), reference("q", `{"mass_kg": 2}`))
			upsert(t, store, liftoff.Payloads, secondFetch, 2, reference("q", `{"mass_kg": 3}`), reference("r", `{}`))
			if err := store.AddMasses(t.Context()); err != nil {
				t.Fatal(err)
			}
		},
		"a missing launch": func(store *postgres.Store) {
			finish(t, begin(t, store, runOptions()), liftoff.Ending{
				Status: liftoff.RunSucceeded, FinishedAt: runOptions().StartedAt, IsCurrent: true, MissingIDs: []string{"a"},
			})
		},
	}
	looks() // the first look
	for _, name := range []string{"new launches, some of them unusual", "a revision", "no revision", "payloads", "a missing launch"} {
		inOneProcess(t, db, runs[name])
		if looks() {
			t.Errorf("%s: the next run looks through the tables", name)
		}
	}
	launchtest.WantTyped(t, db.DSN)
	inOneProcess(t, db, func(store *postgres.Store) { mustInsert(t, store, launchAt(5, "d", "{}")) })
	_ = scanOnce(t, db, "WITH edited AS ("+edit+" RETURNING id) SELECT count(*)::TEXT FROM edited")
	if !looks() {
		t.Error("an edit is not looked for")
	}
	launchtest.WantTyped(t, db.DSN)
}

// A run that is under way, or was killed, has not added the masses of its payloads. The next
// look adds them and blames nobody. An edit by hand in the meantime still counts as one.
func TestRefreshTypedLaunches_PayloadsOfAKilledRun(t *testing.T) {
	t.Parallel()
	elsewhere, db := pgtest.NewDatabase(t), pgtest.NewDatabaseFrom(t, migrated)
	inOneProcess(t, db, func(store *postgres.Store) {
		refreshIfTouched(t, store)
		mustInsert(t, store, launch("a", `{"payloads": ["p"]}`), launch("b", `{"payloads": ["q"]}`), launch("c", `{"payloads": ["q", "r"]}`), launch("d", `{"payloads": ["s"]}`))
		upsert(t, store, liftoff.Payloads, firstFetch, 2, reference("r", `{"mass_kg": 1}`), reference("s", `{"mass_kg": 2}`))
		if err := store.AddMasses(t.Context()); err != nil {
			t.Fatal(err)
		}
		upsert(t, store, liftoff.Payloads, firstFetch, 2, reference("p", `{"mass_kg": 1}`), reference("q", `{"mass_kg": 2}`))
		for _, deep := range []bool{false, true} {
			if pending, err := store.CheckTypedLaunches(t.Context(), deep); err != nil || pending != 3 {
				t.Errorf("CheckTypedLaunches() of a run under way = %d, %v", pending, err)
			}
		}
	})
	waitUntilAlone(t, elsewhere, db)
	_ = scanOnce(t, db, "WITH edited AS (DELETE FROM raw_payloads WHERE id = 's' RETURNING id) SELECT count(*)::TEXT FROM edited")
	inOneProcess(t, db, func(store *postgres.Store) {
		for _, deep := range []bool{false, true} {
			pending, err := store.CheckTypedLaunches(t.Context(), deep)
			if pending != 3 || err == nil || !strings.Contains(err.Error(), "of 1 launch") {
				t.Errorf("CheckTypedLaunches() after an edit = %d, %v", pending, err)
			}
		}
		if changed := refreshIfTouched(t, store); changed != (postgres.Refreshed{Foreign: 1, Left: 3}) {
			t.Errorf("%+v were not right, want one because of the edit and three because of the run", changed)
		}
		if err := checkTyped(t, store); err != nil {
			t.Error(err)
		}
	})
	launchtest.WantTyped(t, db.DSN)
}

// checkTyped returns what is wrong with any row of typed_launches.
func checkTyped(t *testing.T, store *postgres.Store) error {
	t.Helper()
	pending, err := store.CheckTypedLaunches(t.Context(), true)
	if pending != 0 {
		t.Errorf("the masses of %d launches are to be added", pending)
	}
	return err
}

// Whatever runs and hands do in whatever order, the view shows the truth after the next
// look at the counters.
func TestRefreshTypedLaunches_RunsAndEditsInAnyOrder(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	db := pgtest.NewDatabaseFrom(t, migrated)
	edits := []string{
		"INSERT INTO raw_launches SELECT '$N', now(), 1, 1, '{\"payloads\": [\"p\"]}' ON CONFLICT DO NOTHING RETURNING id",
		"UPDATE raw_launches SET raw_data = raw_data || '{\"name\": \"$N\"}' WHERE id = (SELECT min(id) FROM raw_launches) RETURNING id",
		"DELETE FROM raw_launches WHERE id = (SELECT max(id) FROM raw_launches) RETURNING id",
		"UPDATE typed_launches SET name = '$N' WHERE id = (SELECT min(id) FROM typed_launches) RETURNING id",
		"DELETE FROM typed_launches WHERE id = (SELECT min(id) FROM typed_launches) RETURNING id",
		"UPDATE raw_payloads SET raw_data = '{\"mass_kg\": $N}' RETURNING id",
		"DELETE FROM raw_payloads RETURNING id",
		"UPDATE known_launches SET missing_since = '2024-01-01 00:00:00.0$N' WHERE id = (SELECT min(id) FROM known_launches) RETURNING id",
		// Far from the numbers that runs give after an earlier one of these.
		"INSERT INTO launch_revisions SELECT id, 1000 * $N, '', now(), NULL, '{\"name\": \"$N\"}' FROM raw_launches LIMIT 1 RETURNING launch_id",
		"DELETE FROM launch_revisions RETURNING launch_id",
	}
	for n := range 30 {
		if random.IntN(3) > 0 {
			edit := strings.ReplaceAll(edits[random.IntN(len(edits))], "$N", fmt.Sprint(10+n))
			_ = scanOnce(t, db, "WITH edited AS ("+edit+") SELECT count(*)::TEXT FROM edited")
		}
		inOneProcess(t, db, func(store *postgres.Store) {
			refreshIfTouched(t, store)
			if random.IntN(2) > 0 {
				mustInsert(t, store, launchAt(n, "a", fmt.Sprintf(`{"payloads": ["p"], "n": %d}`, random.IntN(3))), launchAt(n, fmt.Sprint("b", n), "{}"))
			}
			if random.IntN(3) == 0 {
				if _, err := store.UpsertReferences(t.Context(), liftoff.Payloads, []liftoff.Reference{reference("p", fmt.Sprintf(`{"mass_kg": %d}`, n))}, firstFetch); err != nil {
					t.Fatal(err)
				}
			}
			if err := store.AddMasses(t.Context()); err != nil {
				t.Fatal(err)
			}
		})
		if t.Failed() {
			t.Fatalf("seed %d, step %d", seed, n)
		}
		if random.IntN(2) > 0 {
			continue
		}
		inOneProcess(t, db, func(store *postgres.Store) { refreshIfTouched(t, store) })
		launchtest.WantTyped(t, db.DSN)
	}
}
