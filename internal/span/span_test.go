package span_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgconn"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"liftoff"
	"liftoff/internal/span"
)

// recorded returns a context whose spans are recorded.
func recorded(t *testing.T) (context.Context, *tracetest.SpanRecorder) {
	t.Helper()
	recorder := tracetest.NewSpanRecorder()
	return span.WithProvider(t.Context(), sdk.NewTracerProvider(sdk.WithSpanProcessor(recorder))), recorder
}

func TestSpan_CostsNothingWithoutAProvider(t *testing.T) {
	ctx, header := liftoff.WithRunID(t.Context(), 7), http.Header{}
	name, number := strings.Repeat("x", 10), len(header)
	var err error
	work := func() {
		inner, s := span.Start(ctx, "page", span.Text("name", name), span.Count("number", number))
		defer s.End(&err)
		client, c := span.StartClient(inner, "query", name, span.Text("name", name))
		defer c.End(&err)
		s.Set(span.Text("name", name), span.Count("number", number))
		span.Of(client).Set(span.Count("number", number))
		span.Inject(client, header)
		if client != ctx || span.IsOn(client) || span.TraceID(client) != "" {
			t.Error("another context, or tracing is on")
		}
	}
	if allocations := testing.AllocsPerRun(100, work); allocations != 0 || len(header) != 0 {
		t.Errorf("%v allocations, headers %v", allocations, header)
	}
}

func BenchmarkStart_WithoutAProvider(b *testing.B) {
	ctx := liftoff.WithRunID(b.Context(), 7)
	for b.Loop() {
		var err error
		_, s := span.Start(ctx, "page", span.Text("name", "x"))
		s.End(&err)
	}
}

// An error's own text may hold anything, so that none of it is in a span.
func TestEnd_SaysWhatKindOfErrorItWas(t *testing.T) {
	t.Parallel()
	refused := &pgconn.PgError{Code: "23505", Message: "canary", Detail: "Key (id)=(canary) already exists."}
	tests := []struct {
		err  error
		want string
	}{
		{nil, ""},
		{errors.New("canary"), "internal"},
		{liftoff.NewError(liftoff.Source, errors.New("canary"), "canary"), "source"},
		{liftoff.NewError(liftoff.Database, fmt.Errorf("store canary: %w", refused), ""), "database: SQLSTATE 23505"},
		{&pgconn.PgError{Code: "1\x1b[31m"}, `internal: SQLSTATE 1\x1b[31m`},
		{liftoff.NewError(liftoff.Source, fmt.Errorf("canary: %w", syscall.ECONNREFUSED), ""), "source: connection refused"},
		{fmt.Errorf("canary: %w", context.Canceled), "interrupted: context canceled"},
		{liftoff.Safely(func() error { panic("canary") }), "internal: panic"},
	}
	for _, test := range tests {
		ctx, recorder := recorded(t)
		_, s := span.Start(ctx, "work")
		s.End(&test.err)
		s.End(&test.err)
		ended := recorder.Ended()
		if len(ended) != 1 {
			t.Fatalf("%v: ended %d times", test.err, len(ended))
		}
		if got := ended[0].Status(); got.Description != test.want || (got.Code == codes.Error) != (test.err != nil) || len(ended[0].Events()) > 0 {
			t.Errorf("%v: status %v, events %v, want %q", test.err, got, ended[0].Events(), test.want)
		}
	}
}

// A panic ends the span and goes on as it was.
func TestEnd_APanicGoesOn(t *testing.T) {
	t.Parallel()
	ctx, recorder := recorded(t)
	err := liftoff.Safely(func() (err error) {
		_, s := span.Start(ctx, "work")
		defer s.End(&err)
		return fail()
	})
	bug, ok := errors.AsType[*liftoff.PanicError](err)
	if !ok || bug.Cause != "canary" || !strings.Contains(string(bug.Stack), "span_test.fail") {
		t.Errorf("the panic became %v", err)
	}
	if ended := recorder.Ended(); len(ended) != 1 || ended[0].Status().Description != "internal: panic" || len(ended[0].Events()) > 0 {
		t.Errorf("ended: %v", ended)
	}
}

func fail() error { panic("canary") }

func TestText_IsShortAndOneLine(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                       "",
		"Ärger 🚀":                "Ärger 🚀",
		"a\nb\x1b[31m\u202e":     `a\nb\x1b[31m\u202e`,
		"\xff":                   "�",
		strings.Repeat("x", 255): strings.Repeat("x", 255),
		strings.Repeat("x", 256): strings.Repeat("x", 252) + "…",
		strings.Repeat("ü", 200): strings.Repeat("ü", 126) + "…",
	} {
		ctx, recorder := recorded(t)
		ctx, _ = span.Start(ctx, "run")
		_, s := span.StartClient(ctx, "query", text, span.Text("key", text))
		s.Set(span.Text("later", text))
		s.End(new(error))
		got := recorder.Ended()[0]
		for _, each := range got.Attributes() {
			if each.Value.AsString() != want || !utf8.ValidString(each.Value.AsString()) {
				t.Errorf("%q became %q, want %q", text, each.Value.AsString(), want)
			}
		}
		if name := strings.TrimSuffix("query "+want, " "); got.Name() != name {
			t.Errorf("the name %q, want %q", got.Name(), name)
		}
	}
}

func TestInject_TheSpanOfTheContext(t *testing.T) {
	t.Parallel()
	ctx, recorder := recorded(t)
	header := http.Header{}
	if span.Inject(ctx, header); len(header) > 0 {
		t.Errorf("without a span: %v", header)
	}
	run, _ := span.Start(ctx, "run")
	inside, s := span.StartClient(run, "request", "")
	span.Inject(inside, header)
	s.End(new(error))
	context := recorder.Ended()[0].SpanContext()
	if got, want := header.Get("traceparent"), "00-"+context.TraceID().String()+"-"+context.SpanID().String()+"-01"; got != want || len(header) != 1 {
		t.Errorf("traceparent %q, want %q", got, want)
	}
	if got := span.TraceID(inside); got != context.TraceID().String() || span.TraceID(ctx) != "" {
		t.Errorf("TraceID() = %q", got)
	}
}

// A worker asks the database every few seconds for what is due.
func TestStartClient_AQuestionOutsideOfARunHasNoSpan(t *testing.T) {
	t.Parallel()
	ctx, recorder := recorded(t)
	inside, s := span.StartClient(ctx, "statement", "list_schedules")
	s.End(new(error))
	if inside != ctx || len(recorder.Started()) > 0 {
		t.Errorf("it is traced: %v", recorder.Started())
	}
}
