package trino_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5"

	"liftoff"
	"liftoff/internal/analytics"
	"liftoff/internal/enrich"
	"liftoff/internal/ingest"
	"liftoff/internal/pipeline"
	"liftoff/internal/postgres"
	"liftoff/internal/replay"
	"liftoff/internal/table"
	"liftoff/internal/testkit/apitest"
	"liftoff/internal/testkit/pgtest"
	"liftoff/internal/testkit/trinotest"
	"liftoff/internal/trino"
)

// engine is what an engine under test can do.
type engine interface {
	Answer(ctx context.Context, queries []analytics.Query) ([]table.Table, error)
}

// discard is a log that nobody reads.
var discard = slog.New(slog.DiscardHandler)

// empty and stored are databases with the program's own schema; stored has
// synthetic launches that went the whole way, and then odd ones.
var (
	empty  = pgtest.NewTemplate(func(ctx context.Context, dsn string) error { return store(ctx, dsn, 0) })
	stored = pgtest.NewTemplate(func(ctx context.Context, dsn string) error { return store(ctx, dsn, 300) })
)

// store runs the real pipeline over the replay's synthetic launches.
func store(ctx context.Context, dsn string, count int) error {
	db, err := postgres.Open(ctx, postgres.Options{URL: dsn, StatementTimeout: time.Minute, Logger: discard})
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.Migrate(ctx); err != nil {
		return err
	}
	if count == 0 {
		return db.CreateAggregateView(ctx)
	}
	if err := ingestLaunches(ctx, db, count); err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, oddLaunches+";"+references+";"+laterDates)
	return errors.Join(err, conn.Close(ctx))
}

func ingestLaunches(ctx context.Context, db *postgres.Store, count int) error {
	server, err := replay.New(replay.Options{Count: count, Seed: 5})
	if err != nil {
		return err
	}
	api := httptest.NewServer(server)
	defer api.Close()
	client, err := apitest.NewClient(api.URL)
	if err != nil {
		return err
	}
	defer client.CloseIdle()
	ingester := ingest.New(ingest.Options{
		Source: client, SourceKey: "replay", Store: db, Simulator: enrich.NewSimulator("conformance"), Contract: pipeline.ContractStore,
		Writers: 1, ProgramVersion: "test", Logger: discard,
		// Not a round second, as no real moment is.
		Now: func() time.Time { return time.Date(2026, 11, 2, 11, 30, 0, 123456000, time.UTC) },
	})
	_, err = ingester.Run(ctx, ingest.Request{Query: liftoff.Query{Selection: liftoff.SelectAll}, Command: "test"})
	return err
}

// oddLaunches are what the API has not sent yet but the table may hold.
const oddLaunches = `INSERT INTO raw_launches VALUES
	('odd01', NULL, NULL, NULL, NULL),
	('odd02', NULL, NULL, NULL, '{}'),
	('odd03', '2026-11-03 00:00:00', -2147483648, -2147483648, '[]'),
	('odd04', '2026-11-03 00:00:00.000001', 1, 0, '{"name": null, "date_utc": null, "success": null, "upcoming": null, "payloads": null}'),
	('odd05', '1999-12-31 23:59:59.999999', 1999, 14, '{"name": "Ünïcödé 発射 🚀 O''Brien; -- \"", "date_utc": "1969-12-31T23:59:59.999Z", "date_precision": "hour", "success": true, "upcoming": false, "payloads": []}'),
	('odd06', '2026-11-03', 2147483647, 2147483647, '{"name": "  spaces  ", "date_utc": "9999-12-31T23:59:59.000Z", "date_precision": "day", "success": false, "upcoming": false, "rocket": " ", "launchpad": ""}'),
	('odd07', '2026-11-03', -1, 120, '{"name": "", "date_utc": "2022-02-30T00:00:00.000Z", "success": "yes", "upcoming": "no", "rocket": {"id": "5e9d0d95eda69955f709d1eb"}, "launchpad": {"id": "5e9e4502f509094188566f88"}}'),
	('odd08', '2026-11-03', 2000, 119, '{"name": "line\nbreak\ttab", "date_utc": "2008-02-29T12:00:00.5Z", "date_precision": "day", "success": true, "upcoming": false, "rocket": "Z-rocket", "launchpad": "a-pad", "payloads": [1, 2]}'),
	('odd09', '2026-11-03', 2000, 1, '{"name": "same moment", "date_utc": "2008-02-29T12:00:00.500Z", "date_precision": "day", "success": null, "upcoming": false, "rocket": "a-rocket", "launchpad": "Z-pad"}'),
	('odd10', '2026-11-03', 12000, 60, '{"name": "no outcome yet", "date_utc": "2030-01-01T00:00:00.000Z", "date_precision": "quarter", "success": true, "upcoming": true, "rocket": "é-rocket", "launchpad": "_pad"}')`

// references are a payload for each that is listed, one in seven of unknown
// mass, and names that sort and print oddly or are missing.
const references = `
	INSERT INTO raw_payloads (id, fetched_at_timestamp, raw_data)
		SELECT DISTINCT payload.id, TIMESTAMP '2026-11-03',
			jsonb_build_object('mass_kg', nullif(abs(hashtext(payload.id)) % 7, 0) * 700.3)
		FROM launches
		INNER JOIN raw_launches USING (id)
		CROSS JOIN jsonb_array_elements_text(CASE WHEN payload_count > 0 THEN raw_data -> 'payloads' ELSE '[]' END) AS payload (id)
		ON CONFLICT (id) DO NOTHING;
	INSERT INTO raw_rockets (id, fetched_at_timestamp, raw_data) VALUES
		('5e9d0d95eda69973a809d1ec', '2026-11-03', '{"name": "Falcon 9"}'), ('a-rocket', '2026-11-03', '{"name": "Ünïcödé 🚀"}'),
		('Z-rocket', '2026-11-03', '{"name": null}'), (' ', '2026-11-03', '{"name": ""}')
		ON CONFLICT (id) DO NOTHING;
	INSERT INTO raw_launchpads (id, fetched_at_timestamp, raw_data) VALUES
		('5e9e4501f509094ba4566f84', '2026-11-03', '{"name": "CCSFS SLC 40"}'), ('', '2026-11-03', '{"name": "no id"}'),
		('flown from by nobody', '2026-11-03', '{"name": "Starbase"}')
		ON CONFLICT (id) DO NOTHING`

// laterDates put off, or bring forward, what was dated to the hour.
const laterDates = `
	INSERT INTO launch_revisions (launch_id, revision, content_sha256, first_seen_at, raw_data)
		SELECT id, 2, '', TIMESTAMP '2026-11-04', raw_data || jsonb_build_object('date_utc',
			to_char(launched_at + (flight_number % 9 - 2) * INTERVAL '25 minutes', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
		FROM launches
		INNER JOIN raw_launches USING (id)
		WHERE date_precision = 'hour' AND flight_number % 4 = 0`

// newEngine returns the Trino engine over a database.
func newEngine(t testing.TB, db pgtest.Database) *trino.Engine {
	t.Helper()
	return engineWith(t, trino.Options{URL: trinotest.URL(t), Catalog: trinotest.NewCatalog(t, db), Schema: "public"})
}

// engineWith returns an engine with what the tests never vary filled in.
func engineWith(t testing.TB, options trino.Options) *trino.Engine {
	t.Helper()
	if options.User == "" {
		options.User = "liftoff"
	}
	if options.Logger == nil {
		options.Logger = discard
	}
	engine, err := trino.New(options)
	if err != nil {
		t.Fatal(err)
	}
	return engine
}

// Every analytics query gives the same columns, types and rows on both
// engines: floats to 1e-9 of their value, all else exactly. The launches of the
// figures are those whose answers package analytics checks on PostgreSQL.
func TestD13_TrinoAnswersAsPostgreSQLDoes(t *testing.T) {
	trinotest.URL(t)
	for name, newDatabase := range map[string]func(*testing.T) pgtest.Database{
		"300 launches and odd ones": func(t *testing.T) pgtest.Database { return pgtest.NewDatabaseFrom(t, stored) },
		"launches of the figures":   newFigures,
		"empty tables":              func(t *testing.T) pgtest.Database { return pgtest.NewDatabaseFrom(t, empty) },
	} {
		t.Run(name, func(t *testing.T) {
			db := newDatabase(t)
			want := mustAnswer(t, open(t, db), load(t))
			got := mustAnswer(t, newEngine(t, db), load(t))
			for i := range want {
				t.Run(want[i].Name, func(t *testing.T) {
					compare(t, want[i], got[i])
					if name != "empty tables" && len(want[i].Rows) == 0 {
						t.Error("no rows: this compares nothing")
					}
				})
			}
		})
	}
}

// newFigures returns a database with the launches of the figures.
func newFigures(t *testing.T) pgtest.Database {
	t.Helper()
	db := pgtest.NewDatabase(t)
	for _, script := range []string{"relations.sql", "launches.sql"} {
		text, err := os.ReadFile(filepath.Join("..", "analytics", "testdata", script))
		if err != nil {
			t.Fatal(err)
		}
		execute(t, db, string(text))
	}
	return db
}

func mustAnswer(t testing.TB, e engine, queries []analytics.Query) []table.Table {
	t.Helper()
	results, err := e.Answer(t.Context(), queries)
	if err != nil {
		t.Fatal(err)
	}
	return results
}

// compare holds Trino's result against the one that is wanted.
func compare(t *testing.T, want, got table.Table) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateApprox(1e-9, 0), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("Trino's result (-want +got):\n%s", diff)
	}
}
