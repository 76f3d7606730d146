package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

func TestIngestAll_StoresEveryLaunchAndThenWritesNoRow(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	u := clitest.NewUser(t).On(db).With("SPACEX_API_URL=" + clitest.StartReplay(t, "--count", "2000"))
	first := u.Succeed(t, "ingest", "--all")
	for _, sentence := range []string{
		"Successfully fetched launches from SpaceX API. fetched=2000 announced=2000 pages=2",
		"Launches stored in the database. inserted=2000 revised=0 unchanged=0",
		"Aggregation view launch_aggregates_view created successfully.",
		"fetched=2000 inserted=2000 unchanged=0 pages=2 bytes=",
	} {
		if !strings.Contains(first.Stderr, sentence) {
			t.Errorf("the log lacks %q:\n%s", sentence, first.Stderr)
		}
	}
	if !strings.Contains(first.Stdout, "total launches") {
		t.Errorf("the analytics are not on stdout:\n%s", first.Stdout)
	}
	before := versions(t, db)
	second := u.Succeed(t, "ingest", "--all", "--skip-analytics")
	if !strings.Contains(second.Stderr, "fetched=2000 inserted=0 unchanged=2000") || second.Stdout != "" {
		t.Errorf("stdout %q, stderr:\n%s", second.Stdout, second.Stderr)
	}
	if after := versions(t, db); after != before {
		t.Errorf("the second run wrote rows: %s, then %s", before, after)
	}
	want := []ledgerRow{
		{Selection: "all", Status: "succeeded", Fetched: 2000, Inserted: 2000},
		{Selection: "all", Status: "succeeded", Fetched: 2000, Unchanged: 2000},
	}
	if diff := cmp.Diff(want, ledger(t, db)); diff != "" {
		t.Errorf("the ledger (-want +got):\n%s", diff)
	}
	if n := number(t, db, "SELECT count(*) FROM raw_launches"); n != 2000 {
		t.Errorf("%d rows, want 2000", n)
	}
}

// listed is what a test needs of a launch in the API's whole list.
type listed struct {
	ID       string
	DateUTC  string `json:"date_utc"`
	Upcoming bool
}

// list returns an API's whole list.
func list(t *testing.T, url string) []listed {
	t.Helper()
	response, err := http.Get(url + "/v4/launches")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var all []listed
	if err := json.NewDecoder(response.Body).Decode(&all); err != nil {
		t.Fatal(err)
	}
	return all
}

// wantStored wants just the launches of a list that match.
func wantStored(t *testing.T, db pgtest.Database, all []listed, matches func(listed) bool) {
	t.Helper()
	var want, got []string
	for _, launch := range all {
		if matches(launch) {
			want = append(want, launch.ID)
		}
	}
	for id := range rows(t, db) {
		got = append(got, id)
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" || len(want) == 0 || len(want) == len(all) {
		t.Errorf("%d of %d launches are stored, want %d (-want +got):\n%s", len(got), len(all), len(want), diff)
	}
}

func TestIngestSince_StoresLaunchesFromADateOn(t *testing.T) {
	t.Parallel()
	api := clitest.StartReplay(t, "--count", "300")
	u, db := bulkUser(t, api)
	u.With("PAGE_SIZE=40").Succeed(t, "ingest", "--since", "2021-01-01", "--skip-analytics")
	wantStored(t, db, list(t, api), func(l listed) bool { return l.DateUTC >= "2021-01-01T00:00:00.000Z" })
	if runs := ledger(t, db); len(runs) != 1 || runs[0].Selection != "since" || runs[0].Status != "succeeded" {
		t.Errorf("the ledger has %+v", runs)
	}
}

func TestIngestSince_StoresLaunchesOfTheLastDays(t *testing.T) {
	t.Parallel()
	at := func(ago time.Duration) string { return time.Now().UTC().Add(-ago).Format("2006-01-02T15:04:05.000Z") }
	const day = 24 * time.Hour
	var all []string
	for n, ago := range []time.Duration{3650 * day, 31 * day, 29 * day, time.Hour, -100 * day} {
		all = append(all, doc(n, "2020-01-31T12:00:00.000Z", at(ago)))
	}
	api := startChanging(t, all...)
	u, db := bulkUser(t, api.url)
	u.Succeed(t, "ingest", "--since", "30d", "--skip-analytics")
	wantStored(t, db, list(t, api.url), func(l listed) bool { return l.DateUTC >= at(30*day) })
	r := u.Succeed(t, "ingest", "--since", "2999-01-01", "--skip-analytics")
	if !strings.Contains(r.Stderr, "fetched=0 inserted=0 unchanged=0") || !strings.Contains(r.Stderr, "Nothing was fetched.") ||
		strings.Contains(r.Stderr, "Successfully fetched") || strings.Contains(r.Stderr, "Launches stored") {
		t.Errorf("of launches to come it says:\n%s", r.Stderr)
	}
}

func TestIngestUpcoming_StoresWhatHasNotFlown(t *testing.T) {
	t.Parallel()
	api := clitest.StartReplay(t)
	u, db := bulkUser(t, api)
	u.Succeed(t, "ingest", "--upcoming", "--skip-analytics")
	wantStored(t, db, list(t, api), func(l listed) bool { return l.Upcoming })
}

func TestIngestID_StoresWhatTheAPIKnows(t *testing.T) {
	t.Parallel()
	api := startChanging(t, docs(5)...)
	u, db := bulkUser(t, api.url)
	u.Succeed(t, "ingest", "--id", docID(1)+","+docID(3), "--id", docID(1), "--skip-analytics")
	wantStored(t, db, list(t, api.url), func(l listed) bool { return l.ID == docID(1) || l.ID == docID(3) })

	r := u.Run(t, "ingest", "--id", docID(4), "--id", docID(99), "--skip-analytics")
	clitest.WantFailure(t, r, 4, "the API found 1 of 2 requested launches; not "+docID(99))
	wantStored(t, db, list(t, api.url), func(l listed) bool { return l.ID == docID(1) || l.ID >= docID(3) })

	clitest.WantFailure(t, u.Run(t, "ingest", "--id", "5eb87cd9"), 2, `"5eb87cd9" is not a valid launch id`)
}

func TestIngestNew_FetchesWhatMayHaveChanged(t *testing.T) {
	t.Parallel()
	upcoming := []string{`"upcoming":false`, `"upcoming":true`}
	launches := append(docs(30), doc(30, upcoming...))
	api := startChanging(t, launches...)
	u, db := bulkUser(t, api.url)

	first := u.Succeed(t, "ingest", "--new", "--skip-analytics")
	if !strings.Contains(first.Stderr, "fetched=31 inserted=31") {
		t.Errorf("the first run does not fetch everything:\n%s", first.Stderr)
	}
	second := u.Succeed(t, "ingest", "--new", "--skip-analytics")
	if !strings.Contains(second.Stderr, "Nothing has changed at the API since the watermark") || !strings.Contains(second.Stderr, "fetched=0 inserted=0") {
		t.Errorf("the second run does not say that nothing has changed:\n%s", second.Stderr)
	}

	launches[30] = doc(30, append(upcoming, "2020-01-31", "2020-02-29")...) // slips
	launches[7] = doc(7, "Launch 7", "Renamed")                             // flew long ago: too old for --new
	launches = append(launches, doc(31))                                    // old too, but the API has got it just now
	api.serve(t, launches...)
	third := u.Succeed(t, "ingest", "--new", "--skip-analytics")
	if !strings.Contains(third.Stderr, "Skipping launches dated before the look-back") || !strings.Contains(third.Stderr, "fetched=2 inserted=1 unchanged=0 revised=1") {
		t.Errorf("the third run does not fetch just the change, or does not say what it skips:\n%s", third.Stderr)
	}
	fourth := u.Succeed(t, "ingest", "--new", "--skip-analytics")
	if !strings.Contains(fourth.Stderr, "Nothing has changed at the API since the watermark") {
		t.Errorf("the fourth run:\n%s", fourth.Stderr)
	}
	if r := u.Succeed(t, "ingest", "--all", "--skip-analytics"); !strings.Contains(r.Stderr, "fetched=32 inserted=0 unchanged=31 revised=1") {
		t.Errorf("--all does not see the old launch:\n%s", r.Stderr)
	}
	if n := number(t, db, "SELECT count(*) FROM launch_revisions"); n != 2 {
		t.Errorf("%d revisions, want 2", n)
	}
}

func TestIngestDryRun_TellsAndWritesNothing(t *testing.T) {
	t.Parallel()
	api := startChanging(t, docs(12)...)
	u, db := bulkUser(t, api.url)
	clitest.WantFailure(t, u.Run(t, "ingest", "--all", "--dry-run"), 2, "has no liftoff tables yet. Next: create them with `liftoff migrate up`")
	if n := number(t, db, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"); n != 0 {
		t.Errorf("a dry run made %d tables", n)
	}

	u.Succeed(t, "migrate", "up")
	r := u.Succeed(t, "ingest", "--all", "--dry-run")
	want := ""
	for n := range 12 {
		want += "insert      " + docID(n) + "\n"
	}
	want += "Nothing was written. A run would insert 12 launches, revise 0, leave 0 unchanged, quarantine 0 records and mark 0 as missing.\n"
	if diff := cmp.Diff(want, r.Stdout); diff != "" {
		t.Errorf("the first dry run says (-want +got):\n%s", diff)
	}
	if strings.Contains(r.Stderr, "inserted") || strings.Contains(r.Stderr, "analytics") {
		t.Errorf("the log claims what was not done:\n%s", r.Stderr)
	}
	if n := number(t, db, "SELECT (SELECT count(*) FROM raw_launches) + (SELECT count(*) FROM ingestion_runs) + (SELECT count(*) FROM ingestion_sources)"); n != 0 {
		t.Errorf("%d rows were written", n)
	}

	u.Succeed(t, "ingest", "--all", "--skip-analytics")
	before := versions(t, db)
	changed := docs(13)
	changed[4] = doc(4, "Launch 4", "Renamed")
	changed[5] = doc(5, `["a"]`, `"one"`)
	api.serve(t, changed...)
	r = u.Run(t, "ingest", "--all", "--dry-run")
	const last = "\nNothing was written. A run would insert 1 launch, revise 1, leave 10 unchanged, quarantine 1 record and mark 0 as missing.\n"
	want = "insert      " + docID(12) + "\nrevise      " + docID(4) + "\n            name: \"Launch 4\" -> \"Renamed\"\nquarantine  invalid_payloads: "
	if r.Code != 3 || !strings.HasPrefix(r.Stdout, want) || !strings.HasSuffix(r.Stdout, last) {
		t.Errorf("exit code %d, the second dry run says (-want +got):\n%s", r.Code, cmp.Diff(want, r.Stdout))
	}
	if after := versions(t, db); after != before || len(ledger(t, db)) != 1 {
		t.Errorf("the dry run wrote rows: %s, then %s; %d runs", before, after, len(ledger(t, db)))
	}
}

func TestIngest_FlagsThatDoNotGoTogether(t *testing.T) {
	t.Parallel()
	u := clitest.NewUser(t)
	for _, test := range []struct {
		flags, says string
	}{
		{"--all --new", "more than one of"},
		{"--since 30d --upcoming", "more than one of"},
		{"--all --id " + docID(1), "more than one of"},
		{"--new --accept-shrink", "--accept-shrink goes with --all only"},
		{"--since yesterday", `--since "yesterday" is not a date`},
		{"--since=", "--since needs a value"},
		{"--id=", "--id needs a value"},
		{"--all --if-locked perhaps", `--if-locked must be fail, skip or wait, not "perhaps"`},
		{"--all --page-size 0", `--page-size needs a number from 1 to 5000, not "0"`},
		{"--all --writers 0", `--writers needs a number from 1 to 16, not "0"`},
		{"--all --concurrency -1", `--concurrency needs a number from 1 to 64, not "-1"`},
	} {
		t.Run(test.flags, func(t *testing.T) {
			t.Parallel()
			clitest.WantFailure(t, u.Run(t, append([]string{"ingest"}, strings.Fields(test.flags)...)...), 2, test.says)
		})
	}
}

func TestIngestAll_GuardsRefuseABrokenSource(t *testing.T) {
	t.Parallel()
	api := startChanging(t, docs(40)...)
	u, db := bulkUser(t, api.url)
	u.Succeed(t, "ingest", "--all", "--skip-analytics")
	before := versions(t, db)
	drifting := docs(41)
	for n := range 10 {
		drifting[n] = doc(n, fmt.Sprintf(`"Launch %d"`, n), "17")
	}
	for _, test := range []struct {
		name     string
		launches []string
		says     string
	}{
		{"shrunken", docs(35), "the API announces 35 launches, fewer than 90 % of the 40"},
		{"drifting", drifting, "records drift the same way: name is a number"},
	} {
		api.serve(t, test.launches...)
		clitest.WantFailure(t, u.Run(t, "ingest", "--all"), 8, test.says)
		if after := versions(t, db); after != before {
			t.Errorf("%s: rows were written: %s, then %s", test.name, before, after)
		}
	}
	api.breakWith(func(w http.ResponseWriter, r *http.Request, _ int) bool {
		if r.Method == http.MethodPost {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"docs":[],"totalDocs":0}`))
		}
		return r.Method == http.MethodPost
	})
	clitest.WantFailure(t, u.Run(t, "ingest", "--all"), 8, "the API has no launches at all; nothing was written")
	api.mend()

	api.serve(t, docs(35)...)
	u.Succeed(t, "ingest", "--all", "--accept-shrink", "--skip-analytics")
	runs := ledger(t, db)
	if last := runs[len(runs)-1]; last.Missing != 5 || last.Unchanged != 35 || runs[1].Status != "failed" || runs[1].Fetched != 0 {
		t.Errorf("the ledger has %+v", runs)
	}
	if n := number(t, db, "SELECT count(*) FROM raw_launches"); n != 40 {
		t.Errorf("%d rows are left, want all 40: nothing is deleted", n)
	}
}

func TestIngestAll_OneBadRecordAmongMany(t *testing.T) {
	t.Parallel()
	launches := docs(40)
	launches[17] = doc(17, `"Launch 17"`, `"a\u0000b"`)
	api := startChanging(t, launches...)
	u, db := bulkUser(t, api.url)
	for range 2 { // kept once
		r := u.Run(t, "ingest", "--all")
		if line := clitest.LastLine(r.Stderr); r.Code != 3 || !strings.Contains(line, "1 of 40 records went into quarantine") {
			t.Errorf("exit code %d, last line %q", r.Code, line)
		}
		if !strings.Contains(r.Stdout, "total launches") {
			t.Errorf("the analytics did not run:\n%s", r.Stderr)
		}
	}
	if stored, kept := number(t, db, "SELECT count(*) FROM raw_launches"), number(t, db, "SELECT count(*) FROM quarantined_records"); stored != 39 || kept != 1 {
		t.Errorf("%d rows and %d in quarantine, want 39 and 1", stored, kept)
	}
	want := []ledgerRow{
		{Selection: "all", Status: "succeeded", Fetched: 40, Inserted: 39, Quarantined: 1},
		{Selection: "all", Status: "succeeded", Fetched: 40, Unchanged: 39, Quarantined: 1},
	}
	runs := ledger(t, db)
	for n := range runs {
		runs[n].Error = ""
	}
	if diff := cmp.Diff(want, runs); diff != "" {
		t.Errorf("the ledger (-want +got):\n%s", diff)
	}
}
