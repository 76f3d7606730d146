package fetch_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"liftoff"
	"liftoff/internal/source/fetch"
	"liftoff/internal/testkit/apitest"
)

func TestNew_RefusesAURLThatCannotBeUsed(t *testing.T) {
	cases := []struct{ rule, url, text string }{
		{"empty", "", "must begin with http:// or https://"},
		{"no scheme", "api.example.org", "must begin with http:// or https://"},
		{"another scheme", "file:///etc/passwd", "must begin with http:// or https://"},
		{"no host", "http:///v4", "has no host"},
		{"only a port", "http://:8100", "has no host"},
		{"a user and password", "https://user:canary@api.example.org", "must not contain a user or password"},
		{"a password with a slash", "https://user:7/canary@api.example.org", "must not contain a user or password"},
		{"a password that breaks the URL", "https://user:canary/x@api.example.org:y", "is not a valid URL"},
		{"a control character", "https://api.example.org/\x7fcanary", "is not a valid URL"},
		{"a query", "https://api.example.org/?key=canary", "must not contain a query or fragment"},
		{"an empty query", "https://api.example.org/?", "must not contain a query or fragment"},
		{"a fragment", "https://api.example.org/#canary", "must not contain a query or fragment"},
	}
	for _, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			_, err := fetch.New(fetch.Options{Name: "SpaceX API", URLSetting: "SPACEX_API_URL", BaseURL: c.url})
			apitest.WantError(t, err, liftoff.Usage, c.text)
			if err != nil && strings.Contains(err.Error()+liftoff.HintOf(err), "canary") {
				t.Errorf("the secret is shown: %v (%s)", err, liftoff.HintOf(err))
			}
		})
	}
}

func TestO2_AnAddressHasOneForm(t *testing.T) {
	for want, written := range map[string][]string{
		"https://api.example.org": {
			"https://api.example.org", "https://api.example.org/", "https://api.example.org//", "HTTPS://api.example.org", "https://API.Example.org",
			"https://api.example.org:443", "https://api.example.org:443/", "https://api.example.org:", "https://api.example.org/mirror/..",
		},
		"http://api.example.org":              {"HTTP://API.EXAMPLE.ORG:80/"},
		"https://api.example.org:80":          {"https://api.example.org:80/"},
		"http://api.example.org:443":          {"http://api.example.org:443"},
		"https://api.example.org:8443":        {"https://api.example.org:8443/"},
		"https://api.example.org/Mirror/a%2F": {"https://api.example.org/Mirror/a%2F", "https://api.example.org//Mirror//a%2F//"},
		"http://[::1]:8100":                   {"http://[::1]:8100/"},
		"http://[fe80::a]":                    {"http://[FE80::A]:80"},
		"http://127.0.0.1:18100":              {"http://127.0.0.1:018100", "http://127.0.0.1.:00018100/", "http://[::ffff:127.0.0.1]:18100", "http://[::FFFF:7f00:1]:18100", "http://[0:0:0:0:0:ffff:127.0.0.1]:018100"},
		"http://localhost":                    {"http://localhost.", "HTTP://LocalHost.:80/", "http://localhost:080", "http://localhost:00080/"},
		"https://localhost:80":                {"https://localhost.:0080"},
		"http://[2001:db8::1:0:0:1]":          {"http://[2001:0DB8:0000:0000:0001:0:0:1]:80", "http://[2001:db8::1:0:0:1]"},
		"http://[fe80::1%eth0]":               {"http://[fe80:0::1%25eth0]/"},
	} {
		for _, address := range written {
			client, err := fetch.New(fetch.Options{Name: "SpaceX API", URLSetting: "SPACEX_API_URL", BaseURL: address})
			if err != nil {
				t.Fatal(err)
			}
			if got := client.Address(); got != want {
				t.Errorf("%s: Address() = %q, want %q", address, got, want)
			}
		}
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
			server := apitest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
				got = r.URL.EscapedPath()
				apitest.WriteJSON(w, document)
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
	server := apitest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = r.Header
		if r.Method != http.MethodGet {
			t.Errorf("method = %s", r.Method)
		}
		apitest.WriteJSON(w, document)
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
