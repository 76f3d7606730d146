package telemetry_test

import (
	"bytes"
	"errors"
	"log/slog"
	"math"
	"net/netip"
	"strings"
	"testing"
	"time"

	"liftoff/internal/telemetry"
)

// logSamples writes one line for each rule of the format.
func logSamples(logger *slog.Logger) {
	logger.Debug("debugging")
	logger.Info("Successfully fetched latest launch data from SpaceX API.")
	logger.Warn("odd", "name", "Crew-5")
	logger.Error("bad", "err", errors.New("status 503: try later"))
	logger.Log(nil, slog.LevelInfo+2, "between two levels") //nolint:staticcheck // the handler ignores the context
	logger.Info("words", "plain", "a/b:c\\d", "empty", "", "space", "a b", "equals", "a=b", "quote", `say "hi"`)
	logger.Info("kinds", "int", -7, "uint", uint64(math.MaxUint64), "float", 1.5, "nan", math.NaN(), "big", 1e21,
		"bool", true, "nil", nil, "took", 1500*time.Millisecond, "at", fixedClock(), "bytes", []byte("raw text"),
		"list", []string{"a", "b"}, "addr", netip.MustParseAddr("127.0.0.1"), "inf", math.Inf(-1))
	logger.WithGroup("run").With("id", 7).WithGroup("page").Info("groups", "number", 1, slog.Group("size", "bytes", 10))
	logger.With("run_id", 1).Info("repeated", "run_id", 2, "message", "mine", slog.Group("g", "a", 1, "a", 2))
	logger.Info("forged\n2024-04-27 17:02:01,302 - ERROR - fake", "name", "a\r\nb", "key\nx", "\x1b[31mred\x1b[0m")
	logger.Info("broken \xff\xfe UTF-8", "value", "x\xc3", "replacement", "\uFFFD")
	logger.Info("unicode: Перевозка 🚀 日本", "c1", "\u009b31m", "line separator", "\u2028", "override", "\u202egnp.exe", "tag", "\U000E0041")
	logger.Info("panics", "value", panicking{})
}

// panicking is a value whose String method has a bug.
type panicking struct{}

func (panicking) String() string { panic("bug in String") }

func TestNewLogger_Golden(t *testing.T) {
	tests := []struct {
		name string
		opts telemetry.Options
	}{
		{"text.golden", telemetry.Options{Level: slog.LevelDebug}},
		{"color.golden", telemetry.Options{Level: slog.LevelDebug, Color: true}},
		{"json.golden", telemetry.Options{Level: slog.LevelDebug, JSON: true}},
		{"json.golden", telemetry.Options{Level: slog.LevelDebug, JSON: true, Color: true}},
		{"error-level.golden", telemetry.Options{Level: slog.LevelError}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var console bytes.Buffer
			tt.opts.Console, tt.opts.Clock = &console, fixedClock
			logger, sinks := telemetry.NewLogger(tt.opts)
			logSamples(logger)
			if err := sinks.Close(); err != nil {
				t.Fatal(err)
			}
			checkGolden(t, tt.name, console.String())
		})
	}
}

func TestNewLogger_FormatIsExact(t *testing.T) {
	var console bytes.Buffer
	logger, _ := telemetry.NewLogger(telemetry.Options{Console: &console, Clock: fixedClock})
	logger.Info("message")
	if got, want := console.String(), "2024-04-27 17:02:01,302 - INFO - message\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestNewLogger_TakesTheRecordsTimeWithoutAClock(t *testing.T) {
	var console bytes.Buffer
	logger, _ := telemetry.NewLogger(telemetry.Options{Console: &console})
	before := time.Now().UTC().Truncate(time.Millisecond)
	logger.Info("message")
	stamp, _, _ := strings.Cut(console.String(), " - ")
	at, err := time.Parse("2006-01-02 15:04:05,000", stamp)
	if err != nil {
		t.Fatal(err)
	}
	if at.Before(before) || at.After(time.Now()) {
		t.Errorf("stamped %v, want a time between %v and now", at, before)
	}
}

func TestNewLogger_FileHasTheSameLinesWithoutColours(t *testing.T) {
	var colored, plain bytes.Buffer
	path := newPath(t)
	logger, sinks := telemetry.NewLogger(telemetry.Options{Console: &colored, Color: true, File: path, Clock: fixedClock})
	logSamples(logger)
	if err := sinks.Close(); err != nil {
		t.Fatal(err)
	}
	uncolored, _ := telemetry.NewLogger(telemetry.Options{Console: &plain, Clock: fixedClock})
	logSamples(uncolored)
	if got := readFile(t, path); got != plain.String() {
		t.Errorf("the file has\n%s\nwant\n%s", got, plain.String())
	}
	if strings.Contains(readFile(t, path), "\x1b") {
		t.Error("the file has an escape character")
	}
	if !strings.Contains(colored.String(), "\x1b[32mINFO\x1b[0m") {
		t.Errorf("the console has no green INFO:\n%q", colored.String())
	}
}
