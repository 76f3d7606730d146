package pipeline_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"liftoff"
	"liftoff/internal/enrich"
	"liftoff/internal/pipeline"
	"liftoff/internal/postgres"
	"liftoff/internal/replay"
	"liftoff/internal/source/spacex"
	"liftoff/internal/testkit/apitest"
	"liftoff/internal/testkit/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m, pgtest.CheckLeaks())) }

// migrated is a database that has the whole schema already.
var migrated = pgtest.NewTemplate(func(ctx context.Context, dsn string) error {
	store, err := postgres.Open(ctx, postgres.Options{URL: dsn, StatementTimeout: time.Minute, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer store.Close()
	_, err = store.Migrate(ctx)
	return err
})

// fetcher yields a source's pages.
type fetcher func(context.Context) iter.Seq2[liftoff.Page, error]

// setFetch makes a run fetch from somewhere else.
// What it covers is known in a run for all launches.
func setFetch(options *pipeline.Options, from fetcher) {
	part := pipeline.Part{Fetch: from}
	options.ReadsAll = options.Selection == liftoff.SelectAll
	if options.ReadsAll {
		part.Range = &liftoff.IDRange{}
	}
	options.Parts = pipeline.OnePart(part)
}

// parts are the real parts of a run: an API over HTTP, the client, a store on
// a migrated database, and a log that can be read.
type parts struct {
	api     *api
	client  *spacex.Client
	store   *postgres.Store
	db      pgtest.Database
	log     *strings.Builder
	options pipeline.Options
}

// newParts returns the parts of a run for all launches of an API.
func newParts(t *testing.T, serves http.Handler) *parts {
	t.Helper()
	p := &parts{db: pgtest.NewDatabaseFrom(t, migrated), log: &strings.Builder{}}
	p.api = newAPI(t, serves) // after the database: its faults may still look into it
	logger := slog.New(slog.NewTextHandler(p.log, nil))
	options := apitest.Options(p.api.url)
	options.PageSize, options.MaxAttempts, options.MaxRequestsPerSecond, options.Logger = 10, 1, 1000, logger
	var err error
	p.client, err = spacex.New(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.client.CloseIdle)
	p.store, err = postgres.Open(t.Context(), postgres.Options{URL: p.db.DSN, StatementTimeout: time.Minute, Logger: logger, Writers: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.store.Close)
	p.options = pipeline.Options{
		What: "launches from SpaceX API", Selection: liftoff.SelectAll, Contract: pipeline.ContractStore,
		Enrich: enrich.NewSimulator("seed").Enrich, Writers: 1, Now: newClock(), Logger: logger,
		Complete: func(ctx context.Context, _ liftoff.RunSummary) error { return p.store.CreateAggregateView(ctx) },
	}
	setFetch(&p.options, p.matching(liftoff.Query{}))
	return p
}

// matching fetches the launches that a query names.
func (p *parts) matching(query liftoff.Query) fetcher {
	return func(ctx context.Context) iter.Seq2[liftoff.Page, error] { return p.client.Launches(ctx, query) }
}

// execute does one run, with its row in the ledger.
func (p *parts) execute(ctx context.Context, t *testing.T) (liftoff.RunSummary, error) {
	t.Helper()
	options := p.options
	options.StartedAt = options.Now()
	run, err := p.store.BeginRun(t.Context(), postgres.RunOptions{
		Source: p.api.url, Selection: options.Selection, Command: "test", ProgramVersion: "test",
		StartedAt: options.StartedAt, IsDry: options.IsDry, AcceptsShrink: options.AcceptsShrink,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer run.Abandon(t.Context())
	options.Destination = run
	summary, shortcoming, err := pipeline.Execute(ctx, options)
	return summary, errors.Join(err, shortcoming)
}

// batches gives the run's batches another size.
func (p *parts) batches(rows int) { p.options = pipeline.WithBatchSize(p.options, rows, 4<<20) }

// succeed does one run that must end well.
func (p *parts) succeed(t *testing.T) liftoff.RunSummary {
	t.Helper()
	summary, err := p.execute(t.Context(), t)
	if err != nil || summary.Status != liftoff.RunSucceeded {
		t.Fatalf("Execute() = %+v, %v", summary, err)
	}
	return summary
}

// fail does one run that must end with an error of a category that says
// something, and a status, in summary and ledger alike.
func (p *parts) fail(t *testing.T, category liftoff.Category, status liftoff.RunStatus, says string) liftoff.RunSummary {
	t.Helper()
	summary, err := p.execute(t.Context(), t)
	if liftoff.CategoryOf(err) != category || err == nil || !strings.Contains(err.Error(), says) || summary.Status != status {
		t.Fatalf("Execute() = status %s, %v (%v), want %s and %v that says %q", summary.Status, err, liftoff.CategoryOf(err), status, category, says)
	}
	if got := p.scan(t, "SELECT status || ' ' || error FROM ingestion_runs ORDER BY id DESC LIMIT 1"); !strings.HasPrefix(got, string(status)+" ") || !strings.Contains(got, says) {
		t.Errorf("the ledger has %q, want %s and %q", got, status, says)
	}
	return summary
}

func (p *parts) count(t *testing.T) int {
	t.Helper()
	return scan[int](t, p.db, "SELECT count(*) FROM raw_launches")
}

// scan reads one text.
func (p *parts) scan(t *testing.T, sql string) string {
	t.Helper()
	return scan[string](t, p.db, sql)
}

// hasView reports whether the aggregate view was made.
func (p *parts) hasView(t *testing.T) bool {
	t.Helper()
	return scan[bool](t, p.db, "SELECT to_regclass('launch_aggregates_view') IS NOT NULL")
}

// source is what the store knows of the API.
func (p *parts) source(t *testing.T) liftoff.SourceState {
	t.Helper()
	source, err := p.store.Source(t.Context(), p.api.url)
	if err != nil {
		t.Fatal(err)
	}
	return source
}

func scan[T any](t *testing.T, db pgtest.Database, sql string) T {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	conn, err := pgx.Connect(ctx, db.DSN)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	var value T
	if err := conn.QueryRow(ctx, sql).Scan(&value); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return value
}

// newClock returns a clock that starts at a fixed moment, in a zone other than
// UTC, and goes on by a second at each look.
func newClock() func() time.Time {
	var seconds atomic.Int64
	start := time.Date(2024, 4, 27, 19, 2, 0, 0, time.FixedZone("Madrid", 2*3600))
	return func() time.Time { return start.Add(time.Duration(seconds.Add(1)) * time.Second) }
}

// api is an HTTP server whose answers can be exchanged.
type api struct {
	url    string
	serves atomic.Pointer[http.Handler]
	// fault answers requests in the place of serves when it returns true.
	fault atomic.Pointer[fault]
}

// fault answers a request for a page from an offset on, or leaves it alone.
type fault func(w http.ResponseWriter, r *http.Request, offset int) bool

func newAPI(t *testing.T, serves http.Handler) *api {
	t.Helper()
	a := &api{}
	a.serve(serves)
	a.breakWith(func(http.ResponseWriter, *http.Request, int) bool { return false })
	server := httptest.NewServer(http.HandlerFunc(a.answer))
	t.Cleanup(server.Close)
	a.url = server.URL
	return a
}

func (a *api) serve(h http.Handler) { a.serves.Store(&h) }

func (a *api) breakWith(f fault) { a.fault.Store(&f) }

// breakAt lets the pages from some offsets on fail.
func (a *api) breakAt(isBroken func(offset int) bool) {
	a.breakWith(func(w http.ResponseWriter, _ *http.Request, offset int) bool {
		if isBroken(offset) {
			http.Error(w, "broken", http.StatusBadGateway)
		}
		return isBroken(offset)
	})
}

func (a *api) answer(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	var query struct{ Options struct{ Offset int } }
	_ = json.Unmarshal(body, &query) // a GET has none
	r.Body = io.NopCloser(bytes.NewReader(body))
	if !(*a.fault.Load())(w, r, query.Options.Offset) {
		(*a.serves.Load()).ServeHTTP(w, r)
	}
}

// synthetic serves so many synthetic launches.
func synthetic(t *testing.T, count int) http.Handler {
	t.Helper()
	server, err := replay.New(replay.Options{Count: count, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	return server
}

// documents serves launches as they are given.
func documents(t *testing.T, launches ...string) http.Handler {
	t.Helper()
	folder := t.TempDir()
	list := "[" + strings.Join(launches, ",\n") + "]"
	if err := os.WriteFile(filepath.Join(folder, "launches.json"), []byte(list), 0o600); err != nil {
		t.Fatal(err)
	}
	server, err := replay.New(replay.Options{DataDir: folder})
	if err != nil {
		t.Fatal(err)
	}
	return server
}

// idOf returns the id of launch n; ids ascend.
func idOf(n int) string { return fmt.Sprintf("5eb87cd9ffd86e%010x", n) }

// good returns launches from number 0 on.
func good(count int) []string {
	var list []string
	for n := range count {
		list = append(list, fmt.Sprintf(`{"id":%q,"name":"Launch %d","flight_number":%d,"date_utc":"2020-01-31T12:00:00.000Z",`+
			`"date_precision":"hour","upcoming":false,"success":true,"rocket":null,"launchpad":null,"payloads":["a"]}`, idOf(n), n, n+1))
	}
	return list
}

// odd returns launches of which some have a name that is a number.
func odd(count int, isOdd func(n int) bool) []string {
	list := good(count)
	for n := range list {
		if isOdd(n) {
			list[n] = strings.Replace(list[n], fmt.Sprintf(`"name":"Launch %d"`, n), `"name":17`, 1)
		}
	}
	return list
}

// spoiled returns good launches, some of which cannot be stored.
func spoiled(count int, isBad func(n int) bool) []string {
	list := good(count)
	for n := range list {
		if isBad(n) {
			list[n] = strings.Replace(list[n], `"payloads":["a"]`, `"payloads":"one"`, 1)
		}
	}
	return list
}

// unordered makes a run one whose launches are chosen otherwise than by a
// range of ids.
func unordered(options *pipeline.Options, from fetcher) {
	options.Selection = liftoff.SelectIDs
	setFetch(options, from)
}
