package replay_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"liftoff/internal/replay"
)

// envelope returns the answer without its documents, and its names in order.
func envelope(t *testing.T, body []byte) (values object, names []string) {
	t.Helper()
	values = decode[object](t, body)
	decoder := jsontext.NewDecoder(strings.NewReader(string(body)))
	if _, err := decoder.ReadToken(); err != nil {
		t.Fatal(err)
	}
	for decoder.PeekKind() == '"' {
		name, err := decoder.ReadToken()
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, name.String())
		if err := decoder.SkipValue(); err != nil {
			t.Fatal(err)
		}
	}
	delete(values, "docs")
	return values, names
}

func TestQuery_Envelope(t *testing.T) {
	server := synthetic(t)
	tests := []struct {
		name, options string
		docs          int
		want          object
	}{
		{"defaults", `{}`, 10, object{
			"totalDocs": 205.0, "offset": 0.0, "limit": 10.0, "totalPages": 21.0, "page": 1.0, "pagingCounter": 1.0,
			"hasPrevPage": false, "hasNextPage": true, "prevPage": nil, "nextPage": 2.0,
		}},
		{"page has no offset", `{"page":2,"limit":100}`, 100, object{
			"totalDocs": 205.0, "limit": 100.0, "totalPages": 3.0, "page": 2.0, "pagingCounter": 101.0,
			"hasPrevPage": true, "hasNextPage": true, "prevPage": 1.0, "nextPage": 3.0,
		}},
		{"last page is short", `{"page":3,"limit":100}`, 5, object{
			"totalDocs": 205.0, "limit": 100.0, "totalPages": 3.0, "page": 3.0, "pagingCounter": 201.0,
			"hasPrevPage": true, "hasNextPage": false, "prevPage": 2.0, "nextPage": nil,
		}},
		{"beyond the end", `{"page":9,"limit":100}`, 0, object{
			"totalDocs": 205.0, "limit": 100.0, "totalPages": 3.0, "page": 9.0, "pagingCounter": 801.0,
			"hasPrevPage": true, "hasNextPage": false, "prevPage": 8.0, "nextPage": nil,
		}},
		{"page 0 is page 1, text is a number", `{"page":0,"limit":"200"}`, 200, object{
			"totalDocs": 205.0, "limit": 200.0, "totalPages": 2.0, "page": 1.0, "pagingCounter": 1.0,
			"hasPrevPage": false, "hasNextPage": true, "prevPage": nil, "nextPage": 2.0,
		}},
		{"offset beats page", `{"offset":5,"page":4,"limit":10}`, 10, object{
			"totalDocs": 205.0, "offset": 5.0, "limit": 10.0, "totalPages": 21.0, "page": 1.0, "pagingCounter": 1.0,
			"hasPrevPage": true, "hasNextPage": true, "prevPage": 1.0, "nextPage": 2.0,
		}},
		{"no pagination", `{"pagination":false,"limit":3}`, 205, object{
			"totalDocs": 205.0, "offset": 0.0, "limit": 205.0, "totalPages": 1.0, "page": 1.0, "pagingCounter": 1.0,
			"hasPrevPage": false, "hasNextPage": false, "prevPage": nil, "nextPage": nil,
		}},
		{"limit 0", `{"limit":0}`, 0, object{
			"totalDocs": 205.0, "offset": 0.0, "limit": 0.0, "totalPages": 1.0, "page": 1.0, "pagingCounter": 1.0,
			"hasPrevPage": false, "hasNextPage": false, "prevPage": nil, "nextPage": nil,
		}},
	}
	order := []string{
		"docs", "totalDocs", "offset", "limit", "totalPages", "page", "pagingCounter",
		"hasPrevPage", "hasNextPage", "prevPage", "nextPage",
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			query := `{"options":` + test.options + `}`
			diff(t, "documents", test.docs, len(docs(t, server, "/v4/launches/query", query)))
			values, names := envelope(t, post(t, server, "/v4/launches/query", query))
			diff(t, "envelope", test.want, values)
			wanted := slices.DeleteFunc(slices.Clone(order), func(name string) bool {
				_, present := test.want[name]
				return name != "docs" && !present
			})
			diff(t, "order of names", wanted, names)
		})
	}
}

func TestQuery_PagesMakeTheList(t *testing.T) {
	server := synthetic(t)
	var list, pages []byte
	list = get(t, server, "/v4/launches")
	for page := 1; page <= 7; page++ {
		body := post(t, server, "/v4/launches/query",
			fmt.Sprintf(`{"query":{},"options":{"limit":30,"page":%d,"sort":{"flight_number":"asc"}}}`, page))
		start, end := len(`{"docs":[`), strings.Index(string(body), `],"totalDocs"`)
		if page > 1 {
			pages = append(pages, ',')
		}
		pages = append(pages, body[start:end]...)
	}
	sameBytes(t, "pages", list, []byte("["+string(pages)+"]"))
}

func TestQuery_BodyThatIsNoJSONIsIgnored(t *testing.T) {
	response := call(t, synthetic(t), "POST", "/v4/launches/query", `{"query":{"name":"none"}}`, "Content-Type", "text/plain")
	values, _ := envelope(t, bodyOf(t, response))
	diff(t, "total", 205.0, values["totalDocs"].(float64))
}

// zoo serves a few documents made for filters and orders.
func zoo(t *testing.T) *replay.Server {
	t.Helper()
	return newServer(t, replay.Options{DataDir: folder(t, map[string]string{
		"launches.json": `[
{"id":"a","n":1,"s":"Alpha","b":true,"o":{"x":1},"l":["p","q"],"cores":[{"c":"k1","f":1},{"c":null,"f":5}],"z":null},
{"id":"b","n":2.5,"s":"beta","b":false,"o":null,"l":[],"cores":[{"c":"k2","f":2}]},
{"id":"c","n":10,"s":"Gamma\nray","b":null,"o":{"x":2,"y":{"w":true}},"l":["q"],"cores":[],"z":7},
{"id":"d","n":null,"s":null,"b":true,"o":{"x":1},"l":["r","q","p"],"cores":[{"f":3}],"z":"7"}]`,
	})})
}

func TestQuery_Filters(t *testing.T) {
	server := zoo(t)
	tests := []struct{ filter, want string }{
		{`{}`, "abcd"},
		{`null`, "abcd"},
		{`{"id":"b"}`, "b"},
		{`{"_id":"b"}`, "b"},
		{`{"_id":{"$in":["a","x","d"]}}`, "ad"},
		{`{"n":2.5}`, "b"},
		{`{"n":"10"}`, "c"},
		{`{"b":"true"}`, "ad"},
		{`{"b":true}`, "ad"},
		{`{"b":null}`, "c"},
		{`{"z":null}`, "ab"},
		{`{"z":7}`, "cd"},
		{`{"z":{"$exists":true}}`, "acd"},
		{`{"z":{"$exists":false}}`, "b"},
		{`{"z":{"$exists":"false"}}`, "b"},
		{`{"l":"q"}`, "acd"},
		{`{"l":["q"]}`, "c"},
		{`{"l":{"$size":0}}`, "b"},
		{`{"l":{"$all":["p","q"]}}`, "ad"},
		{`{"l":{"$all":[]}}`, ""},
		{`{"l":{"$nin":["p"]}}`, "bc"},
		{`{"l.0":"q"}`, "c"},
		{`{"o.x":1}`, "ad"},
		{`{"o.x":null}`, "b"},
		{`{"o":{"x":1}}`, "ad"},
		{`{"o.y.w":true}`, "c"},
		{`{"cores.c":"k1"}`, "a"},
		{`{"cores.c":null}`, "ad"},
		{`{"cores.f":{"$gt":1,"$lt":3}}`, "ab"},
		{`{"cores":{"$elemMatch":{"f":{"$gt":1,"$lt":3}}}}`, "b"},
		{`{"l":{"$elemMatch":{"$gte":"r"}}}`, "d"},
		{`{"n":{"$gt":1}}`, "bc"},
		{`{"n":{"$gte":1,"$lte":2.5}}`, "ab"},
		{`{"n":{"$lt":2.5}}`, "a"},
		{`{"n":{"$ne":1}}`, "bcd"},
		{`{"n":{"$eq":10}}`, "c"},
		{`{"n":{"$nin":[1,null]}}`, "bc"},
		{`{"n":{"$not":{"$gt":1}}}`, "ad"},
		{`{"s":{"$gte":"b"}}`, "b"},
		{`{"s":{"$regex":"a$"}}`, "ab"},
		{`{"s":{"$regex":"^[ab]"}}`, "b"},
		{`{"s":{"$regex":"^[AB]","$options":"i"}}`, "ab"},
		{`{"s":{"$options":"m","$regex":"^ray$"}}`, "c"},
		{`{"s":{"$not":{"$regex":"a"}}}`, "d"},
		{`{"$or":[{"id":"a"},{"n":10}]}`, "ac"},
		{`{"$nor":[{"id":"a"},{"n":10}]}`, "bd"},
		{`{"$and":[{"b":true},{"l":"r"}]}`, "d"},
		{`{"$and":[{"$or":[{"id":"a"},{"id":"b"}]}],"b":false}`, "b"},
		{`{"$comment":"why","id":"a"}`, "a"},
		{`{"query":{"n":{"$gte":0}}}`, ""},
		{`{"nothing":"here"}`, ""},
		{`{"n":{}}`, ""},
	}
	for _, test := range tests {
		t.Run(test.filter, func(t *testing.T) {
			found := docs(t, server, "/v4/launches/query", `{"query":`+test.filter+`}`)
			diff(t, "ids", test.want, strings.Join(column[string](t, found, "id"), ""))
		})
	}
}

func TestQuery_Sort(t *testing.T) {
	server := zoo(t)
	tests := []struct{ sort, want string }{
		{`"n"`, "dabc"},
		{`"-n"`, "cbad"},
		{`{"n":"desc"}`, "cbad"},
		{`{"n":-1}`, "cbad"},
		{`{"n":"1"}`, "dabc"},
		{`{"n":"Ascending"}`, "dabc"},
		{`"b -id"`, "cbda"},
		{`{"b":1,"_id":-1}`, "cbda"},
		{`{"b":"desc","id":"asc"}`, "adbc"},
		{`{"z":1}`, "abcd"},
		{`{"l":1}`, "badc"},
		{`{"l":-1}`, "dacb"},
		{`{"o.x":1}`, "badc"},
		{`null`, "abcd"},
	}
	for _, test := range tests {
		t.Run(test.sort, func(t *testing.T) {
			found := docs(t, server, "/v4/launches/query", `{"options":{"sort":`+test.sort+`}}`)
			diff(t, "ids", test.want, strings.Join(column[string](t, found, "id"), ""))
		})
	}
}

func TestQuery_Select(t *testing.T) {
	server := newServer(t, replay.Options{DataDir: folder(t, map[string]string{
		"launches.json": `[{"name":"N","o":{"x":1,"y":[{"k":1,"m":2},{"m":3}]},"f":null,"id":"a"}]`,
	})})
	tests := []struct{ choice, want string }{
		{`"name"`, `{"name":"N","id":"a"}`},
		{`{"name":1}`, `{"name":"N","id":"a"}`},
		{`["name","f"]`, `{"name":"N","f":null,"id":"a"}`},
		{`"name -_id"`, `{"name":"N"}`},
		{`{"name":1,"id":0}`, `{"name":"N"}`},
		{`{"id":1}`, `{"id":"a"}`},
		{`"-name -o"`, `{"f":null,"id":"a"}`},
		{`"-id"`, `{"name":"N","o":{"x":1,"y":[{"k":1,"m":2},{"m":3}]},"f":null}`},
		{`{"o.x":1}`, `{"o":{"x":1},"id":"a"}`},
		{`{"o.y.k":1}`, `{"o":{"y":[{"k":1},{}]},"id":"a"}`},
		{`{"o.y.k":0,"name":0}`, `{"o":{"x":1,"y":[{"m":2},{"m":3}]},"f":null,"id":"a"}`},
		{`"o.x o"`, `{"o":{"x":1,"y":[{"k":1,"m":2},{"m":3}]},"id":"a"}`},
		{`{"f.g":1}`, `{"id":"a"}`},
		{`""`, `{"name":"N","o":{"x":1,"y":[{"k":1,"m":2},{"m":3}]},"f":null,"id":"a"}`},
	}
	for _, test := range tests {
		t.Run(test.choice, func(t *testing.T) {
			body := post(t, server, "/v4/launches/query", `{"options":{"select":`+test.choice+`}}`)
			got, _, _ := strings.Cut(strings.TrimPrefix(string(body), `{"docs":[`), `],"totalDocs"`)
			diff(t, "document", test.want, got)
		})
	}
}

func TestQuery_Populate(t *testing.T) {
	server := synthetic(t)
	all := decode[[]object](t, get(t, server, "/v4/payloads"))
	payloads := make(map[string]object, len(all))
	for _, payload := range all {
		payloads[payload["id"].(string)] = payload
	}
	plain := docs(t, server, "/v4/launches/query", `{"options":{"pagination":false}}`)
	full := docs(t, server, "/v4/launches/query", `{"options":{"pagination":false,"populate":"payloads rocket nonsense"}}`)
	for i, launch := range plain {
		var want []any = []any{}
		for _, id := range launch["payloads"].([]any) {
			want = append(want, payloads[id.(string)])
		}
		diff(t, "payloads", want, full[i]["payloads"].([]any))
		diff(t, "rocket", launch["rocket"], full[i]["rocket"].(object)["id"])
		diff(t, "launchpad", launch["launchpad"], full[i]["launchpad"])
	}
}

func TestQuery_PopulateNestedWithSelect(t *testing.T) {
	const populate = `[{"path":"payloads","select":{"name":1,"launch":1},"populate":{"path":"launch","select":"name -_id"}},"launchpad"]`
	found := docs(t, synthetic(t), "/v4/launches/query",
		`{"query":{"flight_number":7},"options":{"select":"name","populate":`+populate+`}}`)
	if len(found) != 1 {
		t.Fatalf("%d launches, want 1", len(found))
	}
	diff(t, "names", []string{"id", "launchpad", "name", "payloads"}, slices.Sorted(maps.Keys(found[0])))
	payload := found[0]["payloads"].([]any)[0].(object)
	diff(t, "payload", []string{"id", "launch", "name"}, slices.Sorted(maps.Keys(payload)))
	diff(t, "launch", []string{"name"}, slices.Sorted(maps.Keys(payload["launch"].(object))))
}

func TestQuery_PopulateOfWhatIsNotThere(t *testing.T) {
	server := newServer(t, replay.Options{DataDir: folder(t, map[string]string{
		"launches.json": `[{"id":"a","rocket":"r9","payloads":["p1","p9","p2"],"crew":["c1"],"fairings":null}]`,
		"payloads.json": `[{"id":"p1"},{"id":"p2"}]`,
		"rockets.json":  `[{"id":"r1"}]`,
	})})
	body := post(t, server, "/v4/launches/query", `{"options":{"populate":["rocket","payloads","crew","fairings.ships"]}}`)
	got, _, _ := strings.Cut(string(body), `],"totalDocs"`)
	want := `{"docs":[{"id":"a","rocket":null,"payloads":[{"id":"p1"},{"id":"p2"}],"crew":["c1"],"fairings":null}`
	diff(t, "unknown ids vanish, an unknown collection leaves them", want, got)
}

func TestQuery_NestedPopulateIsBounded(t *testing.T) {
	nested := `"launches"`
	for range 10 {
		nested = `{"path":"launches","populate":{"path":"launchpad","populate":` + nested + `}}`
	}
	response := call(t, synthetic(t), "POST", "/v4/launchpads/query", `{"options":{"populate":`+nested+`}}`)
	diff(t, "too deep", http.StatusBadRequest, response.StatusCode)

	const three = `{"path":"launches","populate":{"path":"launchpad","populate":{"path":"launches","populate":"payloads"}}}`
	body := post(t, synthetic(t), "/v4/launchpads/query", `{"options":{"populate":`+three+`}}`)
	if len(body) > 200<<20 {
		t.Errorf("%d bytes", len(body))
	}
}

func TestQuery_Roadster(t *testing.T) {
	const roadster = `{"name":"car","id":"a"}`
	server := newServer(t, replay.Options{DataDir: folder(t, map[string]string{
		"launches.json": `[{"id":"a"}]`, "roadster.json": roadster,
	})})
	sameBytes(t, "get", []byte(roadster), get(t, server, "/v4/roadster"))
	sameBytes(t, "query", []byte(roadster), post(t, server, "/v4/roadster/query", "{}"))
	sameBytes(t, "select", []byte(`{"id":"a"}`), post(t, server, "/v4/roadster/query", `{"options":{"select":"id"}}`))
	none := call(t, server, "POST", "/v4/roadster/query", `{"query":{"name":"bus"}}`)
	diff(t, "no match", http.StatusNoContent, none.StatusCode)
	diff(t, "one of it", http.StatusNotFound, call(t, server, "GET", "/v4/roadster/a", "").StatusCode)
}
