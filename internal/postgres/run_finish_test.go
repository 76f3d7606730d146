package postgres_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"liftoff"
	"liftoff/internal/postgres"
	"liftoff/internal/testkit/pgtest"
)

func source(t *testing.T, store *postgres.Store) liftoff.SourceState {
	t.Helper()
	state, err := store.Source(t.Context(), runOptions().Source)
	if err != nil {
		t.Fatal(err)
	}
	return state
}

func finish(t *testing.T, run *postgres.Run, ending liftoff.Ending) {
	t.Helper()
	if err := run.Finish(t.Context(), ending); err != nil {
		t.Fatal(err)
	}
}

func TestRun_TheLedgerSaysWhatTheRunDid(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	options := exclusive()
	options.Selection, options.Command, options.ProgramVersion = liftoff.SelectSince, "liftoff ingest --since 1d", "v0.0.0-test"
	options.StartedAt = time.Date(2024, 4, 27, 19, 0, 0, 0, time.FixedZone("Apia", 13*3600))
	run := begin(t, store, options)
	var sum liftoff.RunCounts
	for i := range 5 {
		var launches []liftoff.EnrichedLaunch
		for n := range 10 {
			launches = append(launches, launch(fmt.Sprint(n), fmt.Sprintf(`{"v": %d}`, i*n/10)))
		}
		batch := batchOf(launches...)
		batch.Repeated = int64(i)
		batch.Rejected = []liftoff.RejectedRecord{{Reason: liftoff.InvalidID, Body: []byte{byte(i)}}}
		sum.Add(storeBatch(t, run, batch).RunCounts)
	}
	finish(t, run, liftoff.Ending{
		Status: liftoff.RunPartial, FinishedAt: time.Date(2024, 4, 27, 7, 0, 0, 0, time.UTC), Error: "some", Announced: 60,
		MissingIDs: []string{"1", "2"},
	})
	sum.Missing = 2
	var got liftoff.RunCounts
	conn := pgtest.Connect(t, db.DSN)
	err := conn.QueryRow(t.Context(), "SELECT pages, fetched, inserted, unchanged, revised, quarantined, missing, bytes FROM ingestion_runs").
		Scan(&got.Pages, &got.Fetched, &got.Inserted, &got.Unchanged, &got.Revised, &got.Quarantined, &got.Missing, &got.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sum, got); diff != "" {
		t.Errorf("the ledger's counts (-sum of the batches +ledger):\n%s", diff)
	}
	if sum.Revised == 0 || sum.Unchanged == 0 || sum.Fetched != sum.Inserted+sum.Unchanged+sum.Revised+sum.Quarantined {
		t.Errorf("the batches' own counts do not add up: %+v", sum)
	}
	row := scan[string](t, db, `SELECT concat_ws('|', run.id, url, selection, command, program_version, started_at, finished_at, status, announced, error)
		FROM ingestion_runs AS run INNER JOIN ingestion_sources AS source ON source.id = source_id`)
	want := fmt.Sprintf("%d|http://source.test|since|liftoff ingest --since 1d|v0.0.0-test|2024-04-27 06:00:00|2024-04-27 07:00:00|partial|60|some", run.ID())
	if row != want {
		t.Errorf("the ledger says\n%s, want\n%s", row, want)
	}
}

func TestFinish_WithoutAnErrorOrACountSaysNothing(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	run := begin(t, store, exclusive())
	finish(t, run, liftoff.Ending{Status: liftoff.RunSucceeded, Announced: -1})
	finish(t, run, liftoff.Ending{Status: liftoff.RunFailed, Error: "too late"})
	if got := scan[string](t, db, "SELECT concat_ws('|', status, announced IS NULL, error IS NULL) FROM ingestion_runs"); got != "succeeded|t|t" {
		t.Errorf("the ledger says %s", got)
	}
}

func TestSource_NothingIsKnownOfANewOne(t *testing.T) {
	t.Parallel()
	store, _ := openMigrated(t)
	want := liftoff.SourceState{URL: runOptions().Source}
	if diff := cmp.Diff(want, source(t, store), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("source (-want +got):\n%s", diff)
	}
	run := begin(t, store, exclusive())
	storeBatch(t, run, batchOf(launch("a", "{}")))
	if diff := cmp.Diff(want, source(t, store), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("source while its first run runs (-want +got):\n%s", diff)
	}
}

func TestFinish_OnlyACurrentRunMovesTheWatermark(t *testing.T) {
	t.Parallel()
	store, _ := openMigrated(t)
	at := func(hour int) postgres.RunOptions {
		options := exclusive()
		options.StartedAt = time.Date(2024, 4, 27, hour, 0, 0, 0, time.UTC)
		return options
	}
	want := liftoff.SourceState{URL: runOptions().Source}
	check := func(when string) {
		t.Helper()
		if diff := cmp.Diff(want, source(t, store), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("source %s (-want +got):\n%s", when, diff)
		}
	}
	first := begin(t, store, at(1))
	storeBatch(t, first, batchOf(launch("a", "{}"), launch("b", "{}")))
	missed := []liftoff.Gap{{AfterID: "", BeforeID: "a"}, {AfterID: "b", BeforeID: ""}}
	finish(t, first, liftoff.Ending{Status: liftoff.RunPartial, Gaps: missed, ListTag: "tag 1"})
	want.Gaps = missed
	check("after a partial run")

	second := begin(t, store, at(2))
	storeBatch(t, second, batchOf(launch("a", "{}"), launch("b", "{}"), launch("c", "{}")))
	finish(t, second, liftoff.Ending{Status: liftoff.RunSucceeded, IsCurrent: true, IsWhole: true, ChecksMissing: true, ListTag: "tag 2"})
	want = liftoff.SourceState{URL: want.URL, Watermark: at(2).StartedAt, NewestID: "c", ListTag: "tag 2", MostLaunches: 3, MissingCheckedAt: at(2).StartedAt}
	check("after a run that saw all that was new")

	third := begin(t, store, at(3))
	storeBatch(t, third, batchOf(launch("a", "{}")))
	finish(t, third, liftoff.Ending{Status: liftoff.RunFailed, Error: "no", Gaps: missed[1:]})
	want.Gaps = missed[1:]
	check("after a run that failed")

	fourth := at(4)
	fourth.Selection = liftoff.SelectNew
	finish(t, begin(t, store, fourth), liftoff.Ending{Status: liftoff.RunSucceeded, IsCurrent: true})
	want.Watermark, want.ListTag, want.Gaps = fourth.StartedAt, "", nil
	check("after an incremental run without a tag")
}

// What a current run itself could not fetch stays missed.
func TestFinish_ForgetsOnlyWhatEarlierRunsMissed(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	early := begin(t, store, runOptions())
	late := begin(t, open(t, db), runOptions())
	finish(t, late, liftoff.Ending{Status: liftoff.RunPartial, Gaps: []liftoff.Gap{{AfterID: "late"}}})
	finish(t, early, liftoff.Ending{Status: liftoff.RunSucceeded, IsCurrent: true, Gaps: []liftoff.Gap{{AfterID: "own"}}})
	want := []liftoff.Gap{{AfterID: "late"}, {AfterID: "own"}}
	if diff := cmp.Diff(want, source(t, store).Gaps); diff != "" {
		t.Errorf("missed (-want +got):\n%s", diff)
	}
}

// The list's tag says "nothing has changed", which is no comfort for launches
// that are not here any more.
func TestSource_ForgetsTheTagWhenLaunchesAreGone(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	run := begin(t, store, exclusive())
	storeBatch(t, run, batchOf(launch("a", "{}"), launch("b", "{}")))
	finish(t, run, liftoff.Ending{Status: liftoff.RunSucceeded, IsCurrent: true, ListTag: "tag"})
	if tag := source(t, store).ListTag; tag != "tag" {
		t.Fatalf("the tag is %q", tag)
	}
	execute(t, db, "DELETE FROM raw_launches WHERE id = 'a'")
	if state := source(t, store); state.ListTag != "" || state.NewestID != "b" {
		t.Errorf("source %+v still has its tag", state)
	}
}
