package postgres_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"liftoff"
	"liftoff/internal/postgres"
	"liftoff/internal/testkit/launchtest"
	"liftoff/internal/testkit/pgtest"
)

// capturedList returns a list of the real API by id.
func capturedList(t *testing.T, name string) map[string]json.RawMessage {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "data", "spacex-v4-2021-04-22-exchanges", "bodies", name+".json"))
	switch {
	case err != nil && os.Getenv("CI") != "":
		t.Fatalf("CI must have the captures: %v", err)
	case err != nil:
		t.Skipf("no captures of the real API here: %v", err)
	}
	var documents []json.RawMessage
	if err := json.Unmarshal(content, &documents); err != nil {
		t.Fatal(err)
	}
	byID := map[string]json.RawMessage{}
	for _, document := range documents {
		var identified struct{ ID string }
		if err := json.Unmarshal(document, &identified); err != nil {
			t.Fatal(err)
		}
		byID[identified.ID] = document
	}
	return byID
}

func storeCaptured(t *testing.T, store *postgres.Store, kind liftoff.ReferenceKind) map[string]json.RawMessage {
	t.Helper()
	documents := capturedList(t, string(kind))
	var refs []liftoff.Reference
	for id, raw := range documents {
		refs = append(refs, reference(id, string(raw)))
	}
	upsert(t, store, kind, firstFetch, len(refs), refs...)
	// What stands there already is not written again.
	upsert(t, store, kind, secondFetch, 0, refs...)
	return documents
}

// naiveMass adds up a launch's masses as one would by hand; NaN is unknown.
func naiveMass(t *testing.T, raw json.RawMessage, payloads map[string]json.RawMessage) float64 {
	t.Helper()
	var flight struct{ Payloads []string }
	if err := json.Unmarshal(raw, &flight); err != nil {
		t.Fatal(err)
	}
	if len(flight.Payloads) == 0 {
		return math.NaN()
	}
	total := 0.0
	for _, id := range flight.Payloads {
		var payload struct {
			MassKg *float64 `json:"mass_kg"`
		}
		if err := json.Unmarshal(payloads[id], &payload); err != nil {
			t.Fatal(err)
		}
		if payload.MassKg == nil {
			return math.NaN()
		}
		total += *payload.MassKg
	}
	return total
}

func TestReferences_OfTheRealAPI(t *testing.T) {
	t.Parallel()
	launches := capturedList(t, "launches")
	store, db := openMigrated(t)
	var batch []liftoff.EnrichedLaunch
	for id, raw := range launches {
		batch = append(batch, launch(id, string(raw)))
	}
	mustInsert(t, store, batch...)
	wantMissing(t, store, map[liftoff.ReferenceKind]int{liftoff.Payloads: 165, liftoff.Rockets: 3, liftoff.Launchpads: 4})
	payloads := storeCaptured(t, store, liftoff.Payloads)
	storeCaptured(t, store, liftoff.Rockets)
	storeCaptured(t, store, liftoff.Launchpads)
	wantMissing(t, store, map[liftoff.ReferenceKind]int{})
	launchtest.Refresh(t, db.DSN)

	rows, err := pgtest.Connect(t, db.DSN).Query(t.Context(), "SELECT id, coalesce(payload_mass_kg, 'NaN') FROM launches")
	if err != nil {
		t.Fatal(err)
	}
	known, got := 0, 0.0
	var id string
	if _, err := pgx.ForEachRow(rows, []any{&id, &got}, func() error {
		want := naiveMass(t, launches[id], payloads)
		if math.Abs(got-want) > 1e-9 || math.IsNaN(got) != math.IsNaN(want) {
			t.Errorf("real mass of launch %s is %v, want %v", id, got, want)
		}
		if !math.IsNaN(got) {
			known++
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	// Counted from the captures by hand.
	if known != 123 {
		t.Errorf("%d launches have a real mass, want 123", known)
	}
	named := scan[string](t, db, `SELECT string_agg(DISTINCT rockets.name, ', ' ORDER BY rockets.name) || ' from ' || count(DISTINCT launchpads.name)
		FROM launches INNER JOIN rockets ON rockets.id = rocket_id INNER JOIN launchpads ON launchpads.id = launchpad_id`)
	if want := "Falcon 1, Falcon 9, Falcon Heavy from 4"; named != want {
		t.Errorf("flown: %s, want %s", named, want)
	}
}

// wantMissing wants this many references to be missing, of all launches and of
// the same launches by their ids.
func wantMissing(t *testing.T, store *postgres.Store, want map[liftoff.ReferenceKind]int) {
	t.Helper()
	var ids []string
	for id := range capturedList(t, "launches") {
		ids = append(ids, id)
	}
	all, _, err := store.UnstoredReferences(t.Context(), runOptions().Source)
	if err != nil {
		t.Fatal(err)
	}
	byID, err := store.UnstoredReferencesOf(t.Context(), ids)
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range liftoff.ReferenceKinds() {
		if len(all[kind]) != want[kind] || !slices.IsSorted(all[kind]) || !slices.Equal(all[kind], byID[kind]) {
			t.Errorf("%d %s missing and %d by id, want %d in order", len(all[kind]), kind, len(byID[kind]), want[kind])
		}
	}
}
