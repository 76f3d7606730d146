package ingest_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"liftoff"
	"liftoff/internal/ingest"
	"liftoff/internal/telemetry"
)

func TestTrace_ARunIsATree(t *testing.T) {
	t.Parallel()
	var launches []string
	for n := range 45 {
		launches = append(launches, document(n, `"canary launch 77a1"`))
	}
	api := newAPI(t, documents(t, launches...))
	got := &traceparents{}
	api.breakWith(func(_ http.ResponseWriter, r *http.Request) bool { got.note(r); return false })
	s, tr := newTraced(t, api.url), newTraces(t)
	lines := &log{changed: make(chan struct{})}
	s.Logger, _ = telemetry.NewLogger(telemetry.Options{Console: lines, JSON: true})
	result, err := tr.run(s, selecting(liftoff.SelectAll))
	if err != nil {
		t.Fatal(err)
	}
	tr.check(t, s, "canary")
	got.wantAs(t, tr)
	id := tr.Ended()[0].SpanContext().TraceID().String()
	for line := range strings.Lines(lines.String()) {
		if !strings.Contains(line, `"trace_id":"`+id+`"`) {
			t.Errorf("a line has another trace id than %s: %s", id, line)
		}
	}
	if !strings.Contains(lines.String(), "Run started.") {
		t.Errorf("the log is %s", lines)
	}

	run := tr.one(t, "run")
	for key, want := range map[string]string{
		"liftoff.run.id": "1", "liftoff.run.selection": "all", "liftoff.run.source": api.url, "liftoff.run.status": string(result.Summary.Status),
		"liftoff.records": "45", "liftoff.inserted": "45", "liftoff.pages": decimal(result.Summary.Pages),
	} {
		if got := get(run, key); got != want {
			t.Errorf("%s of the run is %q, want %q", key, got, want)
		}
	}
	records, stored := int64(0), int64(0)
	for _, page := range tr.named("page") {
		if get(page, "liftoff.collection") == "launches" {
			records++
		}
	}
	for _, batch := range tr.named("batch") {
		if status(batch) != "" || get(batch, "liftoff.inserted") != get(batch, "liftoff.records") {
			t.Errorf("a batch is %v", batch.Attributes())
		}
		stored++
	}
	if records != result.Summary.Pages || stored == 0 {
		t.Errorf("%d pages of launches and %d batches, want %d pages", records, stored, result.Summary.Pages)
	}
	tr.one(t, "view")
	for name, count := range map[string]int{"request": int(api.requests.Load()), "references": 2} {
		if got := len(tr.named(name)); got != count {
			t.Errorf("%d spans %q, want %d", got, name, count)
		}
	}
	for _, each := range slices.Concat(tr.named("statement"), tr.named("statements")) {
		if get(each, "db.query.summary") == "" || get(each, "db.namespace") != s.db.Name {
			t.Errorf("%s has no name: %v", each.Name(), each.Attributes())
		}
	}
}

// Whatever a run fetches, and in whichever goroutine, is below it.
func TestTrace_EachSelection(t *testing.T) {
	t.Parallel()
	api := newAPI(t, synthetic(t, 60, 3))
	for selection, pages := range map[liftoff.Selection]int{
		liftoff.SelectLatest: 1, liftoff.SelectNew: 6, liftoff.SelectUpcoming: 1, liftoff.SelectBackfill: 6,
	} {
		t.Run(string(selection), func(t *testing.T) {
			t.Parallel()
			s, tr := newTraced(t, api.url), newTraces(t)
			if _, err := tr.run(s, s.opened(t, selecting(selection))); err != nil {
				t.Fatal(err)
			}
			tr.check(t, s)
			if got := get(tr.one(t, "run"), "liftoff.run.selection"); got != string(selection) || len(tr.named("page")) < pages {
				t.Errorf("a run of %q with %d pages", got, len(tr.named("page")))
			}
		})
	}
}

// Nothing goes to the API unless there is a trace.
func TestTrace_WithoutAProviderThereIsNoTraceparent(t *testing.T) {
	t.Parallel()
	api, got := newAPI(t, synthetic(t, 20, 3)), &traceparents{}
	api.breakWith(func(_ http.ResponseWriter, r *http.Request) bool { got.note(r); return false })
	newSetup(t, api.url).succeed(t, selecting(liftoff.SelectAll))
	if strings.Join(got.seen, "") != "" {
		t.Errorf("the API got %q", got.seen)
	}
}

// breakPage answers the first requests for the page at an offset with a status.
func (a *api) breakPage(offset, status, times int) {
	var mutex sync.Mutex
	a.breakWith(func(w http.ResponseWriter, r *http.Request) bool {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		mutex.Lock()
		defer mutex.Unlock()
		if !strings.Contains(string(body), fmt.Sprintf(`"offset":%d,`, offset)) || times == 0 {
			return false
		}
		times--
		http.Error(w, "canary answer", status)
		return true
	})
}

func TestTrace_APageThatFails(t *testing.T) {
	t.Parallel()
	api := newAPI(t, synthetic(t, 60, 3))
	api.breakPage(29, http.StatusBadGateway, 1)
	s, tr := newTraced(t, api.url), newTraces(t)
	s.WithReferences = false
	if result, err := tr.run(s, selecting(liftoff.SelectAll)); err != nil || result.Summary.Status != liftoff.RunPartial {
		t.Fatalf("Run() = %+v, %v", result, err)
	}
	tr.check(t, s, "canary")
	failed := 0
	for _, each := range tr.Ended() {
		if status(each) == "" || get(each, "db.namespace") != "" { // no view yet
			continue
		}
		failed++
		isPage := each.Name() == "page" && get(each, "liftoff.page.offset") == "29"
		isRequest := each.Name() == "request" && get(each, "http.response.status_code") == "502"
		if status(each) != "source" || !isPage && !isRequest {
			t.Errorf("%s failed as well: %q", each.Name(), status(each))
		}
	}
	if failed != 2 || get(tr.one(t, "run"), "liftoff.run.status") != "partial" {
		t.Errorf("%d spans failed, want the page and its request:\n%s", failed, tr.text())
	}
}

func TestTrace_ARequestThatIsTriedAgain(t *testing.T) {
	t.Parallel()
	api := newAPI(t, synthetic(t, 60, 3))
	api.breakPage(29, http.StatusServiceUnavailable, 1)
	s, tr := newTraced(t, api.url), newTraces(t)
	s.fetch(t, 3, 2)
	s.WithReferences = false
	if _, err := tr.run(s, selecting(liftoff.SelectAll)); err != nil {
		t.Fatal(err)
	}
	tr.check(t, s, "canary")
	for _, page := range tr.named("page") {
		var tries []string
		for _, request := range tr.named("request") {
			if request.Parent().SpanID() == page.SpanContext().SpanID() {
				tries = append(tries, get(request, "http.request.resend_count")+" "+get(request, "http.response.status_code")+" "+status(request))
			}
		}
		want := []string{"0 200 "}
		if get(page, "liftoff.page.offset") == "29" {
			want = []string{"0 503 source", "1 200 "}
		}
		if diff := cmp.Diff(want, tries); diff != "" || status(page) != "" {
			t.Errorf("page %s, %q (-want +got):\n%s", get(page, "liftoff.page.offset"), status(page), diff)
		}
	}
}

// What the server says of a row may quote it.
func TestTrace_AStatementThatFails(t *testing.T) {
	t.Parallel()
	s, tr := newTraced(t, newAPI(t, documents(t, document(0, `"canary launch 77a1"`))).url), newTraces(t)
	s.WithReferences = false
	execute(t, s.db, `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
		$$ BEGIN RAISE EXCEPTION 'canary %', NEW.raw_data USING ERRCODE = 'XX001', DETAIL = NEW.raw_data; END $$;
		CREATE TRIGGER refuse BEFORE INSERT ON raw_launches FOR EACH ROW EXECUTE FUNCTION refuse()`)
	_, err := tr.run(s, selecting(liftoff.SelectAll))
	wantError(t, err, liftoff.Database, "canary")
	tr.check(t, s, "canary")
	for _, name := range []string{"run", "batch"} {
		if got := status(tr.one(t, name)); got != "database: SQLSTATE XX001" {
			t.Errorf("the %s failed with %q", name, got)
		}
	}
	isNamed := false
	for _, each := range slices.Concat(tr.named("statement"), tr.named("statements")) {
		isNamed = isNamed || status(each) == "database: SQLSTATE XX001"
	}
	if !isNamed {
		t.Errorf("no statement failed:\n%s", tr.text())
	}
}

func TestTrace_ARunThatIsCancelled(t *testing.T) {
	t.Parallel()
	api := newAPI(t, synthetic(t, 60, 3))
	s, tr := newTraced(t, api.url), newTraces(t)
	ctx, cancel := context.WithCancel(tr.ctx)
	defer cancel()
	tr.ctx = ctx
	api.breakWith(func(_ http.ResponseWriter, r *http.Request) bool {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		if !strings.Contains(string(body), `"offset":29,`) {
			return false
		}
		cancel()
		<-r.Context().Done()
		return true
	})
	_, err := tr.run(s, selecting(liftoff.SelectAll))
	if liftoff.CategoryOf(err) != liftoff.Interrupted {
		t.Fatalf("Run() = %v", err)
	}
	tr.check(t, s)
	if got := status(tr.one(t, "run")); got != "interrupted: context canceled" {
		t.Errorf("the run failed with %q", got)
	}
}

// A panic in a goroutine ends as an error; one in the run itself goes on to the caller.
func TestTrace_APanicEndsEachSpan(t *testing.T) {
	t.Parallel()
	for name, request := range map[string]ingest.Request{
		"batch": {Progress: func(context.Context, int64, int64) { panic("canary panic") }},
		"run":   {Began: func(context.Context) { panic("canary panic") }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, tr := newTraced(t, newAPI(t, synthetic(t, 60, 3)).url), newTraces(t)
			request.Query, request.IfLocked = liftoff.Query{Selection: liftoff.SelectAll}, ingest.LockedFail
			err := liftoff.Safely(func() error {
				_, err := tr.run(s, request)
				return err
			})
			if err == nil || !strings.Contains(err.Error(), "canary panic") {
				t.Fatalf("the run ended with %v", err)
			}
			tr.check(t, s, "canary")
			for _, each := range []string{name, "run"} {
				if got := tr.named(each); len(got) == 0 || status(got[0]) != "internal: panic" {
					t.Errorf("the %s failed with %q", each, status(got[0]))
				}
			}
		})
	}
}

// Each source that is retried is a run.
func TestTrace_ARetryOfTheQuarantine(t *testing.T) {
	t.Parallel()
	api := newAPI(t, documents(t, document(0, `"a"`), `{"name":"canary"}`))
	s, tr := newTraced(t, api.url), newTraces(t)
	s.WithReferences = false
	if _, err := s.run(t, selecting(liftoff.SelectAll)); err != nil {
		t.Fatal(err)
	}
	if _, err := tr.run(s, selecting(liftoff.SelectQuarantine)); err != nil {
		t.Fatal(err)
	}
	run := tr.one(t, "run")
	if get(run, "liftoff.run.id") != "2" || get(run, "liftoff.quarantined") != "1" || strings.Contains(tr.text(), "canary") {
		t.Errorf("the retry is %v of\n%s", run.Attributes(), tr.text())
	}
}
