package telemetry

import (
	"context"
	"log/slog"
	"time"
)

// Record is a line for a program that stores logs: in parts, and with what JSON lines
// have.
type Record struct {
	Time  time.Time
	Level slog.Level
	// LevelName is what lines show: DEBUG, INFO, WARNING or ERROR.
	LevelName string
	// Message and all texts in Attrs are valid UTF-8, without control characters, and cut
	// if they are long.
	Message string
	// Attrs are booleans, numbers and texts. The keys of groups are joined by dots, and a
	// duration is in milliseconds.
	Attrs []slog.Attr
}

// Ship takes a record to where logs are stored. It is called for each line, with the
// context that the line was logged with, and must not block.
type Ship func(ctx context.Context, record Record)

// record returns a line in parts.
func (l line) record() Record {
	return Record{Time: l.at, Level: l.level, LevelName: levelName(l.level), Message: safeText(l.message), Attrs: appendFlat(nil, "", l.attrs)}
}

func appendFlat(flat []slog.Attr, prefix string, attrs []slog.Attr) []slog.Attr {
	for _, a := range attrs {
		key := safeText(prefix + a.Key)
		switch a.Value.Kind() {
		case slog.KindGroup:
			flat = appendFlat(flat, key+".", a.Value.Group())
		case slog.KindDuration:
			flat = append(flat, slog.Int64(key+"_ms", a.Value.Duration().Milliseconds()))
		case slog.KindBool, slog.KindInt64, slog.KindUint64, slog.KindFloat64:
			flat = append(flat, slog.Attr{Key: key, Value: a.Value})
		default:
			flat = append(flat, slog.String(key, safeText(valueText(a.Value))))
		}
	}
	return flat
}

// safeText cuts a text that is too long, and escapes what is unsafe in a line.
func safeText(text string) string { return string(appendPlain(nil, shorten(text))) }
