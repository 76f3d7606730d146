package postgres_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"liftoff/internal/analytics"
	"liftoff/internal/postgres"
	"liftoff/internal/span"
	"liftoff/internal/testkit/pgtest"
)

// recorded returns a context in a span whose spans are recorded.
func recorded(t *testing.T) (context.Context, *tracetest.SpanRecorder) {
	t.Helper()
	recorder := tracetest.NewSpanRecorder()
	ctx, root := span.Start(span.WithProvider(t.Context(), sdk.NewTracerProvider(sdk.WithSpanProcessor(recorder))), "run")
	root.End(new(error))
	return ctx, recorder
}

// described returns the spans whose names begin so, with their states, in order of name.
func described(recorder *tracetest.SpanRecorder, beginning string) []string {
	var found []string
	for _, each := range recorder.Ended() {
		if !strings.HasPrefix(each.Name(), beginning) {
			continue
		}
		text := each.Name()
		for _, one := range each.Attributes() {
			if one.Key == attribute.Key("db.response.returned_rows") {
				text += " rows=" + one.Value.String()
			}
		}
		if each.Status().Code == codes.Error {
			text += " " + each.Status().Description
		}
		found = append(found, text)
	}
	slices.Sort(found)
	return found
}

// everything returns all that the spans say.
func everything(recorder *tracetest.SpanRecorder) string {
	var text strings.Builder
	for _, each := range recorder.Ended() {
		fmt.Fprintln(&text, each.Name(), each.Attributes(), each.Status(), each.Events())
	}
	return text.String()
}

func TestTracer_EachAnalyticsQueryIsASpan(t *testing.T) {
	t.Parallel()
	store := storeOn(t, pgtest.NewDatabase(t).DSN)
	ctx, recorder := recorded(t)
	queries := []analytics.Query{query("one", "SELECT 1 AS one"), own(t, "SELECT 'canary' AS two UNION SELECT 'b'"), query("three", "SELECT 3 AS three")}
	if _, err := store.Answer(ctx, queries); err != nil {
		t.Fatal(err)
	}
	want := []string{"query one rows=1", "query own rows=2", "query three rows=1"}
	if diff := cmp.Diff(want, described(recorder, "query")); diff != "" {
		t.Errorf("spans (-want +got):\n%s", diff)
	}
	if len(recorder.Started()) != len(recorder.Ended()) || strings.Contains(everything(recorder), "canary") {
		t.Errorf("%d spans were started; ended were:\n%s", len(recorder.Started()), everything(recorder))
	}
}

func TestTracer_AQueryThatFails(t *testing.T) {
	t.Parallel()
	store := storeOn(t, pgtest.NewDatabase(t).DSN)
	ctx, recorder := recorded(t)
	if _, err := store.Answer(ctx, []analytics.Query{query("one", "SELECT 1 AS one"), own(t, "SELECT CAST('canary' AS integer) AS two")}); err == nil {
		t.Fatal("no error")
	}
	want := []string{"query one rows=1", "query own rows=0 database: SQLSTATE 22P02"}
	if diff := cmp.Diff(want, described(recorder, "query")); diff != "" {
		t.Errorf("spans (-want +got):\n%s", diff)
	}
	if strings.Contains(everything(recorder), "canary") {
		t.Errorf("a value is in a span:\n%s", everything(recorder))
	}
}

// A statement that cannot be sent is ended twice by the driver.
func TestTracer_ALostConnection(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	store := storeOn(t, db.DSN)
	ctx, recorder := recorded(t)
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	if err := store.CreateAggregateView(ctx); err == nil {
		t.Fatal("no error")
	}
	if len(recorder.Started()) != len(recorder.Ended()) {
		t.Errorf("%d spans were started; ended were:\n%s", len(recorder.Started()), everything(recorder))
	}
	if diff := cmp.Diff([]string{"view interrupted: context canceled"}, described(recorder, "view")); diff != "" {
		t.Errorf("spans (-want +got):\n%s", diff)
	}
}

// Each statement of queries/ has its file's name, any other its first words and no value.
func TestTracer_NamesOfStatements(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("queries/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("no queries: %v", err)
	}
	want, got := map[string]string{}, map[string]string{}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".sql")
		want[name], got[name] = name, postgres.NameOf(string(content))
	}
	for sql, name := range map[string]string{
		"BEGIN ISOLATION LEVEL REPEATABLE READ":            "BEGIN",
		"SELECT pg_try_advisory_lock($1, hashtext($2))":    "SELECT pg_try_advisory_lock",
		"-- why\n/* more */ select a from raw_launches":    "SELECT raw_launches",
		"INSERT INTO t VALUES ('canary')":                  "INSERT t",
		"SELECT 'it''s FROM canary'":                       "SELECT",
		"SELECT $$ FROM canary $$":                         "SELECT",
		`SELECT "x FROM canary"`:                           "SELECT",
		"SELECT '" + strings.Repeat("x", 2000) + " FROM c": "SELECT",
		"": "", "'canary'": "", "12345": "",
	} {
		want[sql], got[sql] = name, postgres.NameOf(sql)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

func TestTracer_CostsNothingWithoutAProvider(t *testing.T) {
	ctx, batch := t.Context(), &pgx.Batch{}
	batch.Queue("SELECT 1")
	if allocations := testing.AllocsPerRun(100, func() { postgres.TraceOff(ctx, batch) }); allocations != 0 {
		t.Errorf("%v allocations", allocations)
	}
}
