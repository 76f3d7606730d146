package telemetry_test

import (
	"log/slog"
	"testing"

	"liftoff/internal/telemetry"
)

func TestLevel(t *testing.T) {
	tests := map[string]slog.Level{
		"debug": slog.LevelDebug, "INFO": slog.LevelInfo, " Info ": slog.LevelInfo,
		"warn": slog.LevelWarn, "WARNING": slog.LevelWarn, "error": slog.LevelError,
		"": slog.LevelInfo, "verbose": slog.LevelInfo,
	}
	for name, want := range tests {
		if got := telemetry.Level(name); got != want {
			t.Errorf("Level(%q) = %v, want %v", name, got, want)
		}
	}
}
