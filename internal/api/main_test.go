package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"liftoff"
	"liftoff/internal/analytics"
	"liftoff/internal/api"
	"liftoff/internal/postgres"
	"liftoff/internal/testkit/launchtest"
	"liftoff/internal/testkit/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m, pgtest.CheckLeaks())) }

var (
	// empty is a database with the schema and nothing in it.
	empty = pgtest.NewTemplate(launchtest.Schema)
	// filled has launches that went the whole way, odd ones, and five runs.
	filled = pgtest.NewTemplate(func(ctx context.Context, dsn string) error {
		if err := launchtest.Odd(ctx, dsn); err != nil {
			return err
		}
		conn, err := pgx.Connect(ctx, dsn)
		if err != nil {
			return err
		}
		defer func() { _ = conn.Close(ctx) }()
		if _, err := conn.Exec(ctx, `
			INSERT INTO ingestion_runs (source_id, selection, command, program_version, started_at, finished_at, status, pages, fetched, inserted, revised, unchanged, quarantined, missing, bytes)
			SELECT 1, 'new', 'liftoff ingest', '1.2.3', '2026-11-08 11:00', '2026-11-08 12:00', 'failed', 0, 0, 0, 0, 0, 0, 0, 0 FROM generate_series(1, 4)`); err != nil {
			return err
		}
		store, err := postgres.Open(ctx, postgres.Options{URL: dsn, StatementTimeout: time.Minute, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			return err
		}
		defer store.Close()
		if err := store.CreateAggregateView(ctx); err != nil {
			return err
		}
		_, err = store.RefreshTypedLaunches(ctx, postgres.RefreshOptions{})
		return err
	})
)

// noon is the moment at which answers are given.
var noon = time.Date(2026, time.November, 10, 12, 0, 0, 0, time.UTC)

// service is an API over a database.
type service struct {
	t       testing.TB
	store   *postgres.Store
	handler http.Handler
}

// serveAPI returns an API over a database that a template made. change may change its options.
func serveAPI(t testing.TB, template *pgtest.Template, change ...func(*api.Options)) *service {
	t.Helper()
	return serveAPIOn(t, pgtest.NewDatabaseFrom(t, template).DSN, change...)
}

func serveAPIOn(t testing.TB, dsn string, change ...func(*api.Options)) *service {
	t.Helper()
	store, err := postgres.Open(t.Context(), postgres.Options{URL: dsn, StatementTimeout: time.Minute, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	queries, err := analytics.Load()
	if err != nil {
		t.Fatal(err)
	}
	options := api.Options{
		Store:  func(ctx context.Context) (*postgres.Store, error) { return store, store.RequireReadableSchema(ctx) },
		Answer: store.Answer, Engine: func() string { return "postgres" }, Queries: queries,
		Base: func(context.Context) string { return "" }, Version: "1.2.3",
		AsCalled: func(text string) string { return strings.ReplaceAll(text, "`liftoff ", "`./liftoff ") },
		NextStep: func(err error) string { return strings.ReplaceAll(liftoff.HintOf(err), "`liftoff ", "`./liftoff ") },
		Now:      func() time.Time { return noon }, Logger: slog.New(slog.DiscardHandler),
	}
	for _, each := range change {
		each(&options)
	}
	return &service{t: t, store: store, handler: api.New(options)}
}

// got is an answer whose body was read.
type got struct {
	*http.Response
	body string
}

// get asks for an address; each header is "Name: value".
func (s *service) get(address string, headers ...string) got {
	s.t.Helper()
	return s.ask(http.MethodGet, address, headers...)
}

func (s *service) ask(method, address string, headers ...string) got {
	s.t.Helper()
	request := httptest.NewRequestWithContext(s.t.Context(), method, address, http.NoBody)
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		request.Header.Set(name, value)
	}
	recorder := httptest.NewRecorder()
	s.handler.ServeHTTP(recorder, request)
	response := recorder.Result()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return got{response, string(body)}
}

// read asks for an address, which must be answered, and decodes the answer.
func read[T any](s *service, address string) (value T) {
	s.t.Helper()
	answer := s.get(address)
	if answer.StatusCode != http.StatusOK {
		s.t.Fatalf("GET %s: %d %s", address, answer.StatusCode, answer.body)
	}
	decode(s.t, answer, &value)
	return value
}

// decode wants JSON and decodes it. Members that the type does not have are an error.
func decode(t testing.TB, answer got, to any) {
	t.Helper()
	if kind := answer.Header.Get("Content-Type"); kind != "application/json" && kind != "application/problem+json" {
		t.Fatalf("Content-Type is %q: %.200s", kind, answer.body)
	}
	if err := json.Unmarshal([]byte(answer.body), to); err != nil {
		t.Fatalf("%v: %.2000s", err, answer.body)
	}
}

// wantProblem wants a problem with a status. field is the parameter that it names; empty
// for none. It returns the problem.
func wantProblem(t testing.TB, answer got, status int, field string) api.Problem {
	t.Helper()
	var p api.Problem
	if answer.StatusCode != status || answer.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("%d %s, want a problem with %d: %.500s", answer.StatusCode, answer.Header.Get("Content-Type"), status, answer.body)
		return p
	}
	decode(t, answer, &p)
	if p.Status != status || p.Title == "" || p.Detail == "" {
		t.Errorf("the problem is incomplete: %s", answer.body)
	}
	named := ""
	if len(p.Errors) > 0 {
		named = p.Errors[0].Location
	}
	if named != field {
		t.Errorf("the problem names %q, want %q: %s", named, field, answer.body)
	}
	return p
}

var errAway = errors.New("connection refused")
