package postgres_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"liftoff"
	"liftoff/internal/postgres"
	"liftoff/internal/source/spacex"
	"liftoff/internal/testkit/launchtest"
	"liftoff/internal/testkit/pgtest"
)

// typedDocuments are documents of a launch as the API sends them, and odd ones. $ID
// stands for the id.
func typedDocuments() []string {
	return []string{
		`{"id": "$ID", "name": "usual", "flight_number": 12, "date_utc": "2022-10-05T16:00:00.000Z", "date_precision": "hour", "upcoming": false, "success": true, "rocket": "r1", "launchpad": "l1", "payloads": ["p0"]}`,
		`{"id": "$ID", "name": "later", "flight_number": 12, "date_utc": "2022-10-06T17:30:00.500Z", "date_precision": "hour", "upcoming": true, "success": null, "rocket": "r1", "launchpad": "l1", "payloads": ["p2", "p0", "p1"]}`,
		`{"id": "$ID", "date_utc": "2022-11-01T00:00:00.000Z", "date_precision": "month", "payloads": ["p1", "p1", "é", "Z"]}`,
		`{"id": "$ID", "name": "a \"b\" \u0041\n🚀", "success": false, "rocket": "", "payloads": []}`,
		`{"id": "$ID", "flight_number": 3.0, "rocket": {"id": "r2"}, "launchpad": {"id": 5}, "payloads": ["p0", {"id": "p1"}, null]}`,
		`{"id": "$ID", "flight_number": "187", "date_utc": "2022-10-05T16:00:00Z", "date_precision": "hour", "payloads": [{"id": "p0"}, "p0"]}`,
		`{"id": "$ID", "flight_number": 2147483648, "date_utc": "2022-10-05T16:00:00,500Z", "date_precision": "hour", "payloads": null}`,
		`{"id": "$ID", "name": 5, "date_utc": "2022-02-30T16:00:00.000Z", "date_precision": 1, "success": "yes", "upcoming": 0, "rocket": [1], "launchpad": true}`,
		`{"id": "$ID"}`,
	}
}

// handEdits are what other programs and hands may do; $1 is the id of a launch, $2 a
// document and $3 the id of a payload.
func handEdits() []string {
	const revise = `INSERT INTO launch_revisions (launch_id, revision, content_sha256, first_seen_at, raw_data)
		SELECT $1, coalesce(max(revision), 1) + 1, '', now(), $2::JSONB FROM launch_revisions WHERE launch_id = $1`
	return []string{
		"INSERT INTO raw_launches VALUES ($1, '2024-01-02 03:04:05.678', 7, 8, $2::JSONB) ON CONFLICT DO NOTHING",
		"UPDATE raw_launches SET raw_data = $2::JSONB WHERE id = $1",
		"UPDATE raw_launches SET simulated_delay_minutes = 99, fetched_at_timestamp = NULL WHERE id = $1",
		"UPDATE raw_launches SET id = 'renamed' || id WHERE id = $1",
		"DELETE FROM raw_launches WHERE id = $1",
		revise,
		revise,
		"UPDATE launch_revisions SET raw_data = $2::JSONB WHERE launch_id = $1",
		"UPDATE launch_revisions SET first_seen_at = first_seen_at - INTERVAL '1 day' WHERE launch_id = $1",
		"DELETE FROM launch_revisions WHERE launch_id = $1 AND revision = (SELECT max(revision) FROM launch_revisions WHERE launch_id = $1)",
		"DELETE FROM launch_revisions WHERE launch_id = $1",
		"INSERT INTO raw_payloads VALUES ($3, now(), '{\"mass_kg\": 0.1}') ON CONFLICT DO NOTHING",
		"UPDATE raw_payloads SET raw_data = '{\"mass_kg\": 1e6}' WHERE id = $3",
		"UPDATE raw_payloads SET raw_data = '{}' WHERE id = $3",
		"DELETE FROM raw_payloads WHERE id = $3",
		"UPDATE known_launches SET missing_since = '2024-05-06 07:08:09' WHERE id = $1",
		"UPDATE known_launches SET missing_since = NULL WHERE id = $1",
		"DELETE FROM known_launches WHERE id = $1",
		"UPDATE typed_launches SET name = 'wrong', payload_ids = '{p9}' WHERE id = $1",
		"UPDATE typed_launches SET payload_mass_kg = 7, slip_minutes = 7, slip_days = 7, missing_since = now(), revised_at = now() WHERE id = $1",
		"UPDATE typed_launches SET revisions = 7 WHERE id = $1",
		"DELETE FROM typed_launches WHERE id = $1",
		"INSERT INTO typed_launches (id, revisions, payload_count, payload_ids) VALUES ('nobody', 0, 0, '{}') ON CONFLICT DO NOTHING",
		"UPDATE typed_checks SET counters = NULL",
		"DELETE FROM typed_checks",
		"DELETE FROM typed_transactions",
		"TRUNCATE raw_launches",
		"TRUNCATE launch_revisions",
		"TRUNCATE raw_payloads",
		"TRUNCATE known_launches",
		"TRUNCATE typed_launches",
		"VACUUM FULL raw_launches",
		"VACUUM FULL typed_launches, launch_revisions, raw_payloads",
		"VACUUM (FREEZE) raw_launches, typed_launches, launch_revisions",
	}
}

// typedWorld does one thing after the other to a database.
type typedWorld struct {
	store *postgres.Store
	db    pgtest.Database
	// hand is a session that stays, unlike others.
	hand   *pgx.Conn
	minute int
	// isFresh says that nothing but runs has written since the last refresh, so that
	// the view must be right without one.
	isFresh bool
	// owesPayloads says that the store itself has written payloads since then.
	owesPayloads bool
}

func (w *typedWorld) id(rt *rapid.T) string {
	return rapid.SampledFrom([]string{"a", "B", "b", "é", "renameda"}).Draw(rt, "id")
}

func (w *typedWorld) document(rt *rapid.T, id string) string {
	return strings.ReplaceAll(rapid.SampledFrom(typedDocuments()).Draw(rt, "document"), "$ID", id)
}

// run stores some launches in a run, which may end by marking those that it lacks.
func (w *typedWorld) run(rt *rapid.T) {
	ctx := context.Background()
	w.minute++
	run, err := w.store.BeginRun(ctx, exclusive())
	if err != nil {
		rt.Fatal(err)
	}
	defer run.Abandon(ctx)
	var launches []liftoff.EnrichedLaunch
	for _, id := range []string{"B", "a", "b", "é"} {
		if !rapid.Bool().Draw(rt, "comes") {
			continue
		}
		decoded, err := spacex.DecodeLaunch([]byte(w.document(rt, id)))
		if err != nil {
			rt.Fatal(err)
		}
		l := launchAt(w.minute, id, "")
		l.Launch = decoded
		launches = append(launches, l)
	}
	batch := batchOf(launches...)
	batch.Range = &liftoff.IDRange{}
	result, err := run.StoreBatch(ctx, batch)
	if err != nil {
		rt.Fatal(err)
	}
	if result.Quarantined > 0 {
		rt.Errorf("%d launches are in quarantine", result.Quarantined)
	}
	ending := liftoff.Ending{Status: liftoff.RunSucceeded, FinishedAt: runOptions().StartedAt}
	if rapid.Bool().Draw(rt, "marks missing launches") {
		ending.MissingIDs = result.MissingIDs
	}
	if err := run.Finish(ctx, ending); err != nil {
		rt.Fatal(err)
	}
}

// upsert stores payloads as a run does.
func (w *typedWorld) upsert(rt *rapid.T) {
	w.minute++
	var refs []liftoff.Reference
	for _, id := range []string{"p0", "p1", "p2"} {
		mass := rapid.SampledFrom([]string{"", `{"mass_kg": null}`, `{"mass_kg": 0.1}`, `{"mass_kg": 0.2}`, `{"mass_kg": 9000000.7}`}).Draw(rt, id)
		if mass != "" {
			refs = append(refs, reference(id, mass))
		}
	}
	if _, err := w.store.UpsertReferences(context.Background(), liftoff.Payloads, refs, launchAt(w.minute, "", "").FetchedAt); err != nil {
		rt.Fatal(err)
	}
	w.isFresh, w.owesPayloads = false, true
}

// edit changes something by hand, in a session that stays or in one of its own.
func (w *typedWorld) edit(rt *rapid.T) {
	ctx, conn := context.Background(), w.hand
	if rapid.Bool().Draw(rt, "in a session of its own") {
		var err error
		if conn, err = pgx.Connect(ctx, w.db.DSN); err != nil {
			rt.Fatal(err)
		}
		defer func() { _ = conn.Close(ctx) }()
	}
	sql, id := rapid.SampledFrom(handEdits()).Draw(rt, "edit"), w.id(rt)
	payload := rapid.SampledFrom([]string{"p0", "p1", "é", "Z"}).Draw(rt, "payload")
	var args []any
	for i, value := range []string{id, w.document(rt, id), payload} {
		// Parameters have to be used.
		name := fmt.Sprintf("$%d", i+1)
		if strings.Contains(sql, name) {
			args = append(args, value)
			sql = strings.ReplaceAll(sql, name, fmt.Sprintf("$%d", len(args)))
		}
	}
	_, err := conn.Exec(ctx, sql, args...)
	if err != nil && !strings.Contains(err.Error(), "duplicate key") {
		rt.Fatalf("%s: %v", sql, err)
	}
	w.isFresh = false
}

// refresh brings the view up to date and wants it to be right.
func (w *typedWorld) refresh(rt *rapid.T, t *testing.T) {
	options := postgres.RefreshOptions{
		IfTouched: !w.owesPayloads && rapid.Bool().Draw(rt, "if touched"),
		All:       rapid.IntRange(0, 9).Draw(rt, "all") == 0,
	}
	if _, err := w.store.RefreshTypedLaunches(context.Background(), options); err != nil {
		rt.Fatal(err)
	}
	w.isFresh, w.owesPayloads = true, false
	w.want(rt, t, fmt.Sprintf("after a refresh with %+v", options))
}

func (w *typedWorld) want(rt *rapid.T, t *testing.T, when string) {
	differences, err := launchtest.Differences(context.Background(), w.db.DSN)
	if err != nil {
		rt.Fatal(err)
	}
	if len(differences) > 0 {
		rt.Fatalf("%s the view launches does not show what is stored:\n%s", when, strings.Join(differences, "\n"))
	}
	if _, err := w.store.CheckTypedLaunches(t.Context(), true); err != nil {
		rt.Fatalf("%s: %v", when, err)
	}
}

// Whatever runs, other programs and hands do, and in whatever order: after a refresh
// the view shows what is stored, and runs keep it so.
func TestTypedLaunches_AreWhatIsStored(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	w := &typedWorld{store: store, db: db, hand: pgtest.Connect(t, db.DSN)}
	rapid.Check(t, func(rt *rapid.T) {
		if _, err := w.hand.Exec(t.Context(), "TRUNCATE raw_launches, launch_revisions, raw_payloads, known_launches"); err != nil {
			rt.Fatal(err)
		}
		w.isFresh, w.owesPayloads = false, false
		for range rapid.IntRange(1, 8).Draw(rt, "steps") {
			switch rapid.SampledFrom([]string{"run", "run", "upsert", "edit", "edit", "refresh", "refresh"}).Draw(rt, "step") {
			case "run":
				w.run(rt)
				if w.isFresh {
					w.want(rt, t, "after a run")
				}
			case "upsert":
				w.upsert(rt)
			case "edit":
				w.edit(rt)
			case "refresh":
				w.refresh(rt, t)
			}
		}
		w.refresh(rt, t)
	})
}

// usualLaunch returns a launch whose fields the decoder reads.
func usualLaunch(t *testing.T, id string) liftoff.EnrichedLaunch {
	t.Helper()
	decoded, err := spacex.DecodeLaunch([]byte(strings.ReplaceAll(typedDocuments()[0], "$ID", id)))
	if err != nil {
		t.Fatal(err)
	}
	l := launch(id, "")
	l.Launch = decoded
	return l
}
