package replay_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"liftoff/internal/replay"
)

// realCollections are the collections with lists of the captures of 2021.
func realCollections() []string {
	return []string{
		"launches", "payloads", "cores", "rockets", "launchpads", "landpads",
		"capsules", "crew", "ships", "dragons", "history",
	}
}

func TestReal_OneAndQueryGiveTheBytesOfTheList(t *testing.T) {
	server := newServer(t, replay.Options{DataDir: captures(t, exchanges2021)})
	for _, name := range realCollections() {
		t.Run(name, func(t *testing.T) {
			for i, doc := range decode[[]jsontext.Value](t, get(t, server, "/v4/"+name)) {
				// Every query walks over the whole list; a few will do.
				if i%7 != 0 {
					continue
				}
				id, _ := decode[object](t, doc)["id"].(string)
				sameBytes(t, "one", doc, get(t, server, "/v4/"+name+"/"+id))
				body := string(post(t, server, "/v4/"+name+"/query", `{"query":{"_id":"`+id+`"}}`))
				got, _, _ := strings.Cut(strings.TrimPrefix(body, `{"docs":[`), `],"totalDocs"`)
				sameBytes(t, "query", doc, []byte(got))
			}
		})
	}
}

// TestReal_FiltersAgreeWithGo runs filters over the captured launches and
// compares with the same condition written in Go.
func TestReal_FiltersAgreeWithGo(t *testing.T) {
	server := newServer(t, replay.Options{DataDir: captures(t, finalState)})
	launches := decode[[]object](t, get(t, server, "/v5/launches"))
	between := func(launch object, from, to string) bool {
		return launch["date_utc"].(string) >= from && launch["date_utc"].(string) < to
	}
	tests := []struct {
		filter string
		holds  func(object) bool
	}{
		{`{"upcoming":true}`, func(l object) bool { return l["upcoming"] == true }},
		{`{"success":false}`, func(l object) bool { return l["success"] == false }},
		{`{"success":null}`, func(l object) bool { return l["success"] == nil }},
		{`{"fairings":null}`, func(l object) bool { return l["fairings"] == nil }},
		{`{"failures":[]}`, func(l object) bool { return len(listOf(l, "failures")) == 0 }},
		{`{"payloads":"5eb0e4b5b6c3bb0006eeb1e1"}`, func(l object) bool { return slices.Contains(listOf(l, "payloads"), any("5eb0e4b5b6c3bb0006eeb1e1")) }},
		{`{"date_utc":{"$gte":"2020-01-01T00:00:00.000Z","$lt":"2021-01-01T00:00:00.000Z"}}`, func(l object) bool {
			return between(l, "2020", "2021")
		}},
		{`{"flight_number":{"$in":[188,198]}}`, func(l object) bool {
			return l["flight_number"] == 188.0 || l["flight_number"] == 198.0
		}},
		{`{"$or":[{"date_precision":"month"},{"auto_update":false}]}`, func(l object) bool {
			return l["date_precision"] == "month" || l["auto_update"] == false
		}},
	}
	for _, test := range tests {
		t.Run(test.filter, func(t *testing.T) {
			want := slices.DeleteFunc(slices.Clone(launches), func(l object) bool { return !test.holds(l) })
			got := docs(t, server, "/v5/launches/query", `{"query":`+test.filter+`,"options":{"limit":500}}`)
			diff(t, "names", column[string](t, want, "name"), column[string](t, got, "name"))
			if len(want) == 0 || len(want) == len(launches) {
				t.Errorf("%d launches: the filter tells nothing apart", len(want))
			}
		})
	}
}

func TestReal_SyntheticNamesAndTextsAreNotCopied(t *testing.T) {
	real := newServer(t, replay.Options{DataDir: captures(t, finalState)})
	made := string(get(t, synthetic(t), "/v4/launches"))
	for _, launch := range decode[[]object](t, get(t, real, "/v4/launches")) {
		for _, field := range []string{"name", "details"} {
			if text, _ := launch[field].(string); len(text) > 12 && strings.Contains(made, text) {
				t.Errorf("%s %q is in the synthetic data", field, text)
			}
		}
		if strings.Contains(made, launch["id"].(string)) {
			t.Errorf("id %v is in the synthetic data", launch["id"])
		}
	}
	for _, host := range regexp.MustCompile(`https?://[^/"]+`).FindAllString(made, -1) {
		if !strings.HasSuffix(host, ".synthetic.example") {
			t.Fatalf("host %s could exist", host)
		}
	}
}

func TestServeHTTP_ManyClientsAtOnce(t *testing.T) {
	server := synthetic(t)
	want := string(get(t, server, "/v4/launches"))
	var clients sync.WaitGroup
	for client := range 8 {
		clients.Go(func() {
			path := "/v4/launches"
			if client%2 == 1 {
				path += fmt.Sprintf("?client=%d", client)
			}
			if got := string(bodyOf(t, call(t, server, http.MethodGet, path, ""))); got != want {
				t.Errorf("client %d got %d bytes, want %d", client, len(got), len(want))
			}
		})
	}
	clients.Wait()
}

func TestNew_TellsCollectionsFromFileNames(t *testing.T) {
	tests := []struct{ file, path string }{
		{"rockets.json", "/v4/rockets"},
		{"get_rocket.json", "/v4/rockets"},
		{"vehicle__rocket.json", "/v4/rockets"},
		{"rockets__v4__one.json", "/v4/rockets"},
		{"Rockets-2022.json", "/v4/rockets"},
		{"api__capsules__all_capsules_json.json", "/v4/capsules"},
		{"crews.json", "/v4/crew"},
		{"crew__full_member.json", "/v4/crew"},
		{"starlinks.json", "/v4/starlink"},
		{"starlink__starlink.json", "/v4/starlink"},
		{"get_history.json", "/v4/history"},
		{"landpad__landpad_full.json", "/v4/landpads"},
		{"launchpads__launchpad.json", "/v4/launchpads"},
		{"info__company_info.json", "/v4/company"},
		{"roadster__v4__get.json", "/v4/roadster"},
		{"query_ships_with_empty_body.json", "/v4/ships"},
		{filepath.Join("bodies", "dragons.json"), "/v4/dragons"},
	}
	for _, test := range tests {
		t.Run(test.file, func(t *testing.T) {
			dir := folder(t, map[string]string{"launches.json": `[{"id":"l"}]`, test.file: `{"id":"x"}`})
			server := newServer(t, replay.Options{DataDir: dir})
			if body := string(get(t, server, test.path)); !strings.Contains(body, `{"id":"x"}`) {
				t.Errorf("%s gives %s", test.path, body)
			}
		})
	}
}
