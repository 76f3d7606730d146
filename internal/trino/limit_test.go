package trino_test

import (
	"context"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"

	"liftoff"
	"liftoff/internal/analytics"
	"liftoff/internal/testkit/trinotest"
	"liftoff/internal/trino"
)

// maxTestRows is how long an answer may be in these tests, and maxTestBytes
// the memory that may stay behind after one that is too long.
const (
	maxTestRows  = 5_000
	maxTestBytes = 32 << 20
)

// An answer of ten million rows ends with an error at the limit and not in
// ten million rows of memory, and the query does not go on.
func TestD14_ATooLongAnswerIsRefused(t *testing.T) {
	c := endlessRows(t)
	wantTooManyRows(t, c.URL, one)
	if !slices.Contains(c.cancelled(), queryID(1)) {
		t.Errorf("cancelled on Trino: %v, want %s", c.cancelled(), queryID(1))
	}
}

// A real Trino does not go on with a query whose answer is too long.
func TestD14_TrinoATooLongAnswerIsRefused(t *testing.T) {
	wantTooManyRows(t, trinotest.URL(t), []analytics.Query{query("culprit", `SELECT x, y, 'endless_query' AS mark
		FROM UNNEST(sequence(1, 10000)) AS a (x) CROSS JOIN UNNEST(sequence(1, 1000)) AS b (y)`)})
	if _, _, code := lastEndless(t, "FAILED"); code != "USER_CANCELED" {
		t.Errorf("the query ended with %s, want USER_CANCELED", code)
	}
}

// endlessRows is a coordinator whose answer has no end: a thousand rows a page.
func endlessRows(t *testing.T) *coordinator {
	t.Helper()
	page := make([]any, 1000)
	for i := range page {
		page[i] = []any{i}
	}
	var c *coordinator
	c = newCoordinator(t, step{rows: func(w http.ResponseWriter, r *http.Request) {
		id := r.PathValue("id")
		reply(w, map[string]any{
			"id": id, "columns": column("one", "integer"), "data": page, "stats": map[string]any{"state": "RUNNING"},
			"nextUri": c.URL + "/v1/statement/executing/" + id + "/slug/1",
		})
	}})
	return c
}

func wantTooManyRows(t *testing.T, url string, queries []analytics.Query) {
	t.Helper()
	engine := engineWith(t, trino.Options{URL: url})
	engine.SetMaxRows(maxTestRows)
	before := heapInUse()
	results, err := engine.Answer(context.WithoutCancel(t.Context()), queries)
	if results != nil || liftoff.CategoryOf(err) != liftoff.QueryEngine || !strings.Contains(err.Error(), "more than 5000") {
		t.Fatalf("%d results and error %v of category %v", len(results), err, liftoff.CategoryOf(err))
	}
	if hint := liftoff.HintOf(err); !strings.Contains(hint, "LIMIT") {
		t.Errorf("hint %q does not say LIMIT", hint)
	}
	if grown := heapInUse() - before; grown > maxTestBytes {
		t.Errorf("%d MB more in use than before", grown>>20)
	}
}

func heapInUse() int64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}
