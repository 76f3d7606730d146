package api_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"liftoff"
	"liftoff/internal/analytics"
	"liftoff/internal/api"
	"liftoff/internal/postgres"
	"liftoff/internal/report"
	"liftoff/internal/table"
	"liftoff/internal/testkit/pgtest"
)

var update = flag.Bool("update", false, "write the golden files")

func TestOpenAPI_IsWhatTheCodeSays(t *testing.T) {
	s := serveAPI(t, empty)
	answer := s.get("/api/v1/openapi.json")
	const path = "testdata/openapi.json"
	if *update {
		if err := os.WriteFile(path, []byte(answer.body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(answer.body, "\n")); diff != "" || answer.StatusCode != http.StatusOK {
		t.Errorf("%d; %s differs (-want +got), see -update:\n%.4000s", answer.StatusCode, path, diff)
	}
	below := serveAPI(t, empty, func(o *api.Options) { o.Base = func(context.Context) string { return "/liftoff" } })
	if got := below.get("/api/v1/openapi.json").body; !strings.Contains(got, `"url": "/liftoff"`) {
		t.Error("the base path is not in the description")
	}
}

func TestLaunches_WalkedByCursorsAreAllLaunches(t *testing.T) {
	s := serveAPI(t, filled)
	want, err := s.store.Launches(t.Context(), postgres.LaunchFilter{Limit: 10_000})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, launch := range want {
		all = append(all, launch.ID)
	}
	var last api.LaunchList
	var there []string
	for cursor := ""; ; cursor = *last.NextCursor {
		last = read[api.LaunchList](s, "/api/v1/launches?limit=37"+parameter("cursor", cursor))
		if last.Total != int64(len(all)) || last.IsCountOpen {
			t.Fatalf("total is %d, want %d", last.Total, len(all))
		}
		there = append(there, idsOf(last)...)
		if last.NextCursor == nil {
			break
		}
	}
	if diff := cmp.Diff(all, there); diff != "" {
		t.Errorf("the pages there are not all launches:\n%s", diff)
	}
	back := idsOf(last)
	for last.PreviousCursor != nil {
		last = read[api.LaunchList](s, "/api/v1/launches?limit=37"+parameter("cursor", *last.PreviousCursor))
		back = append(idsOf(last), back...)
	}
	if diff := cmp.Diff(all, back); diff != "" {
		t.Errorf("the pages back are not all launches:\n%s", diff)
	}
}

func parameter(name, value string) string {
	if value == "" {
		return ""
	}
	return "&" + name + "=" + url.QueryEscape(value)
}

func idsOf(list api.LaunchList) (ids []string) {
	for _, launch := range list.Launches {
		ids = append(ids, launch.ID)
	}
	return ids
}

func TestLaunches_Filters(t *testing.T) {
	s := serveAPI(t, filled)
	successes := read[api.LaunchList](s, "/api/v1/launches?outcome=success&limit=1")
	if len(successes.Launches) != 1 || successes.Launches[0].RocketID == nil || successes.Launches[0].LaunchedAt == nil {
		t.Fatalf("no launch to look for: %+v", successes)
	}
	one := successes.Launches[0]
	filters := fmt.Sprintf("search=%s&outcome=success&rocket=%s&launchpad=%s&year=%d",
		url.QueryEscape((*one.Name)[:5]), url.QueryEscape(*one.RocketID), url.QueryEscape(*one.LaunchpadID), one.LaunchedAt.Year())
	found := read[api.LaunchList](s, "/api/v1/launches?"+filters)
	if found.Total == 0 || found.Total >= successes.Total || !slices.Contains(idsOf(found), one.ID) {
		t.Errorf("%s: %d of %d launches: %v", filters, found.Total, successes.Total, idsOf(found))
	}
	for _, launch := range found.Launches {
		if launch.Outcome != liftoff.OutcomeSuccess || *launch.RocketID != *one.RocketID || launch.LaunchedAt.Year() != one.LaunchedAt.Year() {
			t.Errorf("%s: found %+v", filters, launch)
		}
	}
	none := s.get("/api/v1/launches?search=nothing-is-called-this")
	if !strings.Contains(none.body, `"launches": []`) || !strings.Contains(none.body, `"total": 0`) {
		t.Errorf("no match is %s", none.body)
	}
}

func TestLaunch_IsWhatTheCommandsPrint(t *testing.T) {
	s := serveAPI(t, filled)
	for _, id := range idsOf(read[api.LaunchList](s, "/api/v1/launches?limit=200")) {
		details, err := s.store.LaunchDetails(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		var printed strings.Builder
		if err := report.WriteLaunch(&printed, report.FormatJSON, details, report.Options{}); err != nil {
			t.Fatal(err)
		}
		want, answer := map[string]any{}, map[string]any{}
		decode(t, s.get("/api/v1/launches/"+url.PathEscape(id)), &answer)
		if err := json.Unmarshal([]byte(printed.String()), &want); err != nil {
			t.Fatal(err)
		}
		want["outcome"] = string(liftoff.OutcomeOf(details.Upcoming, details.Success))
		if diff := cmp.Diff(want, answer); diff != "" {
			t.Errorf("launch %q differs from `liftoff show` (-want +got):\n%s", id, diff)
		}
		history := read[map[string]any](s, "/api/v1/launches/"+url.PathEscape(id)+"/history")
		if history["launch_id"] != id || len(history["revisions"].([]any)) != int(details.Revisions) {
			t.Errorf("the history of %q: %v, want %d revisions", id, history, details.Revisions)
		}
	}
}

func TestAggregates_AreTheView(t *testing.T) {
	s := serveAPI(t, filled)
	answer := read[map[string]any](s, "/api/v1/aggregates")
	queries, err := analytics.Load()
	if err != nil {
		t.Fatal(err)
	}
	view, err := s.store.Answer(t.Context(), queries[:1])
	if err != nil {
		t.Fatal(err)
	}
	rows, err := report.Rows(view[0])
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{}
	if err := json.Unmarshal(rows[0], &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, answer); diff != "" || want["total_launches"] == 0.0 {
		t.Errorf("the aggregates differ from launch_aggregates_view (-want +got):\n%s", diff)
	}
}

func TestRuns(t *testing.T) {
	s := serveAPI(t, filled)
	whole := read[api.RunList](s, "/api/v1/runs")
	if len(whole.Runs) < 5 || whole.NextCursor != nil || whole.PreviousCursor != nil {
		t.Fatalf("%d runs, want 5 or more on one page", len(whole.Runs))
	}
	var last api.RunList
	var there, back []int64
	for cursor := ""; ; cursor = *last.NextCursor {
		last = read[api.RunList](s, "/api/v1/runs?limit=2"+parameter("cursor", cursor))
		there = append(there, runsOf(last)...)
		if last.NextCursor == nil {
			break
		}
	}
	for back = runsOf(last); last.PreviousCursor != nil; back = append(runsOf(last), back...) {
		last = read[api.RunList](s, "/api/v1/runs?limit=2"+parameter("cursor", *last.PreviousCursor))
	}
	if diff := cmp.Diff(runsOf(whole), there) + cmp.Diff(runsOf(whole), back); diff != "" {
		t.Errorf("the pages are not all runs:\n%s", diff)
	}
	first := whole.Runs[len(whole.Runs)-1]
	run := read[map[string]any](s, fmt.Sprintf("/api/v1/runs/%d", first.ID))
	if run["run_id"] != float64(first.ID) || run["status"] != "succeeded" || run["fetched"] != float64(first.Fetched) {
		t.Errorf("run %d is %v", first.ID, run)
	}
}

func runsOf(list api.RunList) (ids []int64) {
	for _, run := range list.Runs {
		ids = append(ids, run.ID)
	}
	return ids
}

func TestAnalytics(t *testing.T) {
	s := serveAPI(t, filled)
	for _, query := range read[api.QueryList](s, "/api/v1/analytics").Queries {
		answer := read[map[string]any](s, "/api/v1/analytics/"+query.Name)
		if answer["engine"] != "postgres" || answer["answered_at"] != "2026-11-10T12:00:00.000000Z" || answer["title"] != query.Title || query.SQL == "" {
			t.Errorf("%s: %v", query.Name, answer)
		}
		columns, rows := answer["columns"].([]any), answer["rows"].([]any)
		for _, row := range rows {
			if len(row.(map[string]any)) != len(columns) {
				t.Errorf("%s: a row has other columns: %v", query.Name, row)
			}
		}
		if len(columns) == 0 || len(rows) == 0 {
			t.Errorf("%s: nothing in the answer: %v", query.Name, answer)
		}
	}
}

func TestAnEmptyDatabaseHasEmptyLists(t *testing.T) {
	s := serveAPI(t, empty)
	for path, want := range map[string]string{"/api/v1/launches": `"launches": []`, "/api/v1/runs": `"runs": []`} {
		if answer := s.get(path); answer.StatusCode != http.StatusOK || !strings.Contains(answer.body, want) {
			t.Errorf("%s: %d %s, want %s", path, answer.StatusCode, answer.body, want)
		}
	}
}

// mistakes are addresses with a mistake, the status of the answer and the parameter that
// it names.
func mistakes() map[string]struct {
	status int
	field  string
} {
	type answer = struct {
		status int
		field  string
	}
	limit, cursor, search, year, id := answer{400, "query.limit"}, answer{400, "query.cursor"}, answer{400, "query.search"}, answer{400, "query.year"}, answer{400, "path.id"}
	encoded := func(text string) string {
		return "/api/v1/launches?cursor=" + base64.RawURLEncoding.EncodeToString([]byte(text))
	}
	return map[string]answer{
		"/api/v1/launches?limit=0": limit, "/api/v1/launches?limit=1000000": limit, "/api/v1/launches?limit=-1": limit,
		"/api/v1/launches?limit=": limit, "/api/v1/launches?limit": limit, "/api/v1/launches?limit=ten": limit,
		"/api/v1/launches?limit=1&limit=2": limit, "/api/v1/launches?limit=99999999999999999999": limit, "/api/v1/runs?limit=201": limit,
		"/api/v1/launches?cursor=!": cursor, "/api/v1/launches?cursor=YWJj": cursor, "/api/v1/launches?cursor=a": cursor, "/api/v1/runs?cursor=YWJj": cursor,
		encoded("launches~older~~"): cursor, encoded("launches~sideways~~a"): cursor, encoded("launches~older~2020~a"): cursor,
		encoded("launches~older~0000-01-01T00:00:00Z~a"): cursor, encoded("launches~newer~~\x00"): cursor, encoded("runs~older~5"): cursor,
		"/api/v1/launches?search=a": search, "/api/v1/launches?search=--------": search, "/api/v1/launches?search=%20%20a%20%20": search, "/api/v1/launches?search=a%00bc": search,
		"/api/v1/launches?search=%ffabc": search, "/api/v1/launches?search=" + strings.Repeat("a", 201): search, "/api/v1/launches?search=abc&search=abc": search,
		"/api/v1/launches?year=0": year, "/api/v1/launches?year=10000": year, "/api/v1/launches?year=-5": year, "/api/v1/launches?year=2020.5": year,
		"/api/v1/launches?outcome=lost": {400, "query.outcome"}, "/api/v1/launches?rocket=": {400, "query.rocket"}, "/api/v1/launches?sort=name": {400, "query.sort"},
		"/api/v1/aggregates?x=1": {400, "query.x"}, "/api/v1/analytics?x=1": {400, "query.x"}, "/api/v1/launches/a?x=1": {400, "query.x"},
		"/api/v1/launches/" + strings.Repeat("a", 129): id, "/api/v1/launches/a%0Ab": id, "/api/v1/launches/a%00": {400, ""}, "/api/v1/launches/%ff": {400, ""},
		"/api/v1/launches?limit=%zz": {400, ""}, "/api/v1/launches?a;b": {400, ""}, "/api/v1/launches?%00=1": {400, ""},
		"/api/v1/launches/nobody": {404, ""}, "/api/v1/launches/nobody/history": {404, ""}, "/api/v1/runs/99999": {404, ""}, "/api/v1/runs/0": id,
		"/api/v1/runs/abc": id, "/api/v1/analytics/nothing": {404, ""}, "/api/v1/": {404, ""}, "/api/v1/launches/": {404, ""}, "/api/": {404, ""},
		"/api/v1/docs": {404, ""}, "/api/v1/openapi.yaml": {404, ""}, "/api/v1/launches/a/b/c": {404, ""},
	}
}

func TestMistakesAreNamed(t *testing.T) {
	s := serveAPI(t, filled)
	for path, want := range mistakes() {
		t.Run(path[:min(len(path), 60)], func(t *testing.T) { wantProblem(t, s.get(path), want.status, want.field) })
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodOptions, "TRACE"} {
		answer := s.ask(method, "/api/v1/launches")
		wantProblem(t, answer, http.StatusMethodNotAllowed, "")
		if allow := answer.Header.Get("Allow"); allow != "GET, HEAD" {
			t.Errorf("%s: Allow is %q", method, allow)
		}
	}
}

func TestETag(t *testing.T) {
	db := pgtest.NewDatabaseFrom(t, filled)
	s := serveAPIOn(t, db.DSN)
	first := s.get("/api/v1/launches?limit=2")
	tag := first.Header.Get("ETag")
	if tag == "" || s.get("/api/v1/launches?limit=2").Header.Get("ETag") != tag {
		t.Fatalf("ETag is %q, and not the same again", tag)
	}
	for _, header := range []string{tag, strings.TrimPrefix(tag, "W/"), `"other", ` + tag} {
		if answer := s.get("/api/v1/launches?limit=2", "If-None-Match: "+header); answer.StatusCode != http.StatusNotModified || answer.body != "" || answer.Header.Get("ETag") != tag {
			t.Errorf("If-None-Match: %s: %d %q", header, answer.StatusCode, answer.body)
		}
	}
	newer := serveAPIOn(t, db.DSN, func(o *api.Options) { o.Version = "1.2.4" })
	for what, answer := range map[string]got{
		"another tag":     s.get("/api/v1/launches?limit=2", `If-None-Match: W/"x"`),
		"another address": s.get("/api/v1/launches?limit=3", "If-None-Match: "+tag),
		"another program": newer.get("/api/v1/launches?limit=2", "If-None-Match: "+tag),
	} {
		if answer.StatusCode != http.StatusOK || (answer.Header.Get("ETag") == tag) != (what == "another tag") {
			t.Errorf("%s: %d, ETag %q", what, answer.StatusCode, answer.Header.Get("ETag"))
		}
	}
	conn := pgtest.Connect(t, db.DSN)
	const begin = `INSERT INTO ingestion_runs (source_id, selection, command, program_version, started_at, status, pages, fetched, inserted, revised, unchanged, quarantined, missing, bytes)
		VALUES (1, 'new', 'liftoff ingest', '1.2.3', '2026-11-09 11:00', 'running', 0, 0, 0, 0, 0, 0, 0, 0)`
	if _, err := conn.Exec(t.Context(), begin); err != nil {
		t.Fatal(err)
	}
	if answer := s.get("/api/v1/launches?limit=2", "If-None-Match: "+tag); answer.StatusCode != http.StatusOK || answer.Header.Get("ETag") != "" {
		t.Errorf("while a run is under way: %d, ETag %q", answer.StatusCode, answer.Header.Get("ETag"))
	}
	if _, err := conn.Exec(t.Context(), `UPDATE ingestion_runs SET status = 'succeeded', finished_at = '2026-11-09 12:00' WHERE status = 'running'`); err != nil {
		t.Fatal(err)
	}
	if answer := s.get("/api/v1/launches?limit=2", "If-None-Match: "+tag); answer.StatusCode != http.StatusOK || answer.Header.Get("ETag") == "" {
		t.Errorf("after a run: %d, ETag %q", answer.StatusCode, answer.Header.Get("ETag"))
	}
}

func TestWhatDoesNotAnswerIs503(t *testing.T) {
	away := func(context.Context) (*postgres.Store, error) {
		return nil, liftoff.NewError(liftoff.Database, fmt.Errorf("connect to PostgreSQL: %w", errAway), "see `liftoff doctor`")
	}
	s := serveAPI(t, empty, func(o *api.Options) { o.Store = away })
	for _, path := range []string{"/api/v1/launches", "/api/v1/launches/a", "/api/v1/launches/a/history", "/api/v1/aggregates", "/api/v1/runs", "/api/v1/runs/1", "/api/v1/analytics/aggregate_view"} {
		answer := s.get(path)
		p := wantProblem(t, answer, http.StatusServiceUnavailable, "")
		if answer.Header.Get("Retry-After") == "" || p.Next != "see `./liftoff doctor`" || !strings.Contains(p.Detail, "PostgreSQL") {
			t.Errorf("%s: Retry-After %q, %+v", path, answer.Header.Get("Retry-After"), p)
		}
	}
	slow := serveAPI(t, empty, func(o *api.Options) {
		o.Store = func(context.Context) (*postgres.Store, error) {
			return nil, fmt.Errorf("read: %w", context.DeadlineExceeded)
		}
	})
	wantProblem(t, slow.get("/api/v1/launches"), http.StatusServiceUnavailable, "")
	noTrino := serveAPI(t, filled, func(o *api.Options) {
		o.Answer = func(context.Context, []analytics.Query) ([]table.Table, error) {
			return nil, liftoff.NewError(liftoff.QueryEngine, fmt.Errorf("ask Trino at http://trino:8080: %w", errAway), "start Trino")
		}
	})
	answer := noTrino.get("/api/v1/analytics/aggregate_view")
	if p := wantProblem(t, answer, http.StatusServiceUnavailable, ""); !strings.Contains(p.Detail, "Trino") || answer.Header.Get("Retry-After") == "" {
		t.Errorf("without Trino: %+v", p)
	}
	noTables := serveAPIOn(t, pgtest.NewDatabase(t).DSN)
	if p := wantProblem(t, noTables.get("/api/v1/launches"), http.StatusServiceUnavailable, ""); !strings.Contains(p.Next, "`./liftoff migrate up`") {
		t.Errorf("without tables: %+v", p)
	}
}
