package main

import (
	"strings"
	"testing"
)

func TestAimCells(t *testing.T) {
	for _, test := range []struct {
		name            string
		checks          []check
		aimed, measured string
	}{
		{"met", []check{quotient(1.1, 1, 1.1)}, "≤ 1.1", "1.10 (1.10 s ÷ 1.00 s)"},
		{"missed", []check{quotient(18.3, 4.8, 0.5)}, "≤ 0.5", "**3.81** (18.3 s ÷ 4.80 s)"},
		{"a lower bound", []check{leastQuotient(2, 1, 2.7), leastQuotient(3, 1, 3)}, "≥ 2.7, ≥ 3", "**2.00** (2.00 s ÷ 1.00 s), 3.00 (3.00 s ÷ 1.00 s)"},
		{"one side was not measured", []check{quotient(1, 0, 2), leastQuotient(0, 1, 2)}, "≤ 2, ≥ 2", "not measured, not measured"},
		{"seconds", []check{{value: 0.0024, bound: 0.003, unit: seconds}, {value: 0.5, bound: 0.4, unit: seconds}}, "≤ 3 ms, ≤ 0.4 s", "2.4 ms, **0.50 s**"},
		{"a bound that ends in a zero", []check{{value: 61, bound: 60, unit: megabytes}}, "≤ 60 MB", "**61 MB**"},
		{"a note", []check{{value: 0.7, bound: 1, unit: seconds, note: "date_slips"}}, "≤ 1 s", "0.70 s (date_slips)"},
	} {
		aimed, measured := aim{checks: test.checks}.cells()
		if aimed != test.aimed || measured != test.measured {
			t.Errorf("%s: %q, %q; want %q, %q", test.name, aimed, measured, test.aimed, test.measured)
		}
	}
}

// With nothing measured a run of all parts lists all aims as such, and a run of
// some parts lists none.
func TestReport_OfNothing(t *testing.T) {
	all := &bench{options: options{whole: 100_000, large: 1_000_000}, results: &results{}}
	all.report()
	if lines := strings.Count(all.text.String(), "not measured"); lines == 0 || strings.Contains(all.text.String(), "**") {
		t.Errorf("a report of nothing:\n%s", all.text.String())
	}
	some := &bench{options: options{whole: 100_000, large: 1_000_000, parts: []string{partView}}, results: &results{}}
	some.report()
	if some.text.Len() > 0 {
		t.Errorf("a report of nothing, of some parts:\n%s", some.text.String())
	}
}

// The figures of one kind of run do not stand for those of another.
func TestReport_KeepsKindsApart(t *testing.T) {
	b := &bench{options: options{whole: 1000, large: 1000, reps: 1, parts: []string{partWhole}}, results: &results{all: []result{
		{name: ownWhole, kind: whole, n: 1000, rows: 1000, wall: 4, peak: 60},
		{name: ownWhole, kind: wholeAgain, n: 1000, rows: 1000, wall: 2, peak: 60},
		{name: copySeed, kind: whole, n: 1000, rows: 1000, wall: 5},
		{name: own, kind: bulk, n: 1000, rows: 1000, wall: 3},
		{name: base, kind: bulk, n: 1000, rows: 1000, wall: 6},
		{name: base, kind: bulk, n: 1000, rows: 999, wall: 1}, // wrong
	}}}
	b.report()
	for _, want := range []string{
		"| 1,000 | **the same again**, nothing changed | 1 | 2.00 s |",
		"0.80 (4.00 s ÷ 5.00 s)", "0.40 (2.00 s ÷ 5.00 s)", "0.50 (3.00 s ÷ 6.00 s)",
		"| liftoff, the release before | 6.00 s |",
	} {
		if !strings.Contains(b.text.String(), want) {
			t.Errorf("the report lacks %q:\n%s", want, b.text.String())
		}
	}
	if strings.Contains(b.text.String(), "COPY into the seed's table ÷ ours") {
		t.Errorf("the COPY beside whole runs counts as one beside launches only:\n%s", b.text.String())
	}
}
