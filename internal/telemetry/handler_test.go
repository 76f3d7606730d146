package telemetry_test

import (
	"bytes"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"testing/slogtest"

	"github.com/go-json-experiment/json"
	sdk "go.opentelemetry.io/otel/sdk/trace"

	"liftoff"
	"liftoff/internal/span"
	"liftoff/internal/telemetry"
)

func TestHandler_KeepsSlogsContract(t *testing.T) {
	tests := []struct {
		name   string
		isJSON bool
		parse  func(*testing.T, string) map[string]any
	}{
		{"text", false, parseText},
		{"json", true, parseJSON},
	}
	for _, tt := range tests {
		var console *bytes.Buffer
		newHandler := func(*testing.T) slog.Handler {
			console = &bytes.Buffer{}
			logger, _ := telemetry.NewLogger(telemetry.Options{Console: console, JSON: tt.isJSON})
			return logger.Handler()
		}
		result := func(t *testing.T) map[string]any { return tt.parse(t, console.String()) }
		t.Run(tt.name, func(t *testing.T) { slogtest.Run(t, newHandler, result) })
	}
}

func TestHandler_SiblingsDoNotShareAttributes(t *testing.T) {
	var console bytes.Buffer
	logger, _ := telemetry.NewLogger(telemetry.Options{Console: &console, Clock: fixedClock})
	parent := logger.With("a", 1).With("b", 2).With("c", 3) // three, so that append has room for a fourth
	first, second := parent.With("first", true), parent.With("second", true)
	first.Info("x")
	second.Info("y")
	lines := linesOf(t, console.String())
	if !strings.HasSuffix(lines[0], " - x a=1 b=2 c=3 first=true") || !strings.HasSuffix(lines[1], " - y a=1 b=2 c=3 second=true") {
		t.Errorf("got %q", lines)
	}
}

func BenchmarkHandler(b *testing.B) {
	logger, _ := telemetry.NewLogger(telemetry.Options{Console: io.Discard})
	for b.Loop() {
		logger.Info("Launch inserted into database.", "id", "62dd70d5202306255024d139", "bytes", 3200)
	}
}

// parseText reads one line of the text format back; it knows only the simple
// words that slogtest uses.
func parseText(t *testing.T, text string) map[string]any {
	t.Helper()
	lines := linesOf(t, text)
	if len(lines) != 1 {
		t.Fatalf("got %d lines, want 1: %q", len(lines), text)
	}
	result := map[string]any{}
	parts := strings.SplitN(lines[0], " - ", 3)
	if len(parts) == 3 {
		result[slog.TimeKey], parts = parts[0], parts[1:]
	}
	result[slog.LevelKey] = parts[0]
	words := strings.Split(parts[1], " ")
	result[slog.MessageKey] = words[0]
	for _, word := range words[1:] {
		name, value, _ := strings.Cut(word, "=")
		setDotted(result, name, value)
	}
	return result
}

// setDotted sets the value at a dotted name in nested maps.
func setDotted(m map[string]any, name, value string) {
	if unquoted, err := strconv.Unquote(value); err == nil {
		value = unquoted
	}
	groups := strings.Split(name, ".")
	for _, group := range groups[:len(groups)-1] {
		if m[group] == nil {
			m[group] = map[string]any{}
		}
		m = m[group].(map[string]any)
	}
	m[groups[len(groups)-1]] = value
}

// parseJSON reads one JSON line back with a reader that refuses duplicate
// names and broken UTF-8.
func parseJSON(t *testing.T, text string) map[string]any {
	t.Helper()
	result := map[string]any{}
	if err := json.Unmarshal([]byte(text), &result); err != nil {
		t.Fatalf("%q is no JSON: %v", text, err)
	}
	return result
}

// One trace id for all lines of a run leads from a span to why it failed.
func TestHandler_JSONHasTheTraceOfTheContext(t *testing.T) {
	ctx := span.WithProvider(t.Context(), sdk.NewTracerProvider())
	ctx, s := span.Start(liftoff.WithRunID(ctx, 7), "run")
	defer s.End(new(error))
	id := span.TraceID(ctx)
	for isJSON, want := range map[bool]string{
		false: " - INFO - x a=1\n",
		true:  `"msg":"x","run_id":7,"trace_id":"` + id + `","launch_id":"l","a":1}` + "\n",
	} {
		var console bytes.Buffer
		logger, _ := telemetry.NewLogger(telemetry.Options{Console: &console, JSON: isJSON})
		logger.InfoContext(liftoff.WithLaunchID(ctx, "l"), "x", "a", 1)
		if !strings.HasSuffix(console.String(), want) || len(id) != 32 {
			t.Errorf("got %q, want it to end with %q", console.String(), want)
		}
	}
}

func TestHandler_JSONHasTheRunOfTheContext(t *testing.T) {
	for isJSON, want := range map[bool]string{
		false: " - INFO - x a=1 g.b=2\n",
		true:  `"msg":"x","run_id":7,"a":1,"g":{"b":2}}` + "\n",
	} {
		var console bytes.Buffer
		logger, _ := telemetry.NewLogger(telemetry.Options{Console: &console, JSON: isJSON})
		logger.With("a", 1).WithGroup("g").InfoContext(liftoff.WithRunID(t.Context(), 7), "x", "b", 2)
		if !strings.HasSuffix(console.String(), want) {
			t.Errorf("got %q, want it to end with %q", console.String(), want)
		}
	}
}
