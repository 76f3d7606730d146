package spacex_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"liftoff"
	"liftoff/internal/source/spacex"
	"liftoff/internal/testkit/apitest"
)

func TestLatest_ReturnsTheLaunchAsItCame(t *testing.T) {
	const raw = `{ "id" : "62dd70d5202306255024d139",` + "\n" + ` "payloads":["a"], "new": 1.0 }`
	server := apitest.Serve(t, func(w http.ResponseWriter, _ *http.Request) { apitest.WriteJSON(w, "\n"+raw+"\n") })
	options, _ := testOptions(server.URL)
	var pages []liftoff.Page
	for page, err := range newClient(t, options).Launches(t.Context(), liftoff.Query{Selection: liftoff.SelectLatest}) {
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, page)
	}
	want := []liftoff.Page{{Number: 1, TotalLaunches: 1, Launches: []liftoff.Launch{
		{ID: "62dd70d5202306255024d139", PayloadCount: 1, Raw: []byte(raw)},
	}}}
	if diff := cmp.Diff(want, pages, cmpopts.IgnoreFields(liftoff.Launch{}, "Drift", "Fields")); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
}

func TestLatest_RealCaptureComesBackByteForByte(t *testing.T) {
	body := readCapture(t, "spacex-v4-2021-04-22-exchanges", "bodies", "latest_launch.json")
	server := apitest.Serve(t, func(w http.ResponseWriter, _ *http.Request) { apitest.WriteJSON(w, string(body)) })
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
		{"null", func(w http.ResponseWriter, _ *http.Request) { apitest.WriteJSON(w, "null\n") }},
		{"null as plain text", func(w http.ResponseWriter, _ *http.Request) { apitest.WriteAs(w, "text/plain", 200, "null") }},
		{"v4's TypeError", func(w http.ResponseWriter, _ *http.Request) {
			apitest.WriteAs(w, "text/plain; charset=utf-8", 400, "TypeError: Cannot read property '_id' of null")
		}},
		{"v4's TypeError, message only", func(w http.ResponseWriter, _ *http.Request) {
			apitest.WriteAs(w, "text/plain; charset=utf-8", 400, "Cannot read properties of null (reading 'crew')")
		}},
	}
	for _, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			options, pauses := testOptions(apitest.Serve(t, c.handler).URL)
			_, err := latest(t.Context(), newClient(t, options))
			apitest.WantError(t, err, liftoff.Source, "the API has no launch for latest")
			if len(pauses.Recorded()) != 0 {
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
			options, _ := testOptions(apitest.Serve(t, func(w http.ResponseWriter, _ *http.Request) { apitest.WriteJSON(w, c.body) }).URL)
			for page, err := range newClient(t, options).Launches(t.Context(), liftoff.Query{Selection: liftoff.SelectLatest}) {
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
			server := apitest.Serve(t, func(w http.ResponseWriter, _ *http.Request) { apitest.WriteJSON(w, c.body) })
			options, pauses := testOptions(server.URL)
			_, err := latest(t.Context(), newClient(t, options))
			apitest.WantError(t, err, liftoff.Source, c.text)
			apitest.WantError(t, err, liftoff.Source, "fetch latest launch from "+server.URL+"/v4/launches/latest: ")
			if len(pauses.Recorded()) != 0 {
				t.Error("it was tried again")
			}
		})
	}
}

func TestLatest_A400MayBeTheDatabase(t *testing.T) {
	cases := map[string]bool{
		"Operation `launches.findOne()` buffering timed out after 10000ms": true,
		"MongoServerError: not primary and secondaryOk=false":              true,
		"MongoNetworkError: getaddrinfo EAI_AGAIN mongo":                   true,
		"MongoServerSelectionError: Server selection timed out":            true,
		"connection 7 to 10.0.0.1:27017 closed":                            true,
		"connect ECONNREFUSED 127.0.0.1:27017":                             true,
		"Topology is closed":                                               true,
		"unknown operator: $foo":                                           false,
		"Cast to ObjectId failed for value \"latests\" at path \"_id\"":    false,
		"Bad Request": false,
		"":            false,
	}
	for text, retried := range cases {
		t.Run(text, func(t *testing.T) {
			server := apitest.Serve(t, func(w http.ResponseWriter, _ *http.Request) { apitest.WriteAs(w, "text/plain", 400, text) })
			options, pauses := testOptions(server.URL)
			_, err := latest(t.Context(), newClient(t, options))
			apitest.WantError(t, err, liftoff.Source, "status 400 Bad Request")
			if got := len(pauses.Recorded()) > 0; got != retried {
				t.Errorf("tried again: %v, want %v", got, retried)
			}
			if got := strings.HasSuffix(err.Error(), "after 6 attempts"); got != retried {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestAll_OverHTTP2(t *testing.T) {
	handler := paged(5, 2)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 2 {
			t.Errorf("protocol %s", r.Proto)
		}
		handler(w, r)
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	options, _ := testOptions(server.URL)
	options.RootCAs, options.PageSize = apitest.AuthorityOf(server), 2
	pages, err := all(t.Context(), newClient(t, options))
	if err != nil || len(pages) != 3 {
		t.Errorf("%d pages, error %v", len(pages), err)
	}
}

func TestAll_RedirectMustKeepTheMethod(t *testing.T) {
	for status, followed := range map[int]bool{301: false, 302: false, 303: false, 307: true, 308: true} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			var pages http.HandlerFunc = paged(2, 10)
			server := apitest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/v4/launches/query" {
					w.Header().Set("Location", "/moved")
					w.WriteHeader(status)
					return
				}
				pages(w, r)
			})
			options, _ := testOptions(server.URL)
			_, err := all(t.Context(), newClient(t, options))
			if followed && err != nil {
				t.Error(err)
			}
			if !followed {
				apitest.WantError(t, err, liftoff.Source, "redirected in a way that turns POST into GET")
			}
		})
	}
}

func TestCheckQuery_RefusesWhatIsNotALaunchID(t *testing.T) {
	const crew5 = "62dd70d5202306255024d139"
	options, _ := testOptions("http://127.0.0.1:1")
	client := newClient(t, options)
	cases := []struct {
		name string
		ids  []string
		says string
	}{
		{"an id that is too short", []string{crew5, "62dd70d5"}, `"62dd70d5"`},
		{"an id in capitals", []string{strings.ToUpper(crew5)}, "is not a valid launch id"},
		{"an id that is no hexadecimal number", []string{"62dd70d5202306255024d13z"}, "is not a valid launch id"},
		{"an id with a line break", []string{crew5 + "\n"}, "is not a valid launch id"},
		{"an empty id", []string{""}, `""`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			err := client.CheckQuery(liftoff.Query{Selection: liftoff.SelectIDs, IDs: c.ids})
			apitest.WantError(t, err, liftoff.Usage, c.says)
		})
	}
	if err := client.CheckQuery(liftoff.Query{Selection: liftoff.SelectIDs, IDs: []string{crew5}}); err != nil {
		t.Error(err)
	}
}

// The API's documents write its address with the version.
func TestNew_RefusesAnAddressWithTheVersion(t *testing.T) {
	for _, address := range []string{"https://api.example.org/v4", "https://api.example.org/spacex/v5/"} {
		options, _ := testOptions(address)
		_, err := spacex.New(options)
		apitest.WantError(t, err, liftoff.Usage, "which liftoff adds itself")
	}
}
