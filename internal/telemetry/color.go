package telemetry

import (
	"log/slog"
	"os"
	"slices"
	"strings"

	"golang.org/x/term"
)

// ColorEnabled reports whether lines written to f may have colours: f is a
// terminal, and environ (in the form of os.Environ) has neither a non-empty
// NO_COLOR nor TERM=dumb.
func ColorEnabled(f *os.File, environ []string) bool {
	isColorless := slices.ContainsFunc(environ, func(variable string) bool {
		return variable == "TERM=dumb" || (strings.HasPrefix(variable, "NO_COLOR=") && variable != "NO_COLOR=")
	})
	return f != nil && !isColorless && term.IsTerminal(int(f.Fd()))
}

const colorReset = "\x1b[0m"

// levelColor returns the escape sequence that starts the level's colour: grey,
// green, yellow or red. All are among the eight that every terminal has.
func levelColor(level slog.Level) string {
	switch levelName(level) {
	case "DEBUG":
		return "\x1b[90m"
	case "INFO":
		return "\x1b[32m"
	case "WARNING":
		return "\x1b[33m"
	default:
		return "\x1b[31m"
	}
}
