package web_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"liftoff"
	"liftoff/internal/analytics"
	"liftoff/internal/table"
	"liftoff/internal/testkit/pgtest"
	"liftoff/internal/web"
)

// An engine that does not answer is named where its answers would be; nobody else answers in
// its place, the other pages go on, and it is asked again a while later.
func TestPages_WhileTheEngineIsAway(t *testing.T) {
	t.Parallel()
	isAway, asked := true, 0
	s := newSiteOn(t, pgtest.NewDatabaseFrom(t, filled).DSN, func(o *web.Options) {
		answer := o.Answer
		o.EngineName = func() string { return "Trino" }
		o.Answer = func(ctx context.Context, queries []analytics.Query) ([]table.Table, error) {
			asked++
			if isAway {
				return nil, liftoff.NewError(liftoff.QueryEngine, errors.New("ask http://trino:8080: connection refused"), "check that Trino is running")
			}
			return answer(ctx, queries)
		}
	})
	const says = "Trino did not answer: ask http://trino:8080: connection refused"
	for range 2 {
		if page := s.want("/", http.StatusOK); !strings.Contains(page, says) || !strings.Contains(page, "Latest launches") {
			t.Errorf("the overview:\n%.3000s", page)
		}
		s.want("/launches", http.StatusOK)
		s.skip()
	}
	if asked != 1 {
		t.Errorf("it was asked %d times within seconds", asked)
	}
	if page := s.want("/analytics/launches_per_year", http.StatusOK); !strings.Contains(page, says) {
		t.Errorf("the page of a query:\n%.3000s", page)
	}
	s.want("/analytics/launches_per_year.csv", http.StatusServiceUnavailable)
	isAway = false
	for range 4 {
		s.skip()
	}
	if page := s.want("/", http.StatusOK); strings.Contains(page, says) {
		t.Error("it answers again, and the overview does not say so")
	}
}
