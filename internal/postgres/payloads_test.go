package postgres_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"liftoff"
	"liftoff/internal/testkit/apitest"
	"liftoff/internal/testkit/pgtest"
)

// payloadDocuments are payloads with each column of the view payloads written in each
// of these ways.
func payloadDocuments() []string {
	texts := strings.Fields(`"LEO" "a\\b\"c\/" "\u00c9\ud83d\ude80" "" null 5 true {"name":"x"} ["x"]`)
	masses := strings.Fields(`0 -0 4 4.0 40e-1 1e3 0.1 123456789e-5 2500.30000000000000000001 10000000 10000000.5 1e300 -1 null "5" true {} []`)
	var members []string
	for _, name := range []string{"name", "type", "orbit", "regime"} {
		for _, text := range texts {
			members = append(members, fmt.Sprintf(`%q:%s`, name, text))
		}
	}
	for _, mass := range masses {
		members = append(members, `"mass_kg":`+mass, `"name":"x","m\u0061ss_kg":`+mass)
	}
	var documents []string
	for i, member := range append(members, `"other":1`) {
		documents = append(documents, fmt.Sprintf(`{"id":"p%03d",%s}`, i, member))
	}
	return documents
}

// fetchPayloads reads payloads as a run does.
func fetchPayloads(t *testing.T, documents []string) (payloads []liftoff.Reference) {
	t.Helper()
	answer := fmt.Sprintf(`{"docs":[%s],"totalDocs":%d,"limit":1000,"totalPages":1,"page":1,"hasNextPage":false,"nextPage":null}`,
		strings.Join(documents, ","), len(documents))
	client, err := apitest.NewClient(apitest.Serve(t, func(w http.ResponseWriter, _ *http.Request) { apitest.WriteJSON(w, answer) }).URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdle)
	for some, err := range client.References(t.Context(), liftoff.Payloads, nil) {
		if err != nil {
			t.Fatal(err)
		}
		payloads = append(payloads, some...)
	}
	return payloads
}

// shownPayloads returns what the view shows, by id.
func shownPayloads(t *testing.T, db pgtest.Database) map[string]liftoff.PayloadFields {
	t.Helper()
	rows, err := pgtest.Connect(t, db.DSN).Query(t.Context(), "SELECT id, name, type, orbit, regime, mass_kg FROM payloads")
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]liftoff.PayloadFields{}
	var id string
	var fields liftoff.PayloadFields
	if _, err := pgx.ForEachRow(rows, []any{&id, &fields.Name, &fields.Type, &fields.Orbit, &fields.Regime, &fields.MassKg}, func() error {
		shown[id] = fields
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return shown
}

// What is compared with the stored payloads is what the view makes of the same
// documents; otherwise a change could be missed.
func TestUpsertReferences_ComparesWhatTheViewShows(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	documents := payloadDocuments()
	payloads := fetchPayloads(t, documents)
	if len(payloads) != len(documents) {
		t.Fatalf("%d payloads of %d were read", len(payloads), len(documents))
	}
	upsert(t, store, liftoff.Payloads, firstFetch, len(payloads), undecoded(payloads...)...)
	shown := shownPayloads(t, db)
	for i, payload := range payloads {
		if diff := cmp.Diff(shown[payload.ID], *payload.Payload); diff != "" {
			t.Errorf("%s (-view +read):\n%s", documents[i], diff)
		}
	}
	upsert(t, store, liftoff.Payloads, secondFetch, 0, payloads...)
}

// New payloads are copied straight into the table, known ones in the same batch or not.
func TestUpsertReferences_StoresTheSameStagedOrNot(t *testing.T) {
	t.Parallel()
	staged, stagedDB := openMigrated(t)
	copied, copiedDB := openMigrated(t)
	payloads := fetchPayloads(t, payloadDocuments())
	upsert(t, staged, liftoff.Payloads, firstFetch, len(payloads), undecoded(payloads...)...)
	half := len(payloads) / 2
	upsert(t, copied, liftoff.Payloads, firstFetch, half, payloads[:half]...)
	upsert(t, copied, liftoff.Payloads, firstFetch, len(payloads)-half, payloads...)
	const all = "SELECT string_agg(r::TEXT, E'\\n' ORDER BY id) FROM raw_payloads AS r"
	if want, got := scan[string](t, stagedDB, all), scan[string](t, copiedDB, all); got != want {
		t.Errorf("stored (-staged +copied):\n%s", cmp.Diff(want, got))
	}
}
