package web_test

import (
	"context"
	_ "embed"
	"flag"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"liftoff"
	"liftoff/internal/analytics"
	"liftoff/internal/postgres"
	"liftoff/internal/testkit/launchtest"
	"liftoff/internal/testkit/pgtest"
	"liftoff/internal/web"
)

var update = flag.Bool("update", false, "write the golden files")

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m, pgtest.CheckLeaks())) }

//go:embed testdata/stored.sql
var storedSQL string

var (
	// empty is a database with the schema and nothing in it.
	empty = pgtest.NewTemplate(launchtest.Schema)
	// filled has launches that went the whole way, odd ones, a hostile one, and runs,
	// records in quarantine and schedules.
	filled = pgtest.NewTemplate(func(ctx context.Context, dsn string) error {
		if err := launchtest.Odd(ctx, dsn); err != nil {
			return err
		}
		conn, err := pgx.Connect(ctx, dsn)
		if err != nil {
			return err
		}
		defer func() { _ = conn.Close(ctx) }()
		if _, err := conn.Exec(ctx, storedSQL); err != nil {
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

// noon is the moment at which pages are made. The test's database has the same clock.
var noon = time.Date(2026, time.November, 10, 12, 0, 0, 0, time.UTC)

// site is a dashboard over a database.
type site struct {
	t       testing.TB
	handler http.Handler
	base    string
	// passed is how much time has passed since noon.
	passed atomic.Int64
}

// skip lets some seconds pass, so that the site looks at the database again.
func (s *site) skip() { s.passed.Add(int64(5 * time.Second)) }

// newSite returns a dashboard over a database that a template made.
func newSite(t testing.TB, template *pgtest.Template) *site {
	t.Helper()
	return newSiteOn(t, pgtest.NewDatabaseFrom(t, template).DSN)
}

// newSiteOn returns a dashboard over a database, with changed options.
func newSiteOn(t testing.TB, dsn string, change ...func(*web.Options)) *site {
	t.Helper()
	logger := slog.New(slog.DiscardHandler)
	store, err := postgres.Open(t.Context(), postgres.Options{URL: dsn, StatementTimeout: time.Minute, Logger: logger})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	queries, err := analytics.Load()
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t}
	options := web.Options{
		Store:  func(ctx context.Context) (*postgres.Store, error) { return store, store.RequireReadableSchema(ctx) },
		Answer: store.Answer, EngineName: func() string { return "PostgreSQL" }, Queries: queries, Base: func(context.Context) string { return s.base }, Version: "1.2.3",
		AsCalled: func(text string) string { return strings.ReplaceAll(text, "`liftoff ", "`./liftoff ") },
		NextStep: func(err error) string { return strings.ReplaceAll(liftoff.HintOf(err), "`liftoff ", "`./liftoff ") },
		Now:      func() time.Time { return noon.Add(time.Duration(s.passed.Load())) },
		Logger:   logger,
	}
	for _, each := range change {
		each(&options)
	}
	pages, err := web.New(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pages.Close)
	s.handler = pages.Handler()
	return s
}

// get asks for an address.
func (s *site) get(address string) *http.Response {
	s.t.Helper()
	recorder := httptest.NewRecorder()
	s.handler.ServeHTTP(recorder, httptest.NewRequestWithContext(s.t.Context(), http.MethodGet, address, http.NoBody))
	return recorder.Result()
}

// want asks for an address and returns the body of the answer, which must have a status.
func (s *site) want(address string, status int) string {
	s.t.Helper()
	response := s.get(address)
	body, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	if response.StatusCode != status {
		s.t.Fatalf("GET %.200s: status %d, want %d:\n%.2000s", address, response.StatusCode, status, body)
	}
	return string(body)
}

// changing is what differs from one run of the tests to the next.
var changing = regexp.MustCompile(`PostgreSQL \d[^<]*|/assets/style\.[0-9a-f]+\.css`)

// wantGolden compares a page with testdata/name.html, or writes it with -update.
func wantGolden(t *testing.T, name, page string) {
	t.Helper()
	wantInert(t, name, page)
	got := changing.ReplaceAllString(page, "CHANGING")
	path := filepath.Join("testdata", name+".html")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s differs (-want +got), see -update:\n%.4000s", path, diff)
	}
}

// hrefs returns the addresses of all links of a page whose text has a part.
func hrefs(page, text string) (found []string) {
	for _, link := range regexp.MustCompile(`<a [^>]*href="([^"]*)"[^>]*>([^<]*)`).FindAllStringSubmatch(page, -1) {
		if strings.Contains(link[2], text) {
			found = append(found, strings.ReplaceAll(link[1], "&amp;", "&"))
		}
	}
	return found
}
