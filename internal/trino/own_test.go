package trino_test

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"liftoff"
	"liftoff/internal/analytics"
	"liftoff/internal/testkit/pgtest"
	"liftoff/internal/testkit/trinotest"
	"liftoff/internal/trino"
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

// What a query of the user's does wrong is the user's to correct; the rest is
// explained as for the built-in ones.
func TestOwn_FaultsNameTheFile(t *testing.T) {
	user := func(message, name string) *fault { return &fault{message, 1, name, "USER_ERROR"} }
	tests := map[string]struct {
		step     step
		category liftoff.Category
		want     string
		hint     string
	}{
		"a column":  {step{fault: user("line 1:8: Column 'x' cannot be resolved", "COLUMN_NOT_FOUND")}, liftoff.Usage, "run own.sql line 2 on Trino: Column 'x' cannot be resolved [COLUMN_NOT_FOUND]", "correct the query"},
		"a type":    {step{fault: user("Unsupported column type", "NOT_SUPPORTED")}, liftoff.Usage, "run own.sql line 2 on Trino: Unsupported", "correct the query"},
		"a right":   {step{fault: user("Access Denied", "PERMISSION_DENIED")}, liftoff.Privilege, "run own.sql line 2 on Trino: Access Denied", "access control"},
		"a catalog": {step{fault: user("no", "CATALOG_NOT_FOUND")}, liftoff.QueryEngine, "run own.sql line 2 on Trino: no", "TRINO_CATALOG"},
		"killed":    {step{fault: user("no", "ADMINISTRATIVELY_KILLED")}, liftoff.QueryEngine, "run own.sql line 2 on Trino: no", "ended on Trino"},
		"no time":   {step{fault: &fault{"no", 131075, "EXCEEDED_TIME_LIMIT", "INSUFFICIENT_RESOURCES"}}, liftoff.QueryEngine, "run own.sql line 2 on Trino: no", "query_max_run_time"},
		"two columns": {step{rows: func(w http.ResponseWriter, r *http.Request) {
			replyRows(w, r, append(column("_col0", "integer"), column("_col0", "integer")...), []any{[]any{1, 2}})
		}}, liftoff.Usage, `own.sql line 2: two columns of the answer are called "_col0"`, "correct"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCoordinator(t, test.step)
			_, err := engineWith(t, trino.Options{URL: c.URL, Catalog: "postgres"}).Answer(t.Context(), []analytics.Query{own(t, "-- title: x\nSELECT x AS y")})
			if err == nil || !strings.HasPrefix(err.Error(), test.want) || liftoff.CategoryOf(err) != test.category || !strings.Contains(liftoff.HintOf(err), test.hint) {
				t.Errorf("got error %v of category %v with the hint %q, want %q", err, liftoff.CategoryOf(err), liftoff.HintOf(err), test.want)
			}
		})
	}
}

// Any type is shown, as far as it can be as on PostgreSQL.
func TestTrino_OwnQueriesReturnAnyType(t *testing.T) {
	engine := newEngine(t, pgtest.NewDatabase(t))
	answer := mustAnswer(t, engine, []analytics.Query{own(t, `
		SELECT 'a' AS t, 1 AS i, 0.1E0 AS f, DECIMAL '1.50' AS n, TRUE AS b, TIMESTAMP '2022-10-05 16:00:00.25' AS ts,
			CAST(NULL AS json) AS nothing, JSON '{"a":[1,null]}' AS document, ARRAY['x', NULL] AS list, MAP(ARRAY['k'], ARRAY[1]) AS pairs,
			X'00ff' AS bytes, DATE '2022-10-05' AS day, TIME '01:02:03.5' AS hour, INTERVAL '26' HOUR AS span,
			UUID '6ecd8c99-4036-403d-bf84-cf8400f67836' AS id, CAST(ROW(1, 'x') AS ROW(a integer, b varchar)) AS both`)})[0]
	want := []any{
		"a", int64(1), 0.1, 1.5, true, at("2022-10-05 16:00:00.25"), nil, `{"a":[1,null]}`, `["x",null]`, `{"k":1}`,
		`\x00ff`, "2022-10-05", "01:02:03.5", "1 02:00:00.000", "6ecd8c99-4036-403d-bf84-cf8400f67836", `{"a":1,"b":"x"}`,
	}
	if diff := cmp.Diff([][]any{want}, answer.Rows); diff != "" {
		t.Errorf("row (-want +got):\n%s", diff)
	}
	_, err := engine.Answer(t.Context(), []analytics.Query{own(t, "-- title: x\n\nSELECT 1 AS one,\n  weather")})
	if err == nil || !strings.HasPrefix(err.Error(), "run own.sql line 4 on Trino: Column 'weather' cannot be resolved") || liftoff.CategoryOf(err) != liftoff.Usage {
		t.Errorf("got error %v of category %v", err, liftoff.CategoryOf(err))
	}
}

// The examples of docs/queries.md that are for both engines give the same on both.
func TestTrino_ExamplesOfTheDocument(t *testing.T) {
	trinotest.URL(t)
	content, err := os.ReadFile(filepath.Join("..", "..", "docs", "queries.md"))
	if err != nil {
		t.Fatal(err)
	}
	db := pgtest.NewDatabaseFrom(t, stored)
	onTrino, onPostgres := newEngine(t, db), open(t, db)
	for _, name := range []string{"launches_per_month", "newest_by_rocket"} {
		found := regexp.MustCompile("`queries/" + name + "\\.sql`[^\n]*:\n\n((?:(?:    .*)?\n)+)").FindSubmatch(content)
		if found == nil {
			t.Fatalf("docs/queries.md has no %s", name)
		}
		asked := []analytics.Query{own(t, strings.ReplaceAll("\n"+string(found[1]), "\n    ", "\n")[1:])}
		compare(t, mustAnswer(t, onPostgres, asked)[0], mustAnswer(t, onTrino, asked)[0])
	}
}
