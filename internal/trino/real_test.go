package trino_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"liftoff"
	"liftoff/internal/analytics"
	"liftoff/internal/table"
	"liftoff/internal/testkit/pgtest"
	"liftoff/internal/testkit/trinotest"
	"liftoff/internal/trino"
)

func TestTrino_TypesAreAClosedSet(t *testing.T) {
	engine := engineWith(t, trino.Options{URL: trinotest.URL(t)})
	result := mustAnswer(t, engine, []analytics.Query{query("types", `
		SELECT CAST('a' AS varchar) AS t, CAST('b' AS varchar(9)) AS v, CAST('c' AS char(2)) AS c,
			CAST(1 AS tinyint) AS i1, CAST(1 AS smallint) AS i2, 2 AS i4, CAST(9007199254740993 AS bigint) AS i8,
			CAST(1.5 AS real) AS f4, CAST(0.1 AS double) AS f8, CAST(12.25 AS decimal(30, 2)) AS d, TRUE AS b,
			TIMESTAMP '2022-10-05 16:00:00.250000' AS ts, TIMESTAMP '2022-10-05 16:00:00 +02:00' AS tz,
			CAST(NULL AS varchar) AS null_text, CAST(NULL AS timestamp) AS null_time, NULL AS bare_null,
			nan() AS not_a_number`)})[0]
	var types []table.Type
	for _, column := range result.Columns {
		types = append(types, column.Type)
	}
	wantTypes := []table.Type{
		table.TypeText, table.TypeText, table.TypeText,
		table.TypeInteger, table.TypeInteger, table.TypeInteger, table.TypeInteger,
		table.TypeFloat, table.TypeFloat, table.TypeFloat, table.TypeBoolean,
		table.TypeTimestamp, table.TypeTimestamp, table.TypeText, table.TypeTimestamp, table.TypeText, table.TypeFloat,
	}
	if diff := cmp.Diff(wantTypes, types); diff != "" {
		t.Errorf("types (-want +got):\n%s", diff)
	}
	row := result.Rows[0]
	wantRow := []any{
		"a", "b", "c ", int64(1), int64(1), int64(2), int64(9007199254740993), 1.5, 0.1, 12.25, true,
		at("2022-10-05 16:00:00.25"), at("2022-10-05 14:00:00"), nil, nil, nil,
	}
	if diff := cmp.Diff(wantRow, row[:len(row)-1]); diff != "" {
		t.Errorf("row (-want +got):\n%s", diff)
	}
	if got, ok := row[len(row)-1].(float64); !ok || !math.IsNaN(got) {
		t.Errorf("nan() is %v", row[len(row)-1])
	}
}

// Trino hides columns of types that it does not know, without a word.
func TestD12_TrinoSeesEveryColumnOfTheViews(t *testing.T) {
	db := pgtest.NewDatabaseFrom(t, empty)
	engine := newEngine(t, db)
	for _, view := range []string{"launches", "launch_aggregates_view", "payloads", "rockets", "launchpads"} {
		const list = `SELECT CAST(column_name AS text), CAST(data_type AS text) FROM information_schema.columns
			WHERE table_schema = 'public' AND table_name = '`
		want := mustAnswer(t, open(t, db),
			[]analytics.Query{query("columns", list+view+"' ORDER BY ordinal_position")})[0]
		for _, row := range want.Rows {
			row[1] = trinoTypes[row[1]]
		}
		got := mustAnswer(t, engine, []analytics.Query{query("describe", "DESCRIBE "+view)})[0]
		for i := range got.Rows {
			got.Rows[i] = got.Rows[i][:2]
		}
		if diff := cmp.Diff(want.Rows, got.Rows); diff != "" {
			t.Errorf("columns of %s (-PostgreSQL +Trino):\n%s", view, diff)
		}
	}
}

// trinoTypes are the types that the views' columns may have, by PostgreSQL's names.
var trinoTypes = map[any]any{
	"text": "varchar", "smallint": "smallint", "integer": "integer", "bigint": "bigint",
	"double precision": "double", "boolean": "boolean", "jsonb": "json",
	"timestamp without time zone": "timestamp(6)", "timestamp with time zone": "timestamp(6) with time zone",
}

// A column that somebody has changed to a type that Trino hides, or that no
// result has, is never left out without a word.
func TestD12_TrinoWithChangedTypes(t *testing.T) {
	db := pgtest.NewDatabase(t)
	execute(t, db, `CREATE TABLE changed (id text, place point, document jsonb, tags text[], mass numeric)`)
	engine := newEngine(t, db)
	for name, test := range map[string]struct {
		column, want string
		category     liftoff.Category
	}{
		"D12 a hidden column": {"place", "Column 'place' cannot be resolved [COLUMN_NOT_FOUND]", liftoff.QueryEngine},
		"D12 an array":        {"tags", "Column 'tags' cannot be resolved [COLUMN_NOT_FOUND]", liftoff.QueryEngine},
		"D12 a document":      {"document", `column "document" has Trino type JSON`, liftoff.Internal},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := engine.Answer(t.Context(), []analytics.Query{query("culprit", "SELECT "+test.column+" FROM changed")})
			if liftoff.CategoryOf(err) != test.category || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v of category %v, want %q", err, liftoff.CategoryOf(err), test.want)
			}
		})
	}
}

func TestD5_TrinoRefusals(t *testing.T) {
	catalog := trinotest.NewCatalog(t, pgtest.NewDatabaseFrom(t, empty))
	tests := []struct {
		name, catalog, schema, statement string
		want, hint                       string
	}{
		{"missing catalog", "nowhere", "public", "SELECT id FROM launches", "CATALOG_NOT_FOUND", "etc/catalog/nowhere.properties"},
		{"missing schema", catalog, "nowhere", "SELECT id FROM launches", "SCHEMA_NOT_FOUND", "TRINO_SCHEMA"},
		{"missing table", catalog, "public", "SELECT id FROM landings", "TABLE_NOT_FOUND", "migrate up"},
		{"missing column", catalog, "public", "SELECT weather FROM launches", "COLUMN_NOT_FOUND", "migrate up"},
		{"division by zero", catalog, "public", "SELECT 1 / (SELECT count(*) FROM launches)", "DIVISION_BY_ZERO", "page"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			engine := engineWith(t, trino.Options{URL: trinotest.URL(t), Catalog: test.catalog, Schema: test.schema})
			_, err := engine.Answer(t.Context(), []analytics.Query{query("culprit", test.statement)})
			wantTrinoError(t, err, test.want, test.hint)
		})
	}
}

// wantTrinoError wants one line with a query id and its page, and a next step.
func wantTrinoError(t *testing.T, err error, want, hint string) {
	t.Helper()
	if liftoff.CategoryOf(err) != liftoff.QueryEngine {
		t.Fatalf("error %v of category %v, want a query engine's", err, liftoff.CategoryOf(err))
	}
	for _, part := range []string{`analytics query "culprit"`, want, "(query 20", "/ui/query.html?20"} {
		if !strings.Contains(err.Error(), part) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %q is not one line with %q", err, part)
		}
	}
	if !strings.Contains(liftoff.HintOf(err), hint) {
		t.Errorf("hint %q does not say %q", liftoff.HintOf(err), hint)
	}
}

func TestD8_TrinoWithoutPostgreSQLBehindIt(t *testing.T) {
	trinotest.URL(t)
	server := pgtest.NewServer(t)
	db := server.Database()
	execute(t, db, "CREATE TABLE things AS SELECT 1 AS one")
	engine := newEngine(t, db)
	things := []analytics.Query{query("culprit", "SELECT one FROM things")}
	mustAnswer(t, engine, things)
	server.Stop(t)
	_, err := engine.Answer(t.Context(), things)
	wantTrinoError(t, err, "PostgreSQL behind Trino's catalog", "check that PostgreSQL is running")
	server.Start(t)
	mustAnswer(t, engine, things)
}

// endless keeps a Trino busy for longer than any test; its name finds it
// among the server's queries.
const endless = `SELECT count(*) AS endless_query FROM UNNEST(sequence(1, 10000)) AS a (x)
	CROSS JOIN UNNEST(sequence(1, 10000)) AS b (y) CROSS JOIN UNNEST(sequence(1, 10000)) AS c (z) WHERE x + y + z < 0`

// lastEndless returns the id and the state of the newest endless query, once
// it is in one of the wanted states.
func lastEndless(t *testing.T, states ...string) (id, state, errorCode string) {
	t.Helper()
	engine := engineWith(t, trino.Options{URL: trinotest.URL(t), Catalog: "system", Schema: "runtime"})
	find := []analytics.Query{query("find", `SELECT query_id, state, error_code FROM queries
		WHERE query LIKE '%endless_query%' AND query NOT LIKE '%queries%' ORDER BY created DESC LIMIT 1`)}
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		if rows := mustAnswer(t, engine, find)[0].Rows; len(rows) > 0 {
			id, _ = rows[0][0].(string)
			state, _ = rows[0][1].(string)
			errorCode, _ = rows[0][2].(string)
			if strings.Contains(strings.Join(states, " "), state) {
				return id, state, errorCode
			}
		}
		select {
		case <-ctx.Done():
			t.Fatalf("the endless query is in state %q with error %q, want %q", state, errorCode, states)
		case <-ticker.C:
		}
	}
}

// runEndless runs it in the background and hands back its error.
func runEndless(t *testing.T, ctx context.Context) <-chan error { //nolint:revive // the test comes first in helpers
	t.Helper()
	engine := engineWith(t, trino.Options{URL: trinotest.URL(t)})
	ended := make(chan error, 1)
	go func() {
		_, err := engine.Answer(ctx, []analytics.Query{query("culprit", endless)})
		ended <- err
	}()
	return ended
}

func TestD6_TrinoKilledByAnOperator(t *testing.T) {
	trinotest.URL(t)
	ended := runEndless(t, t.Context())
	id, _, _ := lastEndless(t, "RUNNING")
	operator := engineWith(t, trino.Options{URL: trinotest.URL(t), Catalog: "system", Schema: "runtime", User: "operator"})
	mustAnswer(t, operator, []analytics.Query{query("kill", "CALL kill_query('"+id+"', 'making room')")})
	err := <-ended
	wantTrinoError(t, err, "making room", "ended on Trino")
	if !strings.Contains(err.Error(), id) {
		t.Errorf("error %q does not name query %s", err, id)
	}
}

func TestD11_TrinoEndsACancelledQuery(t *testing.T) {
	trinotest.URL(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := runEndless(t, ctx)
	id, _, _ := lastEndless(t, "RUNNING")
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) || liftoff.CategoryOf(err) != liftoff.Interrupted {
		t.Errorf("error %v of category %v, want interrupted", err, liftoff.CategoryOf(err))
	}
	if got, _, code := lastEndless(t, "FAILED"); got != id || code != "USER_CANCELED" {
		t.Errorf("query %s ended with %s, want %s with USER_CANCELED", got, code, id)
	}
}
