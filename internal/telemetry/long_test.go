package telemetry_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"liftoff"
	"liftoff/internal/telemetry"
)

// A launch's name of a megabyte is cut and says so, in a message, in a value and in JSON.
func TestLine_LongTextsAreCut(t *testing.T) {
	const megabyte = 1 << 20
	tests := []struct {
		name, text string
		// shown is the part of the text that a line has.
		shown string
	}{
		{"the longest that is whole", strings.Repeat("x", telemetry.MaxText), strings.Repeat("x", telemetry.MaxText)},
		{"one more", strings.Repeat("x", telemetry.MaxText+1), strings.Repeat("x", telemetry.MaxText) + "… (1 more bytes)"},
		{"a megabyte", strings.Repeat("x", megabyte), strings.Repeat("x", telemetry.MaxText) + fmt.Sprintf("… (%d more bytes)", megabyte-telemetry.MaxText)},
		{
			"never within a rune", "x" + strings.Repeat("🚀", telemetry.MaxText/4),
			"x" + strings.Repeat("🚀", telemetry.MaxText/4-1) + "… (4 more bytes)",
		},
	}
	for _, test := range tests {
		for _, isJSON := range []bool{false, true} {
			var console bytes.Buffer
			logger, _ := telemetry.NewLogger(telemetry.Options{Console: &console, JSON: isJSON, Clock: fixedClock})
			logger.Info(test.text, "name", test.text)
			checkOneLine(t, console.String())
			if got := strings.Count(console.String(), test.shown); got != 2 {
				t.Errorf("%s, JSON %v: the line of %d bytes has the shown text %d times, want 2", test.name, isJSON, console.Len(), got)
			}
			if limit := 2*telemetry.MaxText + 300; console.Len() > limit {
				t.Errorf("%s, JSON %v: the line has %d bytes, want at most %d", test.name, isJSON, console.Len(), limit)
			}
		}
	}
}

// Control characters stay escaped in what is left of a long text, and broken UTF-8 at the
// cut is not made worse.
func TestLine_LongTextsOfControlCharactersAreOneLine(t *testing.T) {
	for _, unit := range []string{"\x1b[31m\n", "\xff", "\x80\xbf", "\u2028"} {
		for _, isJSON := range []bool{false, true} {
			var console bytes.Buffer
			logger, _ := telemetry.NewLogger(telemetry.Options{Console: &console, JSON: isJSON})
			logger.Info("launch", "name", strings.Repeat(unit, 1<<18))
			checkOneLine(t, console.String())
			if !strings.Contains(console.String(), " more bytes)") || console.Len() > 8*telemetry.MaxText {
				t.Errorf("%q, JSON %v: %d bytes, ending with %.60q", unit, isJSON, console.Len(), console.String()[console.Len()-60:])
			}
		}
	}
}

func TestHandler_OnlyJSONNamesTheLastComponentAndTheLaunch(t *testing.T) {
	for isJSON, want := range map[bool]string{
		false: " - INFO - x a=1\n",
		true:  `"msg":"x","launch_id":"5eb8","component":"store","a":1}` + "\n",
	} {
		var console bytes.Buffer
		logger, _ := telemetry.NewLogger(telemetry.Options{Console: &console, JSON: isJSON})
		app := logger.With(telemetry.ComponentKey, "app")
		app.With(telemetry.ComponentKey, "store", "a", 1).InfoContext(liftoff.WithLaunchID(t.Context(), "5eb8"), "x")
		if !strings.HasSuffix(console.String(), want) {
			t.Errorf("got %q, want it to end with %q", console.String(), want)
		}
		app.Info("y")
		if got := strings.Contains(console.String(), `"msg":"y","component":"app"}`); got != isJSON {
			t.Errorf("the parent of a named logger lost its own name: %q", console.String())
		}
	}
}

func TestNewLogger_ConsoleAndFileHaveTheirOwnLevels(t *testing.T) {
	tests := []struct {
		name             string
		options          telemetry.Options
		console, inFile  string
		enabled, refused slog.Level
	}{
		{"a full file", telemetry.Options{Level: slog.LevelError, FileLevel: slog.LevelInfo}, "e", "iwe", slog.LevelInfo, slog.LevelDebug},
		{"a full console", telemetry.Options{Level: slog.LevelDebug, FileLevel: slog.LevelWarn}, "diwe", "we", slog.LevelDebug, slog.LevelDebug - 1},
		{"a quiet console", telemetry.Options{Level: slog.LevelWarn, FileLevel: slog.LevelDebug}, "we", "diwe", slog.LevelDebug, slog.LevelDebug - 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var console bytes.Buffer
			test.options.Console, test.options.File = &console, newPath(t)
			logger, sinks := telemetry.NewLogger(test.options)
			logger.Debug("d")
			logger.Info("i")
			logger.Warn("w")
			logger.Error("e")
			check(t, sinks.Close())
			for where, pair := range map[string][2]string{"console": {console.String(), test.console}, "file": {readFile(t, test.options.File), test.inFile}} {
				got := ""
				for _, line := range linesOf(t, pair[0]) {
					got += line[len(line)-1:]
				}
				if got != pair[1] {
					t.Errorf("the %s has %q, want %q", where, got, pair[1])
				}
			}
			if !logger.Enabled(t.Context(), test.enabled) || logger.Enabled(t.Context(), test.refused) {
				t.Errorf("level %v must be enabled and %v must not", test.enabled, test.refused)
			}
		})
	}
}
