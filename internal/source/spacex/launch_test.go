package spacex_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"liftoff"
	"liftoff/internal/source/fetch"
	"liftoff/internal/source/spacex"
	"liftoff/internal/testkit/apitest"
)

func TestDecodeLaunch_Accepts(t *testing.T) {
	cases := []struct {
		rule, raw string
		want      liftoff.Launch
	}{
		{"payloads are counted", `{"id":"x","payloads":["a","b"]}`, liftoff.Launch{ID: "x", PayloadCount: 2}},
		{"payloads may be of any type", `{"id":"x","payloads":[1,null,{"id":"p","payloads":[1,2]},[[]],"a"]}`, liftoff.Launch{ID: "x", PayloadCount: 5}},
		{"payloads may be null", `{"id":"x","payloads":null}`, liftoff.Launch{ID: "x"}},
		{"payloads may be absent", `{"id":"x"}`, liftoff.Launch{ID: "x"}},
		{"payloads may be empty", `{"id":"x","payloads":[]}`, liftoff.Launch{ID: "x"}},
		{"order does not matter", `{"payloads":["a"],"z":1,"id":"x"}`, liftoff.Launch{ID: "x", PayloadCount: 1}},
		{"unknown fields are kept", `{"id":"x","new":{"deep":[{"er":1e3}]},"success":null}`, liftoff.Launch{ID: "x"}},
		{"strings for numbers are kept", `{"id":"x","flight_number":"187","success":"maybe"}`, liftoff.Launch{ID: "x"}},
		{"names match by case", `{"id":"x","ID":7,"Id":null,"Payloads":["a"]}`, liftoff.Launch{ID: "x"}},
		{"inner ids do not count", `{"rocket":{"id":"r","payloads":[1]},"id":"x"}`, liftoff.Launch{ID: "x"}},
		{"escapes in the id are resolved", `{"\u0069d":"\u0078é"}`, liftoff.Launch{ID: "xé"}},
		{"an escaped backslash before u0000 is no NUL", `{"id":"x","a":"\\u0000","b":"\\\\u0000"}`, liftoff.Launch{ID: "x"}},
		{"a whole surrogate pair is fine", `{"id":"x","a":"\ud83d\ude80"}`, liftoff.Launch{ID: "x"}},
		{"a number at the edge of the range is fine", `{"id":"x","a":1e131071,"b":-1e-16383}`, liftoff.Launch{ID: "x"}},
		{"the longest id is 128 bytes", `{"id":"` + strings.Repeat("i", 128) + `"}`, liftoff.Launch{ID: strings.Repeat("i", 128)}},
		{"9,000 levels are fine", `{"id":"x","a":` + nested(9_000) + `}`, liftoff.Launch{ID: "x"}},
	}
	for _, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			c.want.Raw = []byte(c.raw)
			got, err := spacex.DecodeLaunch([]byte(" \r\n\t" + c.raw + "\n "))
			if err != nil {
				t.Fatal(err)
			}
			got.Drift, got.Fields = nil, nil
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("launch (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDecodeLaunch_TellsHowALaunchDrifts(t *testing.T) {
	const whole = `"name":"x","flight_number":-1,"date_utc":"d","date_precision":"hour","upcoming":false,"success":null,"rocket":"r","launchpad":{"id":"p"},"payloads":[]`
	cases := []struct {
		rule, raw string
		want      []string
	}{
		{"nothing drifts", whole, nil},
		{"unknown fields are no drift", whole + `,"new":1`, nil},
		{"a number for a name", strings.Replace(whole, `"x"`, `1`, 1), []string{"name is a number"}},
		{"a text for a boolean", strings.Replace(whole, `false`, `"false"`, 1), []string{"upcoming is a string"}},
		{"two fields gone", strings.Replace(strings.Replace(whole, `"rocket":"r",`, ``, 1), `"date_utc":"d",`, ``, 1), []string{"date_utc is missing", "rocket is missing"}},
	}
	for _, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			for _, extra := range []string{"", `,"odd":1e5`} { // an exponent makes the decoder look closely
				got, err := spacex.DecodeLaunch([]byte(`{"id":"x",` + c.raw + extra + `}`))
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(c.want, got.Drift); diff != "" {
					t.Errorf("drift (-want +got):\n%s", diff)
				}
			}
		})
	}
}

func TestA23_A24_A25_A26_A29_A30_A35_DecodeLaunchRefuses(t *testing.T) {
	cases := []struct{ rule, raw, text string }{
		{"nothing", ``, "not valid JSON"},
		{"only space", ` `, "not valid JSON"},
		{"null", `null`, "the launch is null, not an object"},
		{"an array", `[{"id":"x"}]`, "the launch is an array, not an object"},
		{"a string", `"x"`, "the launch is a string, not an object"},
		{"no id", `{"payloads":[]}`, "the launch has no id"},
		{"id null", `{"id":null}`, "the launch's id is null, not a string"},
		{"id a number", `{"id":7}`, "the launch's id is a number, not a string"},
		{"id an object", `{"id":{}}`, "the launch's id is an object, not a string"},
		{"id true", `{"id":true}`, "the launch's id is a boolean, not a string"},
		{"id empty", `{"id":""}`, "the launch's id is empty"},
		{"id too long", `{"id":"` + strings.Repeat("é", 65) + `"}`, "id is 130 bytes long, more than 128"},
		{"id with a control character", `{"id":"a\u001b[2J"}`, `id a\x1b[2J holds a control character`},
		{"id with DEL", "{\"id\":\"a\x7f\"}", "holds a control character"},
		{"id with a path", `{"id":"\/..\/x"}`, "id /../x holds a slash"},
		{"id with a backslash", `{"id":"..\\x"}`, "holds a slash"},
		{"id with NUL", `{"id":"a\u0000"}`, "holds a control character"},
		{"payloads a string", `{"id":"x","payloads":"a"}`, "the launch's payloads is a string, not an array"},
		{"payloads an object", `{"id":"x","payloads":{}}`, "the launch's payloads is an object, not an array"},
		{"payloads a number", `{"id":"x","payloads":2}`, "the launch's payloads is a number, not an array"},
		{"NUL in a string", `{"id":"x","a":[0,"b\u0000"]}`, `\u0000 at /a/1, which the database cannot store`},
		{"NUL after an escaped backslash", `{"id":"x","a":"\\\u0000"}`, `\u0000 at /a`},
		{"NUL in a name", `{"id":"x","a":{"\u0000":1}}`, `\u0000 at /a/`},
		{"NUL among the payloads", `{"id":"x","payloads":["\u0000"]}`, `\u0000 at /payloads/0`},
		{"a lone high surrogate", `{"id":"x","a":"\ud800"}`, "invalid surrogate pair"},
		{"a lone low surrogate", `{"id":"x","a":"\udc00"}`, "invalid surrogate pair"},
		{"a number beyond the range", `{"id":"x","a":{"b":1e200000}}`, "the number 1e200000 at /a/b, which the database cannot store"},
		{"a long number beyond the range", `{"id":"x","a":1` + strings.Repeat("0", 131_072) + `}`, "the number 1000"},
		{"invalid UTF-8", "{\"id\":\"x\",\"a\":\"\xff\"}", "invalid UTF-8 at /a"},
		{"a duplicate name", `{"id":"x","id":"x"}`, "duplicate object member name at /id"},
		{"a duplicate name deep down", `{"id":"x","a":[{"b":1,"\u0062":1}]}`, "duplicate object member name at /a/0/b"},
		{"a second document", `{"id":"x"}{"id":"y"}`, "something follows the JSON document"},
		{"trailing garbage", `{"id":"x"}]`, "something follows the JSON document"},
		{"a truncated document", `{"id":"x","payloads":["a"`, "not valid JSON"},
		{"a byte order mark", "\ufeff" + `{"id":"x"}`, "not valid JSON"},
		{"NaN", `{"id":"x","a":NaN}`, "not valid JSON"},
		{"a comment", `{"id":"x"/**/}`, "not valid JSON"},
		{"20,000 levels", `{"id":"x","a":` + nested(20_000) + `}`, "exceeded max depth"},
		{"more payloads than the mass column can sum", `{"id":"x","payloads":[` + zeros(math.MaxInt32/6000+1) + `]}`, "more than 357913 payloads"},
	}
	for _, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			got, err := spacex.DecodeLaunch([]byte(c.raw))
			apitest.WantError(t, err, liftoff.Source, c.text)
			if diff := cmp.Diff(liftoff.Launch{}, got); diff != "" {
				t.Errorf("a launch came with the error:\n%s", diff)
			}
		})
	}
}

func TestDecodeLaunch_TakesAsManyPayloadsAsTheMassColumnCanSum(t *testing.T) {
	launch, err := spacex.DecodeLaunch([]byte(`{"id":"x","payloads":[` + zeros(math.MaxInt32/6000) + `]}`))
	if err != nil || launch.PayloadCount != math.MaxInt32/6000 {
		t.Errorf("got %d payloads, error %v", launch.PayloadCount, err)
	}
}

func TestDecodeLaunch_RawIsACopy(t *testing.T) {
	raw := []byte(document)
	launch, err := spacex.DecodeLaunch(raw)
	if err != nil {
		t.Fatal(err)
	}
	clear(raw)
	if got := string(launch.Raw); got != document {
		t.Errorf("Raw = %q after the input was overwritten", got)
	}
}

func TestDecodeLaunch_EveryTruncationIsRefused(t *testing.T) {
	for end := range len(document) {
		if _, err := spacex.DecodeLaunch([]byte(document[:end])); err == nil {
			t.Errorf("%q was accepted", document[:end])
		}
	}
}

// The expected answers were taken from PostgreSQL 15: select '...'::jsonb.
func TestA35_IsStorableNumberAgreesWithPostgreSQL(t *testing.T) {
	nines := strings.Repeat("9", 16_383)
	cases := []struct {
		number string
		want   bool
	}{
		{"0", true},
		{"-0", true},
		{"0.0", true},
		{"1e400", true},
		{"9007199254740993", true},
		{"1e131071", true},
		{"1e131072", false},
		{"-1e131071", true},
		{"1E+131071", true},
		{"12e131071", false},
		{"9999999e131065", true},
		{"9999999e131066", false},
		{"0.1e131072", true},
		{"0.1e131073", false},
		{"0.0001e131075", true},
		{"0.0001e131076", false},
		{"1e-16383", true},
		{"1e-16384", false},
		{"1.5e-16382", true},
		{"1.5e-16383", false},
		{"10e-16384", false},
		{"0e-16383", true},
		{"0e-16384", false},
		{"0e200000", true},
		{"0.0e200000", true},
		{"0e1073741822", true},
		{"0e1073741824", false},
		{"1e-1073741824", false},
		{"0e99999999999999999999", false},
		{"0." + nines, true},
		{"0.0" + nines, false},
		{"1.0" + nines + "e1", true},
		{"1.0" + nines + "1e1", false},
		{strings.Repeat("1", 131_072), true},
		{strings.Repeat("1", 131_073), false},
	}
	for _, c := range cases {
		t.Run(fetch.OneLine(c.number, 30), func(t *testing.T) {
			if got := spacex.IsStorableNumber(c.number); got != c.want {
				t.Errorf("storable = %v, want %v", got, c.want)
			}
		})
	}
}

func TestDecodeLaunch_RealLaunchesComeBackByteForByte(t *testing.T) {
	files := map[string]int{
		"spacex-v4-2021-04-22-exchanges/bodies/launches.json":          142,
		"spacex-v4-2021-04-22-exchanges/bodies/past_launches.json":     122,
		"spacex-v4-2021-04-22-exchanges/bodies/upcoming_launches.json": 20,
		"spacex-v5-final-state/launches_v5.json":                       205,
	}
	for file, count := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			var documents []json.RawMessage
			if err := json.Unmarshal(readCapture(t, file), &documents); err != nil {
				t.Fatal(err)
			}
			if len(documents) != count {
				t.Errorf("%d launches, want %d", len(documents), count)
			}
			for _, raw := range documents {
				checkReal(t, raw)
			}
		})
	}
}

func TestDecodeLaunch_RealSingleLaunches(t *testing.T) {
	files := []string{
		"spacex-v4-2021-04-22-exchanges/bodies/latest_launch.json",
		"spacex-v4-2021-04-22-exchanges/bodies/next_launch.json",
		"spacex-v4-2021-04-22-exchanges/bodies/get_launch.json",
		"spacex-docs-examples/launches__v4__latest.json",
		"spacex-docs-examples/launches__v5__latest.json",
		"spacex-v4-single-records/launch__full.json",
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) { checkReal(t, readCapture(t, file)) })
	}
}

// checkReal decodes a launch and compares it with what encoding/json reads.
func checkReal(t *testing.T, raw []byte) {
	t.Helper()
	var want struct {
		ID       string            `json:"id"`
		Payloads []json.RawMessage `json:"payloads"`
	}
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	got, err := spacex.DecodeLaunch(raw)
	if err != nil {
		t.Fatalf("launch %s: %v", want.ID, err)
	}
	if got.ID != want.ID || got.PayloadCount != len(want.Payloads) {
		t.Errorf("launch %s with %d payloads, want %s with %d", got.ID, got.PayloadCount, want.ID, len(want.Payloads))
	}
	if diff := cmp.Diff(string(bytes.TrimSpace(raw)), string(got.Raw)); diff != "" {
		t.Errorf("Raw (-want +got):\n%s", diff)
	}
}

func FuzzDecodeLaunch(f *testing.F) {
	for _, seed := range []string{
		document, `{"id":"x"}`, `{"id":"x","payloads":null,"a":[1e5,{"b":"\ud83d\ude80"}]}`, `null`, `[]`, ``,
		`{"id":"\u0000"}`, `{"id":"x","a":1e200000}`, `{"id":"x","a":"\ud800"}`, `{"id":1}`, `{"id":"x","id":"y"}`, "{\"id\":\"\xff\"}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		launch, err := spacex.DecodeLaunch(raw)
		if page, pageErr := spacex.ReadPage(slices.Concat([]byte(`{"totalDocs":1,"docs":[`), raw, []byte(`]}`))); pageErr == nil && len(page.Launches) == 1 {
			if diff := cmp.Diff(launch, page.Launches[0]); err != nil || diff != "" {
				t.Errorf("a page reads another launch of %q than the decoder alone: %v\n%s", raw, err, diff)
			}
		}
		if err != nil {
			apitest.CheckShowable(t, err)
			return
		}
		if launch.ID == "" || len(launch.ID) > 128 || launch.PayloadCount < 0 || !json.Valid(launch.Raw) || !bytes.Contains(raw, launch.Raw) {
			t.Errorf("accepted %q as %+v", raw, launch)
		}
		again, err := spacex.DecodeLaunch(launch.Raw)
		if err != nil {
			t.Fatalf("Raw of an accepted launch is refused: %v", err)
		}
		if diff := cmp.Diff(launch, again); diff != "" {
			t.Errorf("decoding Raw again gives another launch:\n%s", diff)
		}
	})
}

func BenchmarkDecodeLaunch(b *testing.B) {
	raw := []byte(`{"id":"62dd70d5202306255024d139","payloads":["a"],"links":[` + strings.TrimSuffix(strings.Repeat(`{"small":"https://images.example.org/a.png","n":12.5},`, 40), ",") + `]}`)
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		if _, err := spacex.DecodeLaunch(raw); err != nil {
			b.Fatal(err)
		}
	}
}

func ExampleDecodeLaunch() {
	launch, err := spacex.DecodeLaunch([]byte(`{"name":"Crew-5","id":"62dd70d5202306255024d139","payloads":["62dd73ed202306255024d145"]}`))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	fmt.Println(launch.ID, launch.PayloadCount)
	// Output: 62dd70d5202306255024d139 1
}

// nested returns an array within an array, and so on, to a depth.
func nested(depth int) string {
	return strings.Repeat("[", depth) + strings.Repeat("]", depth)
}

// zeros returns count elements of an array.
func zeros(count int) string {
	return strings.TrimSuffix(strings.Repeat("0,", count), ",")
}
