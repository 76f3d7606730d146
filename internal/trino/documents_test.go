package trino_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"liftoff/internal/analytics"
	"liftoff/internal/testkit/pgtest"
	"liftoff/internal/testkit/trinotest"
	"liftoff/internal/trino"
)

// example reads a file of sql/trino, and wants docs/trino.md to show it.
func example(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "..", "sql", "trino", name+".sql"))
	if err != nil {
		t.Fatal(err)
	}
	shown := "    " + strings.ReplaceAll(strings.TrimSpace(string(content)), "\n", "\n    ") + "\n"
	docs, err := os.ReadFile(filepath.Join("..", "..", "docs", "trino.md"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(docs), shown) {
		t.Errorf("docs/trino.md does not show %s.sql", name)
	}
	return string(content)
}

// The two examples of docs/trino.md give what PostgreSQL itself answers, also
// about odd documents.
func TestTrino_ExamplesAboutDocuments(t *testing.T) {
	inPostgres, inTrino := example(t, "landings_in_postgresql"), example(t, "landings_in_trino")
	trinotest.URL(t)
	db := pgtest.NewDatabaseFrom(t, stored)
	catalog := trinotest.NewCatalog(t, db)
	engine := engineWith(t, trino.Options{URL: trinotest.URL(t), Catalog: catalog, Schema: "public"})
	inner := between(t, inPostgres, "query => '", "'))")
	want := mustAnswer(t, open(t, db), []analytics.Query{
		query("landings", "SELECT * FROM ("+strings.ReplaceAll(inner, "''", "'")+`) AS inner_query
			ORDER BY attempts DESC, landing_type COLLATE "C"`),
	})[0]
	if len(want.Rows) < 2 {
		t.Fatalf("%d kinds of landings: this compares nothing", len(want.Rows))
	}
	inPostgres = strings.ReplaceAll(inPostgres, "postgres.system.", `"`+catalog+`".system.`)
	for _, statement := range []string{inPostgres, inTrino} {
		compare(t, want, mustAnswer(t, engine, []analytics.Query{query("landings", statement)})[0])
	}
	// Only the groups go over to Trino, but whole documents without system.query.
	if plan := explain(t, engine, inPostgres); strings.Contains(plan, "Aggregate") || !strings.Contains(plan, "GROUP BY") {
		t.Errorf("PostgreSQL does not group:\n%s", plan)
	}
	if plan := explain(t, engine, inTrino); !strings.Contains(plan, "columns=[raw_data:json:jsonb]") {
		t.Errorf("Trino does not read documents, and docs/trino.md says so:\n%s", plan)
	}
}

// What docs/trino.md says to watch for in system.query.
func TestTrino_LimitsOfSystemQuery(t *testing.T) {
	trinotest.URL(t)
	catalog := trinotest.NewCatalog(t, pgtest.NewDatabaseFrom(t, stored))
	engine := engineWith(t, trino.Options{URL: trinotest.URL(t), Catalog: catalog, Schema: "public"})
	for name, test := range map[string]struct{ statement, refusal string }{
		"numeric":          {"SELECT avg(simulated_delay_minutes) AS a FROM raw_launches", "Unsupported type"},
		"cast numeric":     {"SELECT avg(simulated_delay_minutes)::double precision AS a FROM raw_launches", ""},
		"array":            {"SELECT ARRAY[1] AS a", "Unsupported type"},
		"semicolon":        {"SELECT 1 AS a;", "syntax error"},
		"question mark":    {"SELECT 1 AS a FROM raw_launches WHERE raw_data ? ''links''", "syntax error"},
		"two of them":      {"SELECT 1 AS a FROM raw_launches WHERE raw_data ?? ''links''", ""},
		"no SELECT":        {"DELETE FROM raw_launches RETURNING 1 AS a", "syntax error"},
		"JSON as a result": {"SELECT raw_data -> ''links'' AS a FROM raw_launches", "Trino type JSON"},
		"JSON cast":        {"SELECT (raw_data -> ''links'')::text AS a FROM raw_launches", ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := engine.Answer(t.Context(), []analytics.Query{
				query("limits", `SELECT a FROM TABLE("`+catalog+`".system.query(query => '`+test.statement+`'))`),
			})
			switch {
			case test.refusal == "" && err != nil:
				t.Error(err)
			case test.refusal != "" && (err == nil || !strings.Contains(err.Error(), test.refusal)):
				t.Errorf("error %v, want %q", err, test.refusal)
			}
		})
	}
	plan := explain(t, engine, `SELECT a, count(*) FROM TABLE("`+catalog+`".system.query(query => '
		SELECT simulated_delay_minutes AS a FROM raw_launches')) WHERE a > 3 GROUP BY a`)
	if strings.Contains(plan, "Aggregate") || strings.Contains(plan, "filterPredicate") {
		t.Errorf("PostgreSQL does not do what stands around the statement:\n%s", plan)
	}
}

// The connector's setting for text changes neither plans nor answers of the
// program's queries: docs/trino.md says so.
func TestTrino_StringPushdownChangesNothing(t *testing.T) {
	trinotest.URL(t)
	db := pgtest.NewDatabaseFrom(t, stored)
	execute(t, db, `CREATE TABLE names AS SELECT name, number FROM (VALUES
		('alpha', 1), ('Alpha', 2), ('ALPHA', 3), ('Ähre', 4), ('ähre', 5), ('zeta', 6), ('Zeta', 7), (NULL, 8), ('', 9),
		('a b', 10), ('a-b', 11), ('ß', 12), ('日本', 13), ('alpha', 14)) AS list (name, number)`)
	without, with := newEngine(t, db), engineWith(t, trino.Options{
		URL: trinotest.URL(t), Schema: "public",
		Catalog: trinotest.NewCatalog(t, db, "postgresql.experimental.enable-string-pushdown-with-collate=true"),
	})
	for _, statement := range []string{
		"SELECT name, number FROM names WHERE name > 'a' AND name <= 'z' ORDER BY name, number LIMIT 20",
		"SELECT name, count(*) AS n FROM names GROUP BY name ORDER BY name NULLS LAST",
		"SELECT min(name) AS lowest, max(name) AS highest, count(DISTINCT name) AS n FROM names",
		"SELECT a.number, b.number AS other FROM names AS a INNER JOIN names AS b ON a.name = b.name ORDER BY 1, 2",
		"SELECT name, number FROM names ORDER BY name DESC NULLS LAST, number LIMIT 3",
	} {
		asked := []analytics.Query{query("names", statement)}
		compare(t, mustAnswer(t, without, asked)[0], mustAnswer(t, with, asked)[0])
	}
	var grouped []analytics.Query
	for _, q := range load(t) {
		grouped = append(grouped, query(q.Name, q.SQL))
		before, after := scansOf(t, explain(t, without, q.SQL)), scansOf(t, explain(t, with, q.SQL))
		if len(before) != len(after) {
			t.Errorf("%s has %d scans, and %d with the setting", q.Name, len(before), len(after))
			continue
		}
		for i := range before {
			if before[i].does() != after[i].does() || before[i].reads() != after[i].reads() {
				t.Errorf("%s: the plan is another one: %+v, with the setting %+v", q.Name, before[i], after[i])
			}
		}
	}
	want := mustAnswer(t, open(t, db), grouped)
	for i, got := range mustAnswer(t, with, grouped) {
		compare(t, want[i], got)
	}
}

// explain returns a statement's plan.
func explain(t *testing.T, e engine, statement string) string {
	t.Helper()
	result := mustAnswer(t, e, []analytics.Query{query("explain", "EXPLAIN "+statement)})[0]
	plan, _ := result.Rows[0][0].(string)
	return plan
}

// between returns the text between two marks.
func between(t *testing.T, text, first, last string) string {
	t.Helper()
	_, rest, found := strings.Cut(text, first)
	end := strings.LastIndex(rest, last)
	if !found || end < 0 {
		t.Fatalf("%q and %q are not around anything in:\n%s", first, last, text)
	}
	return rest[:end]
}
