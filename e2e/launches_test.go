package e2e_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/launchtest"
	"liftoff/internal/testkit/pgtest"
)

// lookupSQL is launches of every precision and outcome, two of one name, one missing,
// one with control characters in its name and one with hardly any fields.
const lookupSQL = `
INSERT INTO ingestion_sources (url) VALUES ('https://api.example.org');
INSERT INTO raw_rockets VALUES ('falcon9', '2024-01-01', '{"name": "Falcon 9", "type": "rocket"}');
INSERT INTO raw_launchpads VALUES ('lc39a', '2024-01-01', '{"name": "KSC LC 39A", "full_name": "Kennedy Space Center Launch Complex 39A"}');
INSERT INTO raw_payloads VALUES
	('p1', '2024-01-01', '{"name": "Crew Dragon", "type": "Crew Dragon", "orbit": "ISS", "mass_kg": 12500.5}'),
	('p2', '2024-01-01', '{"name": "Adapter", "mass_kg": 100}');
INSERT INTO raw_launches VALUES
	('5fe3af58b3467846b324215f', '2024-01-01 10:00:00', 8124, 17, '{"name": "Crew-2", "flight_number": 120, "date_utc": "2021-04-22T10:11:00.000Z",
		"date_precision": "hour", "upcoming": false, "success": null, "rocket": "falcon9", "launchpad": "lc39a", "payloads": ["p1", "p2"]}'),
	('5eb87cdaffd86e000604b330', '2024-01-01 10:00:00', 2000, 1, '{"name": "Trailblazer", "date_utc": "2008-08-03T03:34:00.000Z",
		"date_precision": "day", "upcoming": false, "success": false, "rocket": "falcon1", "launchpad": "kwajalein", "payloads": ["unknown"]}'),
	('5eb87cdaffd86e000604b331', '2024-01-01 10:00:00', 0, 1, '{"name": "TRAILBLAZER", "date_utc": "2008-09-01T00:00:00.000Z",
		"date_precision": "month", "upcoming": false}'),
	('half', '2024-01-01 10:00:00', 0, 0, '{"name": "100% \u001b[31mred\u202e_x", "date_utc": "2030-07-01T00:00:00.000Z", "date_precision": "half", "upcoming": true,
		"links": {"a\u001b[31mname that is far too long for what it is, and so goes on and on": "https://example.org/\u202e"}}'),
	('quarter', '2024-01-01 10:00:00', 0, 0, '{"name": "A name that is far too long for a table of eighty columns", "date_utc": "2030-04-01T00:00:00.000Z", "date_precision": "quarter", "upcoming": true}'),
	('year', '2024-01-01 10:00:00', 0, 0, '{"name": "Vanished", "date_utc": "2031-01-01T00:00:00.000Z", "date_precision": "year", "upcoming": true}'),
	('bare', NULL, NULL, NULL, '{}');
INSERT INTO known_launches VALUES ('year', 1, '', '2024-05-01 06:07:08');
INSERT INTO launch_revisions (launch_id, revision, content_sha256, first_seen_at, raw_data)
VALUES ('5fe3af58b3467846b324215f', 2, '', '2024-02-01 11:12:13', '{"name": "Crew-2", "flight_number": 120, "date_utc": "2021-04-23T09:49:00.000Z",
	"date_precision": "hour", "upcoming": false, "success": true, "rocket": "falcon9", "launchpad": "lc39a", "payloads": ["p1", "p2"],
	"details": "The second operational flight of a capsule with four people, which is a text that does not fit on one line of eighty columns.",
	"links": {"webcast": "https://example.org/watch?v=lW07SN3YoLI", "article": null, "reddit": {"launch": "https://example.org/r"}, "youtube_id": "lW07SN3YoLI"}}');
`

// userWithLaunches returns a user of a database with the launches of lookupSQL.
func userWithLaunches(t *testing.T) *clitest.User {
	t.Helper()
	db := pgtest.NewDatabase(t)
	u := clitest.NewUser(t).On(db)
	u.Succeed(t, "migrate", "up")
	clitest.Execute(t, db, lookupSQL)
	launchtest.Refresh(t, db.DSN)
	return u
}

func TestLaunches_ListsTheNewestFirst(t *testing.T) {
	t.Parallel()
	u := userWithLaunches(t)
	for format, extension := range map[string]string{"table": "txt", "json": "json", "csv": "csv", "markdown": "md"} {
		r := u.Succeed(t, "launches", "-o", format)
		wantGolden(t, "launches."+extension, r.Stdout)
		if strings.ContainsAny(r.Stdout, "\x1b\u202e") {
			t.Errorf("%s lets data drive the terminal: %q", format, r.Stdout)
		}
	}
}

func TestLaunches_Filters(t *testing.T) {
	t.Parallel()
	u := userWithLaunches(t)
	for _, test := range []struct{ args, want string }{
		{"--limit 2", "year half"},
		{"--year 2008", "5eb87cdaffd86e000604b331 5eb87cdaffd86e000604b330"},
		{"--year 2009", ""},
		{"--search trailBLAZER", "5eb87cdaffd86e000604b331 5eb87cdaffd86e000604b330"},
		{"--search rail --year 2008 --limit 1", "5eb87cdaffd86e000604b331"},
		{"--search %", "half"},
		{"--search _", "half"},
		{`--search \`, ""},
		{"--search ';DROP", ""},
		// What the source no longer has is not upcoming, whatever its document says.
		{"--upcoming", "half quarter"},
		{"--upcoming --search vanished", ""},
		{"--search vanished", "year"},
	} {
		r := u.Succeed(t, append([]string{"launches", "-o", "json"}, strings.Fields(test.args)...)...)
		var launches []struct{ ID string }
		if err := json.Unmarshal([]byte(r.Stdout), &launches); err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, l := range launches {
			ids = append(ids, l.ID)
		}
		if got := strings.Join(ids, " "); got != test.want {
			t.Errorf("launches %s: %q, want %q", test.args, got, test.want)
		}
	}
	if r := u.Succeed(t, "launches", "--limit", "2"); !strings.Contains(r.Stdout, "There are more: see --limit.") {
		t.Errorf("nothing says that there are more:\n%s", r.Stdout)
	}
	if r := u.Succeed(t, "launches", "--limit", "7"); strings.Contains(r.Stdout, "There are more") {
		t.Errorf("it says that there are more:\n%s", r.Stdout)
	}
	clitest.WantFailure(t, u.Run(t, "launches", "--search", "\xff"), 2, "--search needs a text")
	clitest.WantFailure(t, clitest.NewUser(t).On(pgtest.NewDatabase(t)).Run(t, "launches"), 2, "has no liftoff tables yet")
}

// Without launches the next step is to get some.
func TestLaunches_OfAnEmptyDatabase(t *testing.T) {
	t.Parallel()
	u := clitest.NewUser(t).On(pgtest.NewDatabase(t))
	u.Succeed(t, "migrate", "up")
	if r, want := u.Succeed(t, "launches"), "No rows.\nThere are no launches yet: fetch launches with `liftoff ingest --all`.\n"; !strings.HasSuffix(r.Stdout, want) {
		t.Errorf("launches prints %q, want %q at its end", r.Stdout, want)
	}
	if r := u.Succeed(t, "launches", "--year", "2020"); strings.Contains(r.Stdout, "There are no launches yet") {
		t.Errorf("launches of a year says %q", r.Stdout)
	}
	clitest.WantFailure(t, u.Run(t, "show", "Crew-2"), 2, "Next: fetch launches with `liftoff ingest --all`")
}

func TestShow_SaysEverythingAboutALaunch(t *testing.T) {
	t.Parallel()
	u := userWithLaunches(t)
	for format, extension := range map[string]string{"table": "txt", "json": "json", "csv": "csv", "markdown": "md"} {
		wantGolden(t, "show."+extension, u.Succeed(t, "show", "crew-2", "-o", format).Stdout)
	}
	wantGolden(t, "show-bare.txt", u.Succeed(t, "show", "bare").Stdout)
	wantGolden(t, "show-missing.txt", u.Succeed(t, "show", " year ").Stdout)
	for _, format := range []string{"table", "json", "csv", "markdown"} {
		if r := u.Succeed(t, "show", "half", "-o", format); strings.ContainsAny(r.Stdout, "\x1b\u202e") {
			t.Errorf("%s lets data drive the terminal: %q", format, r.Stdout)
		}
	}
}

// A name is as good as an id, if it is the name of one launch.
func TestShow_FindsALaunchByItsName(t *testing.T) {
	t.Parallel()
	u := userWithLaunches(t)
	for _, command := range []string{"show", "history"} {
		if r := u.Succeed(t, command, "CREW-2"); !strings.Contains(r.Stdout, "5fe3af58b3467846b324215f") {
			t.Errorf("%s CREW-2:\n%s", command, r.Stdout)
		}
		clitest.WantFailure(t, u.Run(t, command, "trailblazer"), 2,
			`several launches have the name "trailblazer": 5eb87cdaffd86e000604b331 of 2008-09, 5eb87cdaffd86e000604b330 of 2008-08-03. Next: give the id of one of them`)
		for name, near := range map[string]string{"blazer": `Did you mean "TRAILBLAZER" or "Trailblazer"?`, "crw-2": `Did you mean "Crew-2"?`, "%": "Did you mean", "e": " and more? `", "nothing like it": "launches --search TEXT"} {
			clitest.WantFailure(t, u.Run(t, command, name), 2, fmt.Sprintf("no launch %q is stored in PostgreSQL at ", name))
			if r := u.Run(t, command, name); !strings.Contains(r.Stderr, near) {
				t.Errorf("%s %s says %q, want %q", command, name, r.Stderr, near)
			}
		}
		clitest.WantFailure(t, u.Run(t, command, "\xff"), 2, "no launch ")
	}
}
