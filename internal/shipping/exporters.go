package shipping

import (
	"context"
	"slices"

	"go.opentelemetry.io/otel/attribute"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace"
)

// maxRequestBytes is about the largest request with log records: stores of logs refuse
// larger ones, some from 1 MB.
const maxRequestBytes = 800 << 10

// countedLogs counts the records that are handed to a processor.
type countedLogs struct {
	sdklog.Processor

	tally *tally
}

// OnEmit counts and passes on a record.
func (c countedLogs) OnEmit(ctx context.Context, record *sdklog.Record) error {
	c.tally.given.Add(1)
	return c.Processor.OnEmit(ctx, record)
}

// logExporter sends records in the order of their times, in requests of a bounded size.
type logExporter struct {
	sdklog.Exporter

	tally *tally
}

// Export sends the records. The SDK calls it from one goroutine.
func (e logExporter) Export(ctx context.Context, records []sdklog.Record) error {
	records = slices.Clone(records) // it is the SDK's
	slices.SortStableFunc(records, func(a, b sdklog.Record) int { return a.Timestamp().Compare(b.Timestamp()) })
	var first error
	for len(records) > 0 {
		count := fitting(records)
		err := e.Exporter.Export(ctx, records[:count])
		e.tally.deliver(count, err)
		if first == nil {
			first = err
		}
		records = records[count:]
	}
	return first
}

// fitting returns how many of the records, at least one, fit into one request.
func fitting(records []sdklog.Record) int {
	const overhead = 128 // of a record and of an attribute, more than enough
	bytes := 0
	for i := range records {
		bytes += overhead + len(records[i].Body().AsString())
		records[i].WalkAttributes(func(a attribute.KeyValue) bool {
			bytes += overhead + len(a.Value.AsString())
			return true
		})
		if bytes > maxRequestBytes && i > 0 {
			return i
		}
	}
	return len(records)
}

// countedSpans counts the spans that are handed to a processor.
type countedSpans struct {
	trace.SpanProcessor

	tally *tally
}

// OnEnd counts and passes on a span.
func (c countedSpans) OnEnd(span trace.ReadOnlySpan) {
	c.tally.given.Add(1)
	c.SpanProcessor.OnEnd(span)
}

// spanExporter counts the spans that are sent.
type spanExporter struct {
	trace.SpanExporter

	tally *tally
}

// ExportSpans sends the spans.
func (e spanExporter) ExportSpans(ctx context.Context, spans []trace.ReadOnlySpan) error {
	err := e.SpanExporter.ExportSpans(ctx, spans)
	e.tally.deliver(len(spans), err)
	return err
}

// metricExporter counts the reports of metrics that are sent. One report has them all.
type metricExporter struct {
	metric.Exporter

	tally *tally
}

// Export sends a report, unless it is empty.
func (e metricExporter) Export(ctx context.Context, report *metricdata.ResourceMetrics) error {
	if len(report.ScopeMetrics) == 0 {
		return nil
	}
	e.tally.given.Add(1)
	err := e.Exporter.Export(ctx, report)
	e.tally.deliver(1, err)
	return err
}
