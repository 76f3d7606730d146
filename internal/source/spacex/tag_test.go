package spacex_test

import (
	"net/http"
	"strings"
	"testing"

	"liftoff"
	"liftoff/internal/replay"
	"liftoff/internal/source/spacex"
	"liftoff/internal/testkit/apitest"
)

func TestListTag_ChangesWithTheLaunches(t *testing.T) {
	server, err := replay.New(replay.Options{Count: 30, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	options, _ := testOptions(apitest.Serve(t, server.ServeHTTP).URL)
	client := newClient(t, options)
	tag := listTag(t, client, "", false)
	if tag == "" {
		t.Fatal("no tag")
	}
	if again := listTag(t, client, tag, true); again != tag {
		t.Errorf("the tag of the same launches is %s, was %s", again, tag)
	}
	if err := server.SetRevision(1); err != nil {
		t.Fatal(err)
	}
	if changed := listTag(t, client, tag, false); changed == tag || changed == "" {
		t.Errorf("the tag of other launches is %s, was %s", changed, tag)
	}
}

// listTag asks for the tag and checks whether it is unchanged.
func listTag(t *testing.T, client *spacex.Client, known string, wantUnchanged bool) string {
	t.Helper()
	tag, isUnchanged, err := client.ListTag(t.Context(), known)
	if err != nil {
		t.Fatal(err)
	}
	if isUnchanged != wantUnchanged {
		t.Errorf("unchanged: %v, want %v", isUnchanged, wantUnchanged)
	}
	return tag
}

func TestA46_ListTagTakesWhatIsATag(t *testing.T) {
	const kind = "application/json; charset=utf-8"
	cases := []struct {
		rule        string
		status      int
		header      http.Header
		known, want string
		isUnchanged bool
	}{
		{"a tag", 200, http.Header{"Etag": {`"a"`}, "Content-Type": {kind}}, "", `"a"`, false},
		{"another tag", 200, http.Header{"Etag": {`"b"`}, "Content-Type": {kind}}, `"a"`, `"b"`, false},
		{"the known one, with 304", 304, http.Header{"Etag": {`"a"`}}, `"a"`, `"a"`, true},
		{"304 without a tag", 304, nil, `"a"`, `"a"`, true},
		{"304 though nothing is known", 304, http.Header{"Etag": {`"a"`}}, "", "", false},
		{"the known one, with 200", 200, http.Header{"Etag": {`"a"`}, "Content-Type": {kind}}, `"a"`, `"a"`, true},
		{"the known one, weakened", 200, http.Header{"Etag": {`W/"a"`}, "Content-Type": {kind}}, `"a"`, `W/"a"`, true},
		{"packed", 200, http.Header{"Etag": {`"a"`}, "Content-Type": {kind}, "Content-Encoding": {"gzip"}}, "", `"a"`, false},
		{"no tag", 200, http.Header{"Content-Type": {kind}}, `"a"`, "", false},
		{"no tag, nothing known", 200, http.Header{"Content-Type": {kind}}, "", "", false},
		{"the tag of a maintenance page", 200, http.Header{"Etag": {`"a"`}, "Content-Type": {"text/html"}}, `"a"`, "", false},
		{"a tag of no type", 200, http.Header{"Etag": {`"a"`}, "Content-Type": {""}}, `"a"`, "", false},
		{"a tag without quotes", 200, http.Header{"Etag": {`a`}, "Content-Type": {kind}}, "", "", false},
		{"an empty tag", 200, http.Header{"Etag": {`""`}, "Content-Type": {kind}}, "", "", false},
		{"a tag that the database could not hold", 200, http.Header{"Etag": {"\"\xff\""}, "Content-Type": {kind}}, "", "", false},
		{"an endless tag", 200, http.Header{"Etag": {`"` + strings.Repeat("a", 9000) + `"`}, "Content-Type": {kind}}, "", "", false},
		{"no HEAD: 405", 405, nil, `"a"`, "", false},
		{"no HEAD: 404", 404, nil, `"a"`, "", false},
		{"no HEAD: 501", 501, nil, `"a"`, "", false},
		{"no HEAD: 400", 400, nil, `"a"`, "", false},
		{"a challenge of the network", 403, http.Header{"Content-Type": {"text/html"}}, `"a"`, "", false},
		{"HEAD forbidden", 403, http.Header{"Etag": {`"a"`}, "Content-Type": {kind}}, `"a"`, "", false},
		{"nothing there", 204, http.Header{"Etag": {`"a"`}}, `"a"`, "", false},
	}
	for _, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			server := apitest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Method != http.MethodHead || r.URL.Path != "/v4/launches" || r.Header.Get("If-None-Match") != c.known {
					t.Errorf("%s %s %v", r.Method, r.URL, r.Header)
				}
				for name, values := range c.header {
					w.Header()[name] = values
				}
				w.WriteHeader(c.status)
			})
			options, pauses := testOptions(server.URL)
			if tag := listTag(t, newClient(t, options), c.known, c.isUnchanged); tag != c.want {
				t.Errorf("tag = %q, want %q", tag, c.want)
			}
			if len(pauses.Recorded()) != 0 {
				t.Error("it was tried again")
			}
		})
	}
}

func TestListTag_AKnownTagThatIsNoneIsNotSent(t *testing.T) {
	for _, known := range []string{"a", "\"a\nb\"", "\"\xff\"", " ", "*"} {
		server := apitest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
			if len(r.Header.Values("If-None-Match")) > 0 {
				t.Errorf("%q is sent", known)
			}
			w.Header().Set("Etag", `"a"`)
			apitest.WriteJSON(w, "[]")
		})
		options, _ := testOptions(server.URL)
		if tag := listTag(t, newClient(t, options), known, false); tag != `"a"` {
			t.Errorf("tag = %q", tag)
		}
	}
}

func TestListTag_TriesAgainWhenTheAPIIsInTrouble(t *testing.T) {
	answers := func(statuses ...int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Etag", `"a"`)
			w.WriteHeader(statuses[0])
			statuses = statuses[min(1, len(statuses)-1):]
		}
	}
	t.Run("trouble that passes", func(t *testing.T) {
		options, pauses := testOptions(apitest.Serve(t, answers(503, 502, 200)).URL)
		if tag := listTag(t, newClient(t, options), "", false); tag != `"a"` || len(pauses.Recorded()) != 2 {
			t.Errorf("tag = %q after %d pauses", tag, len(pauses.Recorded()))
		}
	})
	t.Run("trouble that stays", func(t *testing.T) {
		server := apitest.Serve(t, answers(503))
		options, _ := testOptions(server.URL)
		_, _, err := newClient(t, options).ListTag(t.Context(), "")
		apitest.WantError(t, err, liftoff.Source, "fetch list of launches from "+server.URL+"/v4/launches: status 503 Service Unavailable after 6 attempts")
	})
	t.Run("nobody there", func(t *testing.T) {
		options, _ := testOptions("http://127.0.0.1:1")
		_, _, err := newClient(t, options).ListTag(t.Context(), "")
		apitest.WantError(t, err, liftoff.Source, "connection refused")
	})
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := contextWithCancel(t)
		options, _ := testOptions(apitest.Serve(t, func(http.ResponseWriter, *http.Request) { cancel() }).URL)
		if _, _, err := newClient(t, options).ListTag(ctx, ""); liftoff.CategoryOf(err) != liftoff.Interrupted {
			t.Errorf("error %v", err)
		}
	})
}
