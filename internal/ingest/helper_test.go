package ingest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"liftoff"
	"liftoff/internal/enrich"
	"liftoff/internal/ingest"
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

// setup is what an Ingester is made of: a source, a store on a migrated
// database, and a log that can be read.
type setup struct {
	ingest.Options

	db  pgtest.Database
	log *log
}

// newSetup returns a setup with the client of an API.
func newSetup(t *testing.T, url string) setup {
	t.Helper()
	return setupOn(t, pgtest.NewDatabaseFrom(t, migrated), url)
}

// setupOn is newSetup on a database.
func setupOn(t *testing.T, db pgtest.Database, url string) setup {
	t.Helper()
	s := setup{db: db, log: &log{changed: make(chan struct{})}}
	s.Logger = slog.New(slog.NewTextHandler(s.log, nil))
	s.SourceKey = url
	s.fetchAtOnce(t, 3)
	var err error
	s.Store, err = postgres.Open(t.Context(), postgres.Options{URL: db.DSN, StatementTimeout: time.Minute, Logger: s.Logger, Writers: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Store.Close)
	s.Simulator, s.Contract, s.LookBack, s.Writers = enrich.NewSimulator("seed"), pipeline.ContractStore, 24*time.Hour, 2
	s.WithReferences, s.ProgramVersion, s.Now = true, "test", newClock()
	return s
}

// fetchAtOnce gives the setup a client that fetches so many pages at once.
func (s *setup) fetchAtOnce(t *testing.T, pages int) {
	t.Helper()
	s.fetch(t, pages, 1)
}

// fetch is fetchAtOnce with a client that tries each request so many times.
func (s *setup) fetch(t *testing.T, pages, attempts int) {
	t.Helper()
	settings := apitest.Options(s.SourceKey)
	settings.PageSize, settings.MaxAttempts, settings.MaxRequestsPerSecond, settings.Logger = 10, attempts, 1000, s.Logger
	settings.Concurrency = pages
	client, err := spacex.New(settings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdle)
	s.Source, s.Concurrency = client, pages
}

// newClock returns a clock that goes on by a second at each look.
func newClock() func() time.Time {
	var seconds atomic.Int64
	return func() time.Time { return apitest.Noon().Add(time.Duration(seconds.Add(1)) * time.Second) }
}

// selecting returns a request for a selection.
func selecting(selection liftoff.Selection) ingest.Request {
	return ingest.Request{Query: liftoff.Query{Selection: selection}, Command: "test " + string(selection), IfLocked: ingest.LockedFail}
}

// opened returns a request with a backfill that is opened for it, if it needs one.
func (s setup) opened(t *testing.T, request ingest.Request) ingest.Request {
	t.Helper()
	if request.Selection != liftoff.SelectBackfill || request.BackfillID != 0 {
		return request
	}
	opened, _, err := ingest.New(s.Options).OpenBackfill(t.Context(), ingest.BackfillRequest{Workers: 1, AcceptsShrink: request.AcceptsShrink})
	if err != nil {
		t.Fatal(err)
	}
	request.BackfillID = opened.ID
	return request
}

// run does a run.
func (s setup) run(t *testing.T, request ingest.Request) (ingest.Result, error) {
	t.Helper()
	return ingest.New(s.Options).Run(t.Context(), s.opened(t, request))
}

// succeed does a run without a flaw.
func (s setup) succeed(t *testing.T, request ingest.Request) ingest.Result {
	t.Helper()
	result, err := s.run(t, request)
	if err != nil || result.Shortcoming != nil || (result.Summary.Status != liftoff.RunSucceeded && request.Selection != liftoff.SelectQuarantine) {
		t.Fatalf("Run(%s) = %+v, %v", request.Selection, result, err)
	}
	return result
}

// scan returns the one value of a query.
func scan[T any](t *testing.T, db pgtest.Database, sql string, arguments ...any) T {
	t.Helper()
	var value T
	if err := pgtest.Connect(t, db.DSN).QueryRow(t.Context(), sql, arguments...).Scan(&value); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return value
}

// list returns the texts that a query finds.
func list(t *testing.T, db pgtest.Database, sql string) []string {
	t.Helper()
	rows, _ := pgtest.Connect(t, db.DSN).Query(t.Context(), sql) // its error is in rows too
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return found
}

// execute executes a statement.
func execute(t *testing.T, db pgtest.Database, sql string) {
	t.Helper()
	if _, err := pgtest.Connect(t, db.DSN).Exec(t.Context(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

const (
	hasViewSQL = "SELECT to_regclass('launch_aggregates_view') IS NOT NULL"
	// ledgerSQL is the newest row of the ledger.
	ledgerSQL = "SELECT concat_ws(' ', id, selection, status) FROM ingestion_runs ORDER BY id DESC LIMIT 1"
	// writtenSQL counts all that a run may write.
	writtenSQL = `SELECT concat_ws(' ', (SELECT count(*) FROM raw_launches), (SELECT count(*) FROM launch_revisions),
		(SELECT count(*) FROM known_launches WHERE missing_since IS NOT NULL), (SELECT count(*) FROM quarantined_records),
		(SELECT count(*) FROM raw_payloads), (SELECT count(*) FROM ingestion_runs), (SELECT count(*) FROM ingestion_sources))`
)

// log is a log that can be read while it is written.
type log struct {
	mutex   sync.Mutex
	text    strings.Builder
	changed chan struct{}
}

// Write adds lines.
func (l *log) Write(lines []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	close(l.changed)
	l.changed = make(chan struct{})
	return l.text.Write(lines)
}

func (l *log) read() (text string, changed <-chan struct{}) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.text.String(), l.changed
}

func (l *log) String() string {
	text, _ := l.read()
	return text
}

// await waits for a sentence.
func (l *log) await(t *testing.T, sentence string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for {
		text, changed := l.read()
		if strings.Contains(text, sentence) {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			t.Fatalf("no line says %q:\n%s", sentence, text)
		}
	}
}

// api is a replay whose launches and answers can be exchanged.
type api struct {
	url      string
	serves   atomic.Pointer[http.Handler]
	fault    atomic.Pointer[func(w http.ResponseWriter, r *http.Request) bool]
	requests atomic.Int64
}

func newAPI(t *testing.T, serves http.Handler) *api {
	t.Helper()
	a := &api{}
	a.serve(serves)
	a.breakWith(func(http.ResponseWriter, *http.Request) bool { return false })
	a.url = apitest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		a.requests.Add(1)
		// Only once the body is read does the server notice a client that leaves.
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if !(*a.fault.Load())(w, r) {
			(*a.serves.Load()).ServeHTTP(w, r)
		}
	}).URL
	return a
}

func (a *api) serve(h http.Handler) { a.serves.Store(&h) }

// breakWith lets a fault answer the requests for which it returns true.
func (a *api) breakWith(fault func(w http.ResponseWriter, r *http.Request) bool) {
	a.fault.Store(&fault)
}

// breakPath lets the requests of a route fail.
func (a *api) breakPath(part string) {
	a.breakWith(func(w http.ResponseWriter, r *http.Request) bool {
		isBroken := strings.Contains(r.URL.Path, part)
		if isBroken {
			http.Error(w, "broken", http.StatusBadGateway)
		}
		return isBroken
	})
}

// synthetic serves synthetic launches.
func synthetic(t *testing.T, count int, seed uint64) *replay.Server {
	t.Helper()
	server, err := replay.New(replay.Options{Count: count, Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	return server
}

// documents serves launches byte for byte.
func documents(t *testing.T, launches ...string) *replay.Server {
	t.Helper()
	folder := t.TempDir()
	content := "[" + strings.Join(launches, ",\n") + "]"
	if err := os.WriteFile(filepath.Join(folder, "launches.json"), []byte(content), 0o600); err != nil {
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

// document returns launch n under a name, which may be of any JSON type.
func document(n int, name string) string {
	return fmt.Sprintf(`{"id":%q,"name":%s,"flight_number":%d,"date_utc":"2020-01-31T12:00:00.000Z",`+
		`"date_precision":"hour","upcoming":false,"success":true,"rocket":null,"launchpad":null,"payloads":["a"]}`, idOf(n), name, n+1)
}

// wantError wants an error of a category that can be shown and says something.
func wantError(t *testing.T, err error, category liftoff.Category, says string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one that says %q", says)
	}
	if !errors.Is(err, context.Canceled) {
		apitest.CheckShowable(t, err)
	}
	if liftoff.CategoryOf(err) != category || !strings.Contains(err.Error(), says) {
		t.Fatalf("%v error %q, want a %v one that says %q", liftoff.CategoryOf(err), err, category, says)
	}
}

// decimal writes a number.
func decimal(n int64) string { return strconv.FormatInt(n, 10) }
