package postgres_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"liftoff"
	"liftoff/internal/postgres"
	"liftoff/internal/testkit/pgtest"
)

// enriched is a document as a well-known program of this kind stores it: it puts
// the values of its own columns into the API's document first.
func enriched(document string) string {
	return strings.TrimSuffix(document, "}") +
		`, "fetched_at_timestamp": "2024-01-02T03:04:05.678901", "simulated_total_payload_mass_kg": 5100, "simulated_delay_minutes": 42}`
}

// storeEnriched puts such a row into raw_launches.
func storeEnriched(t *testing.T, db pgtest.Database, id, document string) {
	t.Helper()
	execute(t, db, fmt.Sprintf(`INSERT INTO raw_launches VALUES ('%s', '2024-01-02 03:04:05.678901', 5100, 42, '%s')`, id, enriched(document)))
}

// The API has changed nothing, so there is no revision, at the first run or later.
func TestK9_ADocumentThatAnotherProgramHasEnriched(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	for _, id := range []string{"a", "b", "c"} {
		storeEnriched(t, db, id, `{"id": "`+id+`", "success": null}`)
	}
	before := scan[string](t, db, "SELECT md5(string_agg(raw_launches::text, ',' ORDER BY id)) FROM raw_launches")
	run := begin(t, store, runOptions())
	batch := batchOf(launch("a", `{"id": "a", "success": null}`), launch("b", `{"id": "b", "success": null}`), launch("c", `{"id": "c", "success": null}`))
	wantCounts(t, storeBatch(t, run, batch), 0, 3, 0, 0)
	wantCounts(t, storeBatch(t, run, batch), 0, 3, 0, 0)
	// Other bytes of the same content are compared again.
	wantCounts(t, storeBatch(t, run, batchOf(launch("a", `{"success":null,"id":"a"}`))), 0, 1, 0, 0)
	if n := scan[int](t, db, "SELECT count(*) FROM launch_revisions"); n != 0 {
		t.Errorf("%d revisions of what the API has not changed", n)
	}
	if after := scan[string](t, db, "SELECT md5(string_agg(raw_launches::text, ',' ORDER BY id)) FROM raw_launches"); after != before {
		t.Error("the adopted rows were changed")
	}
}

// What was adopted is what was stored, however it was written: nobody has changed
// it. The rows came before the first run, or between two runs.
func TestK9_NobodyHasChangedAnEnrichedDocument(t *testing.T) {
	t.Parallel()
	for name, sent := range map[string]string{
		"K9 unchanged":    `{"id": "a", "success": null}`,
		"K9 has changed":  `{"id": "a", "success": true}`,
		"K9 other spaces": `{"success":null,"id":"a"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, db := openMigrated(t)
			run := begin(t, store, runOptions())
			storeBatch(t, run, batchOf(launch("b", `{"id": "b"}`)))
			storeEnriched(t, db, "a", `{"id": "a", "success": null}`)
			batch := batchOf(launch("a", sent), launch("b", `{"id": "b"}`))
			for range 2 {
				storeBatch(t, run, batch)
				if err := store.CheckContents(t.Context()); err != nil {
					t.Error(err)
				}
			}
			execute(t, db, `UPDATE raw_launches SET raw_data = raw_data || '{"success": false}'`)
			wantError(t, store.CheckContents(t.Context()), liftoff.Guard, `of 2 launches were changed by hand: "a", "b"`)
		})
	}
}

// A real change is a revision, and only what the API has changed is one.
func TestK10_ARealChangeOfAnEnrichedDocument(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	storeEnriched(t, db, "a", `{"id": "a", "success": null}`)
	run := begin(t, store, runOptions())
	wantCounts(t, storeBatch(t, run, batchOf(launchAt(1, "a", `{"id": "a", "success": null}`))), 0, 1, 0, 0)
	wantCounts(t, storeBatch(t, run, batchOf(launchAt(2, "a", `{"id": "a", "success": true}`))), 0, 0, 1, 0)
	wantCounts(t, storeBatch(t, run, batchOf(launchAt(3, "a", `{"id": "a", "success": true }`))), 0, 1, 0, 0)
	// An answer that is older than the change and shows the state before it is late.
	wantCounts(t, storeBatch(t, run, batchOf(launchAt(1, "a", `{"id":"a","success":null}`))), 0, 1, 0, 0)
	wantCounts(t, storeBatch(t, run, batchOf(launchAt(4, "a", `{"id": "a", "success": null}`))), 0, 0, 1, 0)
	wantStates(t, db, "a", `{"id": "a", "success": null, "fetched_at_timestamp": "2024-01-02T03:04:05.678901", "simulated_delay_minutes": 42, "simulated_total_payload_mass_kg": 5100}`,
		`{"id": "a", "success": true}`, `{"id": "a", "success": null}`)
	wantHistory(t, store, `{"id": "a", "success": null}`, `{"id": "a", "success": true}`, `{"id": "a", "success": null}`)
}

// wantHistory wants these documents in the history of launch a.
func wantHistory(t *testing.T, store *postgres.Store, want ...string) {
	t.Helper()
	history, err := store.LaunchHistory(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, revision := range history.Revisions {
		got = append(got, string(revision.Raw))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
}

// What the API itself sends under these names is a part of the document.
func TestK10_TheAPISendsTheNamesItself(t *testing.T) {
	t.Parallel()
	const sent = `{"id": "a", "fetched_at_timestamp": "x", "simulated_total_payload_mass_kg": 1, "simulated_delay_minutes": 2}`
	t.Run("K10 from the first run on", func(t *testing.T) {
		t.Parallel()
		store, db := openMigrated(t)
		run := begin(t, store, runOptions())
		wantCounts(t, storeBatch(t, run, batchOf(launchAt(1, "a", sent))), 1, 0, 0, 0)
		wantCounts(t, storeBatch(t, run, batchOf(launchAt(2, "a", `{"id": "a"}`))), 0, 0, 1, 0)
		wantCounts(t, storeBatch(t, run, batchOf(launchAt(3, "a", sent))), 0, 0, 1, 0)
		if n := scan[int](t, db, "SELECT count(*) FROM launch_revisions WHERE raw_data ? 'simulated_delay_minutes'"); n != 1 {
			t.Errorf("the names are in %d revisions, want the second", n)
		}
	})
	t.Run("K10 over an enriched document", func(t *testing.T) {
		t.Parallel()
		store, db := openMigrated(t)
		storeEnriched(t, db, "a", `{"id": "a"}`)
		run := begin(t, store, runOptions())
		wantCounts(t, storeBatch(t, run, batchOf(launchAt(1, "a", sent))), 0, 0, 1, 0)
		wantCounts(t, storeBatch(t, run, batchOf(launchAt(2, "a", `{"id": "a"}`))), 0, 0, 1, 0)
	})
	t.Run("K10 one name over an enriched document", func(t *testing.T) {
		t.Parallel()
		store, db := openMigrated(t)
		storeEnriched(t, db, "a", `{"id": "a"}`)
		run := begin(t, store, runOptions())
		wantCounts(t, storeBatch(t, run, batchOf(launchAt(1, "a", `{"id": "a", "simulated_delay_minutes": 42}`))), 0, 1, 0, 0)
		wantCounts(t, storeBatch(t, run, batchOf(launchAt(2, "a", `{"id": "a", "simulated_delay_minutes": 43}`))), 0, 0, 1, 0)
	})
}

// Only what looks like that program's work is left out of the comparison.
func TestK10_OtherDocumentsThatDiffer(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	for id, row := range map[string]string{
		"a": `5100, 43, '` + enriched(`{"v": 1}`) + `'`,                // another delay than the column's
		"b": `NULL, NULL, '` + enriched(`{"v": 1}`) + `'`,              // no values in the columns
		"c": `5100, 42, '{"v": 1, "simulated_delay_minutes": 42}'`,     // one name only
		"d": `5100, 42, '["fetched_at_timestamp"]'`,                    // no object at all
		"e": `5100, 42, '"fetched_at_timestamp"'`,                      // not even a list
		"f": `5100, 42, NULL`,                                          // nothing
		"g": `5100, 42, '` + enriched(`{"v": 1, "note": "own"}`) + `'`, // a name that nobody knows
	} {
		execute(t, db, fmt.Sprintf(`INSERT INTO raw_launches VALUES ('%s', '2024-01-02', %s)`, id, row))
	}
	run := begin(t, store, runOptions())
	for _, id := range []string{"a", "b", "c", "d", "e", "f", "g"} {
		wantCounts(t, storeBatch(t, run, batchOf(launch(id, `{"v": 1}`))), 0, 0, 1, 0)
	}
}
