package pipeline_test

import (
	"errors"
	"strings"
	"testing"

	"liftoff"
	"liftoff/internal/pipeline"
)

// waiting returns good launches of which some have not flown yet.
func waiting(count int, isUpcoming func(n int) bool) []string {
	list := good(count)
	for n := range list {
		if isUpcoming(n) {
			list[n] = strings.Replace(list[n], `"upcoming":false,"success":true`, `"upcoming":true,"success":null`, 1)
		}
	}
	return list
}

func from(first int) func(int) bool { return func(n int) bool { return n >= first } }

const rewindWarning = "Launches that had flown are upcoming again."

func TestO5_O6_AnOlderStateAfterANewerOne(t *testing.T) {
	t.Parallel()
	newer := waiting(40, from(30))
	tests := []struct {
		name  string
		older []string
		// flown is how many that had flown are upcoming again.
		flown   string
		refuses bool
	}{
		{"O5 a correction of two", waiting(40, from(28)), "launches=2 first_id=" + idOf(28), false},
		{"O5 a fifth of the upcoming ones", waiting(40, func(n int) bool { return n >= 30 || n < 2 }), "launches=2 first_id=" + idOf(0), false},
		{"O5 two of two", waiting(40, func(n int) bool { return n < 2 }), "launches=2", false},
		{"O6 more than a fifth of those on the pages so far", waiting(40, from(27)), "3 launches that had flown are upcoming again, of 3 upcoming ones (the first is \"" + idOf(27) + "\"); nothing more is written", true},
		{"O6 three of three", waiting(40, func(n int) bool { return n < 3 }), "3 launches that had flown are upcoming again, of 3 upcoming ones", true},
		{"O5 the same again", newer, "", false},
		{"O5 a newer state", waiting(40, from(39)), "", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := newParts(t, documents(t, newer...))
			p.succeed(t)
			p.api.serve(documents(t, test.older...))
			p.log.Reset()
			if test.refuses {
				p.batches(4)
				p.fail(t, liftoff.Guard, liftoff.RunFailed, test.flown)
				if n := scan[int](t, p.db, "SELECT count(*) FROM launch_revisions WHERE raw_data @> '{\"upcoming\": true}' AND launch_id > '"+idOf(2)+"'"); n != 0 {
					t.Errorf("%d launches were taken back", n)
				}
				if strings.Contains(p.log.String(), rewindWarning) {
					t.Errorf("it warns of what it refuses:\n%s", p.log)
				}
				p.options.AcceptsRewind = true
			}
			p.succeed(t)
			if got := strings.Contains(p.log.String(), rewindWarning); got != (test.flown != "") || (!test.refuses && !strings.Contains(p.log.String(), test.flown)) {
				t.Errorf("the log says that launches are upcoming again: %v, want %q:\n%s", got, test.flown, p.log)
			}
			// Next time the older state is what is known.
			p.log.Reset()
			p.options.AcceptsRewind = false
			p.succeed(t)
			if strings.Contains(p.log.String(), rewindWarning) {
				t.Errorf("it warns again:\n%s", p.log)
			}
		})
	}
}

// Nothing is written from the page on that shows it, whatever is asked for.
func TestO6_TheGuardStopsEachSelection(t *testing.T) {
	t.Parallel()
	for _, selection := range []liftoff.Selection{liftoff.SelectAll, liftoff.SelectNew, liftoff.SelectUpcoming, liftoff.SelectIDs, liftoff.SelectSince} {
		for _, isDry := range []bool{false, true} {
			t.Run(string(selection), func(t *testing.T) {
				t.Parallel()
				p := newParts(t, documents(t, good(10)...))
				p.succeed(t)
				p.api.serve(documents(t, waiting(10, from(5))...))
				p.options.Selection, p.options.IsDry = selection, isDry
				_, err := p.execute(t.Context(), t)
				if !errors.Is(err, pipeline.ErrRewound) || liftoff.CategoryOf(err) != liftoff.Guard || !strings.Contains(err.Error(), "5 launches that had flown are upcoming again") {
					t.Errorf("Execute() = %v", err)
				}
				if n := scan[int](t, p.db, "SELECT count(*) FROM launch_revisions"); n != 0 {
					t.Errorf("%d revisions were written", n)
				}
			})
		}
	}
}

// What counts is the best that a good run has fetched, so that a source cannot
// shrink in small steps; what the user accepts is the new best.
func TestO7_ASourceCannotShrinkInSmallSteps(t *testing.T) {
	t.Parallel()
	p := newParts(t, documents(t, good(205)...))
	p.succeed(t)
	run := func(count int, accepts bool, says string) {
		t.Helper()
		p.api.serve(documents(t, good(count)...))
		p.options.Source, p.options.AcceptsShrink = p.source(t), accepts
		if says != "" {
			p.fail(t, liftoff.Guard, liftoff.RunFailed, says)
			return
		}
		p.succeed(t)
	}
	run(190, false, "")
	run(172, false, "the API announces 172 launches, fewer than 90 % of the 205 that a good run once fetched; nothing was written")
	run(172, true, "")
	run(155, false, "")
	run(154, false, "the API announces 154 launches, fewer than 90 % of the 172")
	run(200, false, "")
	run(179, false, "the API announces 179 launches, fewer than 90 % of the 200")
	run(190, true, "") // accepted without need
	run(171, false, "")
}
