// Package revision says how two states of a launch's document differ, field by
// field. It is made of pure functions: it reads no database and prints nothing.
//
// What counts is content: white space, the order of keys, how a string is
// escaped and how a number is spelt (1.0 or 1, 1e3 or 1000) make no difference.
package revision

import (
	"fmt"
	"maps"
	"slices"
)

// Change is one field that differs.
type Change struct {
	// Path names the field: links.webcast, cores[0].landing_success, $ for the
	// whole document. A name that is not a plain word is in brackets and quotes:
	// fairings["a.b"].
	Path string
	// Before and After are the values as JSON text. Empty means that the field
	// did not exist, which is not the same as null.
	Before, After string
}

// Changes returns the fields in which two JSON documents differ, by name, and
// by index within an array. An empty document counts as one that did not exist.
//
// Arrays of the same length are compared element by element. If elements were
// only added, or only removed, in one place, each of them is a change. An array
// whose length changed in any other way is one change as a whole, because it is
// not certain which elements belong together.
//
// Text that is not a JSON document is an error. A document with more than 500,000
// values, or with so many changes that their names alone are longer than 16 MiB,
// is a liftoff.Usage error.
func Changes(before, after []byte) ([]Change, error) {
	old, err := parse(before)
	if err != nil {
		return nil, fmt.Errorf("read the document before: %w", err)
	}
	changed, err := parse(after)
	if err != nil {
		return nil, fmt.Errorf("read the document after: %w", err)
	}
	var c comparison
	c.compare("", old, changed)
	if c.size > maxPaths {
		return nil, tooLarge("the documents differ in too many fields, at least %d", len(c.changes))
	}
	return c.changes, nil
}

// maxPaths is how long the names of all changed fields may be together: in
// arrays within arrays a name is much longer than its value.
const maxPaths = 16 << 20

// comparison collects changes.
type comparison struct {
	changes []Change
	// size is how long their names are.
	size int
}

// compare notes all changes at a path and below it.
func (c *comparison) compare(path string, before, after node) {
	switch {
	case before.kind != after.kind:
		c.note(path, before, after)
	case before.kind == object:
		c.compareObjects(path, before, after)
	case before.kind == array:
		c.compareArrays(path, before, after)
	case before.value != after.value:
		c.note(path, before, after)
	}
}

func (c *comparison) note(path string, before, after node) {
	if path == "" {
		path = "$"
	}
	if c.size += len(path) + 1; c.size > maxPaths {
		return
	}
	c.changes = append(c.changes, Change{Path: path, Before: before.text, After: after.text})
}

func (c *comparison) compareObjects(path string, before, after node) {
	names := slices.AppendSeq(slices.Collect(maps.Keys(before.members)), maps.Keys(after.members))
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		// A member that is missing is the zero node, which is absent.
		c.compare(memberPath(path, name), before.members[name], after.members[name])
	}
}

func (c *comparison) compareArrays(path string, before, after node) {
	old, changed := before.elements, after.elements
	if len(old) == len(changed) {
		for i := range old {
			c.compare(elementPath(path, i), old[i], changed[i])
		}
		return
	}
	first := commonStart(old, changed)
	old, changed = old[first:], changed[first:]
	last := commonEnd(old, changed)
	old, changed = old[:len(old)-last], changed[:len(changed)-last]
	if len(old) > 0 && len(changed) > 0 {
		c.note(path, before, after)
		return
	}
	for i, element := range old {
		c.note(elementPath(path, first+i), element, node{})
	}
	for i, element := range changed {
		c.note(elementPath(path, first+i), node{}, element)
	}
}

// commonStart returns how many elements both begin with.
func commonStart(a, b []node) int {
	n := 0
	for n < len(a) && n < len(b) && isSame(a[n], b[n]) {
		n++
	}
	return n
}

// commonEnd returns how many elements both end with.
func commonEnd(a, b []node) int {
	n := 0
	for n < len(a) && n < len(b) && isSame(a[len(a)-1-n], b[len(b)-1-n]) {
		n++
	}
	return n
}

// isSame reports whether two values have the same content.
func isSame(a, b node) bool {
	return a.kind == b.kind && a.value == b.value &&
		slices.EqualFunc(a.elements, b.elements, isSame) &&
		maps.EqualFunc(a.members, b.members, isSame)
}
