package ingest_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"liftoff/internal/enrich"
	"liftoff/internal/ingest"
	"liftoff/internal/span"
)

// traces are the spans of a test.
type traces struct {
	*tracetest.SpanRecorder
	ctx context.Context
}

// newTraces returns a context whose spans are recorded.
func newTraces(t *testing.T) traces {
	t.Helper()
	recorder := tracetest.NewSpanRecorder()
	provider := sdk.NewTracerProvider(sdk.WithSpanProcessor(recorder))
	return traces{recorder, span.WithProvider(t.Context(), provider)}
}

// run does a run whose spans are recorded.
func (tr traces) run(s setup, request ingest.Request) (ingest.Result, error) {
	return ingest.New(s.Options).Run(tr.ctx, request)
}

// named returns the spans of a name or, for "statement", of the kind.
func (tr traces) named(name string) []sdk.ReadOnlySpan {
	return slices.DeleteFunc(tr.Ended(), func(s sdk.ReadOnlySpan) bool {
		return s.Name() != name && !strings.HasPrefix(s.Name(), name+" ")
	})
}

// one returns the only span of a name.
func (tr traces) one(t *testing.T, name string) sdk.ReadOnlySpan {
	t.Helper()
	found := tr.named(name)
	if len(found) != 1 {
		t.Fatalf("%d spans are called %q:\n%s", len(found), name, tr.text())
	}
	return found[0]
}

// get returns an attribute of a span as text; "" for none.
func get(s sdk.ReadOnlySpan, key string) string {
	for _, each := range s.Attributes() {
		if each.Key == attribute.Key(key) {
			return each.Value.String()
		}
	}
	return ""
}

// status returns why a span failed; "" if it did not.
func status(s sdk.ReadOnlySpan) string {
	if s.Status().Code == codes.Error {
		return s.Status().Description
	}
	return s.Status().Description + get(s, "error.type")
}

// text writes all spans with all that is in them.
func (tr traces) text() string {
	var text strings.Builder
	for _, s := range tr.Ended() {
		fmt.Fprintf(&text, "%s %v: %q, events %v, links %v\n", s.Name(), s.Attributes(), s.Status().Description, s.Events(), s.Links())
	}
	return text.String()
}

// check checks what is so for all spans of a run: they are ended, once, belong to one
// trace whose root is the run, and have no value in them.
func (tr traces) check(t *testing.T, s setup, values ...string) {
	t.Helper()
	s.Store.Close() // which waits for a connection that is being made
	byID := map[string]sdk.ReadOnlySpan{}
	for _, ended := range tr.Ended() {
		id := ended.SpanContext().SpanID().String()
		if byID[id] != nil {
			t.Errorf("%s was ended twice", ended.Name())
		}
		byID[id] = ended
	}
	for _, started := range tr.Started() {
		if byID[started.SpanContext().SpanID().String()] == nil {
			t.Errorf("%s was not ended", started.Name())
		}
		parent := byID[started.Parent().SpanID().String()]
		if (parent == nil) != (started.Name() == "run") {
			t.Errorf("%s has the parent %v", started.Name(), parent)
		}
		if started.SpanContext().TraceID() != tr.Started()[0].SpanContext().TraceID() {
			t.Errorf("%s is in a trace of its own", started.Name())
		}
		wantParents := map[string][]string{"page": {"run", "references"}, "request": {"page", "run"}, "batch": {"run"}, "references": {"run"}, "view": {"run"}}
		if want := wantParents[started.Name()]; want != nil && parent != nil && !slices.Contains(want, parent.Name()) {
			t.Errorf("%s is below %s", started.Name(), parent.Name())
		}
	}
	for _, value := range append(values, s.db.Password, canarySeed, idOf(0)[:14], "WHERE", "$1") {
		if strings.Contains(tr.text(), value) {
			t.Errorf("a span has %q in it:\n%s", value, tr.text())
		}
	}
}

const canarySeed = "canary-seed-5f1c"

// newTraced is newSetup with a seed that is nowhere else.
func newTraced(t *testing.T, url string) setup {
	t.Helper()
	s := newSetup(t, url)
	s.Simulator = enrich.NewSimulator(canarySeed)
	return s
}

// traceparents remembers those that an API gets.
type traceparents struct {
	mutex sync.Mutex
	seen  []string
}

func (p *traceparents) note(r *http.Request) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.seen = append(p.seen, r.Header.Get("Traceparent")+r.Header.Get("Tracestate")+r.Header.Get("Baggage"))
}

// wantAs wants those of the request spans.
func (p *traceparents) wantAs(t *testing.T, tr traces) {
	t.Helper()
	var want []string
	for _, request := range tr.named("request") {
		want = append(want, "00-"+request.SpanContext().TraceID().String()+"-"+request.SpanContext().SpanID().String()+"-01")
	}
	slices.Sort(want)
	slices.Sort(p.seen)
	if diff := cmp.Diff(want, p.seen); diff != "" {
		t.Errorf("the API got other traceparents (+) than those of the requests (-):\n%s", diff)
	}
}
