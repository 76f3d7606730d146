package report_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"

	"liftoff/internal/report"
	"liftoff/internal/table"
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

// Programs take the first times of a column as the pattern for all.
func TestR6_TimesHaveOneForm(t *testing.T) {
	t.Parallel()
	whole := time.Date(2022, 10, 5, 16, 0, 0, 0, time.UTC)
	times := []time.Time{whole, whole.Add(time.Second / 2)}
	var value, listing, lines bytes.Buffer
	answer := []table.Table{{Name: "times", Columns: []table.Column{{Name: "at", Type: table.TypeTimestamp}}, Rows: [][]any{{times[0]}, {times[1]}}}}
	err := errors.Join(report.WriteValue(&value, times),
		report.Write(&listing, report.FormatJSON, answer, report.Options{}), report.Write(&lines, report.FormatCSV, answer, report.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{value.String(), listing.String(), lines.String()} {
		if !strings.Contains(text, "2022-10-05T16:00:00.000000Z") || !strings.Contains(text, "2022-10-05T16:00:00.500000Z") {
			t.Errorf("the times are not of one form:\n%s", text)
		}
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
