package telemetry

import (
	"fmt"
	"log/slog"
	"strings"

	"liftoff"
)

// ParseLevel returns the level that text names, in any case: debug, info,
// warning (or warn), error. Anything else is a liftoff.Usage error that lists
// the levels.
func ParseLevel(text string) (slog.Level, error) {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "debug":
		return slog.LevelDebug, nil
	case "info":
		return slog.LevelInfo, nil
	case "warn", "warning":
		return slog.LevelWarn, nil
	case "error":
		return slog.LevelError, nil
	default:
		return slog.LevelInfo, liftoff.NewError(liftoff.Usage,
			fmt.Errorf("log level %q is unknown", text),
			"use debug, info, warning or error")
	}
}

// levelName returns the name a line carries: that of the highest level of the
// four that is not above level.
func levelName(level slog.Level) string {
	switch {
	case level < slog.LevelInfo:
		return "DEBUG"
	case level < slog.LevelWarn:
		return "INFO"
	case level < slog.LevelError:
		return "WARNING"
	default:
		return "ERROR"
	}
}
