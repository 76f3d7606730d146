package shipping

import (
	"context"
	"log/slog"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/log"

	"liftoff/internal/telemetry"
)

// Logs returns what takes log lines; nil if none are shipped.
func (s *Shipper) Logs() telemetry.Ship {
	if s == nil || s.log == nil {
		return nil
	}
	return s.ship
}

// ship queues a line. The trace and the span that the context is in become its own.
func (s *Shipper) ship(ctx context.Context, line telemetry.Record) {
	var record log.Record
	record.SetTimestamp(line.Time)
	record.SetObservedTimestamp(line.Time)
	record.SetSeverity(severity(line.Level))
	record.SetSeverityText(line.LevelName)
	record.SetBody(attribute.StringValue(line.Message))
	for _, a := range line.Attrs {
		if a.Key == telemetry.TraceKey {
			continue // a record has its own field for it, which the SDK fills
		}
		record.AddAttributes(attribute.KeyValue{Key: attribute.Key(a.Key), Value: valueOf(a.Value)})
	}
	s.log.Emit(ctx, record)
}

// severity returns OpenTelemetry's number for a level.
func severity(level slog.Level) log.Severity {
	switch {
	case level < slog.LevelInfo:
		return log.SeverityDebug
	case level < slog.LevelWarn:
		return log.SeverityInfo
	case level < slog.LevelError:
		return log.SeverityWarn
	default:
		return log.SeverityError
	}
}

func valueOf(value slog.Value) attribute.Value {
	switch value.Kind() {
	case slog.KindBool:
		return attribute.BoolValue(value.Bool())
	case slog.KindInt64:
		return attribute.Int64Value(value.Int64())
	case slog.KindFloat64:
		return attribute.Float64Value(value.Float64())
	default:
		return attribute.StringValue(value.String())
	}
}
