package pipeline_test

import (
	"net/http"
	"testing"

	"liftoff"
)

// wantNothingWritten wants that a guard came before the first row.
func (p *parts) wantNothingWritten(t *testing.T) {
	t.Helper()
	n := scan[int](t, p.db, `SELECT (SELECT count(*) FROM raw_launches) + (SELECT count(*) FROM known_launches)
		+ (SELECT count(*) FROM launch_revisions) + (SELECT count(*) FROM quarantined_records) + (SELECT sum(fetched)::INT FROM ingestion_runs)`)
	if n != 0 || p.hasView(t) {
		t.Errorf("%d rows were written, a view: %v", n, p.hasView(t))
	}
	if source := p.source(t); !source.Watermark.IsZero() || source.MostLaunches != 0 {
		t.Errorf("the run counts as a good one: %+v", source)
	}
}

func TestA33_DriftGuard(t *testing.T) {
	t.Parallel()
	below := func(limit int) func(int) bool { return func(n int) bool { return n < limit } }
	tests := []struct {
		name     string
		launches []string
		// refuses tells the guard from a run that ends with Quarantined.
		refuses bool
		says    string
	}{
		{"more than a fifth of ten", odd(10, below(3)), true, "3 of 10 records drift the same way: name is a number; nothing more is written"},
		{"a fifth of ten", odd(10, below(2)), false, "2 of 10 launches drifted from the documented shape: name is a number"},
		{"too few to tell", odd(9, below(9)), false, "9 of 9 launches drifted from the documented shape"},
		{"more than a fifth cannot be stored", spoiled(10, below(3)), true, "3 of 10 records drift the same way: rejected as invalid_payloads"},
		{"a fifth cannot be stored", spoiled(10, below(2)), false, "2 of 10 records went into quarantine (first reason: the launch's payloads is a string"},
		{"a fifth in one way and a fifth in another", append(odd(10, below(2))[:8], spoiled(10, below(10))[8:]...), false, "2 of 10 records went into quarantine"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := newParts(t, documents(t, test.launches...))
			if test.refuses {
				p.fail(t, liftoff.Guard, liftoff.RunFailed, test.says)
				p.wantNothingWritten(t)
				return
			}
			summary := p.fail(t, liftoff.Quarantined, liftoff.RunSucceeded, test.says)
			if stored := p.count(t); int64(stored) != summary.Inserted || summary.Inserted+summary.Quarantined != int64(len(test.launches)) {
				t.Errorf("%d rows after %+v, want every record stored or in quarantine", stored, summary)
			}
			if !p.hasView(t) || p.source(t).Watermark.IsZero() {
				t.Errorf("what follows after the launches was left out:\n%s", p.log)
			}
		})
	}
}

// The API may change between two pages.
func TestA33_DriftGuard_StopsWhereTheDriftBegins(t *testing.T) {
	t.Parallel()
	p := newParts(t, documents(t, odd(30, func(n int) bool { return n >= 20 })...))
	p.batches(4)
	p.fail(t, liftoff.Guard, liftoff.RunFailed, "10 of 30 records drift the same way")
	if n := scan[int](t, p.db, `SELECT count(*) FROM raw_launches WHERE id >= '`+idOf(20)+`'`); n != 0 {
		t.Errorf("%d launches that drift were stored", n)
	}
	if !p.source(t).Watermark.IsZero() {
		t.Error("the run counts as a good one")
	}
}

// What is not stored yet when a guard speaks up is not stored any more.
func TestA33_DriftGuard_DropsTheBatchUnderWay(t *testing.T) {
	t.Parallel()
	p := newParts(t, documents(t, odd(30, func(n int) bool { return n >= 10 })...))
	p.fail(t, liftoff.Guard, liftoff.RunFailed, "10 of 20 records drift the same way")
	p.wantNothingWritten(t)
}

func TestA37_A38_ShrinkGuard(t *testing.T) {
	t.Parallel()
	since := liftoff.SourceState{MostLaunches: 23}
	tests := []struct {
		name    string
		source  liftoff.SourceState
		count   int
		accepts bool
		says    string
	}{
		{"less than 90 percent", since, 20, false, "the API announces 20 launches, fewer than 90 % of the 23 that a good run once fetched; nothing was written"},
		{"just 90 percent", liftoff.SourceState{MostLaunches: 20}, 18, false, ""},
		{"more", since, 30, false, ""},
		{"less, and accepted", since, 5, true, ""},
		{"the first run", liftoff.SourceState{}, 1, false, ""},
		{"an empty answer", liftoff.SourceState{}, 0, false, "the API has no launches at all; nothing was written"},
		{"an empty answer after a good one", since, 0, false, "the API has no launches at all"},
		{"an empty answer, accepted", since, 0, true, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := newParts(t, documents(t, good(max(test.count, 1))...))
			if test.count == 0 {
				p.api.serve(empty())
			}
			p.options.Source, p.options.AcceptsShrink = test.source, test.accepts
			if test.says == "" {
				if summary := p.succeed(t); summary.Inserted != int64(test.count) {
					t.Errorf("%d inserted, want %d", summary.Inserted, test.count)
				}
				return
			}
			p.fail(t, liftoff.Guard, liftoff.RunFailed, test.says)
			p.wantNothingWritten(t)
		})
	}
}

// empty is an API that has lost everything.
func empty() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"docs":[],"totalDocs":0}`))
	})
}

// The first incremental run fetches everything; only then nothing is odd.
func TestA38_ShrinkGuard_OfAnIncrementalRun(t *testing.T) {
	t.Parallel()
	p := newParts(t, empty())
	p.options.Selection = liftoff.SelectNew
	p.fail(t, liftoff.Guard, liftoff.RunFailed, "the API has no launches at all")
	p.wantNothingWritten(t)

	p.options.ReadsAll, p.options.Source = false, liftoff.SourceState{Watermark: newClock()(), MostLaunches: 100}
	if summary := p.succeed(t); summary.Fetched != 0 {
		t.Errorf("%+v, want a good run without news", summary)
	}
}

// The guard is for runs that ask for everything.
func TestA38_ShrinkGuard_LeavesOtherSelectionsAlone(t *testing.T) {
	t.Parallel()
	for _, selection := range []liftoff.Selection{liftoff.SelectSince, liftoff.SelectIDs, liftoff.SelectUpcoming} {
		t.Run(string(selection), func(t *testing.T) {
			t.Parallel()
			p := newParts(t, documents(t, good(2)...))
			p.options.Selection, p.options.ReadsAll, p.options.Source = selection, false, liftoff.SourceState{MostLaunches: 100}
			p.succeed(t)
		})
	}
}

// What a run saw decides whether the watermark moves and what counts as missing.
func TestOutcome_OfEachSelection(t *testing.T) {
	t.Parallel()
	for selection, moves := range map[liftoff.Selection]bool{
		liftoff.SelectAll: true, liftoff.SelectNew: true,
		liftoff.SelectLatest: false, liftoff.SelectSince: false, liftoff.SelectIDs: false, liftoff.SelectUpcoming: false,
	} {
		t.Run(string(selection), func(t *testing.T) {
			t.Parallel()
			p := newParts(t, documents(t, good(2)...))
			p.options.Selection = selection
			setFetch(&p.options, p.matching(liftoff.Query{}))
			p.succeed(t)
			if got := !p.source(t).Watermark.IsZero(); got != moves {
				t.Errorf("the watermark moved: %v, want %v", got, moves)
			}
		})
	}
}
