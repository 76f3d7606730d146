package analytics_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"liftoff"
	"liftoff/internal/analytics"
)

// namesOf returns the names of queries.
func namesOf(queries []analytics.Query) []string {
	names := []string{}
	for _, q := range queries {
		names = append(names, q.Name)
	}
	return names
}

func TestSelect(t *testing.T) {
	queries := []analytics.Query{{Name: "aggregate_view"}, {Name: "launches_per_year"}, {Name: "data_freshness"}}
	tests := []struct {
		name        string
		asked, want []string
	}{
		{"no names mean all", nil, []string{"aggregate_view", "launches_per_year", "data_freshness"}},
		{"the names give the order", []string{"data_freshness", "aggregate_view"}, []string{"data_freshness", "aggregate_view"}},
		{"a name given twice is run once", []string{"aggregate_view", "aggregate_view"}, []string{"aggregate_view"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := analytics.Select(queries, test.asked)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, namesOf(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestSelect_UnknownNameIsUsageWithNearNames(t *testing.T) {
	const all = "see `liftoff analyze --list` for all names"
	var queries []analytics.Query
	for _, name := range []string{
		"aggregate_view", "launches_per_year", "launches_per_rocket", "launches_per_launchpad", "rolling_success_rate", "heaviest_launches",
		"mass_distribution", "delay_distribution",
	} {
		queries = append(queries, analytics.Query{Name: name})
	}
	tests := []struct{ name, asked, hint string }{
		{"typing error", "launchs_per_year", "did you mean launches_per_year? S" + all[1:]},
		{"capitals and dashes", "Launches-Per-Year", "did you mean launches_per_year? S" + all[1:]},
		{"part of a name", "distribution", "did you mean mass_distribution or delay_distribution? S" + all[1:]},
		{"three names at most", "launches", "did you mean launches_per_year or heaviest_launches or launches_per_rocket? S" + all[1:]},
		{"nothing near", "weather", all},
		{"two letters are no part", "er", all},
		{"empty", "", all},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := analytics.Select(queries, []string{"aggregate_view", test.asked})
			if got != nil || liftoff.CategoryOf(err) != liftoff.Usage {
				t.Fatalf("got %d queries and error %v, want none and category usage", len(got), err)
			}
			if diff := cmp.Diff(test.hint, liftoff.HintOf(err)); diff != "" {
				t.Errorf("hint (-want +got):\n%s", diff)
			}
		})
	}
}
