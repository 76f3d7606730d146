package spacex_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"liftoff"
	"liftoff/internal/source/spacex"
	"liftoff/internal/testkit/apitest"
)

// documents returns count launches in ascending order of id.
func documents(count int) []string {
	all := make([]string, 0, count)
	for i := range count {
		all = append(all, fmt.Sprintf(`{"id":"%024x","payloads":["a"],"name":"Launch %d"}`, i+1, i+1))
	}
	return all
}

// paged answers queries over documents(count), limit launches to a page.
func paged(count, limit int) http.HandlerFunc {
	return pagesOf(documents(count), limit)
}

// pagesOf answers queries over launches, at most limit of them to a page, with
// one more for the overlap.
func pagesOf(launches []string, limit int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { answerQuery(w, r, launches, limit+1) }
}

// query is what the tests read of a request's body.
type query struct {
	Query struct {
		ID struct {
			After string `json:"$gt"`
		} `json:"_id"`
	}
	Options struct{ Offset, Limit int }
}

// queryOf reads a request's body; it is zero when that is no query.
func queryOf(r *http.Request) query {
	var q query
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
		return query{}
	}
	return q
}

// answerQuery answers one query, by offset or by id, over launches in order.
func answerQuery(w http.ResponseWriter, r *http.Request, launches []string, most int) {
	q := queryOf(r)
	found := slices.DeleteFunc(slices.Clone(launches), func(document string) bool { return idOf(document) <= q.Query.ID.After })
	from := min(q.Options.Offset, len(found))
	to := min(from+min(q.Options.Limit, most), len(found))
	apitest.WriteJSON(w, envelope(1, 0, len(found), found[from:to]...))
}

// idOf returns the id of one of our documents, which stands first in it; for
// all others the text itself, which sorts after every id.
func idOf(document string) string {
	id, found := strings.CutPrefix(document, `{"id":"`)
	if !found || len(id) < 24 {
		return "~" + document
	}
	return id[:24]
}

// scripted answers with one body after the other, and the last one for ever.
func scripted(bodies ...string) http.HandlerFunc {
	var requests atomic.Int32
	return func(w http.ResponseWriter, _ *http.Request) {
		apitest.WriteJSON(w, bodies[min(int(requests.Add(1)), len(bodies))-1])
	}
}

// envelope returns a page as the API sends it; next 0 means the last one.
func envelope(number, next, total int, launches ...string) string {
	nextPage := "null"
	if next != 0 {
		nextPage = fmt.Sprint(next)
	}
	return fmt.Sprintf(`{"docs":[%s],"totalDocs":%d,"limit":250,"totalPages":1,"page":%d,"pagingCounter":1,`+
		`"hasPrevPage":false,"hasNextPage":%v,"prevPage":null,"nextPage":%s}`,
		strings.Join(launches, ","), total, number, next != 0, nextPage)
}

// rawOf returns the bytes of all launches.
func rawOf(pages []liftoff.Page) []string {
	raw := []string{}
	for _, page := range pages {
		for _, launch := range page.Launches {
			raw = append(raw, string(launch.Raw))
		}
	}
	return raw
}

// sortedDocuments splits a recorded list of launches and sorts it by id.
func sortedDocuments(t *testing.T, list []byte) []string {
	t.Helper()
	var raw []json.RawMessage
	if err := json.Unmarshal(list, &raw); err != nil {
		t.Fatal(err)
	}
	launches := map[string]string{}
	var ids []string
	for _, document := range raw {
		launch, err := spacex.DecodeLaunch(document)
		if err != nil {
			t.Fatal(err)
		}
		launches[launch.ID] = string(document)
		ids = append(ids, launch.ID)
	}
	slices.Sort(ids)
	sorted := make([]string, 0, len(ids))
	for _, id := range ids {
		sorted = append(sorted, launches[id])
	}
	return sorted
}
