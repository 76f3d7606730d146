package postgres_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"liftoff/internal/revision"
	"liftoff/internal/source/spacex"
	"liftoff/internal/testkit/pgtest"
)

// fuzzConnection opens a connection to a migrated database.
func fuzzConnection(f *testing.F) *pgx.Conn {
	f.Helper()
	return pgtest.Connect(f, pgtest.NewDatabaseFrom(f, migrated).DSN)
}

// contentSQL compares two documents as revise_launches.sql does.
const contentSQL = `
SELECT
    $1::TEXT::JSONB IS DISTINCT FROM $2::TEXT::JSONB,
    sha256(convert_to(($1::TEXT::JSONB)::TEXT, 'UTF8')) = sha256(convert_to(($3::TEXT::JSONB)::TEXT, 'UTF8'))`

// FuzzContent checks that whatever the decoder accepts PostgreSQL takes, that
// the database and internal/revision see the same differences, and that the
// hash of a content is that of its other spellings.
func FuzzContent(f *testing.F) {
	for _, seed := range [][2]string{
		{`1`, `1.0`},
		{`1e2`, `100`},
		{`-0`, `0`},
		{`{"a":1,"b":2}`, `{"b":2,"a":1}`},
		{`[1,2]`, `[2,1]`},
		{`"a"`, `"\u0061"`},
		{`null`, `{}`},
		{`"\ud83d\ude80"`, `"🚀"`},
		{`1e-400`, `0`},
		{`0.1`, `0.10`},
		{`1e131071`, `1`},
		{`"\u0000"`, `""`},
		{`[[[]]]`, `[[]]`},
		{`{"":{"":0}}`, `{"":{}}`},
		{`123456789012345678901234567890`, `1.2345678901234567890123456789e29`},
		{`1e-16383`, `1e-16384`},
	} {
		f.Add(seed[0], seed[1])
	}
	conn := fuzzConnection(f)
	f.Fuzz(func(t *testing.T, a, b string) {
		before, beforeErr := spacex.DecodeLaunch([]byte(`{"id":"x","value":` + a + `}`))
		after, afterErr := spacex.DecodeLaunch([]byte(`{"id":"x","value":` + b + `}`))
		if beforeErr != nil || afterErr != nil {
			return
		}
		var spelt bytes.Buffer
		if err := json.Indent(&spelt, before.Raw, "\t", " "); err != nil {
			t.Fatal(err)
		}
		var differs, isSameHash bool
		if err := conn.QueryRow(t.Context(), contentSQL, string(before.Raw), string(after.Raw), spelt.String()).Scan(&differs, &isSameHash); err != nil {
			t.Fatalf("PostgreSQL refuses what the decoder accepts, %s or %s: %v", before.Raw, after.Raw, err)
		}
		changes, err := revision.Changes(before.Raw, after.Raw)
		if err != nil {
			t.Fatalf("Changes(%s, %s): %v", before.Raw, after.Raw, err)
		}
		if differs != (len(changes) > 0) {
			t.Errorf("%s and %s: PostgreSQL says %t, Changes %v", before.Raw, after.Raw, differs, changes)
		}
		if !isSameHash {
			t.Errorf("white space changes the hash of %s", before.Raw)
		}
	})
}

// FuzzDates checks that no date and no precision breaks the view launches, and
// that it reads them as internal/revision does.
func FuzzDates(f *testing.F) {
	for _, date := range []string{
		"2022-10-05T16:00:00.000Z", "2022-02-30T16:00:00Z", "2024-02-29T24:00:00Z", "0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z",
		"9999-12-31T23:59:59.999999999Z", "2022-10-05T16:00:60Z", "2022-10-05T16:00:00+02:00", "2022-10-05", "2022-10-05 16:00:00Z",
		"soon", "", "infinity", "٢٠٢٢-10-05T16:00:00Z", "2022-10-05T16:00:00.Z", "2022-10-05T16:00:00,5Z", "10000-01-01T00:00:00Z",
	} {
		for _, precision := range []string{"hour", "day", "month", "quarter", "half", "year", "", "Hour"} {
			f.Add(date, precision)
		}
	}
	conn := fuzzConnection(f)
	first := dated("2022-10-05T16:00:00.000Z", "hour")
	f.Fuzz(func(t *testing.T, date, precision string) {
		state, err := json.Marshal(map[string]string{"id": "x", "date_utc": date, "date_precision": precision})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := spacex.DecodeLaunch(state); err != nil {
			return
		}
		if _, err := conn.Exec(t.Context(), "BEGIN"); err != nil {
			t.Fatal(err)
		}
		storeStates(t, conn, "x", first, string(state))
		// What the view launches shows is computed by this one.
		var launchedAt *time.Time
		var slip *int
		err = conn.QueryRow(t.Context(), "SELECT launched_at, slip_minutes FROM launches_from_documents WHERE id = 'x'").Scan(&launchedAt, &slip)
		if err != nil {
			t.Errorf("the view fails on %s: %v", state, err)
		}
		if _, err := conn.Exec(t.Context(), "ROLLBACK"); err != nil {
			t.Fatal(err)
		}
		want, hasSlip := revision.SlipBetween([]byte(first), state)
		if want >= math.MaxInt32 || want <= -math.MaxInt32 {
			hasSlip = false // the column is an INTEGER
		}
		if hasSlip != (slip != nil) || (slip != nil && *slip != int(want)) {
			t.Errorf("the slip to %s is %v by the view, and %v (%t) by SlipBetween", state, show(slip), want, hasSlip)
		}
		if hasSlip && launchedAt == nil {
			t.Errorf("the view has no date for %s", state)
		}
	})
}

func show(minutes *int) string {
	if minutes == nil {
		return "NULL"
	}
	return fmt.Sprint(*minutes)
}
