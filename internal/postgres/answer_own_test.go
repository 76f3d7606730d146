package postgres_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"liftoff"
	"liftoff/internal/analytics"
	"liftoff/internal/table"
	"liftoff/internal/testkit/launchtest"
	"liftoff/internal/testkit/pgtest"
)

// own makes a query of the user's.
func own(t testing.TB, text string) analytics.Query {
	t.Helper()
	query, err := analytics.Read(strings.NewReader(text), "own.sql", "own")
	if err != nil {
		t.Fatal(err)
	}
	return query
}

// A query of the user's may return any type, whatever the settings of the role.
func TestAnswerOwn_AnyTypeIsShown(t *testing.T) {
	db := pgtest.NewDatabase(t)
	execute(t, db, `ALTER DATABASE `+db.Name+` SET datestyle = 'German'; ALTER DATABASE `+db.Name+` SET extra_float_digits = -10`)
	results, err := storeOn(t, db.DSN).Answer(t.Context(), []analytics.Query{query("before", "SELECT 1 AS one"), own(t, `
		SELECT 'a' AS t, CAST(1 AS smallint) AS i2, 9007199254740993 AS i8, CAST(0.1 AS double precision) AS f8, TRUE AS b,
			CAST('2022-10-05 16:00:00.25' AS timestamp) AS ts, CAST('2022-10-05 16:00:00+02' AS timestamptz) AS tz,
			CAST(NULL AS integer) AS nothing, CAST(NULL AS jsonb) AS no_document,
			1.50 AS n, CAST('NaN' AS numeric) AS nan, CAST('{"a": [1, null]}' AS jsonb) AS document, ARRAY['x', NULL, 'y z'] AS list,
			CAST('\x00ff' AS bytea) AS bytes, DATE '2022-10-05' AS day, INTERVAL '1 day 02:00' AS span,
			CAST('6ecd8c99-4036-403d-bf84-cf8400f67836' AS uuid) AS id, CAST('n' AS "char") AS letter, CAST('launches' AS name) AS name`), query("after", "SELECT 2 AS two")})
	if err != nil {
		t.Fatal(err)
	}
	var types []table.Type
	for _, column := range results[1].Columns[9:] {
		types = append(types, column.Type)
	}
	text := table.TypeText
	if diff := cmp.Diff([]table.Type{table.TypeFloat, table.TypeFloat, text, text, text, text, text, text, text, text}, types); diff != "" {
		t.Errorf("types (-want +got):\n%s", diff)
	}
	want := []any{
		"a", int64(1), int64(9007199254740993), 0.1, true, at("2022-10-05 16:00:00.25"), at("2022-10-05 14:00:00"), nil, nil,
		1.5, math.NaN(), `{"a": [1, null]}`, `{x,NULL,"y z"}`, `\x00ff`, "2022-10-05", "1 day 02:00:00",
		"6ecd8c99-4036-403d-bf84-cf8400f67836", "n", "launches",
	}
	if diff := cmp.Diff([][]any{want}, results[1].Rows, cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("row (-want +got):\n%s", diff)
	}
	if results[0].Rows[0][0] != int64(1) || results[2].Rows[0][0] != int64(2) {
		t.Errorf("the others' rows: %v, %v", results[0].Rows, results[2].Rows)
	}
}

// What such a query does wrong is the user's to correct, in the line that the
// server names.
func TestAnswerOwn_ErrorsNameTheLine(t *testing.T) {
	db := launchtest.NewTwelve(t)
	tests := map[string]struct {
		text     string
		category liftoff.Category
		want     string
		hint     string
	}{
		"a column":     {"-- title: ä\n\nSELECT 'ö' AS o,\n  launches.nam\nFROM launches", liftoff.Usage, "run own.sql line 4: column launches.nam does not exist (SQLSTATE 42703)", "PostgreSQL says: Perhaps you meant"},
		"a table":      {"SELECT 1 AS one\nFROM tomorrow", liftoff.Usage, "run own.sql line 2: ", "correct the query"},
		"in a row":     {"SELECT 1 / (2 - g) AS x\nFROM generate_series(1, 2) AS g", liftoff.Usage, "run own.sql line 1: division by zero", "correct the query"},
		"a write":      {"\nSELECT 1 AS one INTO copy", liftoff.Usage, "run own.sql line 2: cannot execute SELECT INTO", "leave out what writes"},
		"a lock":       {"SELECT id FROM launches FOR UPDATE", liftoff.Usage, "run own.sql line 1: cannot execute SELECT FOR UPDATE", "leave out what writes or locks"},
		"no end":       {"SELECT pg_sleep(30)", liftoff.Database, "run own.sql line 1: ", "a query may take 200ms; allow more time with POSTGRES_STATEMENT_TIMEOUT"},
		"infinite":     {"\nSELECT timestamp '-infinity' AS never", liftoff.Usage, `own.sql line 2: cannot show the answer: column "never"`, "cast"},
		"too large":    {"\nSELECT CAST(1e400 AS numeric) AS much", liftoff.Usage, `own.sql line 2: cannot show the answer: column "much": the number is too large`, "cast"},
		"no column":    {"SELECT FROM launches", liftoff.Usage, "own.sql line 1: the answer has no column", "correct"},
		"many rows":    {"SELECT g FROM generate_series(1, 20) AS g", liftoff.QueryEngine, "run own.sql line 1: too many rows", "LIMIT"},
		"killed":       {"SELECT pg_terminate_backend(pg_backend_pid())", liftoff.Database, "", ""},
		"out of range": {"SELECT CAST(3000000000 AS integer) AS i", liftoff.Usage, "run own.sql line 1: integer out of range", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := storeOn(t, db.DSN).AnswerWithin(t.Context(), []analytics.Query{query("before", "SELECT 1 AS one"), own(t, test.text)}, 200*time.Millisecond, 10)
			if err == nil || !strings.HasPrefix(err.Error(), test.want) || liftoff.CategoryOf(err) != test.category {
				t.Errorf("got error %v of category %v, want %q of %v", err, liftoff.CategoryOf(err), test.want, test.category)
			}
			if hint := liftoff.HintOf(err); !strings.Contains(hint, test.hint) {
				t.Errorf("hint %q does not say %q", hint, test.hint)
			}
		})
	}
}

func TestAnswerOwn_MissingPrivilegeHintIsTheGrant(t *testing.T) {
	db := pgtest.NewDatabase(t)
	execute(t, db, "CREATE TABLE mine AS SELECT 1 AS one")
	engine := storeOn(t, pgtest.NewRole(t, db).DSN)
	asked := []analytics.Query{own(t, "SELECT one FROM mine")}
	_, err := engine.Answer(t.Context(), asked)
	_, grant, ok := strings.Cut(liftoff.HintOf(err), "run: ")
	if !ok || liftoff.CategoryOf(err) != liftoff.Privilege {
		t.Fatalf("got error %v with the hint %q", err, liftoff.HintOf(err))
	}
	execute(t, db, grant)
	if _, err := engine.Answer(t.Context(), asked); err != nil {
		t.Errorf("after the hint's %q: %v", grant, err)
	}
}
