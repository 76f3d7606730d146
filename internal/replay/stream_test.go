package replay_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"liftoff/internal/replay"
)

const million = 1_000_000

// meter is a client that keeps nothing but the size of what it reads and the
// largest heap it has seen on the way.
type meter struct {
	header  http.Header
	bytes   int64
	objects int
	heap    uint64
	status  int
	// unparsed leaves the objects uncounted and the heap alone.
	unparsed bool
}

func (m *meter) Header() http.Header { return m.header }

func (m *meter) WriteHeader(status int) { m.status = status }

func (m *meter) Write(part []byte) (int, error) {
	before := m.bytes >> 25
	m.bytes += int64(len(part))
	if m.unparsed {
		return len(part), nil
	}
	m.objects += bytes.Count(part, []byte(`"flight_number":`))
	// Every 32 MiB is often enough to see a heap that grows.
	if m.bytes>>25 != before {
		m.heap = max(m.heap, liveHeap())
	}
	return len(part), nil
}

func liveHeap() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// measure sends a request and reads the answer without keeping it.
func measure(t *testing.T, server http.Handler, method, path, body string) *meter {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	m := &meter{header: make(http.Header)}
	server.ServeHTTP(m, r)
	return m
}

// TestStream_FlatMemory streams 200,000 launches, or the whole million when
// LIFTOFF_TEST_MILLION is set.
func TestStream_FlatMemory(t *testing.T) {
	launches := million / 5 / raceSlowdown
	if os.Getenv("LIFTOFF_TEST_MILLION") != "" {
		launches = million
	}
	server := newServer(t, replay.Options{Count: launches, Seed: 1})
	before := liveHeap()
	m := measure(t, server, "GET", "/v4/launches", "")
	diff(t, "launches", launches, m.objects)
	if grown := int64(m.heap) - int64(before); grown > 32<<20 {
		t.Errorf("the heap grew by %d MiB while %d MiB went out", grown>>20, m.bytes>>20)
	}
}

// TestStream_PagesOfAMillionCostOnlyThemselves reads pages in the middle of a
// million launches. The bound is far above what they cost, and far below what
// a scan of all launches would.
func TestStream_PagesOfAMillionCostOnlyThemselves(t *testing.T) {
	server := newServer(t, replay.Options{Count: million, Seed: 1})
	middle := column[string](t, docs(t, server, "/v4/launches/query", `{"options":{"offset":500000,"limit":1}}`), "id")[0]
	tests := []struct {
		name, path, query string
		total             int
	}{
		{"natural order", "launches", `{"options":{"page":50000}}`, million},
		{"by flight number", "launches", `{"options":{"page":50000,"sort":{"flight_number":"asc"}}}`, million},
		{"by date, descending", "launches", `{"options":{"offset":500000,"sort":{"date_unix":"desc"}}}`, million},
		{"past only", "launches", `{"query":{"upcoming":false},"options":{"page":70000,"sort":{"date_utc":"asc"}}}`, 912196},
		{"since a flight", "launches", `{"query":{"flight_number":{"$gt":400000}},"options":{"sort":{"_id":"desc"}}}`, 600000},
		{"between two flights", "launches", `{"query":{"flight_number":{"$gte":400000,"$lt":400100}}}`, 100},
		{"payloads", "payloads", `{"options":{"page":50000}}`, 1097561},
		{"a thousand", "launches", `{"options":{"offset":700000,"limit":1000,"sort":{"_id":"asc"}}}`, million},
		{"after an id", "launches", `{"query":{"_id":{"$gt":"` + middle + `"}},"options":{"limit":1000,"sort":{"_id":"asc"}}}`, 499999},
		{"by ids", "launches", `{"query":{"_id":{"$in":["x","` + middle + `","` + middle + `"]}}}`, 1},
		{"upcoming", "launches", `{"query":{"upcoming":true},"options":{"sort":{"_id":"asc"}}}`, 87804},
		{
			"recent, upcoming or new", "launches",
			`{"query":{"$or":[{"date_utc":{"$gte":"2022-10-01T00:00:00.000Z"}},{"upcoming":true},{"_id":{"$gt":"` + middle + `"}}]}}`, 499999,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			started := time.Now()
			body := post(t, server, "/v4/"+test.path+"/query", test.query)
			if took := time.Since(started); took > 2*time.Second {
				t.Errorf("took %s", took)
			}
			values, _ := envelope(t, body)
			diff(t, "total", float64(test.total), values["totalDocs"].(float64))
		})
	}
	latest := decode[object](t, get(t, server, "/v4/launches/latest"))
	diff(t, "latest", 912196.0, latest["flight_number"].(float64))
}

func TestQuery_NarrowedFiltersAgreeWithScans(t *testing.T) {
	server := newServer(t, replay.Options{Count: 120, Seed: 1}) // enough for a cache
	all := decode[[]object](t, get(t, server, "/v4/launches"))
	middle := all[60]
	for _, field := range []string{"id", "flight_number", "date_utc", "date_unix"} {
		operand := quoted(middle[field])
		high := quoted(all[80][field])
		for _, test := range []string{
			`"$eq":` + operand, `"$gt":` + operand, `"$gte":` + operand, `"$lt":` + operand, `"$lte":` + operand,
			`"$gte":` + operand + `,"$lt":` + high,
			`"$in":[` + operand + `,` + high + `]`,
		} {
			filter := `{"` + field + `":{` + test + `}}`
			checkScan(t, server, filter)
		}
	}
	for _, filter := range []string{
		`{"_id":{"$in":[` + quoted(all[110]["id"]) + `,"x",` + quoted(all[3]["id"]) + `,` + quoted(all[3]["id"]) + `]}}`,
		`{"_id":{"$in":[]}}`,
		`{"_id":{"$in":[` + quoted(all[3]["id"]) + `,null]}}`,
		`{"_id":{"$in":[` + quoted(all[3]["id"]) + `]},"flight_number":{"$gt":3},"upcoming":false}`,
		`{"$or":[{"date_utc":{"$gte":` + quoted(middle["date_utc"]) + `}},{"upcoming":true},{"_id":{"$gt":` + quoted(all[90]["id"]) + `}}]}`,
		`{"$or":[{"flight_number":{"$lt":5}},{"flight_number":{"$gt":7,"$lte":9}},{"upcoming":true}]}`,
		`{"$or":[{"flight_number":{"$lt":5}},{"success":false}]}`,
		`{"$or":[{"flight_number":{"$lt":5}},{"$or":[{"_id":` + quoted(all[40]["id"]) + `},{"flight_number":77}]}],"success":true}`,
		`{"$or":[{"flight_number":5,"upcoming":true},{"flight_number":{"$gt":100},"date_unix":{"$lt":0}}]}`,
		`{"$or":[{"flight_number":"5"},{"upcoming":"true"}]}`,
		`{"$or":[{}]}`,
		`{"$and":[{"$or":[{"_id":{"$lte":` + quoted(all[40]["id"]) + `}},{"upcoming":true}]},{"_id":{"$gt":` + quoted(all[9]["id"]) + `}}]}`,
	} {
		checkScan(t, server, filter)
	}
	for _, contradiction := range []string{
		`{"flight_number":{"$gt":50,"$lt":20}}`,
		`{"flight_number":{"$gt":50},"date_unix":{"$lt":` + quoted(all[20]["date_unix"]) + `}}`,
	} {
		query := `{"query":` + contradiction + `}`
		diff(t, contradiction, 0, len(docs(t, server, "/v4/launches/query", query)))
		values, _ := envelope(t, post(t, server, "/v4/launches/query", query))
		diff(t, "total of "+contradiction, 0.0, values["totalDocs"].(float64))
	}
}

// checkScan compares what a filter finds with what a scan finds: no search can
// do without one for the field details, which never says "x".
func checkScan(t *testing.T, server http.Handler, filter string) {
	t.Helper()
	for _, direction := range []string{"asc", "desc"} {
		options := `,"options":{"limit":500,"sort":{"_id":"` + direction + `"}}}`
		narrowed := post(t, server, "/v4/launches/query", `{"query":`+filter+options)
		scanned := post(t, server, "/v4/launches/query", `{"query":{"$or":[`+filter+`,{"details":"x"}]}`+options)
		sameBytes(t, filter+" "+direction, scanned, narrowed)
	}
}

// quoted returns a text or number as it stands in a filter.
func quoted(value any) string {
	if number, ok := value.(float64); ok {
		return textOf(number)
	}
	return `"` + textOf(value) + `"`
}

func textOf(value any) string {
	if number, ok := value.(float64); ok {
		return strconv.FormatInt(int64(number), 10)
	}
	text, _ := value.(string)
	return text
}

func BenchmarkList(b *testing.B) {
	server, err := replay.New(replay.Options{Seed: 1})
	if err != nil {
		b.Fatal(err)
	}
	r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/v4/launches", nil)
	for b.Loop() {
		m := &meter{header: make(http.Header)}
		server.ServeHTTP(m, r)
		b.SetBytes(m.bytes)
	}
}

func BenchmarkNewMillion(b *testing.B) {
	for b.Loop() {
		if _, err := replay.New(replay.Options{Count: million}); err != nil {
			b.Fatal(err)
		}
	}
}
