package postgres_test

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"liftoff/internal/testkit/launchtest"
	"liftoff/internal/testkit/pgtest"
)

// dated is a payload with a date of a precision.
func dated(date, precision string) string {
	return fmt.Sprintf(`{"date_utc": %q, "date_precision": %q}`, date, precision)
}

// storeStates stores the states of one launch: the first as it came, the
// others as revisions.
func storeStates(t *testing.T, conn *pgx.Conn, id string, states ...string) {
	t.Helper()
	for i, state := range states {
		sql := "INSERT INTO launch_revisions (launch_id, revision, content_sha256, first_seen_at, raw_data) VALUES ($1, $2, '', '2024-01-01', $3)"
		args := []any{id, i + 1, state}
		if i == 0 {
			sql, args = "INSERT INTO raw_launches VALUES ($1, '2024-01-01', 1, 2, $2)", []any{id, state}
		}
		if _, err := conn.Exec(t.Context(), sql, args...); err != nil {
			t.Fatalf("state %d of %s: %v", i+1, id, err)
		}
	}
}

func TestLaunchesView_SlipMinutes(t *testing.T) {
	t.Parallel()
	const first, dayLater = "2022-10-05T16:00:00.000Z", "2022-10-06T17:30:00.000Z"
	_, db := openMigrated(t)
	conn := pgtest.Connect(t, db.DSN)
	minutes := func(n int) *int { return &n }
	tests := map[string]struct {
		states []string
		want   *int
	}{
		"one state":                           {[]string{dated(first, "hour")}, nil},
		"hour to hour":                        {[]string{dated(first, "hour"), dated(dayLater, "hour")}, minutes(25*60 + 30)},
		"brought forward":                     {[]string{dated(dayLater, "hour"), dated(first, "hour")}, minutes(-25*60 - 30)},
		"the same date":                       {[]string{dated(first, "hour"), dated(first, "hour")}, minutes(0)},
		"from the first to the newest":        {[]string{dated(first, "hour"), dated("2030-01-01T00:00:00Z", "hour"), dated(dayLater, "hour")}, minutes(25*60 + 30)},
		"a month gives no minutes":            {[]string{dated("2022-10-01T00:00:00.000Z", "month"), dated(first, "hour")}, nil},
		"a month, then two hours":             {[]string{dated("2022-10-01T00:00:00.000Z", "month"), dated(first, "hour"), dated(dayLater, "hour")}, minutes(25*60 + 30)},
		"a month between two hours":           {[]string{dated(first, "hour"), dated("2022-11-01T00:00:00.000Z", "month"), dated(dayLater, "hour")}, minutes(25*60 + 30)},
		"back to a month":                     {[]string{dated(first, "hour"), dated(dayLater, "hour"), dated("2022-11-01T00:00:00.000Z", "month")}, nil},
		"days, quarters, halves and years":    {[]string{dated(first, "day"), dated(first, "quarter"), dated(first, "half"), dated(first, "year"), dated(dayLater, "hour")}, nil},
		"a first date that is none":           {[]string{dated("2022-02-30T16:00:00.000Z", "hour"), dated(first, "hour"), dated(dayLater, "hour")}, minutes(25*60 + 30)},
		"a newest date that is none":          {[]string{dated(first, "hour"), dated("soon", "hour")}, nil},
		"a date of another type":              {[]string{`{"date_utc": 5, "date_precision": "hour"}`, dated(first, "hour"), `{"date_precision": "hour", "date_utc": [1]}`}, nil},
		"a payload that is no object":         {[]string{dated(first, "hour"), `["hour"]`}, nil},
		"half a minute is rounded up":         {[]string{dated(first, "hour"), dated("2022-10-05T16:00:30.000Z", "hour")}, minutes(1)},
		"more minutes than an INTEGER has":    {[]string{dated("0001-01-01T00:00:00Z", "hour"), dated("9999-12-31T23:59:59Z", "hour")}, nil},
		"fewer minutes than an INTEGER has":   {[]string{dated("9999-12-31T23:59:59Z", "hour"), dated("0001-01-01T00:00:00Z", "hour")}, nil},
		"nearly as many as an INTEGER has":    {[]string{dated("0001-01-01T00:00:00Z", "hour"), dated("4084-01-01T00:00:00Z", "hour")}, minutes(2147450400)},
		"other changes are no slip, but zero": {[]string{dated(first, "hour"), `{"date_utc": "` + first + `", "date_precision": "hour", "x": 1}`}, minutes(0)},
	}
	for name, test := range tests {
		storeStates(t, conn, name, test.states...)
	}
	launchtest.Refresh(t, db.DSN)
	for name, test := range tests {
		got := scan[*int](t, db, "SELECT slip_minutes FROM launches WHERE id = $1", name)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: slip_minutes (-want +got):\n%s", name, diff)
		}
	}
	// An odd launch must not break the view for the others.
	if n := scan[int](t, db, "SELECT count(slip_minutes) FROM launches"); n == 0 {
		t.Error("no launch of all has a slip")
	}
}

// Dates that are known to the day or the month slip by whole days.
func TestLaunchesView_SlipsInDays(t *testing.T) {
	t.Parallel()
	_, db := openMigrated(t)
	conn := pgtest.Connect(t, db.DSN)
	days := func(n int) *int { return &n }
	const october, december, late, early = "2022-10-01T00:00:00.000Z", "2022-12-01T00:00:00.000Z", "2022-10-05T23:30:00.000Z", "2022-10-06T00:15:00.000Z"
	tests := map[string]struct {
		states []string
		want   *int
	}{
		"one state":                        {[]string{dated(late, "day")}, nil},
		"day to day":                       {[]string{dated(late, "day"), dated(december, "day")}, days(57)},
		"day to hour":                      {[]string{dated(late, "day"), dated(early, "hour")}, days(1)},
		"hour to hour, over midnight":      {[]string{dated(late, "hour"), dated(early, "hour")}, days(1)},
		"brought forward":                  {[]string{dated(december, "day"), dated(late, "day")}, days(-57)},
		"the same day":                     {[]string{dated(early, "hour"), dated("2022-10-06T23:59:59.000Z", "hour")}, days(0)},
		"month to month":                   {[]string{dated(october, "month"), dated(december, "month")}, days(61)},
		"a month and a day give no days":   {[]string{dated(october, "month"), dated(december, "day")}, nil},
		"a month, then two days":           {[]string{dated(october, "month"), dated(late, "day"), dated(december, "hour")}, days(57)},
		"back to a month":                  {[]string{dated(october, "month"), dated(late, "hour"), dated(december, "month")}, days(61)},
		"quarters, halves and years":       {[]string{dated(october, "quarter"), dated(october, "half"), dated(october, "year"), dated(december, "quarter")}, nil},
		"a first date that is none":        {[]string{dated("2022-02-30T16:00:00.000Z", "day"), dated(late, "day"), dated(early, "day")}, days(1)},
		"a newest date that is none":       {[]string{dated(late, "day"), dated("soon", "day")}, nil},
		"a precision of another type":      {[]string{dated(late, "day"), `{"date_utc": "` + december + `", "date_precision": ["day"]}`}, nil},
		"as far apart as dates can be":     {[]string{dated("0001-01-01T00:00:00Z", "day"), dated("9999-12-31T23:59:59Z", "hour")}, days(3652058)},
		"from the first, not the last one": {[]string{dated(late, "day"), dated(december, "day"), dated(early, "day")}, days(1)},
	}
	for name, test := range tests {
		storeStates(t, conn, name, test.states...)
	}
	launchtest.Refresh(t, db.DSN)
	for name, test := range tests {
		got := scan[*int](t, db, "SELECT slip_days FROM launches WHERE id = $1", name)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: slip_days (-want +got):\n%s", name, diff)
		}
	}
}

func TestLaunchesView_ShowsTheNewestRevision(t *testing.T) {
	t.Parallel()
	_, db := openMigrated(t)
	conn := pgtest.Connect(t, db.DSN)
	storeStates(t, conn, "a", `{"name": "first", "success": null, "rocket": "r1", "payloads": []}`, `{"name": "second", "success": false}`,
		`{"name": "third", "success": true, "rocket": {"id": "r2"}, "payloads": ["p", "q"], "flight_number": 7, "upcoming": false}`)
	storeStates(t, conn, "b", `{"name": "only"}`)
	storeStates(t, conn, "c", `{"name": "gone"}`, `null`)
	// Ten revisions sort as numbers, not as text.
	many := []string{`{"name": "0"}`}
	for i := range 11 {
		many = append(many, fmt.Sprintf(`{"name": "%d"}`, i+1))
	}
	storeStates(t, conn, "d", many...)
	launchtest.Refresh(t, db.DSN)
	const columns = `concat_ws('|', id, name, flight_number, upcoming, success, rocket_id, payload_count,
		simulated_total_payload_mass_kg, simulated_delay_minutes, fetched_at_timestamp)`
	got := scan[[]string](t, db, "SELECT array_agg("+columns+" ORDER BY id) FROM launches")
	want := []string{
		"a|third|7|f|t|r2|2|1|2|2024-01-01 00:00:00",
		"b|only|0|1|2|2024-01-01 00:00:00",
		"c|0|1|2|2024-01-01 00:00:00",
		"d|11|0|1|2|2024-01-01 00:00:00",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("launches (-want +got):\n%s", diff)
	}
	// The first payload stays what it was.
	if name := scan[string](t, db, "SELECT raw_data ->> 'name' FROM raw_launches WHERE id = 'a'"); name != "first" {
		t.Errorf("raw_launches has %q", name)
	}
}

// A row that somebody else has put in without a payload is a launch too.
func TestLaunchesView_OfALaunchWithoutAPayload(t *testing.T) {
	t.Parallel()
	_, db := openMigrated(t)
	execute(t, db, "INSERT INTO raw_launches (id) VALUES ('empty'), ('filled')",
		"INSERT INTO launch_revisions (launch_id, revision, content_sha256, first_seen_at, raw_data) VALUES ('filled', 2, '', '2024-01-01', '"+
			dated("2022-10-05T16:00:00.000Z", "hour")+"')")
	launchtest.Refresh(t, db.DSN)
	if n := scan[int](t, db, "SELECT count(*) FROM launches WHERE launched_at IS NOT NULL AND slip_minutes IS NULL"); n != 1 {
		t.Errorf("%d launches have a date, want 1", n)
	}
	if n := scan[int](t, db, "SELECT count(*) FROM launches"); n != 2 {
		t.Errorf("%d launches, want 2", n)
	}
}

// What the API had on 22 April 2021, and what it has at last.
func TestLaunchesView_SlipsOfRealLaunches(t *testing.T) {
	t.Parallel()
	_, db := openMigrated(t)
	conn := pgtest.Connect(t, db.DSN)
	last := map[string]string{}
	for id, launch := range capturedLaunches(t, "spacex-v5-final-state/launches_v5.json") {
		last[id] = launch
	}
	for id, launch := range capturedLaunches(t, "spacex-v4-2021-04-22-exchanges/bodies/launches.json") {
		if last[id] == "" {
			storeStates(t, conn, id, launch)
			continue
		}
		storeStates(t, conn, id, launch, last[id])
	}
	launchtest.Refresh(t, db.DSN)
	got := scan[[]string](t, db, "SELECT array_agg(name || ' ' || slip_minutes ORDER BY id) FROM launches WHERE slip_minutes <> 0")
	want := []string{"GPS III SV05 -351", "Crew-2 1418", "SXM-8 7201", "CRS-22 & IROSA 29", "Starlink-24 (v1.0) 1419"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("slips (-want +got):\n%s", diff)
	}
	inDays := scan[[]string](t, db, "SELECT array_agg(name || ' ' || slip_days ORDER BY id) FROM launches WHERE slip_days <> 0")
	if diff := cmp.Diff([]string{"Crew-2 1", "SXM-8 5", "CRS-23 11", "Crew-3 19", "Starlink-24 (v1.0) 1"}, inDays); diff != "" {
		t.Errorf("slips in days (-want +got):\n%s", diff)
	}
}

// capturedLaunches reads a captured list of launches by their ids.
func capturedLaunches(t *testing.T, name string) map[string]string {
	t.Helper()
	content, err := os.ReadFile("../../../shared/data/" + name)
	if os.IsNotExist(err) && os.Getenv("CI") != "true" {
		t.Skip("no captures here: ", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	var launches []json.RawMessage
	if err := json.Unmarshal(content, &launches); err != nil {
		t.Fatal(err)
	}
	byID := map[string]string{}
	for _, launch := range launches {
		var head struct{ ID string }
		if err := json.Unmarshal(launch, &head); err != nil {
			t.Fatal(err)
		}
		byID[head.ID] = string(launch)
	}
	return byID
}
