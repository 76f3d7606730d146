package postgres_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"liftoff"
	"liftoff/internal/testkit/faultproxy"
	"liftoff/internal/testkit/launchtest"
	"liftoff/internal/testkit/pgtest"
)

// A launch that the source no longer has stays stored and shows in the view, but no
// count has it; when it comes back, it loses its mark.
func TestO9_AMissingLaunchIsShownAndNotCounted(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	if err := store.CreateAggregateView(t.Context()); err != nil {
		t.Fatal(err)
	}
	all := batchOf(launch("a", `{"success": true}`), launch("b", `{"success": true}`), launch("c", `{"success": false}`))
	run := begin(t, store, exclusive())
	storeBatch(t, run, all)
	finish(t, run, liftoff.Ending{Status: liftoff.RunSucceeded, FinishedAt: time.Date(2024, 4, 27, 18, 0, 0, 0, time.UTC), MissingIDs: []string{"b"}})
	const marks = "SELECT string_agg(id || ' ' || coalesce(missing_since::TEXT, '-'), ', ' ORDER BY id) FROM launches"
	if got := scan[string](t, db, marks); got != "a -, b 2024-04-27 18:00:00, c -" {
		t.Errorf("marks %q", got)
	}
	if got := readAggregates(t, db); got.Total != 2 || got.Successful != 1 {
		t.Errorf("aggregates %+v", got)
	}
	// What counts is the newest state that was known of it.
	storeBatch(t, begin(t, store, runOptions()), batchOf(launch("c", `{"success": true}`)))
	execute(t, db, "UPDATE known_launches SET missing_since = '2024-05-01' WHERE id = 'c'")
	launchtest.Refresh(t, db.DSN)
	if got := readAggregates(t, db); got.Total != 1 || got.Successful != 1 {
		t.Errorf("aggregates without a revised launch %+v", got)
	}
	storeBatch(t, begin(t, store, runOptions()), all)
	if got := scan[string](t, db, marks); got != "a -, b -, c -" {
		t.Errorf("marks when all are back: %q", got)
	}
	if got := readAggregates(t, db); got.Total != 3 || got.Successful != 2 {
		t.Errorf("aggregates when all are back: %+v", got)
	}
}

// No run can bring back a launch that the source no longer has, so its row may be
// deleted. The rows of all others are still needed.
func TestO12_TheRowOfAMissingLaunchMayBeDeleted(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	run := begin(t, store, exclusive())
	storeBatch(t, run, batchOf(launch("a", "{}"), launch("b", `{"v": 1}`), launch("c", "{}"), launch("d", `{"v": 1}`)))
	storeBatch(t, run, batchOf(launch("b", `{"v": 2}`), launch("d", `{"v": 2}`)))
	finish(t, run, liftoff.Ending{Status: liftoff.RunSucceeded, MissingIDs: []string{"b", "d"}, IsCurrent: true, ListTag: "tag"})
	listTag := func() string {
		state, err := store.Source(t.Context(), runOptions().Source)
		if err != nil {
			t.Fatal(err)
		}
		return state.ListTag
	}
	execute(t, db, "DELETE FROM raw_launches WHERE id = 'b'", "DELETE FROM launch_revisions")
	wantDeleted(t, store)
	if got := listTag(); got != "tag" {
		t.Errorf("without missing launches the list tag is %q", got)
	}
	// A missing launch that is stored does not stand in for one that was deleted.
	execute(t, db, "DELETE FROM raw_launches WHERE id = 'a'")
	wantDeleted(t, store, "a")
	if got := listTag(); got != "" {
		t.Errorf("without a launch that the API has, the list tag %q counts", got)
	}
}

// A launch that another source sends while a run ends is not missing.
func TestO11_AnotherSourceTakesALaunchOver(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	whole := batchOf(launch("a", "{}"), launch("b", "{}"))
	storeBatch(t, begin(t, store, runOptions()), whole)
	run := begin(t, store, runOptions())
	some := batchOf(launch("b", "{}"))
	some.Range = &liftoff.IDRange{}
	missing := storeBatch(t, run, some).MissingIDs
	other := runOptions()
	other.Source = "http://mirror.test"
	storeBatch(t, begin(t, store, other), whole)
	finish(t, run, liftoff.Ending{Status: liftoff.RunSucceeded, MissingIDs: missing})
	if n := scan[int](t, db, "SELECT count(*) FROM known_launches WHERE missing_since IS NOT NULL"); n != 0 || len(missing) != 1 {
		t.Errorf("%d launches are marked, of %v", n, missing)
	}
}

func TestHaveFlown(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabaseFrom(t, migrated)
	proxy, opts := behind(t, db)
	run := begin(t, openWith(t, opts), exclusive())
	storeBatch(t, run, batchOf(
		launch("flew", `{"upcoming": false}`), launch("waits", `{"upcoming": true}`), launch("says nothing", "{}"), launch("odd", "[]"),
		launch("flew since", `{"upcoming": true}`), launch("was taken back", `{"upcoming": false}`),
	))
	storeBatch(t, run, batchOf(launch("flew since", `{"upcoming": false}`), launch("was taken back", `{"upcoming": true}`)))
	ids := []string{"waits", "was taken back", "says nothing", "odd", "flew since", "flew", "unknown"}
	for _, fault := range []string{"none", "a lost connection"} {
		if fault != "none" {
			proxy.On("from raw_launches as first", faultproxy.CutBefore, 1, nil)
		}
		flown, err := run.HaveFlown(t.Context(), ids)
		if err != nil || strings.Join(flown, ", ") != "flew, flew since" {
			t.Errorf("%s: HaveFlown() = %v, %v", fault, flown, err)
		}
	}
	finish(t, run, liftoff.Ending{Status: liftoff.RunSucceeded})
}

// Whatever a query asks for, no document is opened and nothing is joined.
func TestLaunchesView_ReadsOneTableOnly(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	if err := store.CreateAggregateView(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{
		"SELECT * FROM launches",
		"SELECT count(*) FROM launches WHERE missing_since IS NULL",
		"SELECT name, slip_minutes FROM launches WHERE payload_mass_kg > 1 ORDER BY launched_at LIMIT 5",
		"SELECT * FROM launch_aggregates_view",
	} {
		if got := relationsRead(t, db, query); !slices.Equal(got, []string{"typed_launches"}) {
			t.Errorf("%s reads %v", query, got)
		}
	}
}

// relationsRead returns the tables that a query reads, each once, sorted.
func relationsRead(t *testing.T, db pgtest.Database, query string) []string {
	t.Helper()
	rows, _ := pgtest.Connect(t, db.DSN).Query(t.Context(), "EXPLAIN (COSTS OFF) "+query) // its error is in rows too
	plan, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	var relations []string
	for _, match := range regexp.MustCompile(`Scan.* on (\w+)`).FindAllStringSubmatch(strings.Join(plan, "\n"), -1) {
		relations = append(relations, match[1])
	}
	slices.Sort(relations)
	return slices.Compact(relations)
}
