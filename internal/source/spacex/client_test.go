package spacex_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"liftoff"
	"liftoff/internal/source/spacex"
)

func TestNew_RefusesAURLThatCannotBeUsed(t *testing.T) {
	cases := []struct{ rule, url, text string }{
		{"empty", "", "must begin with http:// or https://"},
		{"no scheme", "api.example.org", "must begin with http:// or https://"},
		{"another scheme", "file:///etc/passwd", "must begin with http:// or https://"},
		{"no host", "http:///v4", "names no host"},
		{"only a port", "http://:8100", "names no host"},
		{"a user and password", "https://user:canary@api.example.org", "must not hold a user or password"},
		{"a password with a slash", "https://user:7/canary@api.example.org", "must not hold a user or password"},
		{"a password that breaks the URL", "https://user:canary/x@api.example.org:y", "is not a valid URL"},
		{"a control character", "https://api.example.org/\x7fcanary", "is not a valid URL"},
		{"a query", "https://api.example.org/?key=canary", "must not hold a query or fragment"},
		{"an empty query", "https://api.example.org/?", "must not hold a query or fragment"},
		{"a fragment", "https://api.example.org/#canary", "must not hold a query or fragment"},
	}
	for _, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			_, err := spacex.New(spacex.Options{BaseURL: c.url})
			wantError(t, err, liftoff.Usage, c.text)
			if err != nil && strings.Contains(err.Error()+liftoff.HintOf(err), "canary") {
				t.Errorf("the secret is shown: %v (%s)", err, liftoff.HintOf(err))
			}
		})
	}
}

func TestLatest_KeepsTheBasePath(t *testing.T) {
	for base, want := range map[string]string{
		"":               "/v4/launches/latest",
		"/":              "/v4/launches/latest",
		"/mirror":        "/mirror/v4/launches/latest",
		"/mirror/spacex": "/mirror/spacex/v4/launches/latest",
		"/mirror/a%2Fb/": "/mirror/a%2Fb/v4/launches/latest",
	} {
		t.Run("base "+base, func(t *testing.T) {
			var got string
			server := serve(t, func(w http.ResponseWriter, r *http.Request) {
				got = r.URL.EscapedPath()
				writeJSON(w, document)
			})
			options, _ := testOptions(server.URL + base)
			if _, err := latest(t.Context(), newClient(t, options)); err != nil {
				t.Fatal(err)
			}
			if got != want {
				t.Errorf("path = %q, want %q", got, want)
			}
		})
	}
}

func TestLatest_SaysWhatItIsAndWhatItTakes(t *testing.T) {
	var got http.Header
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = r.Header
		if r.Method != http.MethodGet {
			t.Errorf("method = %s", r.Method)
		}
		writeJSON(w, document)
	})
	options, _ := testOptions(server.URL)
	options.UserAgent = "liftoff/1.2.3 (+https://example.org/liftoff)"
	if _, err := latest(t.Context(), newClient(t, options)); err != nil {
		t.Fatal(err)
	}
	want := http.Header{
		"User-Agent":      {"liftoff/1.2.3 (+https://example.org/liftoff)"},
		"Accept":          {"application/json"},
		"Accept-Encoding": {"gzip"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
}

func TestLatest_ReturnsTheLaunchAsItCame(t *testing.T) {
	const raw = `{ "id" : "62dd70d5202306255024d139",` + "\n" + ` "payloads":["a"], "new": 1.0 }`
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, "\n"+raw+"\n") })
	options, _ := testOptions(server.URL)
	var pages []liftoff.Page
	for page, err := range newClient(t, options).Latest(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, page)
	}
	want := []liftoff.Page{{Number: 1, TotalLaunches: 1, Launches: []liftoff.Launch{
		{ID: "62dd70d5202306255024d139", PayloadCount: 1, Raw: []byte(raw)},
	}}}
	if diff := cmp.Diff(want, pages, cmpopts.IgnoreFields(liftoff.Launch{}, "Drift")); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
}

func TestLatest_RealCaptureComesBackByteForByte(t *testing.T) {
	body := readCapture(t, "spacex-v4-2021-04-22-exchanges", "bodies", "latest_launch.json")
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, string(body)) })
	options, _ := testOptions(server.URL)
	launch, err := latest(t.Context(), newClient(t, options))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(body), string(launch.Raw)); diff != "" {
		t.Errorf("Raw (-want +got):\n%s", diff)
	}
}

func TestLatest_NoLaunch(t *testing.T) {
	cases := []struct {
		rule    string
		handler http.HandlerFunc
	}{
		{"204", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }},
		{"null", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, "null\n") }},
		{"null as plain text", func(w http.ResponseWriter, _ *http.Request) { writeAs(w, "text/plain", 200, "null") }},
		{"v4's TypeError", func(w http.ResponseWriter, _ *http.Request) {
			writeAs(w, "text/plain; charset=utf-8", 400, "TypeError: Cannot read property '_id' of null")
		}},
		{"v4's TypeError, message only", func(w http.ResponseWriter, _ *http.Request) {
			writeAs(w, "text/plain; charset=utf-8", 400, "Cannot read properties of null (reading 'crew')")
		}},
	}
	for _, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			options, pauses := testOptions(serve(t, c.handler).URL)
			_, err := latest(t.Context(), newClient(t, options))
			wantError(t, err, liftoff.Source, "the API has no launch for latest")
			if len(pauses.recorded()) != 0 {
				t.Error("it was tried again")
			}
		})
	}
}

func TestLatest_RejectsWhatCannotBeStored(t *testing.T) {
	cases := []struct {
		rule, body, text string
		reason           liftoff.RejectReason
	}{
		{"no id", `{"payloads":[]}`, "the launch has no id", liftoff.MissingID},
		{"id a number", `{"id":7}`, "the launch's id is a number, not a string", liftoff.InvalidID},
		{"NUL", `{"id":"x","name":"\u0000"}`, "which the database cannot store", liftoff.NotStorable},
		{"a duplicate name", `{"id":"x","id":"x"}`, "duplicate object member name at /id", liftoff.InvalidJSON},
	}
	for _, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			options, _ := testOptions(serve(t, func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, c.body) }).URL)
			for page, err := range newClient(t, options).Latest(t.Context()) {
				if err != nil || len(page.Launches) != 0 || len(page.Rejected) != 1 {
					t.Fatalf("page %+v, error %v, want one rejected record", page, err)
				}
				got := page.Rejected[0]
				if got.Reason != c.reason || string(got.Body) != c.body || !strings.Contains(got.Detail, c.text) {
					t.Errorf("rejected %+v, want %s: %s", got, c.reason, c.text)
				}
			}
		})
	}
}

func TestA16_RefusesWhatIsNoLaunch(t *testing.T) {
	cases := []struct{ rule, body, text string }{
		{"an array", `[` + document + `]`, "the launch is an array, not an object"},
		{"a string", `"launch"`, "the launch is a string, not an object"},
		{"two documents", document + document, "something follows the JSON document"},
		{"trailing garbage", document + "<!-- -->", "something follows the JSON document"},
		{"bad JSON", `{"id":"x",}`, "the answer is not valid JSON: "},
	}
	for _, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			server := serve(t, func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, c.body) })
			options, pauses := testOptions(server.URL)
			_, err := latest(t.Context(), newClient(t, options))
			wantError(t, err, liftoff.Source, c.text)
			wantError(t, err, liftoff.Source, "fetch latest launch from "+server.URL+"/v4/launches/latest: ")
			if len(pauses.recorded()) != 0 {
				t.Error("it was tried again")
			}
		})
	}
}

// writeJSON sends an answer as the API does.
func writeJSON(w http.ResponseWriter, body string) {
	writeAs(w, "application/json; charset=utf-8", http.StatusOK, body)
}

// writeAs sends an answer of a type and status.
func writeAs(w http.ResponseWriter, contentType string, status int, body string) {
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body)) // The client may have left.
}
