package spacex_test

import (
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"liftoff"
	"liftoff/internal/replay"
	"liftoff/internal/testkit/apitest"
)

// references reads a sequence of them.
func references(t *testing.T, sequence iter.Seq2[[]liftoff.Reference, error]) []string {
	t.Helper()
	raw := []string{}
	for some, err := range sequence {
		if err != nil {
			t.Fatal(err)
		}
		for _, each := range some {
			raw = append(raw, string(each.Raw))
			if !strings.Contains(string(each.Raw), `"id":"`+each.ID+`"`) || each.ID == "" {
				t.Errorf("the document of %q is %s", each.ID, each.Raw)
			}
		}
	}
	return raw
}

func TestReferences_ComeBackByteForByte(t *testing.T) {
	kinds := []liftoff.ReferenceKind{liftoff.Payloads, liftoff.Rockets, liftoff.Launchpads}
	for name, options := range map[string]func(t *testing.T) replay.Options{
		"synthetic": sources()["synthetic"], "v4 captures": sources()["v4 captures"],
	} {
		for _, kind := range kinds {
			t.Run(fmt.Sprintf("%s, %s", name, kind), func(t *testing.T) {
				url := replayedURL(t, options(t))
				clientOptions, _ := testOptions(url)
				clientOptions.PageSize = 60
				client := newClient(t, clientOptions)
				known := list(t, url+"/v4/"+string(kind))
				if len(known) < 3 {
					t.Fatalf("only %d", len(known))
				}
				want := chosen(known, func(listed) bool { return true })
				if diff := cmp.Diff(want, references(t, client.References(t.Context(), kind, nil))); diff != "" {
					t.Errorf("all %s (-want +got):\n%s", kind, diff)
				}
				ids := []string{known[2].ID, "000000000000000000000000", known[0].ID, known[0].ID}
				want = []string{known[0].raw, known[2].raw}
				if diff := cmp.Diff(want, references(t, client.References(t.Context(), kind, ids))); diff != "" {
					t.Errorf("some %s (-want +got):\n%s", kind, diff)
				}
			})
		}
	}
}

// counting counts the requests to handler.
func counting(t *testing.T, handler http.HandlerFunc) (server *httptest.Server, requests *atomic.Int32) {
	t.Helper()
	requests = &atomic.Int32{}
	return apitest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		handler(w, r)
	}), requests
}

func TestReferences_TakeOneRequestForFiveHundred(t *testing.T) {
	for count, want := range map[int]int32{0: 0, 1: 1, 500: 1, 501: 2, 1200: 3} {
		d := documents(count)
		ids := make([]string, 0, count)
		for _, document := range d {
			ids = append(ids, idOf(document))
		}
		server, requests := counting(t, func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil || r.URL.Path != "/v4/payloads/query" {
				t.Errorf("%s: %v", r.URL, err)
			}
			found := slices.DeleteFunc(slices.Clone(d), func(document string) bool { return !strings.Contains(string(body), idOf(document)) })
			apitest.WriteJSON(w, envelope(1, 0, len(found), found...))
		})
		options, _ := testOptions(server.URL)
		got := references(t, newClient(t, options).References(t.Context(), liftoff.Payloads, ids))
		if len(got) != count || requests.Load() != want {
			t.Errorf("%d of %d references in %d requests, want %d", len(got), count, requests.Load(), want)
		}
	}
}

func TestReferences_OneThatCannotBeStoredIsPassedOver(t *testing.T) {
	d := documents(3)
	server := apitest.Serve(t, scripted(envelope(1, 0, 4, d[0], `{"id":"x","name":"\u0000"}`, d[1], d[2])))
	options, _ := testOptions(server.URL)
	var log strings.Builder
	options.Logger = apitest.LogTo(&log)
	got := references(t, newClient(t, options).References(t.Context(), liftoff.Rockets, nil))
	if diff := cmp.Diff(d, got); diff != "" {
		t.Errorf("references (-want +got):\n%s", diff)
	}
	if !strings.Contains(log.String(), `msg="Some references cannot be stored and are left out." kind=rockets count=1`) {
		t.Errorf("log %q", log.String())
	}
}

func TestReferences_ErrorsAndStopsEndTheSequence(t *testing.T) {
	ids := make([]string, 1001)
	for i := range ids {
		ids[i] = fmt.Sprintf("%024x", i+1)
	}
	t.Run("error", func(t *testing.T) {
		server, requests := counting(t, func(w http.ResponseWriter, _ *http.Request) {
			apitest.WriteAs(w, "text/plain", http.StatusBadRequest, "no")
		})
		options, _ := testOptions(server.URL)
		var last error
		for _, err := range newClient(t, options).References(t.Context(), liftoff.Payloads, ids) {
			last = err
		}
		apitest.WantError(t, last, liftoff.Source, "fetch payloads, number 1 and up from "+server.URL+"/v4/payloads/query: status 400")
		if requests.Load() != 1 {
			t.Errorf("%d requests, want 1", requests.Load())
		}
	})
	t.Run("stop", func(t *testing.T) {
		server, requests := counting(t, pagesOf(documents(500), 500))
		options, _ := testOptions(server.URL)
		for range newClient(t, options).References(t.Context(), liftoff.Payloads, ids) {
			break
		}
		if requests.Load() != 1 {
			t.Errorf("%d requests, want 1", requests.Load())
		}
	})
}
