// Package span makes the spans of traces: what a run did, and when, for a tracing
// system such as Jaeger or Tempo. It alone knows OpenTelemetry's API; where spans are
// sent to is not its business. A context without a provider costs a look-up for each
// span and nothing else.
//
// A span leaves the machine, so it holds no values: no text of an error, no SQL but
// the names of statements, no argument, no launch. Why something failed is in the log
// line with the same trace id.
package span

import (
	"context"
	"net/http"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// instrumentation is what the tracing system knows the maker of the spans by.
const instrumentation = "liftoff"

// tracerKey is the key of the tracer in a context.
type tracerKey struct{}

// WithProvider returns a context whose spans go to a provider. Without one nothing is
// traced.
func WithProvider(ctx context.Context, provider trace.TracerProvider) context.Context {
	return context.WithValue(ctx, tracerKey{}, provider.Tracer(instrumentation))
}

// IsOn reports whether spans of a context go anywhere: what would only be computed for
// a span need not be.
func IsOn(ctx context.Context) bool { return ctx.Value(tracerKey{}) != nil }

// Span is a piece of work under way. The zero value is of a context without a provider;
// all its methods do nothing.
type Span struct{ recording trace.Span }

// Start begins a span below the one of ctx, and returns a context for what belongs to
// it. The name is a constant. The caller defers End.
func Start(ctx context.Context, name string, attributes ...Attribute) (context.Context, Span) {
	tracer, ok := ctx.Value(tracerKey{}).(trace.Tracer)
	if !ok {
		return ctx, Span{}
	}
	ctx, recording := tracer.Start(ctx, name, trace.WithAttributes(cleaned(attributes)...))
	return ctx, Span{recording}
}

// StartClient is Start for a question to another program, whose kind is the span's
// name and which has a name of its own: "query" and "launches_per_year". A question that
// belongs to no other span, such as each look of a worker for what is due, has none.
func StartClient(ctx context.Context, kind, name string, attributes ...Attribute) (context.Context, Span) {
	tracer, ok := ctx.Value(tracerKey{}).(trace.Tracer)
	if !ok || !trace.SpanContextFromContext(ctx).IsValid() {
		return ctx, Span{}
	}
	if name != "" {
		kind += " " + clean(name)
	}
	ctx, recording := tracer.Start(ctx, kind, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(cleaned(attributes)...))
	return ctx, Span{recording}
}

// Of returns the span that ctx is in, for what becomes known where the span was not
// started.
func Of(ctx context.Context) Span {
	if !IsOn(ctx) {
		return Span{}
	}
	return Span{trace.SpanFromContext(ctx)}
}

// Set adds attributes.
func (s Span) Set(attributes ...Attribute) {
	if s.recording != nil && s.recording.IsRecording() {
		s.recording.SetAttributes(cleaned(attributes)...)
	}
}

// End ends the span and, after an error, notes its category and kind. Defer it directly:
// then it also notes a panic, which goes on.
func (s Span) End(err *error) {
	if s.recording == nil || !s.recording.IsRecording() {
		return // the driver ends some of its spans twice
	}
	// Not deferred itself: it would see the panic and record its text.
	defer func() { s.recording.End() }()
	if cause := recover(); cause != nil {
		s.fail("internal", "panic")
		panic(cause)
	}
	if *err != nil {
		s.fail(describe(*err))
	}
}

func (s Span) fail(category, kind string) {
	text := category
	if kind != "" {
		text += ": " + kind
	}
	s.recording.SetAttributes(attribute.String("error.type", category))
	s.recording.SetStatus(codes.Error, text)
}

// Inject puts the span of ctx into the headers of a request, as the W3C's traceparent,
// if there is one.
func Inject(ctx context.Context, header http.Header) {
	if IsOn(ctx) {
		propagation.TraceContext{}.Inject(ctx, propagation.HeaderCarrier(header))
	}
}

// TraceID returns the id of the trace that ctx is in, 32 hexadecimal digits; "" for
// none.
func TraceID(ctx context.Context) string {
	if inside := trace.SpanContextFromContext(ctx); inside.HasTraceID() {
		return inside.TraceID().String()
	}
	return ""
}
