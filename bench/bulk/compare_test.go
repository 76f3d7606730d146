package main

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"
)

// fakeEngine gives one pass after the other.
type fakeEngine struct{ passes []timing }

var errNoPass = errors.New("no pass left")

func (f *fakeEngine) time(context.Context) (timing, error) {
	if len(f.passes) == 0 {
		return timing{}, errNoPass
	}
	pass := f.passes[0]
	f.passes = f.passes[1:]
	return pass, nil
}

func passes(all ...float64) []timing {
	var list []timing
	for _, seconds := range all {
		list = append(list, timing{each: []float64{seconds / 2, seconds / 4}, all: seconds})
	}
	return list
}

func TestCompare_LeavesWarmUpsOutAndTakesMedians(t *testing.T) {
	b := &bench{options: options{reps: 3}}
	c, err := b.compare(t.Context(), "test", 1, &fakeEngine{passes(100, 2, 8, 4)}, &fakeEngine{passes(100, 40, 20, 10)})
	if err != nil {
		t.Fatal(err)
	}
	if c.rounds != 3 || c.engines[0].all != 4 || c.engines[1].all != 20 || !slices.Equal(c.engines[1].each, []float64{10, 5}) {
		t.Errorf("got %+v", c)
	}
	c.queries = []string{"one", "other"}
	if name, seconds := c.slowest(0); name != "one" || seconds != 2 {
		t.Errorf("the slowest is %s, %v s", name, seconds)
	}
	if name, seconds := c.most(); name != "one" || seconds != 8 {
		t.Errorf("%s is %v s slower", name, seconds)
	}
}

func TestCompare_StopsWhenTheBudgetIsSpent(t *testing.T) {
	b := &bench{options: options{reps: 3, budget: time.Nanosecond}}
	c, err := b.compare(t.Context(), "test", 5, &fakeEngine{passes(2)}, &fakeEngine{passes(1)})
	if err != nil || c.rounds != 1 || c.engines[0].all != 2 {
		t.Errorf("%+v, %v", c, err)
	}
	if _, err := b.compare(t.Context(), "test", 1, &fakeEngine{passes(2)}, &fakeEngine{}); !errors.Is(err, errNoPass) {
		t.Errorf("an engine that fails: %v", err)
	}
}
