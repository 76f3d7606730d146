package trino_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"liftoff/internal/span"
	"liftoff/internal/trino"
)

// Each query is a span, and each attempt a statement below it. The SQL and Trino's own
// words, which may quote it, are in neither.
func TestTrace_QueriesAndTheirAttempts(t *testing.T) {
	recorder := tracetest.NewSpanRecorder()
	ctx := span.WithProvider(t.Context(), sdk.NewTracerProvider(sdk.WithSpanProcessor(recorder)))
	ctx, root := span.Start(ctx, "run")
	root.End(new(error))
	top := recorder.Ended()[0].SpanContext().SpanID()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c := newCoordinator(t,
		step{fault: &fault{"canary", 1, "SERVER_STARTING_UP", "INTERNAL_ERROR"}}, step{}, // one, twice
		step{fault: &fault{"canary", 1, "SYNTAX_ERROR", "USER_ERROR"}}, // own
		step{rows: func(_ http.ResponseWriter, r *http.Request) { // last
			cancel()
			<-r.Context().Done()
		}})
	engine := engineWith(t, trino.Options{URL: c.URL, Wait: time.Minute, Catalog: "postgresql", Schema: "public"})
	if _, err := engine.Answer(ctx, one); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"own", "last"} {
		if _, err := engine.Answer(ctx, append(one[:0:0], query(name, "SELECT 'canary' AS one"))); err == nil {
			t.Fatalf("%s has no error", name)
		}
	}
	var got []string
	for _, each := range recorder.Ended()[1:] {
		got = append(got, each.Name()+": "+each.Status().Description)
		text := fmt.Sprint(each.Attributes(), each.Status(), each.Events())
		if strings.Contains(text, "canary") || strings.Contains(text, "SELECT") {
			t.Errorf("a value is in a span: %s", text)
		}
		if isStatement := strings.HasPrefix(each.Name(), "statement"); isStatement != strings.Contains(text, "query_id") || isStatement == (each.Parent().SpanID() == top) {
			t.Errorf("%s: %s below %v", each.Name(), text, each.Parent())
		}
	}
	want := []string{
		"query culprit: ", "query last: interrupted: context canceled", "query own: query engine",
		"statement culprit: ", "statement culprit: query engine", "statement last: interrupted: context canceled", "statement own: query engine",
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" || len(recorder.Started()) != len(recorder.Ended()) {
		t.Errorf("%d spans were started; ended (-want +got):\n%s", len(recorder.Started()), diff)
	}
}
