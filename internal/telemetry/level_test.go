package telemetry_test

import (
	"log/slog"
	"strings"
	"testing"

	"liftoff"
	"liftoff/internal/telemetry"
)

func TestParseLevel_KnownNames(t *testing.T) {
	tests := map[string]slog.Level{
		"debug": slog.LevelDebug, "INFO": slog.LevelInfo, " Info ": slog.LevelInfo,
		"warn": slog.LevelWarn, "WARNING": slog.LevelWarn, "error": slog.LevelError,
	}
	for text, want := range tests {
		got, err := telemetry.ParseLevel(text)
		if err != nil || got != want {
			t.Errorf("ParseLevel(%q) = %v, %v; want %v", text, got, err, want)
		}
	}
}

func TestParseLevel_UnknownNameIsAUsageErrorThatListsTheLevels(t *testing.T) {
	for _, text := range []string{"", "verbose", "inf", "0", "INFO\n;"} {
		_, err := telemetry.ParseLevel(text)
		if liftoff.CategoryOf(err) != liftoff.Usage {
			t.Errorf("ParseLevel(%q): error %v is not of category usage", text, err)
			continue
		}
		for _, level := range []string{"debug", "info", "warning", "error"} {
			if !strings.Contains(liftoff.HintOf(err), level) {
				t.Errorf("ParseLevel(%q): hint %q does not name %s", text, liftoff.HintOf(err), level)
			}
		}
	}
}
