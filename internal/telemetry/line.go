package telemetry

import (
	"fmt"
	"log/slog"
	"time"
)

// Layouts of a line's time, always in UTC.
const (
	textTime = "2006-01-02 15:04:05,000"
	jsonTime = "2006-01-02T15:04:05.000Z07:00"
)

// line is one record to render; its attributes are normalised.
type line struct {
	at      time.Time
	level   slog.Level
	message string
	attrs   []slog.Attr
}

// text renders "time - LEVEL - message key=value group.key=value\n". A zero
// time is left out.
func (l line) text(color bool) []byte {
	b := make([]byte, 0, 128+len(l.message))
	if !l.at.IsZero() {
		b = l.at.UTC().AppendFormat(b, textTime)
		b = append(b, " - "...)
	}
	if color {
		b = append(b, levelColor(l.level)...)
		b = append(b, levelName(l.level)...)
		b = append(b, colorReset...)
	} else {
		b = append(b, levelName(l.level)...)
	}
	b = append(b, " - "...)
	b = appendPlain(b, shorten(l.message))
	b = appendTextAttrs(b, "", l.attrs)
	return append(b, '\n')
}

func appendTextAttrs(b []byte, prefix string, attrs []slog.Attr) []byte {
	for _, a := range attrs {
		if a.Value.Kind() == slog.KindGroup {
			b = appendTextAttrs(b, prefix+a.Key+".", a.Value.Group())
			continue
		}
		b = append(b, ' ')
		b = appendWord(b, prefix+a.Key)
		b = append(b, '=')
		b = appendWord(b, shorten(valueText(a.Value)))
	}
	return b
}

// json renders one JSON object and a newline. Names within an object are
// unique: a repeated one gets a number, because strict readers refuse
// duplicates. A zero time is left out.
func (l line) json() []byte {
	b := append(make([]byte, 0, 128+len(l.message)), '{')
	if !l.at.IsZero() {
		b = append(b, `"time":`...)
		b = append(l.at.UTC().AppendFormat(append(b, '"'), jsonTime), `",`...)
	}
	b = append(b, `"level":"`...)
	b = append(b, levelName(l.level)...)
	b = append(b, `","msg":`...)
	b = appendJSONString(b, shorten(l.message))
	used := map[string]bool{"time": true, "level": true, "msg": true}
	for _, a := range l.attrs {
		b = append(b, ',')
		b = appendJSONAttr(b, a, used)
	}
	return append(b, "}\n"...)
}

// appendJSONAttr appends an attribute. A duration is a number of milliseconds, and its
// key says so.
func appendJSONAttr(b []byte, a slog.Attr, used map[string]bool) []byte {
	if a.Value.Kind() == slog.KindDuration {
		a = slog.Int64(a.Key+"_ms", a.Value.Duration().Milliseconds())
	}
	b = appendJSONString(b, uniqueName(clean(a.Key), used))
	b = append(b, ':')
	if a.Value.Kind() != slog.KindGroup {
		return appendJSONValue(b, a.Value)
	}
	b = append(b, '{')
	inGroup := map[string]bool{}
	for i, member := range a.Value.Group() {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendJSONAttr(b, member, inGroup)
	}
	return append(b, '}')
}

func appendJSONValue(b []byte, v slog.Value) []byte {
	if v.Any() == nil {
		return append(b, "null"...)
	}
	switch v.Kind() {
	case slog.KindBool, slog.KindInt64, slog.KindUint64:
		return append(b, v.String()...)
	case slog.KindFloat64:
		return appendJSONFloat(b, v.Float64())
	default:
		return appendJSONString(b, shorten(valueText(v)))
	}
}

// uniqueName returns name, or name_2, name_3, … if that is taken, and marks
// the result as taken.
func uniqueName(name string, used map[string]bool) string {
	unique := name
	for n := 2; used[unique]; n++ {
		unique = fmt.Sprintf("%s_%d", name, n)
	}
	used[unique] = true
	return unique
}

// valueText returns a value as text: times as in a JSON line, bytes as the
// text they hold, any other type as fmt prints it (which survives a String
// method that panics).
func valueText(v slog.Value) string {
	switch v.Kind() {
	case slog.KindTime:
		return v.Time().UTC().Format(jsonTime)
	case slog.KindAny:
		if raw, ok := v.Any().([]byte); ok {
			return string(raw)
		}
		return fmt.Sprintf("%+v", v.Any())
	default:
		return v.String()
	}
}
