package spacex_test

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"liftoff/internal/replay"
	"liftoff/internal/source/spacex"
	"liftoff/internal/testkit/apitest"
)

// replayed starts the API itself, over synthetic launches or captures, and
// returns a client that asks it for pages of a few launches.
func replayed(t *testing.T, options replay.Options) *spacex.Client {
	t.Helper()
	clientOptions, _ := testOptions(replayedURL(t, options))
	clientOptions.PageSize = 60
	return newClient(t, clientOptions)
}

func replayedURL(t *testing.T, options replay.Options) string {
	t.Helper()
	server, err := replay.New(options)
	if err != nil {
		t.Fatal(err)
	}
	return apitest.Serve(t, server.ServeHTTP).URL
}

// sources are the launches that the filters are tried on.
func sources() map[string]func(t *testing.T) replay.Options {
	return map[string]func(t *testing.T) replay.Options{
		"synthetic": func(*testing.T) replay.Options { return replay.Options{Count: 150, Seed: 3} },
		"v4 captures": func(t *testing.T) replay.Options {
			return replay.Options{DataDir: capture(t, "spacex-v4-2021-04-22-exchanges")}
		},
		"v5 captures": func(t *testing.T) replay.Options {
			return replay.Options{DataDir: capture(t, "spacex-v5-final-state")}
		},
	}
}

// listed is what a test reads of a document in a plain list of the API.
type listed struct {
	ID       string `json:"id"`
	DateUTC  string `json:"date_utc"`
	Upcoming bool   `json:"upcoming"`
	// raw is the document as it came.
	raw string
}

// list fetches a plain list of the API, with nothing of the client's, and
// sorts it by id.
func list(t *testing.T, url string) []listed {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = response.Body.Close()
		http.DefaultClient.CloseIdleConnections()
	}()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var raws []json.RawMessage
	if err := json.Unmarshal(body, &raws); err != nil {
		t.Fatalf("%s: %v", url, err)
	}
	all := make([]listed, len(raws))
	for i, raw := range raws {
		if err := json.Unmarshal(raw, &all[i]); err != nil {
			t.Fatal(err)
		}
		all[i].raw = string(raw)
	}
	slices.SortFunc(all, func(a, b listed) int { return strings.Compare(a.ID, b.ID) })
	return all
}

// chosen returns the documents that a condition holds for.
func chosen(all []listed, holds func(listed) bool) []string {
	raw := []string{}
	for _, each := range all {
		if holds(each) {
			raw = append(raw, each.raw)
		}
	}
	return raw
}
