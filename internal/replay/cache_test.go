package replay_test

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"

	"liftoff/internal/replay"
)

// manyBlocks is a number of launches that fill many blocks of the cache, the last
// of them in part.
const manyBlocks = 1000

// oneByOne returns every document of a list on its own, which no cache has a
// part in.
func oneByOne(t *testing.T, h http.Handler, path string, ids []string) [][]byte {
	t.Helper()
	documents := make([][]byte, len(ids))
	for i, id := range ids {
		documents[i] = get(t, h, path+"/"+id)
	}
	return documents
}

// TestCache_AnyPageIsItsDocuments compares pages, from the cache's file and
// without a cache, with documents that were rendered one by one.
func TestCache_AnyPageIsItsDocuments(t *testing.T) {
	t.Parallel()
	for _, launches := range []int{205, manyBlocks} {
		t.Run(strconv.Itoa(launches), func(t *testing.T) {
			opts := replay.Options{Count: launches, Seed: 1}
			server, cold := newServer(t, opts), newServer(t, opts)
			documents := oneByOne(t, cold, "/v4/launches", idsOf(t, get(t, server, "/v4/launches")))
			sameBytes(t, "list", list(documents), get(t, server, "/v4/launches"))
			rapid.Check(t, func(rt *rapid.T) {
				offset := rapid.IntRange(0, launches+10).Draw(rt, "offset")
				limit := rapid.IntRange(0, min(launches, 150)+10).Draw(rt, "limit")
				from := min(offset, launches)
				want := list(documents[from:min(from+limit, launches)])
				body := post(t, server, "/v4/launches/query",
					fmt.Sprintf(`{"query":{},"options":{"sort":{"_id":"asc"},"offset":%d,"limit":%d}}`, offset, limit))
				// The documents are valid JSON; what is around them has to be.
				rest, found := bytes.CutPrefix(body, append([]byte(`{"docs":`), want...))
				if !found || !jsontext.Value(`{"docs":[]`+string(rest)).IsValid() {
					rt.Fatalf("offset %d limit %d: %.300s", offset, limit, body)
				}
			})
		})
	}
}

// list returns documents as a JSON array.
func list(documents [][]byte) []byte {
	return append(append([]byte("["), bytes.Join(documents, []byte(","))...), ']')
}

func TestCache_OfTheOtherListsIsTheirDocuments(t *testing.T) {
	t.Parallel()
	opts := replay.Options{Count: manyBlocks, Seed: 1, Revision: 4}
	server, cold := newServer(t, opts), newServer(t, opts)
	for _, path := range []string{"/v5/launches", "/v4/payloads"} {
		body := get(t, server, path)
		ids := idsOf(t, body)
		sameBytes(t, path, list(oneByOne(t, cold, path, ids)), body)
		sameBytes(t, path+" again", body, get(t, server, path))
		for n := 0; n < len(ids); n += 50 {
			id := ids[n : n+1]
			sameBytes(t, path+" one by one", list(oneByOne(t, cold, path, id)), list(oneByOne(t, server, path, id)))
		}
	}
}

func TestCache_ManyAtOnce(t *testing.T) {
	server := newServer(t, replay.Options{Count: manyBlocks, Seed: 1})
	want := get(t, newServer(t, replay.Options{Count: manyBlocks, Seed: 1}), "/v4/launches")
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() { sameBytes(t, "list", want, get(t, server, "/v4/launches")) })
	}
	group.Wait()
}

func TestCache_LeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	server := newServer(t, replay.Options{Count: manyBlocks, Seed: 1})
	want := get(t, server, "/v4/launches")
	if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(left) > 0 {
		t.Errorf("files %q, error %v", left, err)
	}
	// Nor does it need a folder to write to.
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	without := newServer(t, replay.Options{Count: manyBlocks, Seed: 1})
	for range 2 {
		sameBytes(t, "without a folder", want, get(t, without, "/v4/launches"))
	}
}

// TestFields_AreThoseOfTheDocument compares what searches see, some of it
// without rendering a document, with the document.
func TestFields_AreThoseOfTheDocument(t *testing.T) {
	for _, revision := range []int{0, 11} {
		server := newServer(t, replay.Options{Count: 300, Seed: 5, Revision: revision})
		for _, collection := range []string{"launches", "payloads"} {
			position := 0
			for ; ; position++ {
				searched, written := replay.Fields(server, collection, position)
				if searched == nil {
					break
				}
				if !maps.Equal(written, searched) {
					t.Errorf("%s %d: %v, want %v", collection, position, searched, written)
				}
			}
			if position < 270 {
				t.Errorf("only %d %s", position, collection)
			}
		}
	}
}

func BenchmarkPages(b *testing.B) {
	server, err := replay.New(replay.Options{Count: 100_000, Seed: 1, Uncompressed: true})
	if err != nil {
		b.Fatal(err)
	}
	const page = 1000
	offset, launches := 0, 0
	for b.Loop() {
		r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, "/v4/launches/query",
			bytes.NewReader(fmt.Appendf(nil, `{"query":{},"options":{"sort":{"_id":"asc"},"offset":%d,"limit":%d}}`, offset, page)))
		if err != nil {
			b.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		m := &meter{header: make(http.Header), unparsed: true}
		server.ServeHTTP(m, r)
		b.SetBytes(m.bytes)
		offset, launches = (offset+page)%100_000, launches+page
	}
	b.ReportMetric(float64(launches)/b.Elapsed().Seconds(), "launches/s")
}
