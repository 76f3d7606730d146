package postgres_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"liftoff"
	"liftoff/internal/analytics"
	"liftoff/internal/testkit/pgtest"
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
	dsn := pgtest.NewDatabase(t).DSN
	wantTooManyRows(t, dsn, query("culprit", "SELECT n FROM generate_series(1, 10000000) AS n"))
}

// An answer as long as the limit is not too long.
func TestD14_AnAnswerAtTheLimit(t *testing.T) {
	dsn := pgtest.NewDatabase(t).DSN
	series := fmt.Sprintf("SELECT n FROM generate_series(1, %d) AS n", maxTestRows)
	answers, err := storeOn(t, dsn).AnswerWithin(t.Context(), []analytics.Query{query("series", series)}, time.Minute, maxTestRows)
	if err != nil || len(answers[0].Rows) != maxTestRows {
		t.Errorf("%d answers and error %v, want %d rows", len(answers), err, maxTestRows)
	}
	wantTooManyRows(t, dsn, query("culprit", series+" UNION ALL SELECT 0"))
}

// An answer with more bytes than fit is refused, whether they are in one row or in
// many, and takes little memory.
func TestD14_ATooLargeAnswerIsRefused(t *testing.T) {
	store := storeOn(t, pgtest.NewDatabase(t).DSN)
	for name, statement := range map[string]string{
		"one row":   "SELECT repeat('x', 500000000) AS x",
		"many rows": "SELECT repeat('x', 1000000) AS x FROM generate_series(1, 500)",
	} {
		t.Run(name, func(t *testing.T) {
			before := allocated()
			answers, err := store.Answer(t.Context(), []analytics.Query{query("culprit", statement)})
			if answers != nil || liftoff.CategoryOf(err) != liftoff.QueryEngine || !strings.Contains(err.Error(), "more than 128 MiB") {
				t.Fatalf("%d answers and error %v of category %v", len(answers), err, liftoff.CategoryOf(err))
			}
			if grown := allocated() - before; grown > 2*analytics.MaxBytes {
				t.Errorf("%d MB were allocated", grown>>20)
			}
			if _, err := store.Answer(t.Context(), []analytics.Query{query("one", "SELECT 1")}); err != nil {
				t.Error(err)
			}
		})
	}
}

// allocated returns how many bytes were allocated so far, freed or not.
func allocated() uint64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.TotalAlloc
}

func wantTooManyRows(t *testing.T, dsn string, culprit analytics.Query) {
	t.Helper()
	store, before := storeOn(t, dsn), heapInUse()
	answers, err := store.AnswerWithin(context.WithoutCancel(t.Context()), []analytics.Query{culprit}, time.Minute, maxTestRows)
	if answers != nil || liftoff.CategoryOf(err) != liftoff.QueryEngine || !strings.Contains(err.Error(), "more than 5000") {
		t.Fatalf("%d answers and error %v of category %v", len(answers), err, liftoff.CategoryOf(err))
	}
	if hint := liftoff.HintOf(err); !strings.Contains(hint, "LIMIT") {
		t.Errorf("hint %q does not say LIMIT", hint)
	}
	if grown := heapInUse() - before; grown > maxTestBytes {
		t.Errorf("%d MB more in use than before", grown>>20)
	}
	// The pool is as good as before.
	if _, err := store.Answer(t.Context(), []analytics.Query{query("one", "SELECT 1")}); err != nil {
		t.Error(err)
	}
}

func heapInUse() int64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}
