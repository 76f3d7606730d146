package postgres_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"liftoff"
	"liftoff/internal/testkit/pgtest"
)

// launch returns a launch as the enricher makes it.
func launch(id, raw string) liftoff.EnrichedLaunch {
	return liftoff.EnrichedLaunch{
		Launch:                 liftoff.Launch{ID: id, Raw: []byte(raw)},
		FetchedAt:              time.Date(2024, 4, 27, 17, 2, 1, 302123456, time.UTC),
		SimulatedPayloadMassKg: 4321,
		SimulatedDelayMinutes:  17,
	}
}

func TestStoreBatch_StoresAllFiveValues(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	one := launch("a", `{"id": "a", "name": "Türksat 5A", "n": 12345678901234567890.5}`)
	// A time of another zone must arrive in UTC, whatever the database's zone.
	one.FetchedAt = one.FetchedAt.In(time.FixedZone("Kathmandu", 5*3600+45*60))
	execute(t, db, "ALTER DATABASE "+db.Name+" SET timezone = 'Pacific/Apia'", "ALTER DATABASE "+db.Name+" SET datestyle = 'German'")
	inserted, err := insert(t.Context(), store, one)
	if err != nil || !slices.Equal(inserted, []string{"a"}) {
		t.Fatalf("StoreBatch() = %v, %v", inserted, err)
	}
	got := scan[string](t, db, `SELECT concat_ws('|', id, to_char(fetched_at_timestamp, 'YYYY-MM-DD HH24:MI:SS.US'),
		simulated_total_payload_mass_kg, simulated_delay_minutes, raw_data ->> 'name', raw_data ->> 'n') FROM raw_launches`)
	if want := "a|2024-04-27 17:02:01.302123|4321|17|Türksat 5A|12345678901234567890.5"; got != want {
		t.Errorf("stored %q, want %q", got, want)
	}
}

func TestIsEmpty(t *testing.T) {
	t.Parallel()
	store, _ := openMigrated(t)
	if empty, err := store.IsEmpty(t.Context()); err != nil || !empty {
		t.Errorf("IsEmpty() = %v, %v on a new schema", empty, err)
	}
	if _, err := insert(t.Context(), store, launch("a", "{}")); err != nil {
		t.Fatal(err)
	}
	if empty, err := store.IsEmpty(t.Context()); err != nil || empty {
		t.Errorf("IsEmpty() = %v, %v with a launch", empty, err)
	}
}

func TestStoreBatch_LeavesKnownLaunchesUntouched(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	if _, err := insert(t.Context(), store, launch("a", `{"v": 1}`)); err != nil {
		t.Fatal(err)
	}
	before := scan[string](t, db, "SELECT xmin || raw_launches::text FROM raw_launches")
	inserted, err := insert(t.Context(), store, launch("c", "{}"), launch("a", `{"v": 2}`), launch("b", "{}"))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(inserted)
	if diff := cmp.Diff([]string{"b", "c"}, inserted); diff != "" {
		t.Errorf("inserted ids (-want +got):\n%s", diff)
	}
	if after := scan[string](t, db, "SELECT xmin || raw_launches::text FROM raw_launches WHERE id = 'a'"); after != before {
		t.Errorf("the first row was rewritten: %s, then %s", before, after)
	}
}

// A conflict with anything but the id must not silently lose the launch.
func TestStoreBatch_AnotherConflictIsARefusal(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	execute(t, db, "ALTER TABLE raw_launches ADD UNIQUE (simulated_delay_minutes)")
	if _, err := insert(t.Context(), store, launch("a", "{}")); err != nil {
		t.Fatal(err)
	}
	if inserted, err := insert(t.Context(), store, launch("b", "{}")); err != nil || len(inserted) > 0 {
		t.Errorf("inserted %v, %v", inserted, err)
	}
	const detail = "SELECT coalesce(max(reason || ' ' || (detail LIKE '%unique constraint%')), '') FROM quarantined_records WHERE body = '{}'"
	if got := scan[string](t, db, detail); got != "refused_by_database true" {
		t.Errorf("the quarantine has %q", got)
	}
}

// The server ends one of two transactions that wait for each other; ours is
// repeated.
func TestStoreBatch_IsRepeatedAfterADeadlock(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabaseFrom(t, migrated)
	execute(t, db, "ALTER DATABASE "+db.Name+" SET deadlock_timeout = '1s'")
	store := open(t, db)
	other := pgtest.Connect(t, db.DSN)
	tx, err := other.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// The other transaction waits longer for its deadlock, so ours is ended; but
	// not so briefly that it has looked before there is one: it looks once.
	for _, sql := range []string{"SET LOCAL deadlock_timeout = '10min'", "INSERT INTO raw_launches VALUES ('b')"} {
		if _, err := tx.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	inserted := make(chan []string, 1)
	go func() {
		ids, err := insert(t.Context(), store, launch("a", "{}"), launch("b", "{}"))
		if err != nil {
			t.Errorf("StoreBatch() = %v", err)
		}
		inserted <- ids
	}()
	waitForLock(t, db)
	if _, err := tx.Exec(t.Context(), "INSERT INTO raw_launches VALUES ('a')"); err != nil {
		t.Fatal(err)
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if ids := <-inserted; len(ids) != 2 {
		t.Errorf("inserted %v, want both launches after the second try", ids)
	}
}

func TestStoreBatch_NoLaunchesIsNoError(t *testing.T) {
	t.Parallel()
	store, _ := openMigrated(t)
	inserted, err := insert(t.Context(), store)
	if err != nil || len(inserted) != 0 {
		t.Errorf("StoreBatch() of nothing = %v, %v", inserted, err)
	}
}

func TestStoreBatch_ManyAtOnceInsertEachLaunchOnce(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	var group sync.WaitGroup
	counts := make([]int, 8)
	for worker := range counts {
		group.Go(func() {
			var batch []liftoff.EnrichedLaunch
			for i := range 200 {
				// Each worker has the same launches in another order.
				batch = append(batch, launch(fmt.Sprint((i*7+worker*31)%200), "{}"))
			}
			inserted, err := insert(t.Context(), store, batch...)
			if err != nil {
				t.Error(err)
			}
			counts[worker] = len(inserted)
		})
	}
	group.Wait()
	total := 0
	for _, n := range counts {
		total += n
	}
	if rows := scan[int](t, db, "SELECT count(*) FROM raw_launches"); rows != 200 || total != 200 {
		t.Errorf("%d rows, %d reported as inserted, want 200 of each", rows, total)
	}
}

// One odd field must neither stop a launch nor break the view for all.
func TestLaunchesView_TakesOddFieldsAsNull(t *testing.T) {
	t.Parallel()
	tests := []struct{ raw, column, want string }{
		{`{"name": "FalconSat"}`, "name", "FalconSat"},
		{`{"name": 12}`, "name", "<null>"},
		{`{}`, "name", "<null>"},
		{`{"flight_number": 187}`, "flight_number", "187"},
		{`{"flight_number": "187"}`, "flight_number", "187"},
		{`{"flight_number": 1.5}`, "flight_number", "<null>"},
		{`{"flight_number": 99999999999}`, "flight_number", "<null>"},
		{`{"flight_number": null}`, "flight_number", "<null>"},
		{`{"date_utc": "2006-03-24T22:30:00.000Z"}`, "launched_at", "2006-03-24 22:30:00"},
		{`{"date_utc": "2006-03-24T22:30:00.123Z"}`, "launched_at", "2006-03-24 22:30:00.123"},
		{`{"date_utc": "2020-02-29T00:00:00Z"}`, "launched_at", "2020-02-29 00:00:00"},
		{`{"date_utc": "2021-02-29T00:00:00Z"}`, "launched_at", "<null>"},
		{`{"date_utc": "2021-04-31T00:00:00Z"}`, "launched_at", "<null>"},
		{`{"date_utc": "2021-12-31T23:59:59Z"}`, "launched_at", "2021-12-31 23:59:59"},
		{`{"date_utc": "2021-01-01T24:00:00Z"}`, "launched_at", "<null>"},
		{`{"date_utc": "2021-01-01T23:59:60Z"}`, "launched_at", "<null>"},
		{`{"date_utc": "0000-01-01T00:00:00Z"}`, "launched_at", "<null>"},
		{`{"date_utc": "9999-12-31T00:00:00Z"}`, "launched_at", "9999-12-31 00:00:00"},
		{`{"date_utc": "10000-01-01T00:00:00Z"}`, "launched_at", "<null>"},
		{`{"date_utc": "2021-01-01T00:00:00"}`, "launched_at", "<null>"},
		{`{"date_utc": "2021-01-01T00:00:00+02:00"}`, "launched_at", "<null>"},
		{`{"date_utc": "9999-12-31T23:59:59.999999999Z"}`, "launched_at", "9999-12-31 23:59:59.999999"},
		{`{"date_utc": "٢٠٢١-01-01T00:00:00Z"}`, "launched_at", "<null>"},
		{`{"flight_number": "١٢"}`, "flight_number", "<null>"},
		{`{"date_utc": 1234}`, "launched_at", "<null>"},
		{`{"date_utc": null}`, "launched_at", "<null>"},
		{`{"upcoming": true}`, "upcoming", "true"},
		{`{"upcoming": "true"}`, "upcoming", "<null>"},
		{`{"success": false}`, "success", "false"},
		{`{"success": null}`, "success", "<null>"},
		{`{"success": 1}`, "success", "<null>"},
		{`{"rocket": "5e9d"}`, "rocket_id", "5e9d"},
		{`{"rocket": {"id": "5e9d", "name": "populated"}}`, "rocket_id", "5e9d"},
		{`{"rocket": 5}`, "rocket_id", "<null>"},
		{`{"launchpad": null}`, "launchpad_id", "<null>"},
		{`{"launchpad": {"id": "5e9e"}}`, "launchpad_id", "5e9e"},
		{`{"payloads": []}`, "payload_count", "0"},
		{`{"payloads": ["a", {"id": "b"}]}`, "payload_count", "2"},
		{`{"payloads": null}`, "payload_count", "0"},
		{`{"payloads": "a"}`, "payload_count", "0"},
		{`{"date_precision": "hour"}`, "date_precision", "hour"},
		{`{"date_precision": 3}`, "date_precision", "<null>"},
		{`[]`, "name", "<null>"},
		{`"text"`, "launched_at", "<null>"},
		{`null`, "payload_count", "0"},
	}
	// With an ICU locale more characters are digits, letters and spaces.
	for name, locale := range map[string]string{"C": "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'", "ICU": "LOCALE_PROVIDER icu ICU_LOCALE 'und'"} {
		t.Run(name, func(t *testing.T) {
			db := pgtest.NewDatabase(t)
			other := db
			other.Name = db.Name + "_" + strings.ToLower(name)
			execute(t, db, "CREATE DATABASE "+other.Name+" TEMPLATE template0 "+locale)
			other.DSN = strings.Replace(db.DSN, "/"+db.Name, "/"+other.Name, 1)
			checkOddFields(t, other, tests)
			execute(t, db, "DROP DATABASE "+other.Name+" WITH (FORCE)")
		})
	}
}

func checkOddFields(t *testing.T, db pgtest.Database, tests []struct{ raw, column, want string }) {
	t.Helper()
	store := open(t, db)
	if _, err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	var batch []liftoff.EnrichedLaunch
	for i, test := range tests {
		batch = append(batch, launch(fmt.Sprintf("%03d", i), test.raw))
	}
	if _, err := insert(t.Context(), store, batch...); err != nil {
		t.Fatal(err)
	}
	// Columns that are not a field of the document have tests of their own.
	untested := scan[[]string](t, db, `SELECT array_agg(column_name::TEXT) FROM information_schema.columns WHERE table_name = 'launches'
		AND column_name NOT IN ('id', 'payload_mass_kg', 'slip_minutes', 'slip_days', 'fetched_at_timestamp', 'missing_since', 'revised_at') AND column_name NOT LIKE 'simulated_%'`)
	for _, test := range tests {
		if test.want != "<null>" {
			untested = slices.DeleteFunc(untested, func(name string) bool { return name == test.column })
		}
	}
	if len(untested) > 0 {
		t.Errorf("no case has a value for %v", untested)
	}
	conn := pgtest.Connect(t, db.DSN)
	for i, test := range tests {
		t.Run(test.raw, func(t *testing.T) {
			var got string
			query := "SELECT coalesce(" + pgx.Identifier{test.column}.Sanitize() + "::text, '<null>') FROM launches WHERE id = $1"
			if err := conn.QueryRow(t.Context(), query, fmt.Sprintf("%03d", i)).Scan(&got); err != nil {
				t.Fatal(err)
			}
			if got != test.want {
				t.Errorf("%s = %q, want %q", test.column, got, test.want)
			}
		})
	}
}

// PostgreSQL can only compute many rows in short time when it inlines the function.
func TestLaunchesFromDocuments_FunctionIsInlined(t *testing.T) {
	t.Parallel()
	_, db := openMigrated(t)
	rows, err := pgtest.Connect(t, db.DSN).Query(t.Context(), "EXPLAIN VERBOSE SELECT launched_at FROM launches_from_documents")
	if err != nil {
		t.Fatal(err)
	}
	plan, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	if text := strings.Join(plan, "\n"); strings.Contains(text, "liftoff_utc_timestamp") || !strings.Contains(text, "make_timestamp") {
		t.Errorf("the plan calls the function for each row:\n%s", text)
	}
}
