package e2e_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// statesSQL is a launch as a year of runs would have seen it: a month, then an
// hour, then two slips, then gone. A name tries to drive the terminal.
const statesSQL = `
INSERT INTO ingestion_sources (url) VALUES ('https://api.example.org');
INSERT INTO ingestion_runs (source_id, selection, command, program_version, started_at, finished_at, status, fetched, revised)
SELECT 1, 'new', 'liftoff ingest --new', 'v1', day, day + INTERVAL '2 s', 'succeeded', 1, 1
FROM generate_series(TIMESTAMP '2021-01-01', '2021-01-03', '1 day') AS day;
INSERT INTO raw_launches VALUES
	('5fe3af58b3467846b324215f', '2020-12-31 10:00:00', 4000, 10, '{
		"id": "5fe3af58b3467846b324215f", "name": "Crew-2", "date_utc": "2021-04-01T00:00:00.000Z", "date_precision": "month",
		"links": {"webcast": null}, "payloads": ["a"], "cores": [{"flight": 1.0, "landing_success": null}], "details": null}'),
	('steady', '2020-12-31 10:00:00', 4000, 10, '{"id": "steady", "name": "Sentinel-6"}'),
	('nameless', NULL, NULL, NULL, NULL);
INSERT INTO known_launches VALUES ('5fe3af58b3467846b324215f', 1, '', '2021-05-01 06:07:08');
INSERT INTO launch_revisions (launch_id, revision, content_sha256, first_seen_at, run_id, raw_data)
SELECT '5fe3af58b3467846b324215f', revision, '', TIMESTAMP '2021-01-01 00:00:01.5' + revision * INTERVAL '1 day', run, data::JSONB
FROM (VALUES
	(2, 1, '{"id": "5fe3af58b3467846b324215f", "name": "Crew-2", "date_utc": "2021-04-22T10:11:00.000Z", "date_precision": "hour",
		"links": {"webcast": null}, "payloads": ["a", "b"], "cores": [{"flight": 1, "landing_success": null}], "details": null}'),
	(3, 2, '{"id": "5fe3af58b3467846b324215f", "name": "Crew-2\u001b[31m\u202e", "date_utc": "2021-04-23T09:49:00.000Z", "date_precision": "hour",
		"links": {"webcast": "https://example.org/1"}, "payloads": ["a", "b"], "cores": [{"flight": 2, "landing_success": true}],
		"details": "A text that is far too long for the width of a table, and so must be cut somewhere before its very end."}'),
	(4, NULL, '{"id": "5fe3af58b3467846b324215f", "name": "Crew-2", "date_utc": "2021-04-23T09:19:00.000Z", "date_precision": "hour",
		"links": {"webcast": "https://example.org/1"}, "payloads": ["a", "b"], "cores": [{"flight": 2, "landing_success": true}]}')
) AS state (revision, run, data);
INSERT INTO launch_revisions (launch_id, revision, content_sha256, first_seen_at, raw_data) VALUES ('nameless', 2, '', '2021-01-01', '{"name": 5}');
`

// userWith returns a user whose migrated database holds some rows.
func userWith(t *testing.T, rows string) *clitest.User {
	t.Helper()
	db := pgtest.NewDatabase(t)
	u := clitest.NewUser(t).On(db)
	u.Succeed(t, "migrate", "up")
	clitest.Execute(t, db, rows)
	return u
}

func TestHistory_PrintsWhatChangedAndWhen(t *testing.T) {
	t.Parallel()
	u := userWith(t, statesSQL)
	for format, extension := range map[string]string{"table": "txt", "json": "json", "csv": "csv", "markdown": "md"} {
		r := u.Succeed(t, "history", "5fe3af58b3467846b324215f", "-o", format)
		wantGolden(t, "history."+extension, r.Stdout)
		if strings.ContainsAny(r.Stdout, "\x1b\u202e") {
			t.Errorf("%s lets data drive the terminal: %q", format, r.Stdout)
		}
	}
	wantGolden(t, "history-steady.txt", u.Succeed(t, "history", "steady").Stdout)
	wantGolden(t, "history-nameless.txt", u.Succeed(t, "history", "nameless").Stdout)
}

// Programs get every value whole, absent told from null.
func TestHistory_JSONIsExact(t *testing.T) {
	t.Parallel()
	type change struct {
		Field         string
		Before, After any
	}
	var got struct {
		Revisions []struct {
			SlipMinutes *int64 `json:"slip_minutes"`
			Changes     []change
		}
	}
	r := userWith(t, statesSQL).Succeed(t, "history", "5fe3af58b3467846b324215f", "-o", "json")
	if err := json.Unmarshal([]byte(r.Stdout), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Revisions) != 4 {
		t.Fatalf("%d revisions, want 4", len(got.Revisions))
	}
	if diff := cmp.Diff(change{Field: "name", Before: "Crew-2", After: "Crew-2\x1b[31m\u202e"}, got.Revisions[2].Changes[5]); diff != "" {
		t.Errorf("the name (-want +got):\n%s", diff)
	}
	if !strings.Contains(r.Stdout, "before its very end.\"") {
		t.Errorf("a long value was cut:\n%s", r.Stdout)
	}
	var slips []int64
	for _, revision := range got.Revisions {
		if revision.SlipMinutes != nil {
			slips = append(slips, *revision.SlipMinutes)
		}
	}
	if diff := cmp.Diff([]int64{1418, -30}, slips); diff != "" {
		t.Errorf("slips (-want +got):\n%s", diff)
	}
}

func TestHistory_OfAnUnknownLaunch(t *testing.T) {
	t.Parallel()
	u := userWith(t, statesSQL)
	for _, id := range []string{"none", "\xff", "';DROP"} {
		clitest.WantFailure(t, u.Run(t, "history", "--", id), 2, "no launch ")
	}
	clitest.WantFailure(t, u.Run(t, "history", ""), 2, "an argument is empty")
	clitest.WantFailure(t, u.Run(t, "history", "a\nb"), 2, "history takes one launch, not several lines")
	clitest.WantFailure(t, u.Run(t, "history"), 2, "history needs the id or name of a launch, as in: liftoff history ")
	clitest.WantFailure(t, u.Run(t, "history", "a", "b"), 2, "history takes one launch, not 2 arguments")
	clitest.WantFailure(t, u.Run(t, "history", "steady", "-o", "xml"), 2, "--output must be table, json, csv or markdown, not \"xml\"")
	clitest.WantFailure(t, clitest.NewUser(t).On(pgtest.NewDatabase(t)).Run(t, "history", "steady"), 2, "has no liftoff tables yet")
}
