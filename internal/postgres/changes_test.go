package postgres_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"liftoff"
	"liftoff/internal/testkit/launchtest"
)

// Three runs, of which the second ended at 10:02 on 2 January, and launches that came,
// changed and went before and after that.
const changesSQL = `
INSERT INTO ingestion_sources (url) VALUES ('https://api.example.org');
INSERT INTO ingestion_runs (source_id, selection, command, program_version, started_at, finished_at, status)
VALUES
	(1, 'all', '', '', '2024-01-01 10:00:00', '2024-01-01 10:02:00', 'succeeded'),
	(1, 'all', '', '', '2024-01-02 10:00:00', '2024-01-02 10:02:00', 'succeeded'),
	(1, 'all', '', '', '2024-01-03 10:00:00', '2024-01-03 10:02:00', 'succeeded'),
	(1, 'all', '', '', '2024-01-04 10:00:00', NULL, 'running');
INSERT INTO raw_launches VALUES
	('same', '2024-01-01 10:01:00', 1, 2, '{"name": "same"}'),
	('adopted', NULL, NULL, NULL, '{"name": "adopted"}'),
	('revised', '2024-01-01 10:01:00', 1, 2, '{"name": "first", "upcoming": true, "date_utc": "2024-02-01T00:00:00.000Z", "date_precision": "month"}'),
	('odd', '2024-01-01 10:01:00', 1, 2, '{"name": 7, "date_utc": "soon"}'),
	('other', '2024-01-01 10:01:00', 1, 2, '{"name": "other", "date_utc": "2030-01-01T00:00:00.000Z"}'),
	('new', '2024-01-03 10:01:00', 1, 2, '{"name": "new", "upcoming": false, "success": true, "date_utc": "2024-01-03T10:00:00.000Z", "date_precision": "hour"}'),
	('newer', '2024-01-03 10:01:00', 1, 2, '{"name": "newer", "date_utc": "2024-01-04T10:00:00.000Z"}'),
	('gone', '2024-01-01 10:01:00', 1, 2, '{"name": "gone"}'),
	('long gone', '2024-01-01 10:01:00', 1, 2, '{"name": "long gone"}'),
	('came and went', '2024-01-03 10:01:00', 1, 2, '{"name": "came and went"}');
INSERT INTO launch_revisions (launch_id, revision, content_sha256, first_seen_at, run_id, raw_data) VALUES
	('revised', 2, '', '2024-01-02 10:01:00', 2, '{"name": "second", "upcoming": true, "date_utc": "2024-02-03T00:00:00.000Z", "date_precision": "day"}'),
	('revised', 3, '', '2024-01-03 10:01:00', 3, '{"name": "second", "upcoming": false, "success": false, "date_utc": "2024-02-03T04:05:00.000Z", "date_precision": "hour"}'),
	('odd', 2, '', '2024-01-03 10:01:00', 3, '{"name": "odd"}'),
	('other', 2, '', '2024-01-03 10:01:00', 3, '{"name": "other", "date_utc": "2030-01-01T00:00:00.000Z", "details": "more"}'),
	('same', 2, '', '2024-01-02 10:01:00', 2, '{"name": "same", "success": true}'),
	('newer', 2, '', '2024-01-03 10:01:30', 3, '{"name": "newest"}');
INSERT INTO known_launches VALUES
	('gone', 1, '', '2024-01-03 10:02:00'), ('long gone', 1, '', '2024-01-02 10:02:00'), ('came and went', 1, '', '2024-01-03 10:02:00');
`

func TestChangesSince(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	execute(t, db, changesSQL)
	launchtest.Refresh(t, db.DSN)
	at := func(text string) time.Time { return utc(t, text) }
	state := func(name string, launched time.Time, precision string, outcome liftoff.Outcome) liftoff.LaunchState {
		return liftoff.LaunchState{Name: name, LaunchedAt: launched, DatePrecision: precision, Outcome: outcome}
	}
	list := func(launches ...liftoff.ChangedLaunch) liftoff.ChangedLaunches {
		return liftoff.ChangedLaunches{Total: int64(len(launches)), Launches: launches}
	}
	got, err := store.ChangesSince(t.Context(), 2)
	if err != nil {
		t.Fatal(err)
	}
	want := liftoff.LaunchChanges{
		New: list(
			liftoff.ChangedLaunch{ID: "new", Now: state("new", at("2024-01-03 10:00:00"), "hour", liftoff.OutcomeSuccess)},
			liftoff.ChangedLaunch{ID: "newer", Now: state("newest", time.Time{}, "", liftoff.OutcomeUnknown)},
		),
		Revised: list(
			liftoff.ChangedLaunch{
				ID:     "revised",
				Before: state("second", at("2024-02-03 00:00:00"), "day", liftoff.OutcomeUpcoming),
				Now:    state("second", at("2024-02-03 04:05:00"), "hour", liftoff.OutcomeFailure),
			},
			liftoff.ChangedLaunch{ID: "odd", Before: state("", time.Time{}, "", liftoff.OutcomeUnknown), Now: state("odd", time.Time{}, "", liftoff.OutcomeUnknown)},
			liftoff.ChangedLaunch{ID: "other", Before: state("other", at("2030-01-01 00:00:00"), "", liftoff.OutcomeUnknown), Now: state("other", at("2030-01-01 00:00:00"), "", liftoff.OutcomeUnknown)},
		),
		Missing: list(liftoff.ChangedLaunch{ID: "gone", Now: state("gone", time.Time{}, "", liftoff.OutcomeUnknown), MissingSince: at("2024-01-03 10:02:00")}),
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(liftoff.LaunchChanges{}, "Since")); diff != "" || got.Since.ID != 2 {
		t.Errorf("changes since run %d (-want +got):\n%s", got.Since.ID, diff)
	}
	if since, err := store.ChangesSince(t.Context(), 1); err != nil || since.New.Total != 2 || since.Revised.Total != 4 || since.Missing.Total != 2 {
		t.Errorf("changes since run 1: %d new, %d revised, %d missing; error %v", since.New.Total, since.Revised.Total, since.Missing.Total, err)
	}
	_, err = store.ChangesSince(t.Context(), 4)
	wantError(t, err, liftoff.Usage, "run 4 has not ended yet")
	_, err = store.ChangesSince(t.Context(), 5)
	wantError(t, err, liftoff.Usage, "there is no run 5")
}

// However many launches have changed, a hundred are read, and all are counted.
func TestChangesSince_IsBounded(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	execute(t, db, changesSQL, `INSERT INTO raw_launches SELECT 'n' || n, '2024-01-04', 1, 2, '{}' FROM generate_series(1, 150) AS n`)
	launchtest.Refresh(t, db.DSN)
	got, err := store.ChangesSince(t.Context(), 3)
	if err != nil || got.New.Total != 150 || len(got.New.Launches) != 100 || got.Missing.Total != 0 || got.Revised.Total != 0 {
		t.Errorf("%d of %d new launches, %d revised, %d missing; error %v", len(got.New.Launches), got.New.Total, got.Revised.Total, got.Missing.Total, err)
	}
}
