package postgres_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5"

	"liftoff"
	"liftoff/internal/postgres"
	"liftoff/internal/testkit/launchtest"
	"liftoff/internal/testkit/pgtest"
)

var (
	firstFetch  = time.Date(2026, 11, 20, 8, 0, 0, 123456000, time.UTC)
	secondFetch = firstFetch.Add(time.Hour)
)

// reference returns a reference with what the view payloads shows of its document, if
// that can be told.
func reference(id, raw string) liftoff.Reference {
	r := liftoff.Reference{ID: id, Raw: []byte(raw)}
	var members map[string]any
	if json.Unmarshal(r.Raw, &members) != nil {
		return r
	}
	text := func(name string) *string {
		if value, isText := members[name].(string); isText {
			return &value
		}
		return nil
	}
	r.Payload = &liftoff.PayloadFields{Name: text("name"), Type: text("type"), Orbit: text("orbit"), Regime: text("regime")}
	if mass, isNumber := members["mass_kg"].(float64); isNumber && mass >= 0 && mass <= 10_000_000 {
		r.Payload.MassKg = &mass
	}
	return r
}

// undecoded returns references without the columns that were read from their documents.
func undecoded(refs ...liftoff.Reference) []liftoff.Reference {
	refs = slices.Clone(refs)
	for i := range refs {
		refs[i].Payload = nil
	}
	return refs
}

// upsert stores references and wants this many to be new or changed.
func upsert(t *testing.T, store *postgres.Store, kind liftoff.ReferenceKind, at time.Time, want int, refs ...liftoff.Reference) {
	t.Helper()
	changed, err := store.UpsertReferences(t.Context(), kind, refs, at)
	if err != nil {
		t.Fatal(err)
	}
	if changed.Changed != want || len(changed.Refused) > 0 {
		t.Errorf("%d %s changed, want %d; refused: %v", changed.Changed, kind, want, changed.Refused)
	}
}

func mustInsert(t *testing.T, store *postgres.Store, launches ...liftoff.EnrichedLaunch) {
	t.Helper()
	if _, err := insert(t.Context(), store, launches...); err != nil {
		t.Fatal(err)
	}
}

// revise stores a later state of a launch.
func revise(t *testing.T, db pgtest.Database, id string, revision int, raw string) {
	t.Helper()
	conn := pgtest.Connect(t, db.DSN)
	if _, err := conn.Exec(t.Context(), `INSERT INTO launch_revisions (launch_id, revision, content_sha256, first_seen_at, raw_data)
		VALUES ($1, $2, sha256(convert_to($3, 'UTF8')), now()::TIMESTAMP, $3::JSONB)`, id, revision, raw); err != nil {
		t.Fatal(err)
	}
}

func TestUpsertReferences_StoresTheDocumentAndItsView(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	// A time of another zone must arrive in UTC, whatever the database's zone.
	execute(t, db, "ALTER DATABASE "+db.Name+" SET timezone = 'Pacific/Apia'", "ALTER DATABASE "+db.Name+" SET datestyle = 'German'")
	at := firstFetch.In(time.FixedZone("Kathmandu", 5*3600+45*60))
	upsert(t, store, liftoff.Payloads, at, 1, reference("p1",
		`{"id": "p1", "name": "Türksat 5A", "type": "Satellite", "mass_kg": 3500.5, "orbit": "GTO", "regime": "geostationary", "raan": 12}`))
	upsert(t, store, liftoff.Rockets, at, 1, reference("r1", `{"id": "r1", "name": "Falcon 9", "type": "rocket", "height": {"meters": 70}}`))
	upsert(t, store, liftoff.Launchpads, at, 1, reference("l1",
		`{"id": "l1", "name": "CCSFS SLC 40", "full_name": "Cape Canaveral SLC 40", "region": "Florida"}`))
	const stamp = "|2026-11-20 08:00:00.123456"
	for sql, want := range map[string]string{
		`SELECT concat_ws('|', id, name, type, mass_kg, orbit, regime, to_char(fetched_at_timestamp, 'YYYY-MM-DD HH24:MI:SS.US')) FROM payloads`: "p1|Türksat 5A|Satellite|3500.5|GTO|geostationary" + stamp,
		`SELECT concat_ws('|', id, name, type, to_char(fetched_at_timestamp, 'YYYY-MM-DD HH24:MI:SS.US')) FROM rockets`:                          "r1|Falcon 9|rocket" + stamp,
		`SELECT concat_ws('|', id, name, full_name, region, to_char(fetched_at_timestamp, 'YYYY-MM-DD HH24:MI:SS.US')) FROM launchpads`:          "l1|CCSFS SLC 40|Cape Canaveral SLC 40|Florida" + stamp,
		`SELECT (SELECT raw_data ->> 'raan' FROM raw_payloads) || '|' || (SELECT raw_data -> 'height' ->> 'meters' FROM raw_rockets)`:            "12|70",
	} {
		if got := scan[string](t, db, sql); got != want {
			t.Errorf("stored %q, want %q", got, want)
		}
	}
}

// What the API changes every hour must not rewrite a row, nor even lock it.
func TestUpsertReferences_RewritesOnlyWhatItsViewShows(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name          string
		kind          liftoff.ReferenceKind
		before, after string
		rewritten     bool
	}{
		{"the same", liftoff.Payloads, `{"name": "A", "mass_kg": 4}`, `{"name": "A", "mass_kg": 4}`, false},
		{"another order and another way to write 4", liftoff.Payloads, `{"name": "A", "mass_kg": 4}`, `{ "mass_kg":4.0,"name":"A"}`, false},
		{"an orbit's numbers", liftoff.Payloads, `{"mean_motion": 15.1, "epoch": "x", "raan": 1}`, `{"mean_motion": 15.2, "epoch": "y"}`, false},
		{"a payload's name", liftoff.Payloads, `{"name": "Turksat"}`, `{"name": "Türksat"}`, true},
		{"a payload's type", liftoff.Payloads, `{"type": "Satellite"}`, `{"type": "Dragon 1.1"}`, true},
		{"a payload's mass", liftoff.Payloads, `{"mass_kg": 4}`, `{"mass_kg": 4.5}`, true},
		{"a mass that becomes known", liftoff.Payloads, `{"mass_kg": null}`, `{"mass_kg": 4}`, true},
		{"a mass that goes away", liftoff.Payloads, `{"mass_kg": 4}`, `{"mass_kg": null}`, true},
		{"a payload's orbit", liftoff.Payloads, `{"orbit": "LEO"}`, `{"orbit": "ISS"}`, true},
		{"a payload's regime", liftoff.Payloads, `{"regime": null}`, `{"regime": "low-earth"}`, true},
		{"one unknown mass for another", liftoff.Payloads, `{"mass_kg": null}`, `{"mass_kg": "heavy"}`, false},
		{"a rocket's success rate", liftoff.Rockets, `{"name": "Falcon 9", "success_rate_pct": 97}`, `{"name": "Falcon 9", "success_rate_pct": 98}`, false},
		{"a rocket's name", liftoff.Rockets, `{"name": "BFR"}`, `{"name": "Starship"}`, true},
		{"a rocket's type", liftoff.Rockets, `{"type": "rocket"}`, `{"type": "ship"}`, true},
		{"a launchpad's attempts", liftoff.Launchpads, `{"name": "A", "launch_attempts": 1}`, `{"name": "A", "launch_attempts": 2}`, false},
		{"a launchpad's name", liftoff.Launchpads, `{"name": "A"}`, `{"name": "B"}`, true},
		{"a launchpad's full name", liftoff.Launchpads, `{"full_name": "A"}`, `{"full_name": "B"}`, true},
		{"a launchpad's region", liftoff.Launchpads, `{"region": "A"}`, `{"region": "B"}`, true},
		{"a document that is no object", liftoff.Rockets, `{}`, `[]`, false},
	}
	store, db := openMigrated(t)
	for i, test := range append(slices.Clone(tests), tests...) {
		read := func(id, raw string) []liftoff.Reference { return []liftoff.Reference{reference(id, raw)} }
		if i >= len(tests) {
			read = func(id, raw string) []liftoff.Reference { return undecoded(reference(id, raw)) }
			test.name += ", of an undecoded document"
		}
		t.Run(test.name, func(t *testing.T) {
			id, table := fmt.Sprint(i), pgx.Identifier{"raw_" + string(test.kind)}.Sanitize()
			upsert(t, store, test.kind, firstFetch, 1, read(id, test.before)...)
			row := "SELECT concat_ws('|', xmin, ctid, raw_data, fetched_at_timestamp) FROM " + table + " WHERE id = $1"
			before := scan[string](t, db, row, id)
			want := 0
			if test.rewritten {
				want = 1
			}
			upsert(t, store, test.kind, secondFetch, want, read(id, test.after)...)
			if after := scan[string](t, db, row, id); (after != before) != test.rewritten {
				t.Errorf("rewritten: %v, want %v: %s, then %s", after != before, test.rewritten, before, after)
			}
			if !test.rewritten {
				return
			}
			same := "SELECT raw_data = $2::JSONB AND fetched_at_timestamp = '2026-11-20 09:00:00.123456' FROM " + table + " WHERE id = $1"
			if !scan[bool](t, db, same, id, test.after) {
				t.Error("the row does not have the newer document and its time")
			}
		})
	}
}

// A lock on a row is a write too.
func TestUpsertReferences_DoesNotLockWhatIsUnchanged(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	one := reference("a", `{"name": "A", "mass_kg": 4, "raan": 1}`)
	upsert(t, store, liftoff.Payloads, firstFetch, 1, one)
	upsert(t, store, liftoff.Payloads, secondFetch, 1, reference("a", `{"name": "A", "mass_kg": 4, "raan": 2}`), reference("b", "{}"))
	if got := scan[string](t, db, "SELECT xmax::TEXT FROM raw_payloads WHERE id = 'a'"); got != "0" {
		t.Errorf("xmax of the unchanged row is %s, want 0", got)
	}
}

func TestUpsertReferences_TheLastOfTheSameIDCounts(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	upsert(t, store, liftoff.Payloads, firstFetch, 2,
		reference("b", `{"mass_kg": 1}`), reference("a", `{"mass_kg": 2}`), reference("b", `{"mass_kg": 3}`))
	if got := scan[string](t, db, "SELECT string_agg(id || mass_kg, ' ' ORDER BY id) FROM payloads"); got != "a2 b3" {
		t.Errorf("stored %q, want a2 b3", got)
	}
	upsert(t, store, liftoff.Rockets, firstFetch, 0)
}

func TestUpsertReferences_LeavesOutWhatJSONBCannotHold(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	for name, raw := range map[string]string{
		"broken": `{"id": `, "NUL character": `{"name": "a\u0000b"}`, "NUL byte": "{\"name\": \"\x00\"}",
		"no UTF-8": "{\"name\": \"\xff\"}", "lone surrogate": `{"name": "\ud800"}`, "empty": ``,
	} {
		t.Run(name, func(t *testing.T) {
			got, err := store.UpsertReferences(t.Context(), liftoff.Payloads, []liftoff.Reference{reference(name, `{}`), reference("b", raw)}, firstFetch)
			if err != nil || got.Changed != 1 || len(got.Refused) != 1 || got.Refused[0].ID != "b" || !strings.Contains(got.Refused[0].Detail, "SQLSTATE") {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
	if n := scan[int](t, db, "SELECT count(*) FILTER (WHERE id <> 'b') - count(*) FILTER (WHERE id = 'b') FROM raw_payloads"); n != 6 {
		t.Errorf("%d good payloads more than bad ones are stored, want 6", n)
	}
}

func TestReferences_OfAnUnknownKindAreABug(t *testing.T) {
	t.Parallel()
	store, _ := openMigrated(t)
	_, err := store.UpsertReferences(t.Context(), "ships; DROP TABLE raw_launches", []liftoff.Reference{reference("a", "{}")}, firstFetch)
	if err == nil || liftoff.CategoryOf(err) != liftoff.Internal {
		t.Errorf("error %v, want an internal one", err)
	}
}

func TestUpsertReferences_ManyAtOnceAgreeInTheEnd(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	var group sync.WaitGroup
	counts := make([]int, 8)
	for worker := range counts {
		group.Go(func() {
			var batch []liftoff.Reference
			for i := range 200 {
				// Each worker has the same payloads in another order.
				batch = append(batch, reference(fmt.Sprint((i*7+worker*31)%200), `{"mass_kg": 5}`))
			}
			changed, err := store.UpsertReferences(t.Context(), liftoff.Payloads, batch, firstFetch)
			if err != nil {
				t.Error(err)
			}
			counts[worker] = changed.Changed
		})
	}
	group.Wait()
	total := 0
	for _, n := range counts {
		total += n
	}
	if rows := scan[int](t, db, "SELECT count(*) FROM raw_payloads"); rows != 200 || total != 200 {
		t.Errorf("%d rows, %d reported as changed, want 200 of each", rows, total)
	}
}

// A payload's mass is a number of kilograms or nothing.
func TestPayloadsView_TakesOddMassesAsNull(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	for raw, want := range map[string]string{
		`{"mass_kg": 20}`: "20", `{"mass_kg": 0.5}`: "0.5", `{"mass_kg": 0}`: "0", `{"mass_kg": 1.5e3}`: "1500",
		`{"mass_kg": null}`: "-", `{}`: "-", `{"mass_kg": "20"}`: "-", `{"mass_kg": -1}`: "-", `{"mass_kg": 1e400}`: "-",
		`{"mass_kg": [20]}`: "-", `[]`: "-", `"text"`: "-", `null`: "-",
	} {
		upsert(t, store, liftoff.Payloads, firstFetch, 1, reference(raw, raw))
		if got := scan[string](t, db, "SELECT coalesce(mass_kg::TEXT, '-') FROM payloads WHERE id = $1", raw); got != want {
			t.Errorf("mass of %s is %s, want %s", raw, got, want)
		}
	}
}

func TestLaunchesView_SumsTheRealMasses(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, raw, want string }{
		{"one", `{"payloads": ["int"]}`, "4000"},
		{"a whole and a fraction", `{"payloads": ["int", "float"]}`, "4000.75"},
		{"in two launches, once", `{"payloads": ["shared"]}`, "70"},
		{"in two launches, again", `{"payloads": ["shared", "float"]}`, "70.75"},
		{"the same twice", `{"payloads": ["int", "int"]}`, "4000"},
		{"populated", `{"payloads": [{"id": "int", "mass_kg": 999}, "float"]}`, "4000.75"},
		{"the same, populated and not", `{"payloads": [{"id": "int"}, "int"]}`, "4000"},
		{"nothing is a mass too", `{"payloads": ["zero"]}`, "0"},
		{"one of two is not weighed", `{"payloads": ["int", "unknown"]}`, "<null>"},
		{"one of two is not stored", `{"payloads": ["int", "absent"]}`, "<null>"},
		{"none is stored", `{"payloads": ["absent"]}`, "<null>"},
		{"no payloads", `{"payloads": []}`, "<null>"},
		{"no list", `{"payloads": null}`, "<null>"},
		{"another type", `{"payloads": "int"}`, "<null>"},
		{"an odd one in the list", `{"payloads": ["int", 5]}`, "<null>"},
		{"null in the list", `{"payloads": ["int", null]}`, "<null>"},
		{"populated without an id", `{"payloads": ["int", {"mass_kg": 5}]}`, "<null>"},
	}
	store, db := openMigrated(t)
	upsert(t, store, liftoff.Payloads, firstFetch, 6,
		reference("int", `{"mass_kg": 4000}`), reference("float", `{"mass_kg": 0.75}`),
		// Its back reference names a launch that does not list it.
		reference("shared", `{"mass_kg": 70, "launch": "07"}`), reference("unknown", `{"mass_kg": null}`),
		reference("zero", `{"mass_kg": 0}`), reference("in no launch", `{"mass_kg": 1, "launch": "00"}`))
	for i, test := range tests {
		mustInsert(t, store, launch(fmt.Sprintf("%02d", i), test.raw))
	}
	for i, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := scan[string](t, db, "SELECT coalesce(payload_mass_kg::TEXT, '<null>') FROM launches WHERE id = $1", fmt.Sprintf("%02d", i))
			if got != test.want {
				t.Errorf("payload_mass_kg of %s is %s, want %s", test.raw, got, test.want)
			}
		})
	}
	revise(t, db, "00", 2, `{"payloads": ["unknown"]}`)
	revise(t, db, "00", 3, `{"payloads": ["float"]}`)
	launchtest.Refresh(t, db.DSN)
	if got := scan[string](t, db, "SELECT payload_mass_kg::TEXT FROM launches WHERE id = '00'"); got != "0.75" {
		t.Errorf("payload_mass_kg is %s after a revision, want the newest one's 0.75", got)
	}
}

func TestUnstoredReferences(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	mustInsert(t, store,
		launch("a", `{"payloads": ["p2", {"id": "p1"}, "known", "p2"], "rocket": "r1", "launchpad": {"id": "l1", "name": "A"}}`),
		launch("b", `{"payloads": ["é", "Z", "P"], "rocket": {"id": "r0"}, "launchpad": "known"}`),
		launch("c", `{"payloads": [null, 5, "", {}, {"id": 7}, {"id": ""}, ["p9"]], "rocket": {"id": 5}, "launchpad": ""}`),
		launch("d", `{"payloads": "p9", "rocket": null}`), launch("e", `[]`), launch("f", `"text"`),
		launch("g", `{"payloads": ["old"], "rocket": "old", "launchpad": "old"}`))
	revise(t, db, "g", 2, `{"payloads": ["older"], "rocket": "older"}`)
	revise(t, db, "g", 3, `{"payloads": ["new"], "rocket": "new"}`)
	launchtest.Refresh(t, db.DSN)
	upsert(t, store, liftoff.Payloads, firstFetch, 1, reference("known", "{}"))
	upsert(t, store, liftoff.Launchpads, firstFetch, 1, reference("known", "{}"))
	tests := []struct {
		kind liftoff.ReferenceKind
		of   []string
		want []string
	}{
		{liftoff.Payloads, nil, []string{"P", "Z", "new", "p1", "p2", "é"}},
		{liftoff.Rockets, nil, []string{"new", "r0", "r1"}},
		{liftoff.Launchpads, nil, []string{"l1"}},
		{liftoff.Payloads, []string{"a", "c", "d", "absent"}, []string{"p1", "p2"}},
		{liftoff.Payloads, []string{"g"}, []string{"new"}},
		{liftoff.Rockets, []string{"b", "a", "b"}, []string{"r0", "r1"}},
		{liftoff.Launchpads, []string{"b", "g"}, nil},
		{liftoff.Payloads, []string{}, nil},
	}
	for _, test := range tests {
		t.Run(fmt.Sprint(test.kind, test.of), func(t *testing.T) {
			got, others, err := store.UnstoredReferences(t.Context(), runOptions().Source)
			if test.of != nil {
				got, err = store.UnstoredReferencesOf(t.Context(), test.of)
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got[test.kind], cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("ids (-want +got):\n%s", diff)
			}
			if len(others) > 0 {
				t.Errorf("other sources' launches refer to %v", others)
			}
		})
	}
}

func TestPayloadsOf_AreThoseOfTheNewestState(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	mustInsert(t, store,
		launch("a", `{"payloads": ["p2", {"id": "p1"}, "known", "p2", 5, null, ""]}`), launch("b", `{"payloads": ["p3"]}`),
		launch("c", `{"payloads": ["old"]}`), launch("d", `{"payloads": "p9"}`))
	revise(t, db, "c", 2, `{"payloads": ["new"]}`)
	launchtest.Refresh(t, db.DSN)
	upsert(t, store, liftoff.Payloads, firstFetch, 1, reference("known", "{}"))
	got, err := store.PayloadsOf(t.Context(), []string{"a", "c", "d", "absent"})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(got)
	if diff := cmp.Diff([]string{"known", "new", "p1", "p2"}, got); diff != "" {
		t.Errorf("payloads (-want +got):\n%s", diff)
	}
	if got, err := store.PayloadsOf(t.Context(), nil); len(got) > 0 || err != nil {
		t.Errorf("payloads of no launch: %v, %v", got, err)
	}
}

func TestUnsettledPayloads_AreThoseOfUpcomingLaunchesThenThoseWithoutAMass(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	mustInsert(t, store,
		launch("a", `{"upcoming": true, "payloads": ["p1", "p5", {"id": "p3"}]}`), launch("b", `{"upcoming": false, "payloads": ["p2"]}`),
		launch("flown", `{"upcoming": true, "payloads": ["p4"]}`), launch("back", `{"upcoming": false, "payloads": ["p6"]}`),
		launch("odd", `{"upcoming": "true", "payloads": ["p7"]}`), launch("none", `{"upcoming": true}`))
	revise(t, db, "flown", 2, `{"upcoming": true, "payloads": ["p4"]}`)
	revise(t, db, "flown", 3, `{"upcoming": false, "payloads": ["p4"]}`)
	revise(t, db, "back", 2, `{"upcoming": true, "payloads": ["p6"]}`)
	launchtest.Refresh(t, db.DSN)
	upsert(t, store, liftoff.Payloads, firstFetch, 5, reference("p1", `{"mass_kg": null}`), reference("p2", `{"mass_kg": null}`),
		reference("p4", `{"mass_kg": 4}`), reference("p5", `{"mass_kg": 5}`), reference("p8", `{"mass_kg": "heavy"}`))
	for limit, want := range map[int][]string{100: {"p6", "p5", "p3", "p1", "p8", "p2"}, 5: {"p6", "p5", "p3", "p1", "p8"}, 1: {"p6"}} {
		got, err := store.UnsettledPayloads(t.Context(), limit)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("at most %d, %v (-want +got):\n%s", limit, err, diff)
		}
	}
}
