package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"liftoff"
	"liftoff/internal/enrich"
	"liftoff/internal/pgtest"
	"liftoff/internal/pipeline"
	"liftoff/internal/postgres"
	"liftoff/internal/replay"
	"liftoff/internal/spacex"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// parts are the real parts of a run: a replay over HTTP, the client, a store
// on a migrated database, and a log that can be read.
type parts struct {
	client  *spacex.Client
	store   *postgres.Store
	db      pgtest.Database
	log     *strings.Builder
	options pipeline.Options
}

func newParts(t *testing.T) parts {
	t.Helper()
	server, err := replay.New(replay.Options{Count: 60, Seed: 3, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(server)
	t.Cleanup(api.Close)
	p := parts{db: pgtest.NewDatabase(t), log: &strings.Builder{}}
	logger := slog.New(slog.NewTextHandler(p.log, nil))
	p.client, err = spacex.New(spacex.Options{BaseURL: api.URL, UserAgent: "test", PageSize: 25, Logger: logger})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.client.CloseIdle)
	p.store, err = postgres.Open(t.Context(), postgres.Options{URL: p.db.DSN, Logger: logger})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.store.Close)
	if _, err := p.store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.options = pipeline.Options{
		Fetch: p.client.All, SourceName: "launches", Enrich: enrich.NewSimulator("seed").Enrich, Store: p.store,
		Analyze: func(context.Context) error { return nil }, Now: newClock(), Logger: logger,
	}
	return p
}

// newClock returns a clock that starts at a fixed moment, in a zone other than
// UTC, and goes on by a second at each look.
func newClock() func() time.Time {
	now := time.Date(2024, 4, 27, 19, 2, 0, 0, time.FixedZone("Madrid", 2*3600))
	return func() time.Time {
		now = now.Add(time.Second)
		return now
	}
}

func (p parts) count(t *testing.T) int {
	t.Helper()
	var n int
	if err := pgtest.Connect(t, p.db.DSN).QueryRow(t.Context(), "SELECT count(*) FROM raw_launches").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestRun_StoresEveryPageAndCountsWhatItDid(t *testing.T) {
	t.Parallel()
	p := newParts(t)
	summary, err := pipeline.Run(t.Context(), p.options)
	if err != nil {
		t.Fatal(err)
	}
	if summary.Bytes < 60*929 {
		t.Errorf("%d bytes in 60 launches, want at least the smallest launch's size for each", summary.Bytes)
	}
	want := liftoff.RunSummary{Pages: 3, Fetched: 60, Inserted: 60, Bytes: summary.Bytes}
	want.StartedAt = time.Date(2024, 4, 27, 17, 2, 1, 0, time.UTC)
	want.FinishedAt = time.Date(2024, 4, 27, 17, 2, 5, 0, time.UTC) // three pages in between
	if diff := cmp.Diff(want, summary); diff != "" {
		t.Errorf("first run (-want +got):\n%s", diff)
	}
	if n := p.count(t); n != 60 {
		t.Errorf("%d rows stored, want 60", n)
	}
	again, err := pipeline.Run(t.Context(), p.options)
	if err != nil || again.Inserted != 0 || again.Unchanged != 60 {
		t.Errorf("second run = %+v, %v, want all unchanged", again, err)
	}
}

func TestRun_StepsComeInOrderAndAnalyticsLast(t *testing.T) {
	t.Parallel()
	p := newParts(t)
	p.options.Fetch, p.options.SourceName = p.client.Latest, "latest launch data"
	p.options.Analyze = func(ctx context.Context) error {
		var total int
		err := p.store.Pool().QueryRow(ctx, "SELECT total_launches FROM launch_aggregates_view").Scan(&total)
		if err == nil && total != 1 {
			err = fmt.Errorf("the view has %d launches when analytics run", total)
		}
		return err
	}
	if _, err := pipeline.Run(t.Context(), p.options); err != nil {
		t.Fatal(err)
	}
	rest := p.log.String()
	for _, sentence := range []string{
		"Successfully fetched latest launch data from SpaceX API.", " inserted into database.",
		"Aggregation view launch_aggregates_view created successfully.", "Running analytics queries...",
	} {
		_, after, found := strings.Cut(rest, sentence)
		if !found {
			t.Fatalf("%q is missing or out of order in:\n%s", sentence, p.log)
		}
		rest = after
	}
}

func TestRun_KeepsThePagesBeforeAFaultAndTakesUpTheRestLater(t *testing.T) {
	t.Parallel()
	p := newParts(t)
	broken := liftoff.NewError(liftoff.Source, errors.New("fetch launches page 2: connection reset"), "try again")
	p.options.Fetch = func(ctx context.Context) iter.Seq2[liftoff.Page, error] {
		return func(yield func(liftoff.Page, error) bool) {
			for page, err := range p.client.All(ctx) {
				if page.Number == 2 {
					yield(liftoff.Page{}, broken)
					return
				}
				if !yield(page, err) {
					return
				}
			}
		}
	}
	summary, err := pipeline.Run(t.Context(), p.options)
	if !errors.Is(err, broken) || summary.Inserted != 25 || p.count(t) != 25 {
		t.Fatalf("Run() = %+v, %v with %d rows, want page 1 stored and the fault told", summary, err, p.count(t))
	}
	if strings.Contains(p.log.String(), "created successfully") {
		t.Error("the view was created although the run had failed")
	}
	p.options.Fetch = p.client.All
	if summary, err = pipeline.Run(t.Context(), p.options); err != nil || summary.Inserted != 35 || p.count(t) != 60 {
		t.Errorf("the next Run() = %+v, %v with %d rows, want the other 35 launches", summary, err, p.count(t))
	}
}

func TestRun_TellsAFaultOfEachLaterStep(t *testing.T) {
	t.Parallel()
	t.Run("the analytics fail", func(t *testing.T) {
		t.Parallel()
		p := newParts(t)
		fault := errors.New("no such column")
		p.options.Analyze = func(context.Context) error { return fault }
		if _, err := pipeline.Run(t.Context(), p.options); !errors.Is(err, fault) {
			t.Errorf("Run() = %v, want the fault of the analytics", err)
		}
	})
	t.Run("the database goes away", func(t *testing.T) {
		t.Parallel()
		p := newParts(t)
		p.store.Close()
		if _, err := pipeline.Run(t.Context(), p.options); liftoff.CategoryOf(err) != liftoff.Database {
			t.Errorf("Run() = %v, want a database error", err)
		}
	})
	t.Run("the context ends", func(t *testing.T) {
		t.Parallel()
		p := newParts(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := pipeline.Run(ctx, p.options); liftoff.CategoryOf(err) != liftoff.Interrupted || p.count(t) != 0 {
			t.Errorf("Run() = %v with %d rows, want an interruption and nothing stored", err, p.count(t))
		}
	})
}
