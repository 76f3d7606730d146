package postgres_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"liftoff"
	"liftoff/internal/source/fetch"
	"liftoff/internal/testkit/pgtest"
)

// An older version kept each way to write an address as a source of its own.
func TestO3_SourcesOfOneAPIAreMerged(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	migrateTo(t, db, 11)
	const run = "INSERT INTO ingestion_runs (source_id, selection, command, program_version, started_at, finished_at, status, fetched, unchanged) VALUES "
	execute(t, db,
		`INSERT INTO ingestion_sources (url, watermark, newest_launch_id, list_tag, list_launches) VALUES
			('https://api.test', '2024-01-01', 'b', 'old tag', 2),
			('built-in replay', '2024-01-05', 'z', NULL, 1),
			('HTTPS://API.test:443//', '2024-01-03', NULL, 'new tag', 0),
			('https://api.test/', NULL, NULL, NULL, 0),
			('https://api.test/Mirror//v/', '2024-01-02', 'm', NULL, 1),
			('HTTP://[::1]:80', '2024-01-02', NULL, NULL, 0)`,
		`INSERT INTO known_launches (id, source_id, newest_sha256) VALUES ('a', 1, ''), ('b', 1, ''), ('c', 3, ''), ('d', 4, ''), ('m', 5, ''), ('z', 2, '')`,
		run+`(1, 'all', '', '', '2024-01-01', '2024-01-01', 'succeeded', 300, 300), (3, 'all', '', '', '2024-01-02', '2024-01-02', 'succeeded', 205, 205),
			(4, 'all', '', '', '2024-01-03', '2024-01-03', 'succeeded', 190, 190), (4, 'all', '', '', '2024-01-04', '2024-01-04', 'failed', 400, 400),
			(5, 'all', '', '', '2024-01-02', '2024-01-02', 'succeeded', 7, 7), (2, 'latest', '', '', '2024-01-05', '2024-01-05', 'succeeded', 1, 1),
			(6, 'latest', '', '', '2024-01-02', '2024-01-02', 'succeeded', 0, 0)`,
		`INSERT INTO ingestion_missed_ranges (source_id, run_id, after_id) VALUES (3, 2, 'c')`,
		`INSERT INTO ingestion_backfills (source_id, started_at) VALUES (1, '2024-01-04'), (3, '2024-01-04')`,
	)
	store := open(t, db)
	if _, err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	day := func(n int) time.Time { return time.Date(2024, 1, n, 0, 0, 0, 0, time.UTC) }
	execute(t, db, "INSERT INTO raw_launches VALUES ('a', NULL, NULL, NULL, '{}'), ('b', NULL, NULL, NULL, '{}'), ('c', NULL, NULL, NULL, '{}'), ('d', NULL, NULL, NULL, '{}'), ('m', NULL, NULL, NULL, '{}'), ('z', NULL, NULL, NULL, '{}')")
	for _, want := range []liftoff.SourceState{
		// The step from 300 to 205 was accepted, or no guard was there; the one from 205 to 190 was small.
		{URL: "https://api.test", Watermark: day(3), NewestID: "d", ListTag: "new tag", MostLaunches: 205, MissingCheckedAt: day(3), Gaps: []liftoff.Gap{{AfterID: "c"}}},
		{URL: "https://api.test/Mirror/v", Watermark: day(2), NewestID: "m", MostLaunches: 7, MissingCheckedAt: day(2)},
		{URL: "built-in replay", Watermark: day(5), NewestID: "z"},
		{URL: "http://[::1]", Watermark: day(2)},
	} {
		got, err := store.Source(t.Context(), want.URL)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", want.URL, diff)
		}
	}
	got := scan[string](t, db, `SELECT concat_ws(' ', (SELECT string_agg(id::TEXT, ',' ORDER BY id) FROM ingestion_sources),
		(SELECT string_agg(source_id::TEXT, ',' ORDER BY id) FROM ingestion_runs), (SELECT string_agg(source_id::TEXT, ',' ORDER BY id) FROM known_launches),
		(SELECT string_agg(source_id || ' open ' || (finished_at IS NULL), ',' ORDER BY id) FROM ingestion_backfills))`)
	if want := "1,2,5,6 1,1,1,1,5,2,6 1,1,1,1,5,2 1 open true,1 open false"; got != want {
		t.Errorf("sources, of runs, of launches, of backfills %q, want %q", got, want)
	}
}

// The migration and the program write an address in the same way, or the next run
// would not find its source.
func TestO3_TheMigrationWritesAddressesAsTheProgramDoes(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	migrateTo(t, db, 11)
	var want []string
	for _, address := range []string{
		"http://127.0.0.1:018100", "http://127.0.0.1.:18100/", "http://[::ffff:127.0.0.1]:18100", "http://[::FFFF:7f00:1]:018100", "http://localhost.", "HTTP://localhost:0080", "https://LocalHost.:443/x/",
		"https://localhost:0080", "http://[0:0:0:0:0:0:0:1]", "http://[::1]:0081", "http://[2001:0DB8:0000:0000:0001:0:0:1]/v", "http://[2001:db8:1:2:3:4:0:6]", "http://[::7f00:1]", "http://[64:ff9b::1.2.3.4]", "http://[::]:9",
		"http://a.b.", "http://a.b:8", "http://bücher.example.:008//", "http://10.0.0.1:80", "http://010.0.0.1", "http://[fe80::1]:80/", "https://api.test/a.:0/b",
	} {
		execute(t, db, "INSERT INTO ingestion_sources (url) VALUES ('"+address+"')")
		client, err := fetch.New(fetch.Options{Name: "API", BaseURL: address})
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, client.Address())
	}
	if _, err := open(t, db).Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	slices.Sort(want)
	got := strings.Split(scan[string](t, db, `SELECT string_agg(url, ' ' ORDER BY url COLLATE "C") FROM ingestion_sources`), " ")
	if diff := cmp.Diff(slices.Compact(want), got); diff != "" {
		t.Errorf("addresses (-the program's +the migration's):\n%s", diff)
	}
}

// An address that is changed by hand is found again by the next run, or refused.
func TestO4_AnAddressNobodyWouldFindIsRefused(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	begin(t, store, runOptions())
	conn := pgtest.Connect(t, db.DSN)
	for address, isGood := range map[string]bool{
		"https://mirror.test": true, "http://mirror.test:8080/v4/Launches": true, "http://[::1]:8100": true, "built-in replay": true, "https://mirror.test:80": true,
		"https://mirror.test/": false, "HTTPS://mirror.test": false, "https://Mirror.test": false, "https://mirror.test:443": false, "http://mirror.test:80/v4": false, "http://mirror.test/a//b": false,
		"http://[::1]:80080": true, "http://mirror.test:8080/a.:0": true, "http://mirror.test:08080": false, "http://[::1]:08100": false, "https://mirror.test.": false, "https://mirror.test.:8443/v4": false, "http://[::ffff:127.0.0.1]:8100": false,
	} {
		_, err := conn.Exec(t.Context(), "UPDATE ingestion_sources SET url = $1", address)
		if (err == nil) != isGood {
			t.Errorf("%s: %v, want it to be accepted: %v", address, err, isGood)
		}
	}
}
