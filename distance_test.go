package liftoff_test

import (
	"testing"

	"liftoff"
)

func TestEditDistance(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"", "abc", 3},
		{"launches", "launches", 0},
		{"lanches", "launches", 1},
		{"berlin", "merlin", 1},
		{"berlni", "berlin", 2},
		{"kitten", "sitting", 3},
	} {
		if got, back := liftoff.EditDistance(test.a, test.b), liftoff.EditDistance(test.b, test.a); got != test.want || back != test.want {
			t.Errorf("EditDistance(%q, %q) = %d, and %d backwards, want %d", test.a, test.b, got, back, test.want)
		}
	}
}
