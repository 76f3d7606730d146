package replay_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"liftoff/internal/replay"
)

func TestServeHTTP_RefusesInPlainText(t *testing.T) {
	server := synthetic(t)
	tests := []struct {
		name, method, path, body string
		status                   int
		text                     string
	}{
		{"unknown id", "GET", "/v4/launches/5eb87cd9ffd86e000604b32a", "", 404, "Not Found"},
		{"malformed id", "GET", "/v4/launches/42", "", 404, "Not Found"},
		{"id of another collection", "GET", "/v4/payloads/latest", "", 404, "Not Found"},
		{"unknown collection", "GET", "/v4/rovers", "", 404, "Not Found"},
		{"unknown version", "GET", "/v3/launches", "", 404, "Not Found"},
		{"v5 is for launches only", "GET", "/v5/rockets", "", 404, "Not Found"},
		{"root", "GET", "/", "", 404, "Not Found"},
		{"too deep", "GET", "/v4/launches/latest/x", "", 404, "Not Found"},
		{"unknown method", "PUT", "/v4/launches", "", 404, "Not Found"},
		{"POST to latest", "POST", "/v4/launches/latest", "{}", 404, "Not Found"},
		{"create", "POST", "/v4/launches", "{}", 401, "Unauthorized"},
		{"update", "PATCH", "/v4/launches/1", "{}", 401, "Unauthorized"},
		{"delete", "DELETE", "/v4/payloads/1", "", 401, "Unauthorized"},
		{"users", "GET", "/v4/users", "", 401, "Unauthorized"},
		{"cache", "DELETE", "/v4/admin/cache", "", 401, "Unauthorized"},
		{"health", "GET", "/v4/admin/health", "", 200, "OK"},
		{"bad JSON", "POST", "/v4/launches/query", `{"query":`, 400, "unexpected EOF"},
		{"JSON that is no object", "POST", "/v4/launches/query", `7`, 400, "only supports object and array"},
		{"filter that is no object", "POST", "/v4/launches/query", `{"query":"x"}`, 400, `Parameter "filter"`},
		{"unknown operator", "POST", "/v4/launches/query", `{"query":{"name":{"$like":"x"}}}`, 400, "$like"},
		{"unknown top operator", "POST", "/v4/launches/query", `{"query":{"$where":"x"}}`, 400, "unknown top level operator: $where"},
		{"text search", "POST", "/v4/launches/query", `{"query":{"$text":{"$search":"x"}}}`, 400, "text index required"},
		{"$and of no array", "POST", "/v4/launches/query", `{"query":{"$and":{}}}`, 400, "$and must be an array"},
		{"$or of nothing", "POST", "/v4/launches/query", `{"query":{"$or":[]}}`, 400, "nonempty array"},
		{"$in of no array", "POST", "/v4/launches/query", `{"query":{"name":{"$in":"x"}}}`, 400, "$in needs an array"},
		{"$size of text", "POST", "/v4/launches/query", `{"query":{"crew":{"$size":"x"}}}`, 400, "$size"},
		{"$not of text", "POST", "/v4/launches/query", `{"query":{"crew":{"$not":"x"}}}`, 400, "$not"},
		{"broken regex", "POST", "/v4/launches/query", `{"query":{"name":{"$regex":"("}}}`, 400, "invalid"},
		{"unknown regex option", "POST", "/v4/launches/query", `{"query":{"name":{"$regex":"a","$options":"q"}}}`, 400, "invalid flag"},
		{"sort by a word", "POST", "/v4/launches/query", `{"options":{"sort":{"name":"up"}}}`, 400, "Invalid sort value"},
		{"mixed select", "POST", "/v4/launches/query", `{"options":{"select":{"name":1,"crew":0}}}`, 400, "Cannot do exclusion on field crew"},
		{"negative offset", "POST", "/v4/launches/query", `{"options":{"offset":-1}}`, 400, "non-negative"},
		{"populate by number", "POST", "/v4/launches/query", `{"options":{"populate":7}}`, 400, "Invalid populate()"},
		{"populate with more than path, select and populate", "POST", "/v4/launches/query", `{"options":{"populate":{"path":"rocket","match":{}}}}`, 400, "not supported"},
		{"populate without a path", "POST", "/v4/launches/query", `{"options":{"populate":[{"select":"name"}]}}`, 400, "invalid path"},
		{"page that is no number", "POST", "/v4/launches/query", `{"options":{"page":"last"}}`, 400, "Cast to number failed"},
		{"select by number", "POST", "/v4/launches/query", `{"options":{"select":7}}`, 400, "Invalid select()"},
		{"sort by number", "POST", "/v4/launches/query", `{"options":{"sort":7}}`, 400, "Invalid sort()"},
		{"$options alone", "POST", "/v4/launches/query", `{"query":{"name":{"$options":"i"}}}`, 400, "$options needs a $regex"},
		{"$regex of a number", "POST", "/v4/launches/query", `{"query":{"name":{"$regex":7}}}`, 400, "$regex has to be a string"},
		{"$elemMatch of text", "POST", "/v4/launches/query", `{"query":{"cores":{"$elemMatch":"x"}}}`, 400, "$elemMatch needs an Object"},
		{"$or of texts", "POST", "/v4/launches/query", `{"query":{"$or":["x"]}}`, 400, "full objects"},
		{"company has no query", "POST", "/v4/company/query", `{}`, 404, "Not Found"},
		{"too large", "POST", "/v4/launches/query", `{"x":"` + strings.Repeat("x", 1<<20) + `"}`, 413, "too large"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			response := call(t, server, test.method, test.path, test.body)
			body := string(bodyOf(t, response))
			diff(t, "status", test.status, response.StatusCode)
			diff(t, "content type", "text/plain; charset=utf-8", response.Header.Get("Content-Type"))
			if !strings.Contains(body, test.text) {
				t.Errorf("body %q does not say %q", body, test.text)
			}
			if response.Header.Get("Cache-Control")+response.Header.Get("Etag") != "" {
				t.Error("an error must not be cached")
			}
		})
	}
}

func TestServeHTTP_KeyIsForbiddenToWrite(t *testing.T) {
	response := call(t, synthetic(t), http.MethodDelete, "/v4/launches/1", "", "spacex-key", "x")
	diff(t, "status", http.StatusForbidden, response.StatusCode)
}

func TestServeHTTP_LatestAndNextWithoutLaunches(t *testing.T) {
	only := func(upcoming string) *replay.Server {
		dir := folder(t, map[string]string{"launches.json": `[{"id":"a","upcoming":` + upcoming + `}]`})
		return newServer(t, replay.Options{DataDir: dir})
	}
	past, upcoming := only("false"), only("true")
	for path, server := range map[string]*replay.Server{"next": past, "latest": upcoming} {
		v4 := call(t, server, "GET", "/v4/launches/"+path, "")
		diff(t, "v4 "+path, http.StatusBadRequest, v4.StatusCode)
		diff(t, "v4 type", "text/plain; charset=utf-8", v4.Header.Get("Content-Type"))
		if text := string(bodyOf(t, v4)); !strings.Contains(text, "Cannot read") {
			t.Errorf("v4 %s: %q is no TypeError", path, text)
		}
		v5 := call(t, server, "GET", "/v5/launches/"+path, "")
		diff(t, "v5 "+path, http.StatusNoContent, v5.StatusCode)
		diff(t, "v5 body", "", string(bodyOf(t, v5)))
	}
	sameBytes(t, "past", []byte("[]"), get(t, upcoming, "/v4/launches/past"))
	sameBytes(t, "upcoming", []byte("[]"), get(t, past, "/v4/launches/upcoming"))
}

func TestServeHTTP_LaunchRoutesAgree(t *testing.T) {
	server := synthetic(t)
	all := decode[[]object](t, get(t, server, "/v4/launches"))
	past := decode[[]object](t, get(t, server, "/v4/launches/past"))
	upcoming := decode[[]object](t, get(t, server, "/v4/launches/upcoming"))
	diff(t, "past, then upcoming", all, append(past, upcoming...))
	latest := decode[object](t, get(t, server, "/v4/launches/latest"))
	diff(t, "latest is the highest flight number of the past", past[len(past)-1], latest)
	next := decode[object](t, get(t, server, "/v4/launches/next"))
	diff(t, "next flight number", upcoming[0]["flight_number"], next["flight_number"])
	for _, launch := range all {
		id := launch["id"].(string)
		diff(t, id, launch, decode[object](t, get(t, server, "/v4/launches/"+id+"/")))
	}
	sameBytes(t, "alias", get(t, server, "/v5/launches"), get(t, server, "/latest/launches"))
	sameBytes(t, "query string", get(t, server, "/v4/launches"), get(t, server, "/v4/launches?limit=5"))
}

func TestServeHTTP_RemembersABoundedNumberOfRequests(t *testing.T) {
	server := newServer(t, replay.Options{Seed: 1, Now: func() time.Time { return time.Unix(1, 0) }})
	visit := func(number int) string {
		response := call(t, server, "HEAD", "/v4/launches/latest?n="+strconv.Itoa(number), "")
		return response.Header.Get("Spacex-Api-Cache")
	}
	for number := range 1024 {
		diff(t, "first visit", "MISS", visit(number))
	}
	diff(t, "the first while there is room", "HIT", visit(0))
	diff(t, "one more than there is room for", "MISS", visit(1024))
	diff(t, "the first after that", "MISS", visit(0))
}

func TestServeHTTP_Headers(t *testing.T) {
	clock := time.Date(2024, 4, 27, 17, 2, 1, 0, time.UTC)
	server := newServer(t, replay.Options{Seed: 1, Now: func() time.Time { return clock }})
	first := call(t, server, "GET", "/v4/launches", "")
	for name, want := range map[string]string{
		"Content-Type":                "application/json; charset=utf-8",
		"Cache-Control":               "max-age=20",
		"Access-Control-Allow-Origin": "*",
		"Spacex-Api-Cache":            "MISS",
		"Spacex-Api-Cache-Online":     "true",
		"Spacex-Api-Response-Time":    "0ms",
		"Vary":                        "Accept-Encoding, Origin",
		"Server":                      "liftoff-replay",
	} {
		diff(t, name, want, first.Header.Get(name))
	}
	hit := func() string { return call(t, server, "GET", "/v4/launches", "").Header.Get("Spacex-Api-Cache") }
	diff(t, "again", "HIT", hit())
	clock = clock.Add(21 * time.Second)
	diff(t, "after max-age", "MISS", hit())
	other := call(t, server, "GET", "/v4/launches?limit=5", "").Header.Get("Spacex-Api-Cache")
	diff(t, "another query string is another key", "MISS", other)
	for path, want := range map[string]string{"/v4/rockets": "max-age=86400", "/v4/payloads": "max-age=300"} {
		diff(t, path, want, call(t, server, "GET", path, "").Header.Get("Cache-Control"))
	}
	for range 2 {
		refused := call(t, server, "POST", "/v4/launches/query", `{"query":"x"}`)
		diff(t, "a refusal is never cached", "MISS", refused.Header.Get("Spacex-Api-Cache"))
	}
	query := call(t, server, "POST", "/v4/rockets/query", "{}")
	diff(t, "rockets/query", "max-age=300", query.Header.Get("Cache-Control"))
}
