package main

import (
	"encoding/json"
	"fmt"
	"math"
)

// answer is one query's, in the JSON of `liftoff analyze` and of
// bench/duckdb/analyze.py.
type answer struct {
	Name string           `json:"name"`
	Rows []map[string]any `json:"rows"`
}

// closeEnough is how far two sums of the same numbers in another order may lie
// apart, as a share of them.
const closeEnough = 1e-9

// differences says where two engines answer differently: ours must have all of
// their answers, in any order, with the same rows in the same order.
func differences(ours, theirs []byte) ([]string, error) {
	var a, b []answer
	if err := json.Unmarshal(ours, &a); err != nil {
		return nil, fmt.Errorf("read our answers: %w", err)
	}
	if err := json.Unmarshal(theirs, &b); err != nil {
		return nil, fmt.Errorf("read their answers: %w", err)
	}
	var found []string
	if len(a) != len(b) {
		found = append(found, fmt.Sprintf("%d answers and %d", len(a), len(b)))
	}
	byName := map[string]answer{}
	for _, each := range b {
		byName[each.Name] = each
	}
	for _, each := range a {
		other, ok := byName[each.Name]
		switch {
		case !ok:
			found = append(found, each.Name+": no answer")
		case len(each.Rows) != len(other.Rows):
			found = append(found, fmt.Sprintf("%s: %d rows and %d", each.Name, len(each.Rows), len(other.Rows)))
		default:
			found = append(found, rowDifferences(each, other)...)
		}
	}
	return found, nil
}

func rowDifferences(ours, theirs answer) []string {
	var found []string
	for i, row := range ours.Rows {
		for column, value := range row {
			other, ok := theirs.Rows[i][column]
			if !ok || !same(value, other) {
				found = append(found, fmt.Sprintf("%s, row %d, %s: %v and %v", ours.Name, i+1, column, value, other))
			}
		}
	}
	return found
}

func same(a, b any) bool {
	x, xIsNumber := a.(float64)
	y, yIsNumber := b.(float64)
	if xIsNumber && yIsNumber {
		return math.Abs(x-y) <= closeEnough*max(math.Abs(x), math.Abs(y))
	}
	return a == b
}
