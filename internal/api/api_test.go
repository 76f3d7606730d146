package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"liftoff"
	"liftoff/internal/analytics"
	"liftoff/internal/api"
	"liftoff/internal/postgres"
	"liftoff/internal/report"
	"liftoff/internal/table"
	"liftoff/internal/testkit/launchtest"
	"liftoff/internal/testkit/pgtest"
)

var (
	update = flag.Bool("update", false, "write the golden files")
	odd    = pgtest.NewTemplate(launchtest.Odd)
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// service is an API over a real database.
type service struct {
	http.Handler

	store *postgres.Store
	db    pgtest.Database
}

func open(t *testing.T, db pgtest.Database) *postgres.Store {
	t.Helper()
	store, err := postgres.Open(t.Context(), postgres.Options{URL: db.DSN, StatementTimeout: time.Minute, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	return store
}

func options(t *testing.T, store *postgres.Store) api.Options {
	t.Helper()
	queries, err := analytics.Load()
	if err != nil {
		t.Fatal(err)
	}
	return api.Options{
		Store: store, Engine: store, EngineName: func() string { return "postgres" }, AsCalled: func(text string) string { return text }, Queries: queries, Version: "test",
		Now: func() time.Time { return time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC) }, Logger: slog.New(slog.DiscardHandler),
	}
}

func newService(t *testing.T) service {
	t.Helper()
	db := pgtest.NewDatabaseFrom(t, odd)
	store := open(t, db)
	return service{api.New(options(t, store)), store, db}
}

// get asks a handler for a path, whose query is escaped already.
func get(t *testing.T, handler http.Handler, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w
}

// read is get for an answer of a known form.
func read[T any](t *testing.T, handler http.Handler, path string) (value T) {
	t.Helper()
	w := get(t, handler, path)
	if w.Code != http.StatusOK {
		t.Fatalf("GET %s = %d %s", path, w.Code, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &value); err != nil {
		t.Fatalf("GET %s: %v", path, err)
	}
	return value
}

type page struct {
	Launches       []struct{ ID string }
	Total          int64
	TotalIsExact   bool `json:"total_is_exact"`
	Next, Previous *string
}

func (p page) ids() (ids []string) {
	for _, l := range p.Launches {
		ids = append(ids, l.ID)
	}
	return ids
}

func TestLaunches_PagesAreAllLaunchesBothWays(t *testing.T) {
	t.Parallel()
	s := newService(t)
	all, err := s.store.Launches(t.Context(), postgres.LaunchFilter{Limit: 10_000})
	if err != nil {
		t.Fatal(err)
	}
	var want, forth, back []string
	for _, l := range all {
		want = append(want, l.ID)
	}
	p := read[page](t, s, "/api/v1/launches?limit=37")
	if p.Previous != nil || p.Total != int64(len(want)) || !p.TotalIsExact {
		t.Errorf("the first page has previous %v and total %d of %d", p.Previous, p.Total, len(want))
	}
	for forth = p.ids(); p.Next != nil; forth = append(forth, p.ids()...) {
		p = read[page](t, s, "/api/v1/launches?limit=37&cursor="+*p.Next)
	}
	for back = p.ids(); p.Previous != nil; back = append(p.ids(), back...) {
		p = read[page](t, s, "/api/v1/launches?limit=37&cursor="+*p.Previous)
	}
	if diff := cmp.Diff(want, forth); diff != "" {
		t.Errorf("by next (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, back); diff != "" {
		t.Errorf("by previous (-want +got):\n%s", diff)
	}
}

// One word for one thing: what the API calls a field, the CLI does too.
func TestLaunch_IsTheCommandsJSON(t *testing.T) {
	t.Parallel()
	s := newService(t)
	for _, l := range read[page](t, s, "/api/v1/launches?limit=200").Launches {
		details, err := s.store.LaunchDetails(t.Context(), l.ID)
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		if err := report.WriteLaunch(&out, report.FormatJSON, details, report.Options{}); err != nil {
			t.Fatal(err)
		}
		var want map[string]any
		if err := json.Unmarshal([]byte(out.String()), &want); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, read[map[string]any](t, s, "/api/v1/launches/"+url.PathEscape(l.ID))); diff != "" {
			t.Fatalf("launch %q (-command +API):\n%s", l.ID, diff)
		}
	}
}

func TestRunAndHistory_AreTheCommandsJSON(t *testing.T) {
	t.Parallel()
	s := newService(t)
	details, err := s.store.Run(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := report.WriteRun(&out, report.FormatJSON, report.Run{RunDetails: details}, report.Options{}); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{}
	if err := json.Unmarshal([]byte(out.String()), &want); err != nil {
		t.Fatal(err)
	}
	delete(want, "next") // a command
	if diff := cmp.Diff(want, read[map[string]any](t, s, "/api/v1/runs/1")); diff != "" {
		t.Errorf("run 1 (-command +API):\n%s", diff)
	}
	var id string
	if err := pgtest.Connect(t, s.db.DSN).QueryRow(t.Context(), "SELECT launch_id FROM launch_revisions LIMIT 1").Scan(&id); err != nil {
		t.Fatal(err)
	}
	history, err := s.store.LaunchHistory(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	listing, err := report.History(id, history.MissingSince, history.Revisions)
	if err != nil {
		t.Fatal(err)
	}
	out.Reset()
	if err := report.WriteValue(&out, listing.Value); err != nil {
		t.Fatal(err)
	}
	clear(want)
	if err := json.Unmarshal([]byte(out.String()), &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, read[map[string]any](t, s, "/api/v1/launches/"+url.PathEscape(id)+"/history")); diff != "" {
		t.Errorf("history of %q (-command +API):\n%s", id, diff)
	}
}

func TestAggregates_AreTheView(t *testing.T) {
	t.Parallel()
	s := newService(t)
	var text []byte
	if err := pgtest.Connect(t, s.db.DSN).QueryRow(t.Context(), "SELECT row_to_json(v)::text FROM launch_aggregates_view v").Scan(&text); err != nil {
		t.Fatal(err)
	}
	var want map[string]any
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, read[map[string]any](t, s, "/api/v1/aggregates")); diff != "" {
		t.Errorf("aggregates (-view +API):\n%s", diff)
	}
}

func TestAnalytics_EachQueryIsAnswered(t *testing.T) {
	t.Parallel()
	s := newService(t)
	list := read[struct{ Queries []struct{ Name string } }](t, s, "/api/v1/analytics")
	if len(list.Queries) == 0 {
		t.Fatal("no queries")
	}
	for _, q := range list.Queries {
		answer := read[struct {
			Columns []struct{ Name string }
			Rows    []map[string]any
			Engine  string
		}](t, s, "/api/v1/analytics/"+q.Name)
		if len(answer.Columns) == 0 || answer.Engine != "postgres" || len(answer.Rows) > 0 && len(answer.Rows[0]) != len(answer.Columns) {
			t.Errorf("%s: %d columns, rows such as %v, of %q", q.Name, len(answer.Columns), answer.Rows[:min(1, len(answer.Rows))], answer.Engine)
		}
	}
}

func TestRequests_ThatAreWrong(t *testing.T) {
	t.Parallel()
	s := newService(t)
	for _, c := range []struct {
		path   string
		status int
		names  string
	}{
		{"/api/v1/launches?limit=0", 400, "query.limit"},
		{"/api/v1/launches?limit=1000000", 400, "query.limit"},
		{"/api/v1/launches?limit=x", 400, "query.limit"},
		{"/api/v1/launches?limit=99999999999999999999", 400, "query.limit"},
		{"/api/v1/launches?limit=", 400, "query.limit"},
		{"/api/v1/launches?cursor=!!", 400, "query.cursor"},
		{"/api/v1/launches?cursor=abcd", 400, "query.cursor"},
		{"/api/v1/launches?cursor=older.1.6", 400, "query.cursor"},
		{"/api/v1/launches?search=a", 400, "query.search"},
		{"/api/v1/launches?search=%00abc", 400, "query.search"},
		{"/api/v1/launches?search=%ff%fe%fd", 400, "query.search"},
		{"/api/v1/launches?search=abc&search=def", 400, "query.search"},
		{"/api/v1/launches?search=" + strings.Repeat("a", 101), 400, "query.search"},
		{"/api/v1/launches?outcome=lost", 400, "query.outcome"},
		{"/api/v1/launches?year=0", 400, "query.year"},
		{"/api/v1/launches?year=-1", 400, "query.year"},
		{"/api/v1/launches?year=10000", 400, "query.year"},
		{"/api/v1/launches?year=2020.5", 400, "query.year"},
		{"/api/v1/launches?a=b;c", 400, "query"},
		{"/api/v1/launches?page=2", 400, "query.page"},
		{"/api/v1/launches/none", 404, "none"},
		{"/api/v1/launches/%00", 400, "path"},
		{"/api/v1/launches/" + strings.Repeat("a", 129), 400, "path.id"},
		{"/api/v1/launches/none/history", 404, "none"},
		{"/api/v1/launches/..%2f..%2fetc", 404, ""},
		{"/api/v1/launches/../runs", 404, ""},
		{"/api/v1/runs?cursor=abcd", 400, "query.cursor"},
		{"/api/v1/runs/0", 400, "path.id"},
		{"/api/v1/runs/x", 400, "path.id"},
		{"/api/v1/runs/999999", 404, "999999"},
		{"/api/v1/analytics/none", 404, "none"},
		{"/api/v1/aggregates?x=1", 400, "query.x"},
		{"/api/v1/", 404, ""},
		{"/api/v1/docs", 404, ""},
		{"/api/v1/launches?search=" + strings.Repeat("a", 9000), 414, ""},
	} {
		w := get(t, s, c.path)
		wantProblem(t, w, c.status)
		if !strings.Contains(w.Body.String(), c.names) {
			t.Errorf("GET %.80s = %s, want %q in it", c.path, w.Body, c.names)
		}
	}
	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "ODD"} {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, "/api/v1/launches", nil))
		wantProblem(t, w, http.StatusMethodNotAllowed)
		if w.Header().Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: Allow is %q", method, w.Header().Get("Allow"))
		}
	}
}

func wantProblem(t *testing.T, w *httptest.ResponseRecorder, status int) {
	t.Helper()
	var problem struct{ Status int }
	err := json.Unmarshal(w.Body.Bytes(), &problem)
	if w.Code != status || problem.Status != status || w.Header().Get("Content-Type") != "application/problem+json" || err != nil {
		t.Errorf("got %d %s %s, want a problem with status %d", w.Code, w.Header().Get("Content-Type"), w.Body, status)
	}
}

func TestETag_ChangesWithTheDataOnly(t *testing.T) {
	t.Parallel()
	s := newService(t)
	tag := get(t, s, "/api/v1/launches").Header().Get("ETag")
	if w := get(t, s, "/api/v1/launches", "If-None-Match", tag); w.Code != http.StatusNotModified || w.Body.Len() > 0 || tag == "" {
		t.Errorf("again with %q: %d %s", tag, w.Code, w.Body)
	}
	if w := get(t, s, "/api/v1/launches?limit=2", "If-None-Match", tag); w.Code != http.StatusOK {
		t.Errorf("another page: %d", w.Code)
	}
	if w := get(t, s, "/api/v1/launches/none", "If-None-Match", "*"); w.Code != http.StatusNotFound {
		t.Errorf("an unknown launch: %d", w.Code)
	}
	conn := pgtest.Connect(t, s.db.DSN)
	if _, err := conn.Exec(t.Context(), `UPDATE ingestion_runs SET status = 'running', finished_at = NULL`); err != nil {
		t.Fatal(err)
	}
	if w := get(t, s, "/api/v1/launches", "If-None-Match", tag); w.Code != http.StatusOK || w.Header().Get("ETag") != "" {
		t.Errorf("while a run is under way: %d with tag %q", w.Code, w.Header().Get("ETag"))
	}
}

// away is an engine that does not answer.
type away struct{}

func (away) Answer(context.Context, []analytics.Query) ([]table.Table, error) {
	return nil, liftoff.NewError(liftoff.QueryEngine, errors.New("Trino at 127.0.0.1:1 does not answer"), "start it")
}

func TestOutages_AreUnavailable(t *testing.T) {
	t.Parallel()
	s := newService(t)
	o := options(t, s.store)
	o.Engine, o.EngineName = away{}, func() string { return "trino" }
	w := get(t, api.New(o), "/api/v1/analytics/"+o.Queries[0].Name)
	wantProblem(t, w, http.StatusServiceUnavailable)
	if !strings.Contains(w.Body.String(), "Trino") || w.Header().Get("Retry-After") == "" {
		t.Errorf("without Trino: %v %s", w.Header(), w.Body)
	}
	empty := api.New(options(t, open(t, pgtest.NewDatabase(t))))
	if w := get(t, empty, "/api/v1/launches"); w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "liftoff ") {
		t.Errorf("without tables: %d %s, want the next command", w.Code, w.Body)
	}
	s.store.Close()
	for _, path := range []string{"launches", "launches/a", "launches/a/history", "aggregates", "runs", "runs/1", "analytics/" + o.Queries[0].Name} {
		w := get(t, s, "/api/v1/"+path)
		wantProblem(t, w, http.StatusServiceUnavailable)
	}
}

func TestOpenAPI_IsTheGoldenFile(t *testing.T) {
	t.Parallel()
	o := options(t, nil)
	document := read[map[string]any](t, api.New(o), "/api/v1/openapi.json")
	got, err := json.MarshalIndent(document, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/openapi.json"
	if *update {
		if err := os.WriteFile(golden, append(got, '\n'), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if diff := cmp.Diff(string(want), fmt.Sprintln(string(got))); err != nil || diff != "" {
		t.Errorf("%v; run go test ./internal/api -update (-want +got):\n%s", err, diff)
	}
}

func execute(t *testing.T, s service, sql string) {
	t.Helper()
	if _, err := pgtest.Connect(t, s.db.DSN).Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}
