package e2e_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

const runsSQL = `
INSERT INTO ingestion_sources (url) VALUES ('https://api.example.org/v4');
INSERT INTO ingestion_runs (source_id, selection, command, program_version, started_at, finished_at, status,
	pages, announced, fetched, inserted, unchanged, revised, quarantined, missing, bytes, error)
VALUES
	(1, 'all', 'liftoff ingest --all', 'v1', '2024-01-01 10:00:00.25', '2024-01-01 10:02:03.5', 'succeeded',
		4, 205, 205, 200, 0, 4, 1, 2, 600000, NULL),
	(1, 'since 2022-01-01', 'liftoff ingest --since 2022-01-01', 'v1', '2024-01-02 10:00:00', '2024-01-02 10:00:01.234', 'partial',
		3, NULL, 40, 0, 40, 0, 0, 0, 90000, E'page 3 of \x1b[31m: status 503, which went on for longer than we were willing to wait'),
	(1, 'new', 'liftoff ingest --new', 'v2', '2024-01-03 10:00:00', NULL, 'running',
		0, NULL, 0, 0, 0, 0, 0, 0, 0, NULL);
INSERT INTO ingestion_missed_ranges (source_id, run_id, after_id, before_id)
VALUES (1, 2, '', 'b'), (1, 2, 'c', 'd'), (1, 2, 'e', NULL);
`

func TestRuns_PrintsTheLedger(t *testing.T) {
	t.Parallel()
	u := userWith(t, runsSQL)
	for format, extension := range map[string]string{"table": "txt", "json": "json", "csv": "csv", "markdown": "md"} {
		wantGolden(t, "runs."+extension, u.Succeed(t, "runs", "-o", format).Stdout)
	}
	wide := u.With("COLUMNS=200")
	wantGolden(t, "runs-wide.txt", wide.Succeed(t, "runs").Stdout)
	// The newest run has nothing in most columns, and they are left out.
	wantGolden(t, "runs-newest.txt", wide.Succeed(t, "runs", "--limit", "1").Stdout)
}

func TestRuns_JSONHasEveryField(t *testing.T) {
	t.Parallel()
	var got []map[string]any
	r := userWith(t, runsSQL).Succeed(t, "runs", "--limit", "2", "-o", "json")
	if err := json.Unmarshal([]byte(r.Stdout), &got); err != nil {
		t.Fatal(err)
	}
	want := []map[string]any{
		{
			"run_id": 3.0, "source": "https://api.example.org/v4", "selection": "new", "command": "liftoff ingest --new",
			"program_version": "v2", "status": "running", "started_at": "2024-01-03T10:00:00.000000Z", "finished_at": nil,
			"duration_ms": nil, "announced": nil, "pages": 0.0, "fetched": 0.0, "inserted": 0.0, "unchanged": 0.0,
			"revised": 0.0, "quarantined": 0.0, "missing": 0.0, "bytes": 0.0, "schedule": nil, "due_at": nil, "requests": nil, "retries": nil, "fetch_ms": nil, "decode_ms": nil, "store_ms": nil, "references_ms": nil, "view_ms": nil, "peak_memory_bytes": nil, "error": nil, "missed_ranges": []any{},
		},
		{
			"run_id": 2.0, "source": "https://api.example.org/v4", "selection": "since 2022-01-01", "command": "liftoff ingest --since 2022-01-01",
			"program_version": "v1", "status": "partial", "started_at": "2024-01-02T10:00:00.000000Z", "finished_at": "2024-01-02T10:00:01.234000Z",
			"duration_ms": 1234.0, "announced": nil, "pages": 3.0, "fetched": 40.0, "inserted": 0.0, "unchanged": 40.0,
			"revised": 0.0, "quarantined": 0.0, "missing": 0.0, "bytes": 90000.0,
			"schedule": nil, "due_at": nil, "requests": nil, "retries": nil, "fetch_ms": nil, "decode_ms": nil, "store_ms": nil, "references_ms": nil, "view_ms": nil, "peak_memory_bytes": nil, "error": "page 3 of \x1b[31m: status 503, which went on for longer than we were willing to wait",
			"missed_ranges": []any{
				map[string]any{"after_id": nil, "before_id": "b"},
				map[string]any{"after_id": "c", "before_id": "d"},
				map[string]any{"after_id": "e", "before_id": nil},
			},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("runs (-want +got):\n%s", diff)
	}
}

func TestRuns_WithoutAny(t *testing.T) {
	t.Parallel()
	u := clitest.NewUser(t).On(pgtest.NewDatabase(t))
	clitest.WantFailure(t, u.Run(t, "runs"), 2, "has no liftoff tables yet")
	u.Succeed(t, "migrate", "up")
	if r := u.Succeed(t, "runs"); r.Stdout != "Ingestion runs, the newest first\nNo rows.\n" {
		t.Errorf("printed %q", r.Stdout)
	}
	if r := u.Succeed(t, "runs", "-o", "json"); r.Stdout != "[]\n" {
		t.Errorf("printed %q as JSON", r.Stdout)
	}
	clitest.WantFailure(t, u.Run(t, "runs", "--limit", "0"), 2, "--limit needs 1 or more, not \"0\"")
	clitest.WantFailure(t, u.Run(t, "runs", "--limit", "x"), 2, "--limit needs a whole number, not \"x\"")
}

func TestRunsShow_SaysEverythingAboutARun(t *testing.T) {
	t.Parallel()
	u := userWith(t, runsSQL+`
		UPDATE ingestion_sources SET watermark = '2024-01-01 10:00:00.25';
		INSERT INTO quarantined_records (run_id, first_seen_at, last_seen_at, source_url, reason, detail, body, body_sha256, body_length)
		VALUES (1, '2024-01-01', '2024-01-01', 'https://api.example.org', 'missing_id', 'id is missing', '{}', 'x', 2);`)
	for format, extension := range map[string]string{"table": "txt", "json": "json", "csv": "csv", "markdown": "md"} {
		r := u.Succeed(t, "runs", "show", "2", "-o", format)
		wantGolden(t, "runs-show."+extension, r.Stdout)
		if strings.Contains(r.Stdout, "\x1b") {
			t.Errorf("%s lets data drive the terminal: %q", format, r.Stdout)
		}
	}
	r := u.Succeed(t, "runs", "show", "1")
	for _, says := range []string{"set by this run", "still in quarantine 1 ", "quarantine list --run 1` says why"} {
		if !strings.Contains(strings.Join(strings.Fields(r.Stdout), " "), says) {
			t.Errorf("the run is shown without %q:\n%s", says, r.Stdout)
		}
	}
	clitest.WantFailure(t, u.Run(t, "runs", "show", "9"), 2, "there is no run 9 in PostgreSQL at ")
}
