package analytics

import (
	"fmt"
	"slices"
	"strings"

	"liftoff"
)

// Select returns the queries with the given names, in the order of the names
// and each once. Without names it returns all queries. An unknown name is an
// error of category Usage whose hint lists the nearest names.
func Select(queries []Query, names []string) ([]Query, error) {
	if len(names) == 0 {
		return queries, nil
	}
	selected := make([]Query, 0, len(names))
	for _, name := range names {
		at := indexOf(queries, name)
		if at < 0 {
			return nil, unknownQuery(queries, name)
		}
		if indexOf(selected, name) < 0 {
			selected = append(selected, queries[at])
		}
	}
	return selected, nil
}

// indexOf returns the position of the query with that name, or -1.
func indexOf(queries []Query, name string) int {
	return slices.IndexFunc(queries, func(q Query) bool { return q.Name == name })
}

// unknownQuery returns the error for a name that no query has.
func unknownQuery(queries []Query, name string) error {
	hint := "see `liftoff analyze --list` for all names"
	if near := nearNames(queries, name); len(near) > 0 {
		hint = "did you mean " + strings.Join(near, " or ") + "? See `liftoff analyze --list` for all names"
	}
	if strings.HasSuffix(strings.ToLower(name), queryEnding) {
		hint = "run a file with `liftoff analyze --sql " + name + "`"
	}
	return liftoff.NewError(liftoff.Usage, fmt.Errorf("no analytics query is called %q", name), hint)
}

// nearNames returns up to three names that contain the given one or differ
// from it by a few typing errors, nearest first.
func nearNames(queries []Query, name string) []string {
	wanted := strings.ReplaceAll(strings.ToLower(name), "-", "_")
	type candidate struct {
		name     string
		distance int
	}
	var near []candidate
	for _, q := range queries {
		d := liftoff.EditDistance(wanted, q.Name)
		// A shorter part matches too many names.
		isPart := len(wanted) >= 3 && strings.Contains(q.Name, wanted)
		if isPart || d <= max(2, len(q.Name)/4) {
			near = append(near, candidate{q.Name, d})
		}
	}
	slices.SortStableFunc(near, func(a, b candidate) int { return a.distance - b.distance })
	names := make([]string, 0, 3)
	for _, c := range near[:min(3, len(near))] {
		names = append(names, c.name)
	}
	return names
}
