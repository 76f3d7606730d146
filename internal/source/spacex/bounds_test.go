package spacex_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"

	"liftoff"
	"liftoff/internal/source/spacex"
	"liftoff/internal/testkit/apitest"
)

// mebibyte is the unit of the limits.
const mebibyte = 1 << 20

// linksOf returns a document whose links are so many values.
func linksOf(value string, count int) string {
	return `{"id":"a","links":[` + strings.TrimSuffix(strings.Repeat(value+",", count), ",") + `]}`
}

// What a document unfolds to counts, not what it is sent as.
func TestM1_NumbersThatUnfoldToGigabytes(t *testing.T) {
	for _, c := range []struct {
		rule, document string
		text           string // empty for a launch that may be stored
	}{
		{"nine thousand large numbers", linksOf("1e131071", 9000), "the launch is longer than 4 MiB once its numbers are written without exponents"},
		{"with a capital and a sign", linksOf("-1E+131071", 33), "once its numbers are written without exponents"},
		{"the smallest too many", linksOf("1e131071", 33), "once its numbers are written without exponents"},
		{"small numbers", linksOf("1e-16383", 300), "once its numbers are written without exponents"},
		{"zeros with many places", linksOf("0e-16383", 300), "once its numbers are written without exponents"},
		{"many that unfold a little", linksOf("1e300", 14_000), "once its numbers are written without exponents"},
		{"few large numbers", linksOf("1e131071", 30), ""},
		{"zeros that unfold to nothing", linksOf("0e131071", 9000), ""},
		{"numbers that get shorter", linksOf("1.000e3", 9000), ""},
		{"within texts they are no numbers", linksOf(`"1e131071"`, 9000), ""},
		{"long without an exponent", linksOf(`"`+strings.Repeat("x", 4*mebibyte-100)+`"`, 1), ""},
		{"too long without an exponent", linksOf(`"`+strings.Repeat("x", 4*mebibyte)+`"`, 1), "bytes long, more than 4 MiB"},
		{"too long for its names", `{"id":"a"` + strings.Repeat(`,"a":0`, 700_000) + `}`, "bytes long, more than 4 MiB"},
	} {
		t.Run("M1 "+c.rule, func(t *testing.T) {
			launch, err := spacex.DecodeLaunch([]byte(c.document))
			if c.text == "" {
				if err != nil || launch.ID != "a" {
					t.Errorf("refused: %v", err)
				}
				return
			}
			apitest.WantError(t, err, liftoff.Source, c.text)
			page, err := spacex.ReadPage([]byte(envelope(1, 0, 2, documents(1)[0], c.document)))
			if err != nil || len(page.Launches) != 1 || len(page.Rejected) != 1 || page.Rejected[0].Reason != liftoff.NotStorable {
				t.Errorf("%d launches, rejected %d, %v; want one of each, not_storable", len(page.Launches), len(page.Rejected), err)
			}
		})
	}
}

// The estimate is never less than what the database writes, and a few bytes more
// at the most. The lengths are those of PostgreSQL 15.
func TestM1_TheLengthOfANumber(t *testing.T) {
	for number, length := range map[string]int{
		"1e131071": 131_072, "12e131070": 131_072, "1.5e131071": 131_072, "-1e131071": 131_073, "0.0001e131075": 131_072,
		"1e-16383": 16_385, "1.5e-16382": 16_385, "0e-16383": 16_385, "0e200000": 1, "1": 1, "1.000e3": 4, "100e-2": 4, "-12345.678": 10,
	} {
		if got := spacex.UnfoldedLength(number); got < length || got > length+2 {
			t.Errorf("%s is taken for %d characters, the database writes %d", number, got, length)
		}
	}
}

// referencesOf fetches documents as references, and returns what is logged.
func referencesOf(t *testing.T, kind liftoff.ReferenceKind, records ...string) (ids []string, log string, err error) {
	t.Helper()
	url := apitest.Serve(t, scripted(envelope(1, 0, len(records), records...))).URL
	options, _ := testOptions(url)
	var buffer bytes.Buffer
	options.Logger, options.PageSize = slog.New(slog.NewTextHandler(&buffer, nil)), 50
	for some, err := range newClient(t, options).References(t.Context(), kind, nil) {
		if err != nil {
			return ids, buffer.String(), err
		}
		size := 0
		for _, each := range some {
			ids, size = append(ids, each.ID), size+len(each.Raw)
		}
		if len(some) > 1 && size > 4*mebibyte {
			t.Errorf("%d bytes are handed out at once", size)
		}
	}
	return ids, buffer.String(), nil
}

func TestM2_ReferencesThatUnfold(t *testing.T) {
	bad := linksOf("1e131071", 9000)
	for _, kind := range []liftoff.ReferenceKind{liftoff.Payloads, liftoff.Rockets, liftoff.Launchpads} {
		ids, log, err := referencesOf(t, kind, bad, `{"id":"b"}`)
		if err != nil || !slices.Equal(ids, []string{"b"}) || !strings.Contains(log, "Some references cannot be stored") {
			t.Errorf("%s: got %v, %v; logged %s", kind, ids, err, log)
		}
	}
}

func TestM5_AMassThatNoColumnHolds(t *testing.T) {
	for mass, want := range map[string]bool{
		"1e-400": false, "-1e-400": false, "0.0e5": true, "0": true, "1e-300": true, "15600.0": true, `"1e-400"`: true, "null": true, "1e400": true,
	} {
		ids, _, err := referencesOf(t, liftoff.Payloads, fmt.Sprintf(`{"id":"a","mass_kg":%s}`, mass), `{"id":"b"}`)
		if err != nil || slices.Contains(ids, "a") != want || !slices.Contains(ids, "b") {
			t.Errorf("mass_kg %s: got %v, %v; want the payload: %v", mass, ids, err, want)
		}
	}
	if _, err := spacex.DecodeLaunch([]byte(`{"id":"a","mass_kg":1e-400}`)); err != nil {
		t.Errorf("a launch has no such column: %v", err)
	}
}

func TestM7_ReferencesComeInPartsOfBoundedSize(t *testing.T) {
	var records []string
	for i := range 6 {
		records = append(records, fmt.Sprintf(`{"id":"%d","name":"%s"}`, i, strings.Repeat("x", 3*mebibyte)))
	}
	if ids, _, err := referencesOf(t, liftoff.Payloads, records...); err != nil || len(ids) != 6 {
		t.Errorf("got %v, %v", ids, err)
	}
}

// An API that does not keep to the limit is read as long as that is cheap.
func TestM6_MoreRecordsThanAskedFor(t *testing.T) {
	tiny := func(count int) string { return envelope(1, 0, count, slices.Repeat([]string{"0"}, count)...) }
	for _, c := range []struct {
		rule   string
		size   int
		answer string
		text   string
	}{
		{"five million", 1000, tiny(5_000_000), "the page has more than 4000 records: the API does not keep to the limit asked for"},
		{"just too many", 1000, tiny(4001), "the page has more than 4000 records"},
		{"small pages", 2, tiny(1001), "the page has more than 1000 records"},
		{"four times as many", 1000, tiny(4000), ""},
		{"a thousand for two", 2, tiny(1000), ""},
		{"broken, and too many", 1000, strings.Replace(envelope(1, 0, 4001, documents(4001)...), "[{", "[{,{", 1), "not valid JSON"},
	} {
		t.Run("M6 "+c.rule, func(t *testing.T) {
			options, _ := testOptions(apitest.Serve(t, scripted(c.answer)).URL)
			options.PageSize = c.size
			pages, err := all(t.Context(), newClient(t, options))
			if c.text != "" {
				apitest.WantError(t, err, liftoff.Source, c.text)
			} else if err != nil || len(pages) == 0 {
				t.Errorf("%d pages, %v", len(pages), err)
			}
		})
	}
	for name, read := range map[string]func(*spacex.Client) error{
		"ranges": func(c *spacex.Client) error { _, _, err := c.Ranges(t.Context(), ofSize(10)); return err },
		"references": func(c *spacex.Client) error {
			for _, err := range c.References(t.Context(), liftoff.Payloads, nil) {
				return err
			}
			return nil
		},
		"references by id": func(c *spacex.Client) error {
			for _, err := range c.References(t.Context(), liftoff.Payloads, []string{strings.Repeat("a", 24)}) {
				return err
			}
			return nil
		},
	} {
		t.Run("M6 "+name, func(t *testing.T) {
			options, _ := testOptions(apitest.Serve(t, scripted(tiny(100_000))).URL)
			apitest.WantError(t, read(newClient(t, options)), liftoff.Source, "does not keep to the limit asked for")
		})
	}
}

// A small record does not keep the large answer that it came with: a batch has a
// thousand of them.
func TestM7_SmallRecordsDoNotKeepLargeAnswers(t *testing.T) {
	const pages, padding = 16, mebibyte
	for name, record := range map[string]string{
		"launches":             `{"id":"%024x"}`,
		"records to set apart": `{"no":"%024x"}`,
	} {
		t.Run("M7 "+name, func(t *testing.T) {
			url := apitest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
				q := queryOf(r).Options
				var records []string
				for n := q.Offset; n < min(q.Offset+q.Limit, pages); n++ {
					records = append(records, fmt.Sprintf(record, n+1))
				}
				apitest.WriteJSON(w, strings.Replace(envelope(1, 0, pages, records...), `,"limit"`, `,"x":"`+strings.Repeat(" ", padding)+`","limit"`, 1))
			}).URL
			options, _ := testOptions(url)
			options.PageSize, options.Concurrency = 1, 2
			before := heapInUse()
			var kept []liftoff.Page
			for page, err := range newClient(t, options).Launches(t.Context(), liftoff.Query{}) {
				if err != nil {
					t.Fatal(err)
				}
				kept = append(kept, page)
			}
			if grown := heapInUse() - before; len(kept) < pages || grown > pages*padding/4 {
				t.Errorf("%d pages keep %d KiB", len(kept), grown/1024)
			}
			runtime.KeepAlive(kept)
		})
	}
}

// heapInUse returns how many bytes are in use that cannot be freed.
func heapInUse() int {
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return int(memory.HeapAlloc)
}

// An API that invents names costs one short line and little memory.
func TestM7_ManyUnknownFields(t *testing.T) {
	var fields strings.Builder
	for n := range 100_000 {
		fmt.Fprintf(&fields, `,"f%d":0`, n)
	}
	options, _ := testOptions(apitest.Serve(t, scripted(envelope(1, 0, 1, `{"id":"a"`+fields.String()+`}`))).URL)
	var log bytes.Buffer
	options.Logger = slog.New(slog.NewTextHandler(&log, nil))
	if _, err := all(t.Context(), newClient(t, options)); err != nil {
		t.Fatal(err)
	}
	if text := log.String(); !strings.Contains(text, "f0, f1, ") || strings.Contains(text, "f20") || len(text) > 1000 {
		t.Errorf("logged %d bytes: %.500s", len(text), text)
	}
}
