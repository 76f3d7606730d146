package trino_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"liftoff/internal/analytics"
	"liftoff/internal/table"
	"liftoff/internal/testkit/launchtest"
	"liftoff/internal/testkit/pgtest"
	"liftoff/internal/testkit/trinotest"
	"liftoff/internal/trino"
)

// engine is what an engine under test can do.
type engine interface {
	Answer(ctx context.Context, queries []analytics.Query) ([]table.Table, error)
}

// discard is a log that nobody reads.
var discard = slog.New(slog.DiscardHandler)

// empty and stored are databases with the program's own schema; stored has
// synthetic launches that went the whole way, and then odd ones.
var (
	empty  = pgtest.NewTemplate(launchtest.Schema)
	stored = pgtest.NewTemplate(launchtest.Odd)
)

// newEngine returns the Trino engine over a database.
func newEngine(t testing.TB, db pgtest.Database) *trino.Engine {
	t.Helper()
	return engineWith(t, trino.Options{URL: trinotest.URL(t), Catalog: trinotest.NewCatalog(t, db), Schema: "public"})
}

// engineWith returns an engine with what the tests never vary filled in.
func engineWith(t testing.TB, options trino.Options) *trino.Engine {
	t.Helper()
	if options.User == "" {
		options.User = "liftoff"
	}
	if options.Logger == nil {
		options.Logger = discard
	}
	engine, err := trino.New(options)
	if err != nil {
		t.Fatal(err)
	}
	return engine
}

// Every analytics query gives the same columns, types and rows on both
// engines: floats to 1e-9 of their value, all else exactly. The twelve launches
// are those whose answers package analytics keeps in a file.
func TestD13_TrinoAnswersAsPostgreSQLDoes(t *testing.T) {
	trinotest.URL(t)
	for name, newDatabase := range map[string]func(*testing.T) pgtest.Database{
		"300 launches and odd ones": func(t *testing.T) pgtest.Database { return pgtest.NewDatabaseFrom(t, stored) },
		"twelve launches":           func(t *testing.T) pgtest.Database { return launchtest.NewTwelve(t) },
		"empty tables":              func(t *testing.T) pgtest.Database { return pgtest.NewDatabaseFrom(t, empty) },
	} {
		t.Run(name, func(t *testing.T) {
			db := newDatabase(t)
			want := mustAnswer(t, open(t, db), load(t))
			got := mustAnswer(t, newEngine(t, db), load(t))
			for i := range want {
				t.Run(want[i].Name, func(t *testing.T) {
					compare(t, want[i], got[i])
					if name != "empty tables" && len(want[i].Rows) == 0 {
						t.Error("no rows: this compares nothing")
					}
				})
			}
		})
	}
}

func mustAnswer(t testing.TB, e engine, queries []analytics.Query) []table.Table {
	t.Helper()
	results, err := e.Answer(t.Context(), queries)
	if err != nil {
		t.Fatal(err)
	}
	return results
}

// compare holds Trino's result against the one that is wanted.
func compare(t *testing.T, want, got table.Table) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateApprox(1e-9, 0), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("Trino's result (-want +got):\n%s", diff)
	}
}
