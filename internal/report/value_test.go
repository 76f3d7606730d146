package report_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"

	"liftoff/internal/report"
)

func TestWriteValue(t *testing.T) {
	t.Parallel()
	value := struct {
		Name   string         `json:"name"`
		Number jsontext.Value `json:"number"`
		Absent jsontext.Value `json:"absent,omitzero"`
		List   []int          `json:"list"`
	}{"<é>\x1b[31m\u202e\u2028\n", jsontext.Value("1.50e400"), nil, []int{1}}
	var got bytes.Buffer
	if err := report.WriteValue(&got, value); err != nil {
		t.Fatal(err)
	}
	want := "{\n  \"name\": \"<é>\\u001b[31m\\u202e\\u2028\\n\",\n  \"number\": 1.50e400,\n  \"list\": [\n    1\n  ]\n}\n"
	if got.String() != want {
		t.Errorf("printed %q, want %q", got.String(), want)
	}
}

// Whatever text it is, it is read back as it was, and drives no terminal.
func TestWriteValue_OfAnyText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.RuneFrom(nil, unicode.Cc, unicode.Bidi_Control, unicode.Zl, unicode.Zp))).Draw(t, "text")
		var got bytes.Buffer
		if err := report.WriteValue(&got, map[string]string{"text": text}); err != nil {
			t.Fatal(err)
		}
		var back map[string]string
		if err := json.Unmarshal(got.Bytes(), &back); err != nil || back["text"] != text {
			t.Fatalf("%q comes back as %q, %v", text, back["text"], err)
		}
		hidden := func(r rune) bool {
			return r != '\n' && (unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp))
		}
		if at := strings.IndexFunc(got.String(), hidden); at >= 0 {
			t.Fatalf("%q has a raw control character", got.String())
		}
	})
}

func TestWriteValue_ReturnsTheWritersError(t *testing.T) {
	t.Parallel()
	if err := report.WriteValue(fullDisk{}, 1); !errors.Is(err, errFull) {
		t.Errorf("WriteValue() = %v, want the writer's error", err)
	}
	if err := report.WriteValue(&bytes.Buffer{}, "\xff"); err == nil {
		t.Error("no error for text that is no UTF-8")
	}
}
