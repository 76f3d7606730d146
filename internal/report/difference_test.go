package report_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"liftoff"
	"liftoff/internal/plain"
	"liftoff/internal/report"
)

// What differs is seen, wherever it is and whatever it is.
func TestM12_TheFirstDifferenceIsSeen(t *testing.T) {
	long := strings.Repeat("The first stage landed. ", 20)
	for rule, test := range map[string]struct{ before, after, wantBefore, wantAfter string }{
		"short values are whole":             {`"Crew-4"`, `"Crew-5"`, `"Crew-4"`, `"Crew-5"`},
		"a long beginning in common":         {`"` + long + `A"`, `"` + long + `B"`, `...age landed. A"`, `...age landed. B"`},
		"one is longer":                      {`"` + long + `"`, `"` + long + `More."`, `...age landed. "`, `...age landed. More."`},
		"letters of many bytes":              {`"` + strings.Repeat("ü", 30) + `a"`, `"` + strings.Repeat("ü", 30) + `b"`, `...` + strings.Repeat("ü", 12) + `a"`, `...` + strings.Repeat("ü", 12) + `b"`},
		"letters that begin with one byte":   {`"` + strings.Repeat("x", 30) + `ü"`, `"` + strings.Repeat("x", 30) + `ö"`, `...xxxxxxxxxxxxü"`, `...xxxxxxxxxxxxö"`},
		"a no-break space for a blank":       {`"Falcon 9"`, "\"Falcon\u00a09\"", `"Falcon 9"`, `"Falcon\u00a09"`},
		"other spaces":                       {`"a b"`, "\"a\u2009b\u3000\"", `"a b"`, `"a\u2009b\u3000"`},
		"characters of no width":             {`"ab"`, "\"a\u200bb\ufeff\"", `"ab"`, `"a\u200bb\ufeff"`},
		"direction marks":                    {`"ab"`, "\"a\u200eb\u202e\"", `"ab"`, `"a\u200eb\u202e"`},
		"a letter in one and two characters": {`"Türksat"`, "\"Tu\u0308rksat\"", `"Türksat"`, `"Tu\u0308rksat"`},
		"an escaped tab and a soft hyphen":   {`"a\tb"`, "\"a\u00adb\"", `"a\tb"`, `"a\u00adb"`},
		"what looks like nothing":            {`"ab"`, "\"a\u3164b\u2800\u034f\"", `"ab"`, `"a\u3164b\u2800\u034f"`},
		"a tag beyond the usual planes":      {`"ab"`, "\"a\U000e0041b\"", `"ab"`, `"a\U000e0041b"`},
		"no UTF-8":                           {"\"a\xffb\"", "\"a\xfeb\"", `"a\xffb"`, `"a\xfeb"`},
		"a value that there was not":         {``, `"` + long + `"`, ``, `"` + long + `"`},
	} {
		t.Run(rule, func(t *testing.T) {
			before, after := report.Difference(test.before, test.after)
			if before != test.wantBefore || after != test.wantAfter {
				t.Errorf("shown as %s and %s, want %s and %s", before, after, test.wantBefore, test.wantAfter)
			}
			after, before = report.Difference(test.after, test.before)
			if before != test.wantBefore || after != test.wantAfter {
				t.Errorf("the other way round as %s and %s", before, after)
			}
		})
	}
}

// In a table of 80 columns too; JSON and CSV keep the values as they are.
func TestM12_HistoryShowsTheFirstDifference(t *testing.T) {
	details := strings.Repeat("The first stage landed on the drone ship. ", 5)
	revisions := []liftoff.Revision{
		{Number: 1, Raw: []byte(`{"details": "` + details + `at 5 km", "name": "Falcon 9"}`)},
		{Number: 2, Raw: []byte("{\"details\": \"" + details + "at 6 km\", \"name\": \"Falcon\u00a09\"}")},
	}
	history, err := report.History("a", time.Time{}, revisions)
	if err != nil {
		t.Fatal(err)
	}
	for format, wants := range map[report.Format][]string{
		report.FormatTable:    {`...ne ship. at 5 km"`, `...ne ship. at 6 km"`, `"Falcon\u00a09"`},
		report.FormatMarkdown: {`...ne ship. at 5 km"`, `...ne ship. at 6 km"`, `"Falcon\\u00a09"`},
		report.FormatJSON:     {details + "at 5 km", details + "at 6 km", "Falcon\u00a09"},
		report.FormatCSV:      {details + "at 5 km", details + "at 6 km", "Falcon\u00a09"},
	} {
		var out strings.Builder
		if err := history.Write(&out, format, report.Options{Width: 80}); err != nil {
			t.Fatal(err)
		}
		for _, want := range wants {
			if !strings.Contains(out.String(), want) {
				t.Errorf("as %s it does not show %q:\n%s", format, want, out.String())
			}
		}
	}
}

func FuzzDifference(f *testing.F) {
	f.Add(`"a"`, `"b"`)
	f.Add("\"a\u00a0\xff\"", "\"a \"")
	f.Add(strings.Repeat("ü", 40)+"x", strings.Repeat("ü", 40)+"y")
	f.Fuzz(func(t *testing.T, before, after string) {
		shownBefore, shownAfter := report.Difference(before, after)
		if !utf8.ValidString(shownBefore) || !utf8.ValidString(shownAfter) {
			t.Errorf("%q and %q are shown as no UTF-8", before, after)
		}
		if plain.Visible(shownBefore) != shownBefore || plain.Visible(shownAfter) != shownAfter {
			t.Errorf("%q and %q are shown with something hidden", before, after)
		}
		if before == after && shownBefore != shownAfter {
			t.Errorf("%q is shown as %q and %q", before, shownBefore, shownAfter)
		}
	})
}
