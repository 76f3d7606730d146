package postgres_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"liftoff"
	"liftoff/internal/postgres"
	"liftoff/internal/testkit/pgtest"
)

// typedRow is a row of typed_launches.
type typedRow struct {
	id, name, rocket, launchpad string
	launchedAt                  time.Time
	upcoming, success           *bool
}

// storeTyped replaces what the view launches shows.
func storeTyped(t *testing.T, db pgtest.Database, rows []typedRow) {
	t.Helper()
	var ids, names, rockets, launchpads []string
	var moments []*time.Time
	var upcoming, success []*bool
	for _, row := range rows {
		ids, names = append(ids, row.id), append(names, row.name)
		rockets, launchpads = append(rockets, row.rocket), append(launchpads, row.launchpad)
		upcoming, success = append(upcoming, row.upcoming), append(success, row.success)
		moments = append(moments, nil)
		if !row.launchedAt.IsZero() {
			moments[len(moments)-1] = &row.launchedAt
		}
	}
	conn := pgtest.Connect(t, db.DSN)
	if _, err := conn.Exec(t.Context(), "TRUNCATE typed_launches"); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), `INSERT INTO typed_launches (id, name, rocket_id, launchpad_id, launched_at, upcoming, success,
			payload_count, revisions, payload_ids, payload_mass_kg, simulated_total_payload_mass_kg, simulated_delay_minutes)
		SELECT id, nullif(name, ''), nullif(rocket, ''), nullif(launchpad, ''), moment, upcoming, success, 0, 0, '{}', 1.5, 2000, 7
		FROM unnest($1::TEXT[], $2::TEXT[], $3::TEXT[], $4::TEXT[], $5::TIMESTAMP[], $6::BOOLEAN[], $7::BOOLEAN[])
			AS r (id, name, rocket, launchpad, moment, upcoming, success)`, ids, names, rockets, launchpads, moments, upcoming, success); err != nil {
		t.Fatal(err)
	}
}

// indexAll makes the indexes that are there once there are many launches.
func indexAll(t *testing.T, store *postgres.Store, db pgtest.Database) {
	t.Helper()
	execute(t, db, `INSERT INTO typed_launches (id, payload_count, revisions, payload_ids)
		SELECT n, 0, 0, '{}' FROM generate_series(1, 10000) AS n`)
	if err := store.IndexLaunches(t.Context()); err != nil {
		t.Fatal(err)
	}
	if name := scan[string](t, db, "SELECT to_regclass('typed_launches_rockets_launchpads')::TEXT"); name == "" {
		t.Fatal("there are no indexes")
	}
}

// passes reports whether a filter lets a launch through: what the statements must do.
func passes(f liftoff.LaunchFilter, row typedRow) bool {
	return strings.Contains(strings.ToLower(row.name), strings.ToLower(f.Search)) &&
		(f.Outcome == "" || f.Outcome == liftoff.OutcomeOf(row.upcoming, row.success)) &&
		(f.RocketID == "" || f.RocketID == row.rocket) &&
		(f.LaunchpadID == "" || f.LaunchpadID == row.launchpad) &&
		(f.Year == 0 || !row.launchedAt.IsZero() && row.launchedAt.Year() == f.Year)
}

// expected returns the ids that a filter lets through, the newest first.
func expected(f liftoff.LaunchFilter, rows []typedRow) []string {
	sorted := slices.Clone(rows)
	slices.SortFunc(sorted, func(a, b typedRow) int {
		return cmp.Or(b.launchedAt.Compare(a.launchedAt), strings.Compare(b.id, a.id)) // no date is the zero time: last
	})
	ids := []string{}
	for _, row := range sorted {
		if passes(f, row) {
			ids = append(ids, row.id)
		}
	}
	return ids
}

func idsOf(launches []liftoff.StoredLaunch) (ids []string) {
	for _, l := range launches {
		ids = append(ids, l.ID)
	}
	return ids
}

// Whatever the launches and the filter: the pages forwards are all launches that pass, in
// order; backwards they are the same; and the count is true.
func TestLaunchPage_IsWhatAFilterLetsThrough(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	indexAll(t, store, db)
	yes, no := true, false
	row := rapid.Custom(func(rt *rapid.T) typedRow {
		return typedRow{
			name:      rapid.SampledFrom([]string{"", "Starlink 1", "STARLINK 12", "100%_\\", "O'Neill", "Türksat", "abc"}).Draw(rt, "name"),
			rocket:    rapid.SampledFrom([]string{"", "r1", "R1", strings.Repeat("r", 200)}).Draw(rt, "rocket"),
			launchpad: rapid.SampledFrom([]string{"", "p1", "p2"}).Draw(rt, "launchpad"),
			launchedAt: rapid.SampledFrom([]time.Time{
				{},
				{},
				utc(t, "2019-12-31 23:59:59.999999"), utc(t, "2020-01-01 00:00:00"),
				utc(t, "2020-06-01 00:00:00"), utc(t, "2020-12-31 23:59:59"), utc(t, "2021-01-01 00:00:00"),
			}).Draw(rt, "date"),
			upcoming: rapid.SampledFrom([]*bool{nil, &yes, &no}).Draw(rt, "upcoming"),
			success:  rapid.SampledFrom([]*bool{nil, &yes, &no}).Draw(rt, "success"),
		}
	})
	rapid.Check(t, func(rt *rapid.T) {
		rows := rapid.SliceOfN(row, 0, 40).Draw(rt, "launches")
		for i := range rows {
			// Upper and lower case, digits of unequal number, signs: sorted by their bytes.
			rows[i].id = fmt.Sprintf("%s%d", []string{"", "a", "B", "é", "_"}[i%5], i)
		}
		storeTyped(t, db, rows)
		for range 5 {
			checkPages(rt, store, rows, liftoff.LaunchPageRequest{
				LaunchFilter: liftoff.LaunchFilter{
					Search:      rapid.SampledFrom([]string{"", "", "starlink", "LINK 1", "%", "_", `\`, "'", "türk", "none"}).Draw(rt, "search"),
					Outcome:     rapid.SampledFrom(append(liftoff.Outcomes(), "", "", "")).Draw(rt, "outcome"),
					RocketID:    rapid.SampledFrom([]string{"", "", "r1", strings.Repeat("r", 200), "none"}).Draw(rt, "rocket"),
					LaunchpadID: rapid.SampledFrom([]string{"", "", "p1"}).Draw(rt, "launchpad"),
					Year:        rapid.SampledFrom([]int{0, 0, 2019, 2020, 2021, 2022}).Draw(rt, "year"),
				},
				Limit:     rapid.IntRange(1, 12).Draw(rt, "limit"),
				CountUpTo: rapid.Int64Range(0, 15).Draw(rt, "count up to"),
			})
		}
	})
}

// failer is a test, of rapid or not.
type failer interface {
	Context() context.Context
	Fatal(values ...any)
	Fatalf(format string, values ...any)
}

// checkPages walks through all pages of a request, there and back.
func checkPages(t failer, store *postgres.Store, rows []typedRow, request liftoff.LaunchPageRequest) {
	want := expected(request.LaunchFilter, rows)
	ask := func() liftoff.LaunchPage {
		page, err := store.LaunchPage(t.Context(), request)
		if err != nil {
			t.Fatal(err)
		}
		if total, most := int64(len(want)), request.CountUpTo; page.Total != min(total, most) || page.IsCountOpen != (total > most) {
			t.Fatalf("%+v: total %d, open %t, want %d up to %d", request, page.Total, page.IsCountOpen, total, most)
		}
		return page
	}
	forwards, backwards := []string{}, []string{}
	page := ask()
	if page.Newer != nil {
		t.Fatalf("%+v: there are launches before the first", request)
	}
	for forwards = append(forwards, idsOf(page.Launches)...); page.Older != nil && len(forwards) <= len(want); {
		request.OlderThan = page.Older
		page = ask()
		forwards = append(forwards, idsOf(page.Launches)...)
	}
	backwards = append(backwards, idsOf(page.Launches)...)
	request.OlderThan = nil
	for page.Newer != nil && len(backwards) <= len(want) {
		request.NewerThan = page.Newer
		page = ask()
		backwards = append(idsOf(page.Launches), backwards...)
	}
	if diff := gocmp.Diff(want, forwards); diff != "" {
		t.Fatalf("%+v forwards (-want +got):\n%s", request, diff)
	}
	if diff := gocmp.Diff(want, backwards); diff != "" {
		t.Fatalf("%+v backwards (-want +got):\n%s", request, diff)
	}
}

// A name that few of many launches have is found by the index of names, not by walking; the
// count of one that many have is open.
func TestLaunchPage_OfManyLaunches(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	indexAll(t, store, db)
	rows := make([]typedRow, 12_000)
	for i := range rows {
		rows[i] = typedRow{id: fmt.Sprint(i), name: "Starlink", rocket: fmt.Sprint("r", i%2)}
		if i%100 > 0 { // so 120 have no date
			rows[i].launchedAt = utc(t, "2020-01-01 00:00:00").AddDate(0, 0, i/10)
		}
		if i%150 == 0 || i > 11_990 {
			rows[i].name = "Rare 1%"
		}
	}
	storeTyped(t, db, rows)
	for _, filter := range []liftoff.LaunchFilter{{Search: "rare 1%"}, {Search: "are", RocketID: "r0"}, {Search: "rare 1_"}, {Search: "are", Year: 2022}, {Search: "none at all"}} {
		checkPages(t, store, rows, liftoff.LaunchPageRequest{LaunchFilter: filter, Limit: 10, CountUpTo: 80})
	}
	page, err := store.LaunchPage(t.Context(), liftoff.LaunchPageRequest{Limit: 1, CountUpTo: 10_000, LaunchFilter: liftoff.LaunchFilter{Search: "starlink"}})
	if err != nil || !page.IsCountOpen || page.Total != 9000 {
		t.Errorf("the count of a frequent name is %d, open %t, %v", page.Total, page.IsCountOpen, err)
	}
	choices, err := store.LaunchChoices(t.Context())
	want := liftoff.LaunchChoices{Rockets: []liftoff.Named{{ID: "r0"}, {ID: "r1"}}, Years: []int{2023, 2022, 2021, 2020}}
	if diff := gocmp.Diff(want, choices); diff != "" || err != nil {
		t.Errorf("LaunchChoices() (-want +got), %v:\n%s", err, diff)
	}
}

// Each value of a page's launch is that of the launch itself.
func TestLaunchPage_FillsAllValues(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	if _, err := insert(t.Context(), store, launch("a", `{"name": "n", "date_utc": "2020-01-01T00:00:00.000Z", "date_precision": "day", "rocket": "r", "launchpad": "l",
		"upcoming": false, "success": true, "payloads": ["p"]}`)); err != nil {
		t.Fatal(err)
	}
	execute(t, db, `INSERT INTO raw_rockets VALUES ('r', '2024-04-27', '{"name": "Falcon"}')`, `INSERT INTO raw_launchpads VALUES ('l', '2024-04-27', '{"name": "LC"}')`,
		"UPDATE known_launches SET missing_since = '2024-04-28'", "UPDATE typed_launches SET payload_mass_kg = 12.5, missing_since = '2024-04-28'")
	details, err := store.LaunchDetails(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	page, err := store.LaunchPage(t.Context(), liftoff.LaunchPageRequest{Limit: 5, CountUpTo: 5})
	if diff := gocmp.Diff([]liftoff.StoredLaunch{details.StoredLaunch}, page.Launches); diff != "" || err != nil {
		t.Errorf("LaunchPage() (-want +got), %v:\n%s", err, diff)
	}
	listed, err := store.Launches(t.Context(), postgres.LaunchFilter{Limit: 5})
	if diff := gocmp.Diff(page.Launches, listed); diff != "" || err != nil || details.Rocket != "Falcon" || *details.PayloadMassKg != 12.5 || *details.SimulatedDelayMinutes != 17 {
		t.Errorf("Launches() (-want +got), %v:\n%s", err, diff)
	}
}

func TestF8_LaunchPageRefusesWhatMakesNoSense(t *testing.T) {
	t.Parallel()
	store, _ := openMigrated(t)
	place := &liftoff.LaunchPosition{ID: "a"}
	for text, request := range map[string]liftoff.LaunchPageRequest{
		"a page has 1 to 10000 launches, not 0":                           {},
		"not 10001":                                                       {Limit: 10_001},
		"older than a launch or newer, not both":                          {Limit: 1, OlderThan: place, NewerThan: place},
		`cannot be looked for with "a\x00b"`:                              {Limit: 1, LaunchFilter: liftoff.LaunchFilter{Search: "a\x00b"}},
		`cannot be looked for with "\xff"`:                                {Limit: 1, LaunchFilter: liftoff.LaunchFilter{RocketID: "\xff"}},
		`cannot be looked for with "\x00"`:                                {Limit: 1, NewerThan: &liftoff.LaunchPosition{ID: "\x00"}},
		"a year is 1 to 9999, not 10000":                                  {Limit: 1, LaunchFilter: liftoff.LaunchFilter{Year: 10_000}},
		`an outcome is success, failure, unknown or upcoming, not "lost"`: {Limit: 1, LaunchFilter: liftoff.LaunchFilter{Outcome: "lost"}},
		"cannot be counted up to -1":                                      {Limit: 1, CountUpTo: -1},
	} {
		_, err := store.LaunchPage(t.Context(), request)
		wantError(t, err, liftoff.Usage, text)
	}
	for _, search := range []string{strings.Repeat("x", 10<<10), strings.Repeat(`\%_'"`, 2000), "' OR 1=1 --", "\u202e"} {
		page, err := store.LaunchPage(t.Context(), liftoff.LaunchPageRequest{Limit: 1, LaunchFilter: liftoff.LaunchFilter{Search: search, RocketID: search, LaunchpadID: search}, OlderThan: &liftoff.LaunchPosition{ID: search}})
		if err != nil || len(page.Launches) > 0 || page.Total > 0 {
			t.Errorf("search for %.20q: %+v, %v", search, page, err)
		}
	}
}

// The dashboard needs no more than the role liftoff_reader may.
func TestDashboard_NeedsNoMoreThanTheReaderMay(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	indexAll(t, store, db)
	if err := store.CreateAggregateView(t.Context()); err != nil {
		t.Fatal(err)
	}
	views := open(t, pgtest.NewRole(t, db, "SELECT ON launches, rockets, launchpads, launch_aggregates_view"))
	page, err := views.LaunchPage(t.Context(), liftoff.LaunchPageRequest{Limit: 1, CountUpTo: 1, LaunchFilter: liftoff.LaunchFilter{Search: "none"}})
	_, choicesErr := views.LaunchChoices(t.Context())
	totals, totalsErr := views.Aggregates(t.Context())
	if err := errors.Join(err, choicesErr, totalsErr); err != nil || page.Total != 0 || totals.TotalLaunches != 10_000 || totals.AveragePayloadMassKg != nil {
		t.Errorf("who may read the views only reads %+v and %+v, %v", page, totals, err)
	}
	_, err = views.DataVersion(t.Context())
	wantError(t, err, liftoff.Privilege, "may not SELECT")
	ledger := open(t, pgtest.NewRole(t, db, "SELECT ON ingestion_runs, quarantined_records, ingestion_schedules"))
	if _, err := ledger.DataVersion(t.Context()); err != nil {
		t.Errorf("DataVersion() = %v", err)
	}
}

func TestDataVersion_ChangesWithRunsQuarantineAndSchedules(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	seen := map[liftoff.DataVersion]string{}
	look := func(step string) {
		t.Helper()
		version, err := store.DataVersion(t.Context())
		if again, _ := store.DataVersion(t.Context()); err != nil || again != version {
			t.Fatalf("%s: %+v, then %+v, %v", step, version, again, err)
		}
		if earlier, isKnown := seen[version]; isKnown {
			t.Errorf("after %s the version is as after %s", step, earlier)
		}
		seen[version] = step
	}
	look("nothing")
	first := begin(t, store, runOptions())
	look("a run has begun")
	second := begin(t, store, runOptions())
	look("a second run has begun")
	finish(t, first, liftoff.Ending{Status: liftoff.RunFailed, FinishedAt: atClock(t, "19:00:00"), Announced: -1, Error: "no"})
	look("the first has ended")
	finish(t, second, liftoff.Ending{Status: liftoff.RunSucceeded, FinishedAt: atClock(t, "18:00:00"), Announced: -1})
	look("the second has ended, by a clock that is late")
	execute(t, db, `INSERT INTO quarantined_records (first_seen_at, source_url, reason, detail, body, body_sha256, body_length, last_seen_at)
		VALUES ('2024-04-27', '', 'missing_id', '', '', '', 0, '2024-04-27')`)
	look("a record is in quarantine")
	execute(t, db, "UPDATE quarantined_records SET resolved_at = '2024-04-27'")
	look("it is resolved")
	execute(t, db, `INSERT INTO ingestion_schedules (name, source_id, selection, every_seconds, time_zone, next_due_at)
		SELECT 'hourly', id, 'new', 3600, 'UTC', '2024-04-27' FROM ingestion_sources`)
	look("there is a schedule")
	execute(t, db, "UPDATE ingestion_schedules SET paused = TRUE")
	look("it is paused")
	execute(t, db, "UPDATE ingestion_schedules SET note = 'x'")
	look("it has a note")
}

func TestQuarantine_BeforeARecord(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	execute(t, db, `INSERT INTO quarantined_records (first_seen_at, source_url, reason, detail, body, body_sha256, body_length, last_seen_at)
		SELECT '2024-04-27', '', 'missing_id', '', '', sha256(n::TEXT::BYTEA), 0, '2024-04-27' FROM generate_series(1, 4) AS n`)
	records, err := store.Quarantine(t.Context(), postgres.QuarantineFilter{Limit: 2, BeforeID: 4})
	if err != nil || len(records) != 2 || records[0].ID != 3 || records[1].ID != 2 {
		t.Errorf("Quarantine() before record 4 = %+v, %v", records, err)
	}
}
