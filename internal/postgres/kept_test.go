package postgres_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"liftoff"
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
	definition := scan[string](t, db, "SELECT pg_get_viewdef('launches_from_documents'::REGCLASS)")
	executeAll(t, db, `CREATE COLLATION any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
		DROP VIEW launches_from_documents;
		ALTER TABLE raw_launches ALTER COLUMN id TYPE TEXT COLLATE any_case;
		CREATE VIEW launches_from_documents AS `+definition)
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
