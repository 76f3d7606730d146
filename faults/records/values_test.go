package records_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"liftoff/internal/replay/damage"
	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// Numbers are stored exactly or not at all, and no reader trips over one.
func TestA35_NumbersOutOfRange(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		row    string
		kind   damage.Kind
		value  string // as the database has it
		stored bool
	}{
		{"A35 1e400", "large-number", "1" + strings.Repeat("0", 400), true},
		{"A35 2^53+1", "long-integer", "9007199254740993", true},
		{"A35 minus zero", "negative-zero", "0", true},
		{"A35 1.0 for an integer", "fraction", "1.0", true},
		{"A35 1e400000", "huge-number", "", false},
	} {
		t.Run(test.row, func(t *testing.T) {
			t.Parallel()
			whole := captured(t)
			u, db := userOf(t, startSource(t, replaced(whole, 3, test.kind.Apply(whole[3], nil))).url)
			r := u.Run(t, "ingest", "--all")
			if !test.stored {
				wantEnd(t, r, 3, "which the database cannot store")
				wantRows(t, db, 204, 0, 1)
				return
			}
			wantEnd(t, r, 0, "")
			got := clitest.Scan[string](t, db, `SELECT coalesce(raw_data ->> 'large', raw_data ->> 'long', raw_data ->> 'zero', raw_data ->> 'flight_number')
				FROM raw_launches WHERE id = $1`, idOf(whole[3]))
			if got != test.value {
				t.Errorf("the database has %.60s, want %.60s", got, test.value)
			}
		})
	}
}

// Dates are read with their precision, in UTC; one that is none is NULL, and
// the launch is stored whole all the same.
func TestA36_Dates(t *testing.T) {
	t.Parallel()
	tests := []struct{ date, precision, want string }{
		{"2020-01-31T12:00:00.000Z", "hour", "2020-01-31 12:00:00 hour"},
		{"2020-01-31T12:00:00+05:45", "day", ""}, // date_utc is in UTC or wrong
		{"2020-07-01T00:00:00.000Z", "half", "2020-07-01 00:00:00 half"},
		{"2020-04-01T00:00:00.000Z", "quarter", "2020-04-01 00:00:00 quarter"},
		{"2020-01-31T12:00:00", "hour", ""}, // whose noon?
		{"2020-01-31T24:00:00.000Z", "hour", ""},
		{"0000-01-01T00:00:00.000Z", "year", ""},
		{"10000-01-01T00:00:00.000Z", "year", ""},
		{"2016-12-31T23:59:60.000Z", "hour", ""},
		{"2021-02-30T00:00:00.000Z", "day", ""},
		{"infinity", "hour", ""},
		{"now", "hour", ""},
		{"", "hour", ""},
	}
	var records [][]byte
	var want []string
	for n, test := range tests {
		record := strings.NewReplacer("5eb87cd9ffd86e000604b32a", fmt.Sprintf("5eb87cd9ffd86e%010x", n),
			"2006-03-24T22:30:00.000Z", test.date, `"date_precision": "hour"`, fmt.Sprintf(`"date_precision": %q`, test.precision)).
			Replace(clitest.LaunchDocument("name", `"Dated"`))
		records = append(records, []byte(record))
		want = append(want, test.want)
	}
	u, db := userOf(t, startSource(t, records).url)
	u.With("TZ=America/New_York").Succeed(t, "ingest", "--all")
	rows, err := pgtest.Connect(t, db.DSN).Query(t.Context(),
		"SELECT coalesce(to_char(launched_at, 'YYYY-MM-DD HH24:MI:SS') || ' ' || date_precision, '') FROM launches ORDER BY id")
	if err != nil {
		t.Fatal(err)
	}
	got, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("dates (-want +got):\n%s", diff)
	}
}
