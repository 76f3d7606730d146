package replay_test

import (
	"fmt"
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
		{"page 0 is page 1", `{"page":0,"limit":200}`, 200, object{
			"totalDocs": 205.0, "limit": 200.0, "totalPages": 2.0, "page": 1.0, "pagingCounter": 1.0,
			"hasPrevPage": false, "hasNextPage": true, "prevPage": nil, "nextPage": 2.0,
		}},
		{"offset beats page", `{"offset":5,"page":4,"limit":10}`, 10, object{
			"totalDocs": 205.0, "offset": 5.0, "limit": 10.0, "totalPages": 21.0, "page": 1.0, "pagingCounter": 1.0,
			"hasPrevPage": true, "hasNextPage": true, "prevPage": 1.0, "nextPage": 2.0,
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
		{`{"_id":"x"}`, ""},
		{`{"_id":{"$in":["a","x","d"]}}`, "ad"},
		{`{"_id":{"$in":[]}}`, ""},
		{`{"_id":{"$gt":"a","$lte":"c"}}`, "bc"},
		{`{"n":2.5}`, "b"},
		{`{"n":"10"}`, "c"},
		{`{"b":"true"}`, "ad"},
		{`{"b":true}`, "ad"},
		{`{"b":null}`, "c"},
		{`{"z":null}`, "ab"},
		{`{"z":7}`, "cd"},
		{`{"l":"q"}`, "acd"},
		{`{"l":["q"]}`, "c"},
		{`{"l":{"$in":["p","r"]}}`, "ad"},
		{`{"o":{"x":1}}`, "ad"},
		{`{"n":{"$gt":1}}`, "bc"},
		{`{"n":{"$gte":1,"$lte":2.5}}`, "ab"},
		{`{"n":{"$lt":2.5}}`, "a"},
		{`{"n":{"$eq":10}}`, "c"},
		{`{"n":{"$in":[1,null]}}`, "ad"},
		{`{"s":{"$gte":"b"}}`, "b"},
		{`{"$or":[{"id":"a"},{"n":10}]}`, "ac"},
		{`{"$and":[{"b":true},{"l":"r"}]}`, "d"},
		{`{"$and":[{"$or":[{"id":"a"},{"id":"b"}]}],"b":false}`, "b"},
		{`{"$or":[{"$and":[{"id":"a"},{"id":"b"}]},{"n":10}]}`, "c"},
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
		{`{"n":"asc"}`, "dabc"},
		{`{"n":1}`, "dabc"},
		{`{"n":"desc"}`, "cbad"},
		{`{"n":-1}`, "cbad"},
		{`{"b":"asc"}`, "cbad"},
		{`{"b":"desc"}`, "adbc"},
		{`{"z":1}`, "abcd"},
		{`{"_id":"desc"}`, "dcba"},
		{`null`, "abcd"},
	}
	for _, test := range tests {
		t.Run(test.sort, func(t *testing.T) {
			found := docs(t, server, "/v4/launches/query", `{"options":{"sort":`+test.sort+`}}`)
			diff(t, "ids", test.want, strings.Join(column[string](t, found, "id"), ""))
		})
	}
	refused := call(t, server, "POST", "/v4/launches/query", `{"options":{"sort":{"l":1}}}`)
	diff(t, "by a list", http.StatusBadRequest, refused.StatusCode)
}

func TestQuery_Roadster(t *testing.T) {
	const roadster = `{"name":"car","id":"a"}`
	server := newServer(t, replay.Options{DataDir: folder(t, map[string]string{
		"launches.json": `[{"id":"a"}]`, "roadster.json": roadster,
	})})
	sameBytes(t, "get", []byte(roadster), get(t, server, "/v4/roadster"))
	sameBytes(t, "query", []byte(roadster), post(t, server, "/v4/roadster/query", "{}"))
	none := call(t, server, "POST", "/v4/roadster/query", `{"query":{"name":"bus"}}`)
	diff(t, "no match", http.StatusNoContent, none.StatusCode)
	diff(t, "one of it", http.StatusNotFound, call(t, server, "GET", "/v4/roadster/a", "").StatusCode)
}
