package postgres_test

import (
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"liftoff"
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

// The mark costs a query nothing that does not ask for it.
func TestLaunchesView_JoinsMarksOnlyWhenAsked(t *testing.T) {
	t.Parallel()
	_, db := openMigrated(t)
	for query, wants := range map[string]bool{
		"SELECT name FROM launches":                                        false,
		"SELECT count(*) FROM launches":                                    false,
		"SELECT name FROM launches WHERE missing_since IS NULL":            true,
		"SELECT count(*) FROM launches WHERE missing_since > '0001-01-01'": true,
	} {
		rows, _ := pgtest.Connect(t, db.DSN).Query(t.Context(), "EXPLAIN "+query) // its error is in rows too
		plan, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(strings.Join(plan, "\n"), "known_launches"); got != wants {
			t.Errorf("%s reads known_launches: %v, want %v\n%s", query, got, wants, strings.Join(plan, "\n"))
		}
	}
}
