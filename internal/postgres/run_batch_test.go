package postgres_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"liftoff"
	"liftoff/internal/postgres"
	"liftoff/internal/testkit/pgtest"
)

// begin opens a run that ends with the test.
func begin(t *testing.T, store *postgres.Store, options postgres.RunOptions) *postgres.Run {
	t.Helper()
	run, err := store.BeginRun(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { run.Abandon(t.Context()) })
	return run
}

// batchOf is a batch of one page with nothing but launches.
func batchOf(launches ...liftoff.EnrichedLaunch) liftoff.Batch {
	batch := liftoff.Batch{Launches: launches, Pages: 1, ReceivedAt: time.Date(2024, 4, 27, 17, 3, 0, 0, time.UTC)}
	for _, l := range launches {
		batch.Bytes += int64(len(l.Raw))
	}
	return batch
}

func storeBatch(t *testing.T, run *postgres.Run, batch liftoff.Batch) liftoff.BatchResult {
	t.Helper()
	result, err := run.StoreBatch(t.Context(), batch)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// wantCounts wants a batch to have so many launches that were inserted,
// unchanged and revised, and so many records in quarantine.
func wantCounts(t *testing.T, got liftoff.BatchResult, inserted, unchanged, revised, quarantined int64) {
	t.Helper()
	want := liftoff.RunCounts{
		Pages: got.Pages, Bytes: got.Bytes, Fetched: inserted + unchanged + revised + quarantined,
		Inserted: inserted, Unchanged: unchanged, Revised: revised, Quarantined: quarantined,
	}
	if diff := cmp.Diff(want, got.RunCounts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	if len(got.InsertedIDs) != int(inserted) || len(got.RevisedIDs) != int(revised) {
		t.Errorf("ids inserted %v and revised %v do not fit %d and %d", got.InsertedIDs, got.RevisedIDs, inserted, revised)
	}
}

// states returns all payloads that are stored for a launch, the first one
// first.
func states(t *testing.T, db pgtest.Database, id string) []string {
	t.Helper()
	rows, err := pgtest.Connect(t, db.DSN).Query(t.Context(), `
		SELECT raw_data::text FROM (
			SELECT 1 AS revision, raw_data FROM raw_launches WHERE id = $1
			UNION ALL SELECT revision, raw_data FROM launch_revisions WHERE launch_id = $1
		) AS state ORDER BY revision`, id)
	if err != nil {
		t.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func wantStates(t *testing.T, db pgtest.Database, id string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, states(t, db, id)); diff != "" {
		t.Errorf("states of launch %s (-want +got):\n%s", id, diff)
	}
}

// launchAt is a launch that was received so many minutes after noon.
func launchAt(minute int, id, raw string) liftoff.EnrichedLaunch {
	l := launch(id, raw)
	l.FetchedAt = time.Date(2024, 4, 27, 12, minute, 0, 0, time.UTC)
	return l
}

// rowVersions changes whenever a row of the tables that hold launches is
// written or locked.
func rowVersions(t *testing.T, db pgtest.Database) string {
	t.Helper()
	var all []string
	for _, table := range []string{"raw_launches", "known_launches", "launch_revisions", "quarantined_records"} {
		all = append(all, table+" "+scan[string](t, db,
			"SELECT count(*) || ' ' || coalesce(md5(string_agg(concat_ws(' ', ctid, xmin, xmax), ', ' ORDER BY ctid)), '') FROM "+table))
	}
	all = append(all, "ingestion_sources "+scan[string](t, db, "SELECT string_agg(concat_ws(' ', ctid, xmin), ', ') FROM ingestion_sources"))
	return strings.Join(all, "\n")
}

func TestStoreBatch_OnlyContentsCount(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		first, second string
		isRevised     bool
	}{
		"the same bytes":       {`{"a": 1, "b": [2]}`, `{"a": 1, "b": [2]}`, false},
		"another order of key": {`{"a": 1, "b": [2]}`, `{"b": [2], "a": 1}`, false},
		"white space":          {`{"a": 1, "b": [2]}`, "{\"a\":1,\n\t\"b\":[ 2 ]}", false},
		"1.0 for 1":            {`{"a": 1, "b": [2]}`, `{"a": 1.0, "b": [2.00]}`, false},
		"another escape":       {`{"a": "é"}`, `{"a": "\u00e9"}`, false},
		"another value":        {`{"a": 1}`, `{"a": 2}`, true},
		"another type":         {`{"a": 1}`, `{"a": "1"}`, true},
		"null for nothing":     {`{"a": 1}`, `{"a": 1, "b": null}`, true},
		"another order":        {`{"a": [1, 2]}`, `{"a": [2, 1]}`, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, db := openMigrated(t)
			run := begin(t, store, runOptions())
			wantCounts(t, storeBatch(t, run, batchOf(launch("a", test.first))), 1, 0, 0, 0)
			result := storeBatch(t, run, batchOf(launch("a", test.second)))
			if test.isRevised {
				wantCounts(t, result, 0, 0, 1, 0)
			} else {
				wantCounts(t, result, 0, 1, 0, 0)
			}
			// Whatever the bytes were, they are known now.
			before := rowVersions(t, db)
			wantCounts(t, storeBatch(t, run, batchOf(launch("a", test.second))), 0, 1, 0, 0)
			if after := rowVersions(t, db); after != before {
				t.Errorf("bytes that are known were written:\n%s\nthen\n%s", before, after)
			}
		})
	}
}

func TestStoreBatch_ThereAndBackIsTwoRevisions(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	run := begin(t, store, runOptions())
	for minute, raw := range []string{`{"v": 1}`, `{"v": 2}`, `{"v": 1}`} {
		storeBatch(t, run, batchOf(launchAt(minute, "a", raw)))
	}
	wantStates(t, db, "a", `{"v": 1}`, `{"v": 2}`, `{"v": 1}`)
	got := scan[string](t, db, `SELECT string_agg(concat_ws(' ', revision, run_id, to_char(first_seen_at, 'HH24:MI')), ', ' ORDER BY revision) FROM launch_revisions`)
	if want := fmt.Sprintf("2 %d 12:01, 3 %d 12:02", run.ID(), run.ID()); got != want {
		t.Errorf("revisions %s, want %s", got, want)
	}
}

func TestStoreBatch_ARerunWritesNothing(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	var launches []liftoff.EnrichedLaunch
	for i := range 300 {
		launches = append(launches, launch(fmt.Sprintf("%03d", i), fmt.Sprintf(`{"i": %d}`, i)))
	}
	batch := batchOf(launches...)
	batch.Rejected = []liftoff.RejectedRecord{{Reason: liftoff.MissingID, Body: []byte("{}")}}
	wantCounts(t, storeBatch(t, begin(t, store, runOptions()), batch), 300, 0, 0, 1)
	before := rowVersions(t, db)
	wantCounts(t, storeBatch(t, begin(t, store, runOptions()), batch), 0, 300, 0, 1)
	if after := rowVersions(t, db); after != before {
		t.Errorf("a re-run wrote rows:\n%s\nthen\n%s", before, after)
	}
}

// An answer that was long under way must neither undo what is known since nor
// hide that it came true again.
func TestStoreBatch_ALateAnswerIsNoRevision(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	run := begin(t, store, runOptions())
	storeBatch(t, run, batchOf(launchAt(10, "a", `{"v": 1}`)))
	storeBatch(t, run, batchOf(launchAt(20, "a", `{"v": 2}`)))
	wantCounts(t, storeBatch(t, run, batchOf(launchAt(15, "a", `{"v": 1}`))), 0, 1, 0, 0)
	wantStates(t, db, "a", `{"v": 1}`, `{"v": 2}`)
	wantCounts(t, storeBatch(t, run, batchOf(launchAt(30, "a", `{"v": 1}`))), 0, 0, 1, 0)
	wantStates(t, db, "a", `{"v": 1}`, `{"v": 2}`, `{"v": 1}`)
	// The same for a state that is itself a revision.
	wantCounts(t, storeBatch(t, run, batchOf(launchAt(25, "a", `{"v": 2}`))), 0, 1, 0, 0)
	// What nobody has seen is kept, however late it comes.
	wantCounts(t, storeBatch(t, run, batchOf(launchAt(5, "a", `{"v": 3}`))), 0, 0, 1, 0)
}

func TestStoreBatch_AdoptsRowsThatCameByOtherWays(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	execute(t, db, `INSERT INTO raw_launches (id, raw_data) VALUES ('a', '{"v": 1}'), ('b', NULL), ('c', '{"v": 1}')`)
	run := begin(t, store, runOptions())
	batch := batchOf(launch("a", `{"v":1}`), launch("b", `{"v":1}`), launch("c", `{"v":2}`), launch("d", `{"v":1}`))
	result := storeBatch(t, run, batch)
	wantCounts(t, result, 1, 1, 2, 0)
	slices.Sort(result.RevisedIDs)
	if diff := cmp.Diff([]string{"b", "c"}, result.RevisedIDs); diff != "" {
		t.Errorf("revised (-want +got):\n%s", diff)
	}
	if n := scan[int](t, db, "SELECT count(*) FROM raw_launches WHERE fetched_at_timestamp IS NULL"); n != 3 {
		t.Errorf("%d of the 3 adopted rows are as they were", n)
	}
	before := rowVersions(t, db)
	wantCounts(t, storeBatch(t, run, batch), 0, 4, 0, 0)
	if after := rowVersions(t, db); after != before {
		t.Error("adopted rows are not known the second time")
	}
}

// Whoever deletes rows of raw_launches wants them fetched again.
func TestStoreBatch_BringsDeletedRowsBack(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	run := begin(t, store, runOptions())
	storeBatch(t, run, batchOf(launchAt(1, "a", `{"v": 1}`), launchAt(1, "b", `{"v": 1}`)))
	storeBatch(t, run, batchOf(launchAt(2, "a", `{"v": 2}`)))
	execute(t, db, "DELETE FROM raw_launches")
	wantCounts(t, storeBatch(t, run, batchOf(launchAt(3, "a", `{"v": 3}`), launchAt(3, "b", `{"v": 1}`))), 2, 0, 0, 0)
	// The newest state is the newest one, also where a revision was left over.
	wantStates(t, db, "a", `{"v": 3}`, `{"v": 2}`, `{"v": 3}`)
	wantStates(t, db, "b", `{"v": 1}`)
	wantCounts(t, storeBatch(t, run, batchOf(launchAt(4, "a", `{"v": 3}`), launchAt(4, "b", `{"v": 1}`))), 0, 2, 0, 0)
}

func TestStoreBatch_NamesWhatTheSourceHasNoLonger(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	missing := func(run *postgres.Run, in liftoff.IDRange, ids ...string) []string {
		t.Helper()
		var launches []liftoff.EnrichedLaunch
		for _, id := range ids {
			launches = append(launches, launch(id, "{}"))
		}
		batch := batchOf(launches...)
		batch.Range = &in
		return storeBatch(t, run, batch).MissingIDs
	}
	wantMissing := func(got []string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, append([]string(nil), got...)); diff != "" {
			t.Errorf("missing (-want +got):\n%s", diff)
		}
	}
	first := begin(t, store, runOptions())
	// In a locale of people B would stand between a and c.
	wantMissing(missing(first, liftoff.IDRange{}, "B", "a", "c", "d", "e"))
	other := runOptions()
	other.Source = "http://other.test"
	storeBatch(t, begin(t, store, other), batchOf(launch("dd", "{}")))
	wantMissing(missing(first, liftoff.IDRange{After: "a", UpTo: "d"}, "d"), "c")
	wantMissing(missing(first, liftoff.IDRange{After: "a"}, "c"), "d", "e")
	wantMissing(missing(first, liftoff.IDRange{UpTo: "d"}, "a", "d"), "B", "c")
	dry := runOptions()
	dry.IsDry = true
	wantMissing(missing(begin(t, store, dry), liftoff.IDRange{UpTo: "c"}, "a"), "B", "c")
	if n := scan[int](t, db, "SELECT count(*) FROM known_launches WHERE missing_since IS NOT NULL"); n != 0 {
		t.Errorf("%d launches are marked before the run is complete", n)
	}
	ending := liftoff.Ending{Status: liftoff.RunSucceeded, FinishedAt: time.Date(2024, 4, 27, 18, 0, 0, 0, time.UTC), MissingIDs: []string{"c", "d"}}
	if err := first.Finish(t.Context(), ending); err != nil {
		t.Fatal(err)
	}
	const marked = "SELECT coalesce(string_agg(id || ' ' || to_char(missing_since, 'HH24:MI'), ', ' ORDER BY id), '') FROM known_launches WHERE missing_since IS NOT NULL"
	if got := scan[string](t, db, marked); got != "c 18:00, d 18:00" {
		t.Errorf("marked %q", got)
	}
	second := begin(t, store, runOptions())
	wantMissing(missing(second, liftoff.IDRange{}, "B", "a", "c"), "e")
	if got := scan[string](t, db, marked); got != "d 18:00" {
		t.Errorf("marked %q, want launch c to be back", got)
	}
	if n := scan[int](t, db, "SELECT count(*) FROM raw_launches"); n != 6 {
		t.Errorf("%d launches are stored, want all 6: none is ever deleted", n)
	}
}

func TestStoreBatch_KeepsBadRecordsByteForByte(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	run := begin(t, store, runOptions())
	odd := []byte("\x00\xff\xfe{\"\x80\r\n")
	batch := batchOf(launch("a", "{}"))
	batch.Repeated = 2
	batch.Rejected = []liftoff.RejectedRecord{
		{Reason: liftoff.InvalidJSON, Detail: "byte \x00 and \xff at 1", URL: "http://source.test/\xff\x00", Body: odd},
		{Reason: liftoff.MissingID, Detail: "no id", URL: "http://source.test", Body: []byte("{}")},
		{Reason: liftoff.MissingID, Detail: "no id either", URL: "http://source.test", Body: []byte("{}")},
		{Reason: liftoff.NotAnObject, Detail: "nothing at all"},
	}
	wantCounts(t, storeBatch(t, run, batch), 1, 2, 0, 4)
	next := begin(t, store, runOptions())
	wantCounts(t, storeBatch(t, next, liftoff.Batch{Rejected: batch.Rejected[:1], ReceivedAt: time.Now()}), 0, 0, 0, 1)
	got := scan[string](t, db, `SELECT string_agg(concat_ws('|', run_id = $1, to_char(first_seen_at, 'YYYY-MM-DD HH24:MI:SS'),
		source_url, reason, detail, encode(body, 'hex')), E'\n' ORDER BY body) FROM quarantined_records`, run.ID())
	want := "t|2024-04-27 17:03:00||not_an_object|nothing at all|\n" +
		"t|2024-04-27 17:03:00|http://source.test/\uFFFD\uFFFD|invalid_json|byte \uFFFD and \uFFFD at 1|" + fmt.Sprintf("%x", odd) + "\n" +
		"t|2024-04-27 17:03:00|http://source.test|missing_id|no id|7b7d"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("quarantine (-want +got):\n%s", diff)
	}
}

func TestStoreBatch_PutsWhatTheDatabaseRefusesIntoQuarantine(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000)
	for name, test := range map[string]struct{ setUp, raw, detail string }{
		"a document that is too deep": {"", deep, "stack depth limit exceeded (SQLSTATE 54001)"},
		"a document that is none":     {"", `{"a": }`, "invalid input syntax for type json (SQLSTATE 22P02)"},
		"what a trigger refuses": {`CREATE FUNCTION refuse() RETURNS TRIGGER LANGUAGE plpgsql AS
			$$ BEGIN RAISE EXCEPTION 'no % here', NEW.id USING ERRCODE = '22023'; END $$;
			CREATE TRIGGER refuse BEFORE INSERT ON raw_launches FOR EACH ROW WHEN (NEW.id = '042') EXECUTE FUNCTION refuse()`, "{}", "no 042 here (SQLSTATE 22023)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, db := openMigrated(t)
			execute(t, db, test.setUp)
			run := begin(t, store, runOptions())
			storeBatch(t, run, batchOf(launch("007", `{"v": 1}`), launch("008", "{}")))
			var launches []liftoff.EnrichedLaunch
			for i := range 100 {
				raw := "{}"
				if i == 42 {
					raw = test.raw
				}
				launches = append(launches, launch(fmt.Sprintf("%03d", i), raw))
			}
			batch := batchOf(launches...)
			batch.Rejected = []liftoff.RejectedRecord{{Reason: liftoff.MissingID, Body: []byte("other")}}
			wantCounts(t, storeBatch(t, run, batch), 97, 1, 1, 2)
			got := scan[string](t, db, "SELECT reason || ': ' || detail FROM quarantined_records WHERE body = convert_to($1, 'UTF8')", test.raw)
			if want := "refused_by_database: " + test.detail; got != want {
				t.Errorf("quarantine has %q, want %q", got, want)
			}
			ledger := scan[string](t, db, "SELECT concat_ws(' ', pages, fetched, inserted, unchanged, revised, quarantined, bytes) FROM ingestion_runs")
			if want := fmt.Sprintf("2 103 99 1 1 2 %d", batch.Bytes+10); ledger != want {
				t.Errorf("the ledger counts %s, want %s", ledger, want)
			}
		})
	}
}

// Nothing of a batch stays when one of its records fails for another reason.
func TestStoreBatch_StoresAllOrNothing(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	execute(t, db, `CREATE FUNCTION refuse() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'disk full' USING ERRCODE = '53100'; END $$;
		CREATE TRIGGER refuse BEFORE INSERT ON raw_launches FOR EACH ROW WHEN (NEW.id = 'b') EXECUTE FUNCTION refuse()`)
	run := begin(t, store, runOptions())
	before := rowVersions(t, db)
	_, err := run.StoreBatch(t.Context(), batchOf(launch("a", "{}"), launch("b", "{}")))
	wantError(t, err, liftoff.Database, `store 2 launches from "a" to "b": disk full`)
	if after := rowVersions(t, db); after != before {
		t.Errorf("rows were written:\n%s\nthen\n%s", before, after)
	}
	if n := scan[int](t, db, "SELECT fetched FROM ingestion_runs"); n != 0 {
		t.Errorf("the ledger counts %d records", n)
	}
	// The connection is as good as before.
	wantCounts(t, storeBatch(t, run, batchOf(launch("a", "{}"))), 1, 0, 0, 0)
}
