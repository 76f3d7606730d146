package pipeline_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"liftoff"
)

func TestPartial_AMissedRangeIsNamedAndKnownLater(t *testing.T) {
	t.Parallel()
	p := newParts(t, documents(t, good(60)...))
	p.batches(7)
	p.options.ListTag = "tag"
	p.api.breakAt(func(offset int) bool { return offset == 19 }) // the third page
	gap := []liftoff.Gap{{AfterID: idOf(19), BeforeID: idOf(29)}}
	summary := p.fail(t, liftoff.Source, liftoff.RunPartial,
		fmt.Sprintf("the run is partial: the launches between %q and %q could not be fetched", idOf(19), idOf(29)))
	if summary.Inserted != 51 || p.count(t) != 51 || !p.hasView(t) {
		t.Errorf("%d inserted, a view: %v, want all but nine, and what follows", summary.Inserted, p.hasView(t))
	}
	if diff := cmp.Diff(gap, summary.Gaps); diff != "" {
		t.Errorf("missed (-want +got):\n%s", diff)
	}
	source := p.source(t)
	if diff := cmp.Diff(gap, source.Gaps); diff != "" {
		t.Errorf("what the next run knows (-want +got):\n%s", diff)
	}
	if source.Watermark.IsZero() || source.NewestID != idOf(59) {
		t.Errorf("the next run would fetch all again: %+v", source)
	}

	p.api.breakAt(func(int) bool { return false })
	p.options.Selection, p.options.Source = liftoff.SelectNew, source
	setFetch(&p.options, p.matching(liftoff.Query{Selection: liftoff.SelectNew, Since: source.Watermark, NewestID: source.NewestID, Gaps: source.Gaps}))
	if next := p.succeed(t); next.Fetched != 9 || next.Inserted != 9 || p.count(t) != 60 {
		t.Errorf("the next run = %+v, want just the nine that were missed", next)
	}
	if left := p.source(t).Gaps; len(left) != 0 {
		t.Errorf("still missed: %+v", left)
	}
}

func TestPartial_TheEndIsMissed(t *testing.T) {
	t.Parallel()
	p := newParts(t, documents(t, good(35)...))
	p.api.breakAt(func(offset int) bool { return offset == 29 })
	summary := p.fail(t, liftoff.Source, liftoff.RunPartial, fmt.Sprintf("the launches after %q could not be fetched", idOf(29)))
	if diff := cmp.Diff([]liftoff.Gap{{AfterID: idOf(29)}}, summary.Gaps); diff != "" {
		t.Errorf("missed (-want +got):\n%s", diff)
	}
	if source := p.source(t); source.NewestID != idOf(29) || len(source.Gaps) != 1 {
		t.Errorf("the next run knows %+v", source)
	}
}

// announcing changes the number that an API announces.
func announcing(t *testing.T, h http.Handler, from, to int) http.Handler {
	t.Helper()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("Accept-Encoding")
		answer := httptest.NewRecorder()
		h.ServeHTTP(answer, r)
		w.Header().Set("Content-Type", "application/json")
		old, other := fmt.Appendf(nil, `"totalDocs":%d`, from), fmt.Appendf(nil, `"totalDocs":%d`, to)
		_, _ = w.Write(bytes.Replace(answer.Body.Bytes(), old, other, 1))
	})
}

func TestA39_AnotherNumberThanAnnounced(t *testing.T) {
	t.Parallel()
	for _, announced := range []int{24, 27} {
		t.Run(fmt.Sprint(announced), func(t *testing.T) {
			t.Parallel()
			p := newParts(t, announcing(t, documents(t, good(25)...), 25, announced))
			summary := p.fail(t, liftoff.Source, liftoff.RunPartial, fmt.Sprintf("the API announces %d launches and sent 25", announced))
			if summary.Inserted != 25 || !p.hasView(t) {
				t.Errorf("%+v, a view: %v, want all that came, and what follows", summary, p.hasView(t))
			}
			if !strings.Contains(p.log.String(), `level=WARN msg="The API announces another number of launches than it sent."`) {
				t.Errorf("no WARNING:\n%s", p.log)
			}
			if !p.source(t).Watermark.IsZero() {
				t.Error("the watermark moved although nobody knows what is lacking")
			}
		})
	}
}

func TestPartial_IDsThatTheAPIDoesNotKnow(t *testing.T) {
	t.Parallel()
	p := newParts(t, documents(t, good(5)...))
	p.options.Selection, p.options.Requested = liftoff.SelectIDs, []string{idOf(1), idOf(3), idOf(77)}
	setFetch(&p.options, p.matching(liftoff.Query{Selection: liftoff.SelectIDs, IDs: []string{idOf(1), idOf(3), idOf(77)}}))
	summary := p.fail(t, liftoff.Source, liftoff.RunPartial, "the API found 2 of 3 requested launches; not "+idOf(77))
	if summary.Inserted != 2 || p.count(t) != 2 || !p.hasView(t) {
		t.Errorf("%+v, want the two that are there", summary)
	}
	p.options.Requested = []string{idOf(1), idOf(3)}
	setFetch(&p.options, p.matching(liftoff.Query{Selection: liftoff.SelectIDs, IDs: []string{idOf(1), idOf(3)}}))
	p.succeed(t)
}

// without returns launches without one.
func without(launches []string, n int) []string { return slices.Delete(slices.Clone(launches), n, n+1) }

func TestA40_MissingIsMarkedByACompleteRunOnly(t *testing.T) {
	t.Parallel()
	all := good(40)
	oneBad := without(spoiled(40, func(n int) bool { return n == 7 }), 3)
	tests := []struct {
		name    string
		serves  http.Handler
		breaks  int
		missing int64
	}{
		{"complete", documents(t, without(without(all, 39), 3)...), -1, 2},
		{"with quarantine", documents(t, oneBad...), -1, 0},
		{"with a gap", documents(t, without(all, 3)...), 19, 0},
		{"with a number that is wrong", announcing(t, documents(t, without(all, 3)...), 39, 40), -1, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := newParts(t, documents(t, all...))
			p.batches(6)
			p.succeed(t)
			p.api.serve(test.serves)
			p.api.breakAt(func(offset int) bool { return offset == test.breaks })
			summary, err := p.execute(t.Context(), t)
			if (err == nil) != (test.missing > 0) {
				t.Errorf("Execute() = %v", err)
			}
			marked := scan[int64](t, p.db, "SELECT count(*) FROM known_launches WHERE missing_since IS NOT NULL")
			inLedger := scan[int64](t, p.db, "SELECT missing FROM ingestion_runs ORDER BY id DESC LIMIT 1")
			if summary.Missing != test.missing || marked != test.missing || inLedger != test.missing {
				t.Errorf("the summary has %d missing, the ledger %d, and %d are marked, want %d", summary.Missing, inLedger, marked, test.missing)
			}
			if n := p.count(t); n != 40 {
				t.Errorf("%d rows are left, want all 40", n)
			}
		})
	}
}

func TestA40_ALaunchThatComesBackLosesTheMark(t *testing.T) {
	t.Parallel()
	all := good(20)
	p := newParts(t, documents(t, all...))
	p.succeed(t)
	p.api.serve(documents(t, without(all, 5)...))
	if summary := p.succeed(t); summary.Missing != 1 {
		t.Fatalf("%d missing, want 1", summary.Missing)
	}
	if summary := p.succeed(t); summary.Missing != 0 {
		t.Errorf("%d missing a second time, want none that is not marked yet", summary.Missing)
	}
	p.api.serve(documents(t, all...))
	if summary := p.succeed(t); summary.Unchanged != 20 {
		t.Errorf("%+v, want all unchanged", summary)
	}
	if n := scan[int](t, p.db, "SELECT count(*) FROM known_launches WHERE missing_since IS NOT NULL"); n != 0 {
		t.Errorf("%d launches are still marked", n)
	}
}
