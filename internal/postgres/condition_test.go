package postgres_test

import (
	"fmt"
	"testing"

	"liftoff"
	"liftoff/internal/postgres"
	"liftoff/internal/testkit/pgtest"
)

// wantDeleted wants the check of the launches to name these as deleted.
func wantDeleted(t *testing.T, store *postgres.Store, ids ...string) {
	t.Helper()
	err := store.CheckLaunches(t.Context())
	lost, lostErr := store.LostIDs(t.Context(), runOptions().Source, 10)
	if lostErr != nil || fmt.Sprint(lost) != fmt.Sprint(ids) {
		t.Errorf("deleted: %v, %v, want %v", lost, lostErr, ids)
	}
	if len(ids) == 0 && err != nil {
		t.Errorf("nothing is deleted, and the check says %v", err)
	}
	for _, id := range ids {
		wantError(t, err, liftoff.Guard, fmt.Sprintf("%q", id))
	}
}

// Revisions that were deleted by hand come back with the next answer that has
// them, as rows of raw_launches do.
func TestL12_DeletedRevisionsComeBack(t *testing.T) {
	t.Parallel()
	for name, deletion := range map[string]string{
		"L12 one by one":        "DELETE FROM launch_revisions",
		"L12 all":               "TRUNCATE launch_revisions",
		"L12 with the ledger":   "TRUNCATE ingestion_runs CASCADE",
		"L12 with the launches": "TRUNCATE raw_launches, launch_revisions",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, db := openMigrated(t)
			run := begin(t, store, runOptions())
			storeBatch(t, run, batchOf(launchAt(1, "a", `{"v": 1}`), launchAt(1, "b", `{"v": 1}`)))
			storeBatch(t, run, batchOf(launchAt(2, "a", `{"v": 2}`), launchAt(2, "b", `{"v": 1}`)))
			wantDeleted(t, store)
			finish(t, run, liftoff.Ending{Status: liftoff.RunSucceeded})
			executeAll(t, db, deletion)
			if name == "L12 with the launches" {
				wantDeleted(t, store, "a", "b")
			} else {
				wantDeleted(t, store, "a")
			}
			batch := batchOf(launchAt(3, "a", `{"v": 2}`), launchAt(3, "b", `{"v": 1}`))
			again := begin(t, store, runOptions())
			if name == "L12 with the launches" {
				wantCounts(t, storeBatch(t, again, batch), 2, 0, 0, 0)
				wantStates(t, db, "a", `{"v": 2}`)
			} else {
				wantCounts(t, storeBatch(t, again, batch), 0, 1, 1, 0)
				wantStates(t, db, "a", `{"v": 1}`, `{"v": 2}`)
			}
			wantDeleted(t, store)
			if err := store.CheckContents(t.Context()); err != nil {
				t.Error(err)
			}
			before := rowVersions(t, db)
			wantCounts(t, storeBatch(t, again, batch), 0, 2, 0, 0)
			if after := rowVersions(t, db); after != before {
				t.Error("what has come back is not known the second time")
			}
		})
	}
}

// The source went back to the first state while its revision was deleted.
func TestL12_ADeletedRevisionThatTheSourceHasTakenBack(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	run := begin(t, store, runOptions())
	storeBatch(t, run, batchOf(launchAt(1, "a", `{"v": 1}`)))
	storeBatch(t, run, batchOf(launchAt(2, "a", `{"v": 2}`)))
	execute(t, db, "DELETE FROM launch_revisions")
	wantCounts(t, storeBatch(t, run, batchOf(launchAt(3, "a", `{"v": 1}`))), 0, 1, 0, 0)
	wantDeleted(t, store)
	wantStates(t, db, "a", `{"v": 1}`)
}

// A revision that was left over when the launch and what is known of it were
// deleted must not hide the state that comes now.
func TestL12_ARevisionThatWasLeftOver(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	run := begin(t, store, runOptions())
	storeBatch(t, run, batchOf(launchAt(1, "a", `{"v": 1}`)))
	storeBatch(t, run, batchOf(launchAt(2, "a", `{"v": 2}`)))
	execute(t, db, "DELETE FROM raw_launches", "DELETE FROM known_launches")
	wantCounts(t, storeBatch(t, run, batchOf(launchAt(3, "a", `{"v": 3}`))), 1, 0, 0, 0)
	wantStates(t, db, "a", `{"v": 3}`, `{"v": 2}`, `{"v": 3}`)
	if err := store.CheckContents(t.Context()); err != nil {
		t.Error(err)
	}
}

// A revision that was not stored by a run does not stay the newest:
// the next run stores what the source has.
func TestL21_RevisionsThatNoRunHasStored(t *testing.T) {
	t.Parallel()
	insert := func(revision int, seen, document string) string {
		return fmt.Sprintf(`INSERT INTO launch_revisions (launch_id, revision, content_sha256, first_seen_at, raw_data)
			VALUES ('a', %[1]d, sha256(convert_to('%[3]s'::JSONB::TEXT, 'UTF8')), '%[2]s', '%[3]s')`, revision, seen, document)
	}
	for name, test := range map[string]struct {
		sent   string // before and afterwards
		change string
		want   []string
	}{
		"L21 the first":       {`{"v": 1}`, insert(2, "2020-01-01", `{"v": 9}`), []string{`{"v": 1}`, `{"v": 9}`, `{"v": 1}`}},
		"L21 of the future":   {`{"v": 1}`, insert(2, "2999-01-01", `{"v": 9}`), []string{`{"v": 1}`, `{"v": 9}`, `{"v": 1}`}},
		"L21 far away":        {`{"v": 1}`, insert(7, "2020-01-01", `{"v": 9}`), []string{`{"v": 1}`, `{"v": 9}`, `{"v": 1}`}},
		"L21 after a change":  {`{"v": 2}`, insert(3, "2999-01-01", `{"v": 1}`), []string{`{"v": 1}`, `{"v": 2}`, `{"v": 1}`, `{"v": 2}`}},
		"L21 moved":           {`{"v": 2}`, "UPDATE launch_revisions SET revision = 5", []string{`{"v": 1}`, `{"v": 2}`}},
		"L21 an older backup": {`{"v": 2}`, `UPDATE known_launches SET newest_revision = 1, newest_sha256 = sha256('{"v": 1}') WHERE id = 'a'`, []string{`{"v": 1}`, `{"v": 2}`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, db := openMigrated(t)
			run := begin(t, store, runOptions())
			storeBatch(t, run, batchOf(launchAt(1, "a", `{"v": 1}`), launchAt(1, "b", `{"v": 1}`)))
			batch := batchOf(launchAt(2, "a", test.sent), launchAt(2, "b", `{"v": 1}`))
			storeBatch(t, run, batch)
			wantDeleted(t, store)
			execute(t, db, test.change)
			wantDeleted(t, store, "a")
			storeBatch(t, run, batch)
			wantStates(t, db, "a", test.want...)
			wantDeleted(t, store)
			before := rowVersions(t, db)
			wantCounts(t, storeBatch(t, run, batch), 0, 2, 0, 0)
			if after := rowVersions(t, db); after != before {
				t.Error("what has come back is not known the second time")
			}
		})
	}
}

// known_launches was restored from a backup, and the source has gone back since.
func TestL21_WhatIsKnownWasRestoredFromABackup(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	run := begin(t, store, runOptions())
	storeBatch(t, run, batchOf(launchAt(1, "a", `{"v": 1}`)))
	execute(t, db, "CREATE TABLE backup AS TABLE known_launches")
	storeBatch(t, run, batchOf(launchAt(2, "a", `{"v": 2}`)))
	execute(t, db, "TRUNCATE known_launches", "INSERT INTO known_launches TABLE backup")
	wantDeleted(t, store, "a")
	wantCounts(t, storeBatch(t, run, batchOf(launchAt(3, "a", `{"v": 1}`))), 0, 0, 1, 0)
	wantStates(t, db, "a", `{"v": 1}`, `{"v": 2}`, `{"v": 1}`)
	wantDeleted(t, store)
}

// Earlier versions could know the bytes of a state that was not stored.
func TestL13_WhatAnEarlierVersionHasLostComesBack(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	migrateTo(t, db, 8)
	execute(t, db, "INSERT INTO ingestion_sources (url, list_tag) VALUES ('"+runOptions().Source+"', 'tag')",
		`INSERT INTO raw_launches (id, raw_data) VALUES ('a', '{"v": 1}'), ('b', '{"v": 1}')`,
		`INSERT INTO known_launches (id, source_id, newest_sha256) VALUES ('a', 1, sha256('{"v": 2}')), ('b', 1, sha256('{"v": 1}'))`)
	store := open(t, db)
	if _, err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if state, err := store.Source(t.Context(), runOptions().Source); err != nil || state.ListTag != "" {
		t.Errorf("%+v, %v: with the list tag, --new would receive nothing", state, err)
	}
	run := begin(t, store, runOptions())
	wantCounts(t, storeBatch(t, run, batchOf(launchAt(3, "a", `{"v": 2}`), launchAt(3, "b", `{"v": 1}`))), 0, 1, 1, 0)
	wantStates(t, db, "a", `{"v": 1}`, `{"v": 2}`)
	if err := store.CheckContents(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestL14_DocumentsThatWereChangedByHand(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]string{
		"L14 the mass":            "UPDATE raw_launches SET simulated_total_payload_mass_kg = 1 WHERE id = 'a'",
		"L14 the delay to NULL":   "UPDATE raw_launches SET simulated_delay_minutes = NULL WHERE id = 'a'",
		"L14 values swapped":      "UPDATE raw_launches SET simulated_total_payload_mass_kg = simulated_delay_minutes, simulated_delay_minutes = simulated_total_payload_mass_kg WHERE id = 'a'",
		"L14 the moment":          "UPDATE raw_launches SET fetched_at_timestamp = fetched_at_timestamp + INTERVAL '1 microsecond' WHERE id = 'a'",
		"L14 a launch":            `UPDATE raw_launches SET raw_data = '{"v": 9}' WHERE id = 'a'`,
		"L14 a launch to nothing": `UPDATE raw_launches SET raw_data = NULL WHERE id = 'a'`,
		"L14 a revision":          `UPDATE launch_revisions SET raw_data = '{"v": 9}' WHERE launch_id = 'a'`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, db := openMigrated(t)
			run := begin(t, store, runOptions())
			storeBatch(t, run, batchOf(launchAt(1, "a", `{"v": 1}`), launchAt(1, "b", `{"v": 1}`)))
			storeBatch(t, run, batchOf(launchAt(2, "a", `{"v": 2}`), launchAt(2, "b", `{"v":1.0}`)))
			if err := store.CheckContents(t.Context()); err != nil {
				t.Fatal(err)
			}
			execute(t, db, change)
			wantError(t, store.CheckContents(t.Context()), liftoff.Guard, `of 1 launch were changed by hand: "a"`)
		})
	}
}

// Rows that somebody has added are told from those that were there before the first
// run, which another program may have stored.
func TestL22_RowsThatNoRunHasStored(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ change, isAdded string }{
		"L22 a launch":          {"INSERT INTO raw_launches SELECT 'x', fetched_at_timestamp, 1, 1, raw_data FROM raw_launches WHERE id = 'a'", "x"},
		"L22 a changed id":      {"UPDATE raw_launches SET id = 'x' WHERE id = 'a'", "x"},
		"L22 a revision":        {`INSERT INTO launch_revisions (launch_id, revision, content_sha256, first_seen_at, raw_data) VALUES ('b', 2, sha256('{}'), now(), '{}')`, "b"},
		"L22 of a missing one":  {`UPDATE known_launches SET missing_since = now(); INSERT INTO launch_revisions (launch_id, revision, content_sha256, first_seen_at, raw_data) VALUES ('b', 2, sha256('{}'), now(), '{}')`, "b"},
		"L22 the knowledge":     {"DELETE FROM known_launches WHERE id = 'b'", "b"},
		"L22 from before":       {`INSERT INTO raw_launches VALUES ('x', '2024-04-26', 1, 1, '{}')`, ""},
		"L22 from nobody knows": {"INSERT INTO raw_launches (id) VALUES ('x')", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, db := openMigrated(t)
			run := begin(t, store, runOptions())
			execute(t, db, "UPDATE ingestion_runs SET started_at = '2024-04-27 12:00'")
			batch := batchOf(launchAt(1, "a", `{"v": 1}`), launchAt(1, "b", `{"v": 1}`))
			storeBatch(t, run, batch)
			executeAll(t, db, test.change)
			err := store.CheckContents(t.Context())
			if test.isAdded == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantError(t, err, liftoff.Guard, fmt.Sprintf("rows of 1 launch were stored by no run: %q", test.isAdded))
			// What the source has is known afterwards; the other row is still named.
			storeBatch(t, run, batch)
			if err := store.CheckContents(t.Context()); test.isAdded == "x" {
				wantError(t, err, liftoff.Guard, `rows of 1 launch were stored by no run: "x"`)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

// With the ledger the gaps are gone, so that the watermark no longer says what is
// known.
func TestL20_ALedgerThatWasEmptied(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	run := begin(t, store, runOptions())
	storeBatch(t, run, batchOf(launch("a", "{}")))
	finish(t, run, liftoff.Ending{Status: liftoff.RunPartial, IsCurrent: true, Gaps: []liftoff.Gap{{AfterID: "a"}}})
	hasWatermark := func() bool {
		state, err := store.Source(t.Context(), runOptions().Source)
		if err != nil {
			t.Fatal(err)
		}
		return !state.Watermark.IsZero()
	}
	if !hasWatermark() {
		t.Error("a good run leaves no watermark")
	}
	execute(t, db, "TRUNCATE ingestion_runs CASCADE")
	begin(t, store, runOptions())
	if hasWatermark() {
		t.Error("the watermark counts although the gaps are gone")
	}
}
