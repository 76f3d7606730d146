package postgres_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"liftoff"
	"liftoff/internal/postgres"
	"liftoff/internal/testkit/pgtest"
)

// A ledger of two runs, and launches of which b was revised twice and is gone.
const ledgerSQL = `
INSERT INTO ingestion_sources (url) VALUES ('https://api.example.org');
INSERT INTO ingestion_runs (source_id, selection, command, program_version, started_at, finished_at, status,
	pages, announced, fetched, inserted, unchanged, revised, quarantined, missing, bytes, error)
VALUES
	(1, 'all', 'liftoff ingest --all', 'v1', '2024-01-01 10:00:00', '2024-01-01 10:00:02.5', 'partial',
		4, 9, 10, 1, 2, 3, 4, 5, 6000, 'page 3 failed'),
	(1, 'since 2022-01-01', 'liftoff ingest --since 2022-01-01', 'v2', '2024-01-02 10:00:00', NULL, 'running',
		0, NULL, 0, 0, 0, 0, 0, 0, 0, NULL);
INSERT INTO ingestion_missed_ranges (source_id, run_id, after_id, before_id)
VALUES (1, 1, 'x', 'z'), (1, 1, '', 'c'), (1, 1, 'zz', NULL);
INSERT INTO raw_launches VALUES
	('a', '2024-01-01 10:00:01', 1, 2, '{"v": 1}'),
	('b', '2024-01-01 10:00:01', 1, 2, '{"v": 1.50}'),
	('adopted', NULL, NULL, NULL, NULL);
INSERT INTO known_launches VALUES
	('a', 1, '', NULL), ('b', 1, '', '2024-01-02 11:00:00'), ('another', 1, '', '2020-01-01');
INSERT INTO launch_revisions (launch_id, revision, content_sha256, first_seen_at, run_id, raw_data) VALUES
	('b', 3, '', '2024-01-02 10:00:00', NULL, '{"v": 3}'),
	('b', 2, '', '2024-01-01 12:00:00.123456', 1, '{"v": 2}');
`

func openWithLedger(t *testing.T) *postgres.Store {
	t.Helper()
	store, db := openMigrated(t)
	// The zone of the database must not shift what is stored in UTC.
	execute(t, db, "ALTER DATABASE "+db.Name+" SET timezone = 'Pacific/Apia'")
	if _, err := pgtest.Connect(t, db.DSN).PgConn().Exec(t.Context(), ledgerSQL).ReadAll(); err != nil {
		t.Fatal(err)
	}
	return store
}

func utc(t *testing.T, text string) time.Time {
	t.Helper()
	moment, err := time.Parse(time.DateTime, text)
	if err != nil {
		t.Fatal(err)
	}
	return moment
}

func TestLaunchHistory(t *testing.T) {
	t.Parallel()
	store := openWithLedger(t)
	for id, want := range map[string]postgres.LaunchHistory{
		"a":       {Revisions: []liftoff.Revision{{Number: 1, FirstSeenAt: utc(t, "2024-01-01 10:00:01"), Raw: []byte(`{"v": 1}`)}}},
		"adopted": {Revisions: []liftoff.Revision{{Number: 1}}},
		"b": {
			Revisions: []liftoff.Revision{
				{Number: 1, FirstSeenAt: utc(t, "2024-01-01 10:00:01"), Raw: []byte(`{"v": 1.50}`)},
				{Number: 2, FirstSeenAt: utc(t, "2024-01-01 12:00:00.123456"), RunID: 1, Raw: []byte(`{"v": 2}`)},
				{Number: 3, FirstSeenAt: utc(t, "2024-01-02 10:00:00"), Raw: []byte(`{"v": 3}`)},
			},
			MissingSince: utc(t, "2024-01-02 11:00:00"),
		},
	} {
		got, err := store.LaunchHistory(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("history of %q (-want +got):\n%s", id, diff)
		}
	}
}

func TestLaunchHistory_WithoutASchema(t *testing.T) {
	t.Parallel()
	store := open(t, pgtest.NewDatabase(t))
	_, err := store.LaunchHistory(t.Context(), "a")
	wantError(t, err, liftoff.Database, `read the history of launch "a"`)
	_, err = store.Runs(t.Context(), postgres.RunFilter{Limit: 1})
	wantError(t, err, liftoff.Database, "read the list of runs")
}

func TestRuns(t *testing.T) {
	t.Parallel()
	store := openWithLedger(t)
	want := []liftoff.LedgerRow{
		{
			ID: 2, Source: "https://api.example.org", Selection: "since 2022-01-01", Command: "liftoff ingest --since 2022-01-01",
			ProgramVersion: "v2", Status: liftoff.RunRunning, StartedAt: utc(t, "2024-01-02 10:00:00"), Announced: -1,
		},
		{
			ID: 1, Source: "https://api.example.org", Selection: "all", Command: "liftoff ingest --all",
			ProgramVersion: "v1", Status: liftoff.RunPartial,
			StartedAt: utc(t, "2024-01-01 10:00:00"), FinishedAt: utc(t, "2024-01-01 10:00:02.5"),
			Announced: 9, Error: "page 3 failed",
			RunCounts: liftoff.RunCounts{
				Pages: 4, Fetched: 10, Inserted: 1, Unchanged: 2, Revised: 3, Quarantined: 4, Missing: 5, Bytes: 6000,
			},
			Gaps: []liftoff.Gap{{AfterID: "x", BeforeID: "z"}, {BeforeID: "c"}, {AfterID: "zz"}},
		},
	}
	for _, limit := range []int{1, 2, 3} {
		got, err := store.Runs(t.Context(), postgres.RunFilter{Limit: limit})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want[:min(limit, 2)], got); diff != "" {
			t.Errorf("at most %d runs (-want +got):\n%s", limit, diff)
		}
	}
	older, err := store.Runs(t.Context(), postgres.RunFilter{Limit: 3, BeforeID: want[0].ID})
	if diff := cmp.Diff(want[1:], older); diff != "" || err != nil {
		t.Errorf("runs before %d (-want +got), %v:\n%s", want[0].ID, err, diff)
	}
}

func TestRuns_NoneYet(t *testing.T) {
	t.Parallel()
	store, _ := openMigrated(t)
	if runs, err := store.Runs(t.Context(), postgres.RunFilter{Limit: 20}); err != nil || len(runs) != 0 {
		t.Errorf("Runs() = %v, %v on a new schema", runs, err)
	}
}

// docs/revisions.md and docs/runs.md promise that these grants are enough.
func TestHistoryAndRuns_WithReadPrivilegesOnly(t *testing.T) {
	t.Parallel()
	_, db := openMigrated(t)
	role := pgtest.NewRole(t, db,
		"SELECT ON raw_launches, launch_revisions, known_launches, liftoff_schema_version",
		"SELECT ON ingestion_runs, ingestion_sources, ingestion_missed_ranges")
	store := open(t, role)
	if err := store.RequireCurrentSchema(t.Context()); err != nil {
		t.Errorf("RequireCurrentSchema() = %v", err)
	}
	if _, err := store.LaunchHistory(t.Context(), "a"); !errors.Is(err, liftoff.ErrNotFound) {
		t.Errorf("LaunchHistory() = %v", err)
	}
	if _, err := store.Runs(t.Context(), postgres.RunFilter{Limit: 1}); err != nil {
		t.Errorf("Runs() = %v", err)
	}
	_, err := open(t, pgtest.NewRole(t, db)).Runs(t.Context(), postgres.RunFilter{Limit: 1})
	wantError(t, err, liftoff.Privilege, "may not SELECT ingestion_runs")
	if !strings.HasPrefix(hinted(t, err), "GRANT SELECT ON ingestion_runs TO ") {
		t.Errorf("next step %q", liftoff.HintOf(err))
	}
}
