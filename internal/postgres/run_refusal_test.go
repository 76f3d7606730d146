package postgres_test

import (
	"fmt"
	"strings"
	"testing"

	"liftoff"
)

// hundred is a batch of a hundred launches, of which one is refused in the tests.
func hundred() liftoff.Batch {
	var launches []liftoff.EnrichedLaunch
	for i := range 100 {
		launches = append(launches, launch(fmt.Sprintf("%03d", i), fmt.Sprintf(`{"i": %d}`, i)))
	}
	return batchOf(launches...)
}

// An error that speaks of one row's data costs this row, in whatever way it comes.
func TestL15_ARowThatTheDatabaseRefuses(t *testing.T) {
	t.Parallel()
	raise := func(using string) string {
		return onWrite("BEFORE INSERT", "raw_launches", "IF NEW.id = '042' THEN RAISE EXCEPTION 'not 042' "+using+"; END IF; RETURN NEW;")
	}
	for name, test := range map[string]struct{ setUp, detail string }{
		"L15 CHECK":        {"ALTER TABLE raw_launches ADD CONSTRAINT odd CHECK (id <> '042')", `violates check constraint "odd" (SQLSTATE 23514)`},
		"L15 NOT NULL":     {"ALTER TABLE raw_launches ALTER simulated_delay_minutes SET NOT NULL;" + onWrite("BEFORE INSERT", "raw_launches", "IF NEW.id = '042' THEN NEW.simulated_delay_minutes := NULL; END IF; RETURN NEW;"), "(SQLSTATE 23502)"},
		"L15 UNIQUE":       {"CREATE UNIQUE INDEX odd ON raw_launches ((CASE WHEN id IN ('041', '042') THEN 1 END))", "(SQLSTATE 23505)"},
		"L15 exclusion":    {"ALTER TABLE raw_launches ADD EXCLUDE USING btree ((CASE WHEN id IN ('041', '042') THEN 1 END) WITH =)", "(SQLSTATE 23P01)"},
		"L15 foreign key":  {"CREATE TABLE others (id TEXT PRIMARY KEY); INSERT INTO others SELECT to_char(n, 'FM000') FROM generate_series(0, 99) AS n WHERE n <> 42; ALTER TABLE raw_launches ADD FOREIGN KEY (id) REFERENCES others DEFERRABLE INITIALLY DEFERRED", "(SQLSTATE 23503)"},
		"L15 RAISE":        {raise(""), "not 042 (SQLSTATE P0001)"},
		"L15 no message":   {onWrite("BEFORE INSERT", "raw_launches", "IF NEW.id = '042' THEN RAISE EXCEPTION USING MESSAGE = ''; END IF; RETURN NEW;"), "no message (SQLSTATE P0001)"},
		"L15 their code":   {raise("USING ERRCODE = 'U0042'"), "not 042 (SQLSTATE U0042)"},
		"L15 no case":      {onWrite("BEFORE INSERT", "raw_launches", "IF NEW.id = '042' THEN CASE NEW.id WHEN '1' THEN NULL; END CASE; END IF; RETURN NEW;"), "(SQLSTATE 20000)"},
		"L15 two rows":     {onWrite("BEFORE INSERT", "raw_launches", "IF NEW.id = '042' THEN NEW.id := (SELECT 'x' FROM generate_series(1, 2)); END IF; RETURN NEW;"), "(SQLSTATE 21000)"},
		"L15 known":        {"ALTER TABLE known_launches ADD CONSTRAINT odd CHECK (id <> '042')", `violates check constraint "odd" (SQLSTATE 23514)`},
		"L15 no partition": {`DROP VIEW launches; ALTER TABLE raw_launches RENAME TO former; CREATE TABLE raw_launches (LIKE former INCLUDING DEFAULTS, PRIMARY KEY (id)) PARTITION BY RANGE (id); CREATE TABLE low PARTITION OF raw_launches FOR VALUES FROM ('000') TO ('042'); CREATE TABLE high PARTITION OF raw_launches FOR VALUES FROM ('043') TO ('999')`, "no partition of relation"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, db := openMigrated(t)
			executeAll(t, db, test.setUp)
			run := begin(t, store, runOptions())
			batch := hundred()
			batch.Rejected = []liftoff.RejectedRecord{{Reason: liftoff.MissingID, Detail: "no id", Body: []byte("other")}}
			result := storeBatch(t, run, batch)
			wantCounts(t, result, 99, 0, 0, 2)
			if len(result.Refused) != 1 || result.Refused[0].LaunchID != "042" || !strings.Contains(result.Refused[0].Detail, test.detail) {
				t.Errorf("refused: %+v, want launch 042: %s", result.Refused, test.detail)
			}
			const quarantined = "SELECT coalesce(max(reason || ' ' || detail), '') FROM quarantined_records WHERE body = '{\"i\": 42}'"
			if got := scan[string](t, db, quarantined); !strings.HasPrefix(got, "refused_by_database ") || !strings.Contains(got, test.detail) {
				t.Errorf("the quarantine has %q", got)
			}
			// The batch was one transaction.
			if n := scan[int](t, db, "SELECT count(DISTINCT xmin::TEXT) FROM (SELECT xmin FROM raw_launches UNION ALL SELECT xmin FROM quarantined_records) AS written"); n != 1 {
				t.Errorf("the batch was stored in %d transactions", n)
			}
			wantCounts(t, storeBatch(t, run, batch), 0, 99, 0, 2)
		})
	}
}

// A change that is refused costs the change.
func TestL15_ARevisionThatTheDatabaseRefuses(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	execute(t, db, "ALTER TABLE launch_revisions ADD CONSTRAINT odd CHECK (launch_id <> 'a')")
	run := begin(t, store, runOptions())
	storeBatch(t, run, batchOf(launchAt(1, "a", `{"v": 1}`), launchAt(1, "b", `{"v": 1}`)))
	wantCounts(t, storeBatch(t, run, batchOf(launchAt(2, "a", `{"v": 2}`), launchAt(2, "b", `{"v": 2}`))), 0, 0, 1, 1)
	wantStates(t, db, "a", `{"v": 1}`)
	wantStates(t, db, "b", `{"v": 1}`, `{"v": 2}`)
}

// When too many are refused, nothing of the batch is stored.
func TestL16_TooManyAreRefused(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	execute(t, db, "ALTER TABLE raw_launches ADD CONSTRAINT odd CHECK (right(id, 1) > '2')")
	run := begin(t, store, runOptions())
	batch := hundred()
	asked := 0
	batch.Tolerates = func(refused []liftoff.RejectedRecord) error {
		if asked = len(refused); asked > 20 {
			return liftoff.NewError(liftoff.Guard, fmt.Errorf("too many"), "mend it")
		}
		return nil
	}
	_, err := run.StoreBatch(t.Context(), batch)
	wantError(t, err, liftoff.Guard, "too many")
	if n := scan[int](t, db, "SELECT (SELECT count(*) FROM raw_launches) + (SELECT count(*) FROM quarantined_records) + (SELECT sum(fetched) FROM ingestion_runs)"); n != 0 || asked != 21 {
		t.Errorf("%d rows, asked for up to %d refused ones", n, asked)
	}
	batch.Tolerates = nil
	wantCounts(t, storeBatch(t, run, batch), 70, 0, 0, 30)
}

// onCreateTable is SQL that makes an event trigger, which refuses each table: also
// the temporary one in which a batch waits.
const onCreateTable = `CREATE FUNCTION refuse_tables() RETURNS EVENT_TRIGGER LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no tables today'; END $$;
	CREATE EVENT TRIGGER refuse_tables ON ddl_command_start WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION refuse_tables()`

// eachStatement is SQL that makes a trigger, which refuses each insertion, even one
// of no row.
func eachStatement(table string) string {
	return strings.Replace(onWrite("BEFORE INSERT", table, "RAISE EXCEPTION 'closed';"), "FOR EACH ROW", "FOR EACH STATEMENT", 1)
}

// What does not speak of one row's data puts nothing into quarantine.
func TestL17_WhatSpeaksOfNoRow(t *testing.T) {
	t.Parallel()
	for name, setUp := range map[string]string{
		"L17 a key of our own":  "ALTER TABLE launch_revisions DROP CONSTRAINT launch_revisions_run_id_fkey, ADD CONSTRAINT other FOREIGN KEY (run_id) REFERENCES ingestion_backfills",
		"L17 no resources":      onWrite("BEFORE INSERT", "launch_revisions", "RAISE EXCEPTION 'full' USING ERRCODE = '53100';"),
		"L17 a broken trigger":  onWrite("BEFORE INSERT", "launch_revisions", "PERFORM no_such_function();"),
		"L17 an event trigger":  onCreateTable,
		"L17 each statement":    eachStatement("raw_launches"),
		"L17 each of revisions": eachStatement("launch_revisions"),
		"L17 the quarantine":    "ALTER TABLE quarantined_records ADD CHECK (FALSE)",
		"L17 the ledger":        "ALTER TABLE ingestion_runs ADD CHECK (fetched < 2)",
		"L17 the ledger raises": onWrite("BEFORE UPDATE", "ingestion_runs", "RAISE EXCEPTION 'no';"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, db := openMigrated(t)
			run := begin(t, store, runOptions())
			storeBatch(t, run, batchOf(launchAt(1, "b", `{"v": 1}`)))
			executeAll(t, db, setUp)
			before := rowsOf(t, db)
			_, err := run.StoreBatch(t.Context(), mixedBatch())
			wantError(t, err, liftoff.Database, "SQLSTATE")
			if after := rowsOf(t, db); after != before {
				t.Errorf("something was written:\n%s\nthen\n%s", before, after)
			}
		})
	}
}

// A fault that is not about one record does not leave out a payload either.
func TestL17_WhatSpeaksOfNoReference(t *testing.T) {
	t.Parallel()
	for name, setUp := range map[string]string{
		"L17 payloads, an event trigger": onCreateTable,
		"L17 payloads, each statement":   eachStatement("raw_payloads"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, db := openMigrated(t)
			upsert(t, store, liftoff.Payloads, firstFetch, 1, reference("a", `{"name": "A"}`))
			executeAll(t, db, setUp)
			result, err := store.UpsertReferences(t.Context(), liftoff.Payloads, []liftoff.Reference{reference("a", `{"name": "B"}`)}, secondFetch)
			wantError(t, err, liftoff.Database, "SQLSTATE P0001")
			if len(result.Refused) > 0 {
				t.Errorf("refused: %+v", result.Refused)
			}
		})
	}
}
