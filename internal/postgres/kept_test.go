package postgres_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"liftoff"
	"liftoff/internal/postgres"
	"liftoff/internal/testkit/pgtest"
)

// onWrite is SQL that makes a trigger named intruder, which does something before
// or after a row is written.
func onWrite(when, table, body string) string {
	return `CREATE FUNCTION intrude() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN ` + body + ` END $$;
		CREATE TRIGGER intruder ` + when + ` ON ` + table + ` FOR EACH ROW EXECUTE FUNCTION intrude()`
}

// executeAll executes a text of several statements.
func executeAll(t *testing.T, db pgtest.Database, sql string) {
	t.Helper()
	if _, err := pgtest.Connect(t, db.DSN).PgConn().Exec(t.Context(), sql).ReadAll(); err != nil {
		t.Fatalf("%.60s: %v", sql, err)
	}
}

// rowsOf returns all rows of the tables that a batch is written into.
func rowsOf(t *testing.T, db pgtest.Database) string {
	t.Helper()
	return scan[string](t, db, `SELECT concat_ws(E'\n',
		(SELECT string_agg(r::TEXT, ' ' ORDER BY id) FROM raw_launches AS r), (SELECT string_agg(r::TEXT, ' ' ORDER BY id) FROM known_launches AS r),
		(SELECT string_agg(r::TEXT, ' ' ORDER BY launch_id) FROM launch_revisions AS r),
		(SELECT string_agg(r::TEXT, ' ' ORDER BY id) FROM quarantined_records AS r), (SELECT string_agg(r::TEXT, ' ' ORDER BY id) FROM ingestion_runs AS r))`)
}

// A batch of launches and a bad record, as the tests of intruders store it: b is
// stored already, and has changed.
func mixedBatch() liftoff.Batch {
	batch := batchOf(launchAt(2, "a", `{"v": 1}`), launchAt(2, "b", `{"v": 2}`), launchAt(2, "c", `{"v": 1}`))
	batch.Rejected = []liftoff.RejectedRecord{{Reason: liftoff.MissingID, Detail: "no id", Body: []byte("bad")}}
	return batch
}

// Whatever discards or changes what is written is noticed before the COMMIT, and
// named; when it is gone, the same batch is stored whole.
func TestL1_L2_L3_L4_L5_L6_WhatIsNotKeptIsNotCounted(t *testing.T) {
	t.Parallel()
	const drop = "DROP FUNCTION intrude() CASCADE"
	for name, test := range map[string]struct{ setUp, undo, table, cause string }{
		"L1 launches dropped":              {onWrite("BEFORE INSERT", "raw_launches", "IF NEW.id = 'a' THEN RETURN NULL; END IF; RETURN NEW;"), drop, `raw_launches does not keep what is written into it: "a"`, "trigger intruder of raw_launches"},
		"L1 launches deleted afterwards":   {onWrite("AFTER INSERT", "raw_launches", "DELETE FROM raw_launches WHERE id = 'c'; RETURN NULL;"), drop, `raw_launches does not keep what is written into it: "c"`, "trigger intruder of raw_launches"},
		"L1 launches deleted at COMMIT":    {strings.Replace(onWrite("AFTER INSERT", "raw_launches", "DELETE FROM raw_launches WHERE id = 'c'; RETURN NULL;"), "CREATE TRIGGER intruder AFTER INSERT ON raw_launches", "CREATE CONSTRAINT TRIGGER intruder AFTER INSERT ON raw_launches DEFERRABLE INITIALLY DEFERRED", 1), drop, `raw_launches does not keep what is written into it: "c"`, "trigger intruder of raw_launches"},
		"L2 documents rewritten":           {onWrite("BEFORE INSERT", "raw_launches", `NEW.raw_data := NEW.raw_data || '{"w": 1}'; RETURN NEW;`), drop, `raw_launches does not keep what is written into it: "a", "c"`, "trigger intruder of raw_launches"},
		"L2 a value rewritten":             {onWrite("BEFORE INSERT", "raw_launches", `NEW.simulated_delay_minutes := 7; RETURN NEW;`), drop, `raw_launches does not keep what is written into it: "a", "c"`, "trigger intruder of raw_launches"},
		"L2 ids rewritten":                 {onWrite("BEFORE INSERT", "raw_launches", `NEW.id := 'x' || NEW.id; RETURN NEW;`), drop, `raw_launches does not keep what is written into it: "a", "c"`, "trigger intruder of raw_launches"},
		"L3 revisions dropped":             {onWrite("BEFORE INSERT", "launch_revisions", "RETURN NULL;"), drop, `launch_revisions does not keep what is written into it: "b"`, "trigger intruder of launch_revisions"},
		"L3 revisions rewritten":           {onWrite("BEFORE INSERT", "launch_revisions", "NEW.raw_data := '{}'; RETURN NEW;"), drop, `launch_revisions does not keep what is written into it: "b"`, "trigger intruder of launch_revisions"},
		"L3 revisions dropped by a rule":   {"CREATE RULE intruder AS ON INSERT TO launch_revisions DO INSTEAD NOTHING", "DROP RULE intruder ON launch_revisions", "DO INSTEAD NOTHING rules are not supported", "rule intruder of launch_revisions"},
		"L3 a rule on launches":            {"CREATE RULE intruder AS ON INSERT TO raw_launches DO INSTEAD NOTHING", "DROP RULE intruder ON raw_launches", "cannot perform INSERT RETURNING", "rule intruder of raw_launches"},
		"L4 hashes dropped":                {onWrite("BEFORE INSERT", "known_launches", "RETURN NULL;"), drop, `known_launches does not keep what is written into it: "a", "c"`, "trigger intruder of known_launches"},
		"L4 hashes not changed":            {onWrite("BEFORE UPDATE", "known_launches", "RETURN NULL;"), drop, `known_launches does not keep what is written into it: "b"`, "trigger intruder of known_launches"},
		"L4 another table's trigger":       {onWrite("AFTER INSERT", "launch_revisions", "DELETE FROM known_launches WHERE id = 'b'; RETURN NULL;"), drop, `known_launches does not keep what is written into it: "b"`, "trigger intruder of launch_revisions"},
		"L5 quarantined records dropped":   {onWrite("BEFORE INSERT", "quarantined_records", "RETURN NULL;"), drop, "quarantined_records does not keep what is written into it", "trigger intruder of quarantined_records"},
		"L5 quarantined records rewritten": {onWrite("BEFORE INSERT", "quarantined_records", "NEW.body := 'x'; RETURN NEW;"), drop, "quarantined_records does not keep what is written into it", "trigger intruder of quarantined_records"},
		"L5 reasons rewritten":             {onWrite("BEFORE INSERT", "quarantined_records", "NEW.detail := 'x'; RETURN NEW;"), drop, "quarantined_records does not keep what is written into it", "trigger intruder of quarantined_records"},
		"L6 counts dropped":                {onWrite("BEFORE UPDATE", "ingestion_runs", "RETURN NULL;"), drop, "ingestion_runs does not keep what is written into it", "trigger intruder of ingestion_runs"},
		"L6 counts rewritten":              {onWrite("BEFORE UPDATE", "ingestion_runs", "NEW.pages := 77; RETURN NEW;"), drop, "ingestion_runs does not keep what is written into it", "trigger intruder of ingestion_runs"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, db := openMigrated(t)
			run := begin(t, store, runOptions())
			wantCounts(t, storeBatch(t, run, batchOf(launchAt(1, "b", `{"v": 1}`))), 1, 0, 0, 0)
			executeAll(t, db, test.setUp)
			before := rowsOf(t, db)
			_, err := run.StoreBatch(t.Context(), mixedBatch())
			wantError(t, err, liftoff.Guard, test.table)
			if hint := liftoff.HintOf(err); err != nil && (!strings.Contains(err.Error(), test.cause) || !strings.Contains(hint, test.cause)) {
				t.Errorf("%q, next step %q: want both to name the %s", err, hint, test.cause)
			}
			if after := rowsOf(t, db); after != before {
				t.Errorf("something was written:\n%s\nthen\n%s", before, after)
			}
			executeAll(t, db, test.undo)
			wantCounts(t, storeBatch(t, run, mixedBatch()), 2, 0, 1, 1)
			wantStates(t, db, "b", `{"v": 1}`, `{"v": 2}`)
		})
	}
}

// A trigger may do things elsewhere, and may leave a row as it is.
func TestL1_TriggersThatDoNoHarm(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	executeAll(t, db, "CREATE TABLE audit (id TEXT);"+onWrite("BEFORE INSERT OR UPDATE", "raw_launches", "INSERT INTO audit VALUES (NEW.id); RETURN NEW;"))
	run := begin(t, store, runOptions())
	wantCounts(t, storeBatch(t, run, batchOf(launchAt(1, "b", `{"v": 1}`))), 1, 0, 0, 0)
	wantCounts(t, storeBatch(t, run, mixedBatch()), 2, 0, 1, 1)
	if n := scan[int](t, db, "SELECT count(DISTINCT id) FROM audit"); n != 3 {
		t.Errorf("the trigger saw %d launches", n)
	}
}

// Ids that a collation takes for equal are two launches.
func TestL7_ACollationThatTakesIDsForEqual(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	executeAll(t, db, `CREATE COLLATION any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
		DROP VIEW launches`)
	executeAll(t, db, `ALTER TABLE raw_launches ALTER COLUMN id TYPE TEXT COLLATE any_case`)
	run := begin(t, store, runOptions())
	wantCounts(t, storeBatch(t, run, batchOf(launch("5EB", `{"v": 1}`))), 1, 0, 0, 0)
	_, err := run.StoreBatch(t.Context(), batchOf(launch("5eb", `{"v": 2}`)))
	wantError(t, err, liftoff.Guard, `raw_launches does not keep what is written into it: "5eb"; what may do this: collation any_case of raw_launches`)
	if n := scan[int](t, db, "SELECT count(*) FROM launch_revisions"); n != 0 {
		t.Errorf("%d revisions are stored", n)
	}
}

// A policy that hides rows from UPDATE lets it change nothing without an error.
func TestL8_APolicyThatHidesRows(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	wantCounts(t, storeBatch(t, begin(t, store, runOptions()), batchOf(launchAt(1, "b", `{"v": 1}`))), 1, 0, 0, 0)
	executeAll(t, db, `ALTER TABLE known_launches ENABLE ROW LEVEL SECURITY;
		CREATE POLICY sees ON known_launches FOR SELECT USING (TRUE);
		CREATE POLICY adds ON known_launches FOR INSERT WITH CHECK (TRUE);
		CREATE POLICY hides ON known_launches FOR UPDATE USING (FALSE)`)
	role := pgtest.NewRole(t, db, "SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public")
	run := begin(t, open(t, role), runOptions())
	_, err := run.StoreBatch(t.Context(), batchOf(launchAt(2, "b", `{"v": 2}`)))
	wantError(t, err, liftoff.Guard, "known_launches does not keep what is written into it")
	if err != nil && !strings.Contains(err.Error(), "policy hides of known_launches") {
		t.Errorf("%q does not name the policy", err)
	}
}

// The end of a run, its gaps and marks are read back too.
func TestL9_TheEndOfARunIsKept(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ setUp, table string }{
		"L9 the row":        {onWrite("BEFORE UPDATE", "ingestion_runs", "IF NEW.status <> 'running' THEN RETURN NULL; END IF; RETURN NEW;"), "ingestion_runs"},
		"L9 a gap":          {onWrite("BEFORE INSERT", "ingestion_missed_ranges", "RETURN NULL;"), "ingestion_missed_ranges"},
		"L9 a mark":         {onWrite("BEFORE UPDATE", "known_launches", "RETURN NULL;"), "known_launches"},
		"L9 the watermark":  {onWrite("BEFORE UPDATE", "ingestion_sources", "NEW.watermark := OLD.watermark; RETURN NEW;"), "ingestion_sources"},
		"L9 a rule on gaps": {"CREATE RULE intruder AS ON INSERT TO ingestion_missed_ranges DO INSTEAD NOTHING", "ingestion_missed_ranges"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, db := openMigrated(t)
			run := begin(t, store, runOptions())
			storeBatch(t, run, batchOf(launch("a", "{}")))
			executeAll(t, db, test.setUp)
			err := run.Finish(t.Context(), liftoff.Ending{
				Status: liftoff.RunPartial, FinishedAt: time.Now(), Gaps: []liftoff.Gap{{AfterID: "a", BeforeID: "c"}},
				IsCurrent: true, MissingIDs: []string{"a"}, Announced: 3,
			})
			wantError(t, err, liftoff.Guard, test.table+" does not keep what is written into it")
			if err != nil && !strings.Contains(err.Error(), "intruder of "+test.table) {
				t.Errorf("%q does not name the cause", err)
			}
			if status := scan[string](t, db, "SELECT status FROM ingestion_runs"); status != "running" {
				t.Errorf("the ledger says %s", status)
			}
		})
	}
}

func TestL10_TheBeginningOfARunIsKept(t *testing.T) {
	t.Parallel()
	for _, table := range []string{"ingestion_runs", "ingestion_sources"} {
		t.Run("L10 "+table, func(t *testing.T) {
			t.Parallel()
			store, db := openMigrated(t)
			executeAll(t, db, onWrite("BEFORE INSERT", table, "RETURN NULL;"))
			_, err := store.BeginRun(t.Context(), runOptions())
			wantError(t, err, liftoff.Guard, table+" does not keep what is written into it")
			if err != nil && !strings.Contains(err.Error(), "trigger intruder of "+table) {
				t.Errorf("%q does not name the trigger", err)
			}
		})
	}
}

// References are read back as launches are.
func TestL11_ReferencesThatAreNotKept(t *testing.T) {
	t.Parallel()
	for _, kind := range []liftoff.ReferenceKind{liftoff.Payloads, liftoff.Rockets, liftoff.Launchpads} {
		for name, setUp := range map[string]string{
			"dropped":   onWrite("BEFORE INSERT", "raw_"+string(kind), "IF NEW.id = 'b' THEN RETURN NULL; END IF; RETURN NEW;"),
			"rewritten": onWrite("BEFORE INSERT", "raw_"+string(kind), `IF NEW.id = 'b' THEN NEW.raw_data := '{"name": "x"}'; END IF; RETURN NEW;`),
			"stale":     onWrite("BEFORE UPDATE", "raw_"+string(kind), "RETURN NULL;"),
		} {
			t.Run(fmt.Sprintf("L11 %s %s", kind, name), func(t *testing.T) {
				t.Parallel()
				store, db := openMigrated(t)
				upsert(t, store, kind, firstFetch, 1, reference("a", `{"name": "A"}`))
				executeAll(t, db, setUp)
				lost := map[bool]string{true: `"a"`, false: `"b"`}[name == "stale"]
				some := []liftoff.Reference{reference("a", `{"name": "AA"}`), reference("b", `{"name": "B", "mass_kg": 5}`)}
				_, err := store.UpsertReferences(t.Context(), kind, some, secondFetch)
				wantError(t, err, liftoff.Guard, "raw_"+string(kind)+" does not keep what is written into it: "+lost)
				if n := scan[int](t, db, "SELECT count(*) FROM "+pgx.Identifier{"raw_" + string(kind)}.Sanitize()); n != 1 {
					t.Errorf("%d are stored, want the one from before", n)
				}
				executeAll(t, db, "DROP FUNCTION intrude() CASCADE")
				upsert(t, store, kind, secondFetch, 2, some...)
			})
		}
	}
}

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

// A revision that no run has stored, whoever put it there, does not stay the newest:
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
