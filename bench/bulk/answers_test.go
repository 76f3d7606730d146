package main

import (
	"slices"
	"testing"
)

func TestDifferences(t *testing.T) {
	const ours = `[{"name": "years", "columns": [], "rows": [{"year": 2006, "rate": 33.333333333333336}, {"year": null, "rate": 0}]}]`
	for _, test := range []struct {
		name, theirs string
		want         []string
	}{
		{"the same, but for the last digit", `[{"name": "years", "rows": [{"rate": 33.33333333333333, "year": 2006}, {"year": null, "rate": 0.0}]}]`, nil},
		{"another value", `[{"name": "years", "rows": [{"year": 2006, "rate": 33.3}, {"year": null, "rate": 0}]}]`, []string{"years, row 1, rate: 33.333333333333336 and 33.3"}},
		{"another type", `[{"name": "years", "rows": [{"year": 2006, "rate": 33.333333333333336}, {"year": "", "rate": 0}]}]`, []string{"years, row 2, year: <nil> and "}},
		{"a column is missing", `[{"name": "years", "rows": [{"year": 2006, "rate": 33.333333333333336}, {"rate": 0}]}]`, []string{"years, row 2, year: <nil> and <nil>"}},
		{"a row is missing", `[{"name": "years", "rows": []}]`, []string{"years: 2 rows and 0"}},
		{"another query", `[{"name": "months", "rows": []}]`, []string{"years: no answer"}},
		{"none", `[]`, []string{"1 answers and 0", "years: no answer"}},
	} {
		got, err := differences([]byte(ours), []byte(test.theirs))
		if err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, %v; want %q", test.name, got, err, test.want)
		}
	}
	if _, err := differences([]byte(ours), []byte("no JSON")); err == nil {
		t.Error("what is no JSON was read")
	}
}
