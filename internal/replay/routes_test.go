package replay_test

import (
	"net/http"
	"strings"
	"testing"

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
		{"JSON that is no object", "POST", "/v4/launches/query", `7`, 400, "must be a JSON object"},
		{"filter that is no object", "POST", "/v4/launches/query", `{"query":"x"}`, 400, "must be an object"},
		{"unknown operator", "POST", "/v4/launches/query", `{"query":{"name":{"$like":"x"}}}`, 400, "Can't use $like"},
		{"unknown top operator", "POST", "/v4/launches/query", `{"query":{"$where":"x"}}`, 400, "unknown top level operator: $where"},
		{"$and of no array", "POST", "/v4/launches/query", `{"query":{"$and":{}}}`, 400, "$and must be a nonempty array"},
		{"$or of nothing", "POST", "/v4/launches/query", `{"query":{"$or":[]}}`, 400, "nonempty array"},
		{"$or of texts", "POST", "/v4/launches/query", `{"query":{"$or":["x"]}}`, 400, "must be objects"},
		{"$in of no array", "POST", "/v4/launches/query", `{"query":{"name":{"$in":"x"}}}`, 400, "$in needs an array"},
		{"$gt of null", "POST", "/v4/launches/query", `{"query":{"name":{"$gt":null}}}`, 400, "$gt needs a text"},
		{"$lt of a list", "POST", "/v4/launches/query", `{"query":{"name":{"$lt":["x"]}}}`, 400, "$lt needs a text"},
		{"nested field", "POST", "/v4/launches/query", `{"query":{"links.webcast":null}}`, 400, "top-level fields only"},
		{"operator beside a name", "POST", "/v4/launches/query", `{"query":{"name":{"x":1,"$gt":"a"}}}`, 400, "Can't use x"},
		{"sort by a word", "POST", "/v4/launches/query", `{"options":{"sort":{"name":"up"}}}`, 400, "Invalid sort value"},
		{"sort by number", "POST", "/v4/launches/query", `{"options":{"sort":7}}`, 400, "sort must be an object with one field"},
		{"sort by two fields", "POST", "/v4/launches/query", `{"options":{"sort":{"name":1,"id":1}}}`, 400, "one field"},
		{"sort by a nested field", "POST", "/v4/launches/query", `{"options":{"sort":{"links.webcast":1}}}`, 400, "top-level fields only"},
		{"sort by objects", "POST", "/v4/launches/query", `{"options":{"sort":{"links":1}}}`, 400, "cannot sort by"},
		{"negative offset", "POST", "/v4/launches/query", `{"options":{"offset":-1}}`, 400, "non-negative"},
		{"page that is no number", "POST", "/v4/launches/query", `{"options":{"page":"last"}}`, 400, `"options/page" has a value that cannot be used`},
		{"select", "POST", "/v4/launches/query", `{"options":{"select":"name"}}`, 400, `"options/select" is not served`},
		{"populate", "POST", "/v4/launches/query", `{"options":{"populate":["rocket"]}}`, 400, `"options/populate" is not served`},
		{"pagination", "POST", "/v4/launches/query", `{"options":{"pagination":false}}`, 400, `"options/pagination" is not served`},
		{"a filter under another name", "POST", "/v4/launches/query", `{"filter":{}}`, 400, `"filter" is not served`},
		{"the alias latest", "GET", "/latest/launches", "", 404, "Not Found"},
		{"$ne", "POST", "/v4/launches/query", `{"query":{"name":{"$ne":1}}}`, 400, "Can't use $ne"},
		{"$nin", "POST", "/v4/launches/query", `{"query":{"name":{"$nin":1}}}`, 400, "Can't use $nin"},
		{"$all", "POST", "/v4/launches/query", `{"query":{"name":{"$all":1}}}`, 400, "Can't use $all"},
		{"$exists", "POST", "/v4/launches/query", `{"query":{"name":{"$exists":1}}}`, 400, "Can't use $exists"},
		{"$not", "POST", "/v4/launches/query", `{"query":{"name":{"$not":1}}}`, 400, "Can't use $not"},
		{"$size", "POST", "/v4/launches/query", `{"query":{"name":{"$size":1}}}`, 400, "Can't use $size"},
		{"$regex", "POST", "/v4/launches/query", `{"query":{"name":{"$regex":1}}}`, 400, "Can't use $regex"},
		{"$elemMatch", "POST", "/v4/launches/query", `{"query":{"name":{"$elemMatch":1}}}`, 400, "Can't use $elemMatch"},
		{"$nor", "POST", "/v4/launches/query", `{"query":{"$nor":[{}]}}`, 400, "unknown top level operator: $nor"},
		{"$text", "POST", "/v4/launches/query", `{"query":{"$text":[{}]}}`, 400, "unknown top level operator: $text"},
		{"$comment", "POST", "/v4/launches/query", `{"query":{"$comment":[{}]}}`, 400, "unknown top level operator: $comment"},
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
	sameBytes(t, "query string", get(t, server, "/v4/launches"), get(t, server, "/v4/launches?limit=5"))
}

func TestServeHTTP_Headers(t *testing.T) {
	server := synthetic(t)
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
	for path, want := range map[string]string{"/v4/rockets": "max-age=86400", "/v4/payloads": "max-age=300"} {
		diff(t, path, want, call(t, server, "GET", path, "").Header.Get("Cache-Control"))
	}
	query := call(t, server, "POST", "/v4/rockets/query", "{}")
	diff(t, "rockets/query", "max-age=300", query.Header.Get("Cache-Control"))
}
