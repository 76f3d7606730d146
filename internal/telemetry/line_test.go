package telemetry_test

import (
	"bytes"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"liftoff/internal/telemetry"
)

// FuzzLine checks that one record is exactly one printable line, in both
// formats, and that JSON gives the texts back.
func FuzzLine(f *testing.F) {
	f.Add("message", "key", "value")
	f.Add("two\nlines", "a.b", "a\r\nb")
	f.Add("", "", "")
	f.Add("\x1b[2J", "time", "\u2028\u202e\u009b")
	f.Add("\xff", "\xc3\x28", "\xed\xa0\x80")
	f.Add(`"`, `\`, `"}`)
	f.Add("\U000E0041", "\x00", "\ufeff\ufffd")
	f.Fuzz(func(t *testing.T, message, key, value string) {
		for _, isJSON := range []bool{false, true} {
			var console bytes.Buffer
			logger, _ := telemetry.NewLogger(telemetry.Options{Console: &console, JSON: isJSON, Clock: fixedClock})
			logger.Info(message, slog.String(key, value), slog.Group(key, slog.String(key, value)))
			checkOneLine(t, console.String())
			if isJSON && len(message) <= telemetry.MaxText && len(value) <= telemetry.MaxText {
				checkRoundTrip(t, console.String(), message, key, value)
			}
		}
	})
}

// checkOneLine fails unless text is one line of printable runes.
func checkOneLine(t *testing.T, text string) {
	t.Helper()
	body, hasNewline := strings.CutSuffix(text, "\n")
	if !hasNewline || !utf8.ValidString(body) {
		t.Fatalf("not one line of UTF-8: %q", text)
	}
	for _, r := range body {
		if !strconv.IsPrint(r) {
			t.Fatalf("the line has %U: %q", r, text)
		}
	}
}

// checkRoundTrip fails unless the JSON line gives message and value back, up
// to broken UTF-8.
func checkRoundTrip(t *testing.T, text, message, key, value string) {
	t.Helper()
	got := parseJSON(t, text)
	if want := strings.ToValidUTF8(message, "\uFFFD"); got["msg"] != want {
		t.Fatalf("message is %q, want %q", got["msg"], want)
	}
	name := strings.ToValidUTF8(key, "\uFFFD")
	switch name {
	case "time", "level", "msg":
		return // these are renamed
	}
	if want := strings.ToValidUTF8(value, "\uFFFD"); got[name] != want {
		t.Fatalf("%q is %q, want %q", name, got[name], want)
	}
}
