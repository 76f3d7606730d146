package replay_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"liftoff/internal/replay"
)

// Launches are damaged on their way out on every route, and in no other way
// does the answer change.
func TestDamage_ChangesLaunchesOnTheirWayOut(t *testing.T) {
	server, err := replay.New(replay.Options{Count: 30, Damage: func(position int, launch []byte) []byte {
		if position%10 != 9 {
			return launch
		}
		return bytes.Replace(launch, []byte(`"name":`), []byte(`"nom":`), 1)
	}})
	if err != nil {
		t.Fatal(err)
	}
	answer := func(method, path, body string) string {
		recorder := httptest.NewRecorder()
		request := httptest.NewRequest(method, path, strings.NewReader(body))
		request.Header.Set("Content-Type", "application/json")
		server.ServeHTTP(recorder, request)
		if recorder.Code != http.StatusOK {
			t.Fatalf("%s %s: %d %s", method, path, recorder.Code, recorder.Body)
		}
		return recorder.Body.String()
	}
	for _, test := range []struct {
		method, path, body string
		want               int
	}{
		{http.MethodGet, "/v4/launches", "", 3},
		{http.MethodGet, "/v5/launches", "", 3},
		{http.MethodPost, "/v4/launches/query", `{"options":{"limit":15,"sort":{"_id":"asc"}}}`, 1},
		{http.MethodPost, "/v4/launches/query", `{"query":{"name":{"$gt":""}},"options":{"limit":30}}`, 3},
		{http.MethodGet, "/v4/rockets", "", 0},
	} {
		if got := strings.Count(answer(test.method, test.path, test.body), `"nom":`); got != test.want {
			t.Errorf("%s %s %s: %d damaged, want %d", test.method, test.path, test.body, got, test.want)
		}
	}
}
