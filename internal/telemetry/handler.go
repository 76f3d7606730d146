package telemetry

import (
	"context"
	"log/slog"
	"slices"

	"liftoff"
	"liftoff/internal/span"
)

// handler turns records into lines and hands them to the sinks. It is
// immutable; WithAttrs and WithGroup return copies that share the sinks.
type handler struct {
	opts   Options
	scopes []scope
	// component is the part of the program that logs; "" if nobody has said it.
	component string
	sinks     *Sinks
}

// scope is one WithGroup (group is set) or one WithAttrs (attrs is set).
type scope struct {
	group string
	attrs []slog.Attr
}

// Enabled reports whether anybody wants lines of level.
func (h *handler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= h.opts.Level || (h.opts.File != "" || h.opts.Ship != nil) && level >= h.opts.FileLevel
}

// WithAttrs returns a handler that adds attrs to every record. A component replaces
// the one before it, so that each part of the program can name itself.
func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	named := *h
	attrs = slices.DeleteFunc(slices.Clone(attrs), func(a slog.Attr) bool {
		if a.Key != ComponentKey {
			return false
		}
		named.component = a.Value.String()
		return true
	})
	if len(attrs) == 0 {
		return &named
	}
	return named.with(scope{attrs: attrs})
}

// WithGroup returns a handler that puts all later attributes under name.
func (h *handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return h.with(scope{group: name})
}

func (h *handler) with(s scope) *handler {
	scoped := *h
	scoped.scopes = append(slices.Clip(h.scopes), s)
	return &scoped
}

// fileOnly is the key of contexts whose records go to the file alone.
type fileOnly struct{}

// ToFileOnly returns a context for records that do not go to the console, such as a
// stack. Without a log file, and if nobody ships the log, they are lost.
func ToFileOnly(ctx context.Context) context.Context {
	return context.WithValue(ctx, fileOnly{}, true)
}

// shipOnly is the key of contexts whose records are shipped, and written nowhere.
type shipOnly struct{}

// ToShipOnly returns a context for records that are shipped and written nowhere.
func ToShipOnly(ctx context.Context) context.Context {
	return context.WithValue(ctx, shipOnly{}, true)
}

// Handle writes the record to every sink. It always returns nil: Sinks report
// their own failures on the console and count them.
func (h *handler) Handle(ctx context.Context, record slog.Record) error {
	if h.opts.Clock != nil && !record.Time.IsZero() {
		record.Time = h.opts.Clock()
	}
	l := line{at: record.Time, level: record.Level, message: record.Message, attrs: h.attrs(record)}
	if h.opts.Ship != nil && record.Level >= h.opts.FileLevel {
		shipped := l
		shipped.attrs = h.withOrigin(ctx, l.attrs)
		h.opts.Ship(ctx, shipped.record())
	}
	if ctx.Value(shipOnly{}) != nil {
		return nil
	}
	if h.opts.JSON {
		l.attrs = h.withOrigin(ctx, l.attrs)
	}
	e := h.entry(l)
	e.isForConsole = ctx.Value(fileOnly{}) == nil && record.Level >= h.opts.Level
	e.isForFile = record.Level >= h.opts.FileLevel
	h.sinks.write(e)
	return nil
}

// entry renders l for both sinks. A warning about a sink carries l's time.
func (h *handler) entry(l line) entry {
	e := entry{plain: h.render(l, false)}
	e.console = e.plain
	if h.opts.Color {
		e.console = h.render(l, true)
	}
	e.warning = func(message string, attrs ...slog.Attr) []byte {
		own := line{at: l.at, level: slog.LevelWarn, message: message, attrs: attrs}
		if h.opts.JSON {
			own.attrs = append([]slog.Attr{slog.String(ComponentKey, "log")}, attrs...)
		}
		return h.render(own, h.opts.Color)
	}
	return e
}

func (h *handler) render(l line, color bool) []byte {
	if h.opts.JSON {
		return l.json()
	}
	return l.text(color)
}

// attrs returns the record's attributes inside the scopes of the handler,
// outermost first.
func (h *handler) attrs(record slog.Record) []slog.Attr {
	attrs := make([]slog.Attr, 0, record.NumAttrs())
	record.Attrs(func(a slog.Attr) bool {
		attrs = append(attrs, a)
		return true
	})
	for _, s := range slices.Backward(h.scopes) {
		if s.group != "" {
			attrs = []slog.Attr{{Key: s.group, Value: slog.GroupValue(attrs...)}}
			continue
		}
		attrs = slices.Concat(s.attrs, attrs)
	}
	return normalise(attrs)
}

// withOrigin returns attributes with those in front by which machines sort lines.
func (h *handler) withOrigin(ctx context.Context, attrs []slog.Attr) []slog.Attr {
	return append(h.origin(ctx), attrs...)
}

// origin returns the run, the trace and the launch that ctx is about, and the component. A person
// reads one run at a time, and they would lengthen every text line.
func (h *handler) origin(ctx context.Context) []slog.Attr {
	var attrs []slog.Attr
	if id := liftoff.RunIDOf(ctx); id != 0 {
		attrs = append(attrs, slog.Int64("run_id", id))
	}
	if id := span.TraceID(ctx); id != "" {
		attrs = append(attrs, slog.String(TraceKey, id))
	}
	if id := liftoff.LaunchIDOf(ctx); id != "" {
		attrs = append(attrs, slog.String("launch_id", id))
	}
	if h.component != "" {
		attrs = append(attrs, slog.String(ComponentKey, h.component))
	}
	return attrs
}

// normalise resolves every value, merges groups without a name into their
// parent, and drops empty attributes and groups, as slog.Handler requires.
func normalise(attrs []slog.Attr) []slog.Attr {
	kept := make([]slog.Attr, 0, len(attrs))
	for _, a := range attrs {
		a.Value = a.Value.Resolve()
		if a.Equal(slog.Attr{}) {
			continue
		}
		if a.Value.Kind() != slog.KindGroup {
			kept = append(kept, a)
			continue
		}
		members := normalise(a.Value.Group())
		switch {
		case len(members) == 0:
		case a.Key == "":
			kept = append(kept, members...)
		default:
			kept = append(kept, slog.Attr{Key: a.Key, Value: slog.GroupValue(members...)})
		}
	}
	return kept
}
