package main

import (
	"slices"
	"testing"
	"time"
)

func TestContenders(t *testing.T) {
	all := []string{own, script, benthos, "dlt-json"}
	for _, test := range []struct {
		name string
		n    int
		o    options
		want []string
	}{
		{"one launch", 1, options{cases: all, base: "liftoff"}, []string{own, ownAnswers, script, benthos, "dlt-json"}},
		{"many", 10_000, options{cases: all, base: "liftoff"}, []string{own, base, copySeed, copyOwn, benthos, "dlt-json"}},
		{"no other build", 10_000, options{cases: []string{own}}, []string{own, copySeed, copyOwn}},
		{"the limit alone", 10_000, options{cases: all, parts: []string{partLimit}}, []string{own, copySeed, copyOwn}},
		{"the other build alone", 10_000, options{cases: all, base: "liftoff", parts: []string{partBase}}, []string{own, base}},
		{"too few for the limit", 205, options{cases: all, parts: []string{partLimit, partBase}}, nil},
		{"without ours", 205, options{cases: []string{benthos}}, []string{benthos}},
	} {
		var got []string
		for _, c := range (&bench{options: test.o}).contenders(test.n) {
			got = append(got, c.name())
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestExhausted(t *testing.T) {
	spent := map[turns]time.Duration{{own, bulk, 1000}: time.Hour}
	b := &bench{options: options{budget: time.Minute}, spent: spent}
	if !b.exhausted(turns{own, bulk, 1000}) || b.exhausted(turns{own, bulk, 205}) || b.exhausted(turns{own, whole, 1000}) {
		t.Error("the budget is that of one kind of run at one size")
	}
	unbounded := &bench{spent: spent}
	if unbounded.exhausted(turns{own, bulk, 1000}) {
		t.Error("without a budget nobody is stopped")
	}
}

func TestWholeSizes(t *testing.T) {
	b := &bench{options: options{whole: 1000, large: 1000}}
	if got := b.wholeSizes(); !slices.Equal(got, []int{1000}) {
		t.Errorf("the same size twice: %v", got)
	}
}

func TestJob_Noted(t *testing.T) {
	for _, test := range []struct {
		j    job
		want string
	}{{job{n: 1}, latest}, {job{n: 205}, bulk}, {job{n: 205, kind: whole}, whole}} {
		if got := test.j.noted(); got != test.want {
			t.Errorf("%+v is noted as %q, want %q", test.j, got, test.want)
		}
	}
}
