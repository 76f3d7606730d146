package revision_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"liftoff/internal/revision"
)

// aValue draws a JSON value that is nested at most that deep.
func aValue(depth int) *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		highest := 5
		if depth == 0 {
			highest = 3
		}
		switch rapid.IntRange(0, highest).Draw(t, "kind") {
		case 0:
			return nil
		case 1:
			return rapid.Bool().Draw(t, "boolean")
		case 2:
			return json.Number(rapid.StringMatching(`-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,9})?([eE][+-]?[0-9]{1,3})?`).Draw(t, "number"))
		case 3:
			return rapid.String().Draw(t, "text")
		case 4:
			return rapid.SliceOfN(aValue(depth-1), 0, 4).Draw(t, "array")
		default:
			return anObject(depth).Draw(t, "object")
		}
	})
}

func anObject(depth int) *rapid.Generator[map[string]any] {
	name := rapid.OneOf(rapid.SampledFrom([]string{"id", "name", "cores", "a.b", "", "$"}), rapid.String())
	return rapid.MapOfN(name, aValue(depth-1), 0, 5)
}

// write writes a value with its members in the order that shuffle gives them.
func write(value any, shuffle func([]string)) string {
	switch v := value.(type) {
	case map[string]any:
		names := slices.Sorted(maps.Keys(v))
		shuffle(names)
		for i, name := range names {
			names[i] = quote(name) + ":" + write(v[name], shuffle)
		}
		return "{" + strings.Join(names, ",") + "}"
	case []any:
		elements := make([]string, len(v))
		for i, element := range v {
			elements[i] = write(element, shuffle)
		}
		return "[" + strings.Join(elements, ",") + "]"
	default:
		return quote(v)
	}
}

func quote(scalar any) string {
	text, err := json.Marshal(scalar)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func sorted([]string) {}

func changesOf(t *rapid.T, before, after string) []revision.Change {
	changes, err := revision.Changes([]byte(before), []byte(after))
	if err != nil {
		t.Fatalf("Changes(%s, %s): %v", before, after, err)
	}
	return changes
}

func TestChanges_NoneForTheSameContent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		value := aValue(3).Draw(t, "value")
		shuffled := write(value, func(names []string) {
			copy(names, rapid.Permutation(names).Draw(t, "order"))
		})
		if changes := changesOf(t, write(value, sorted), shuffled); len(changes) > 0 {
			t.Fatalf("%s and %s differ: %v", write(value, sorted), shuffled, changes)
		}
	})
}

// Looked at from the other side, each change is the same one backwards.
func TestChanges_BackwardsAreTheSameChanges(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		before, after := write(aValue(3).Draw(t, "before"), sorted), write(aValue(3).Draw(t, "after"), sorted)
		backwards := changesOf(t, after, before)
		for i, c := range backwards {
			backwards[i].Before, backwards[i].After = c.After, c.Before
		}
		if diff := cmp.Diff(changesOf(t, before, after), backwards); diff != "" {
			t.Fatalf("forwards and backwards differ (-forwards +backwards):\n%s", diff)
		}
	})
}

// edit is a place in a value that can be replaced, at its path.
type edit struct {
	path    string
	value   any
	replace func(any)
	// remove is nil where the value cannot be taken out.
	remove func()
}

// places lists the places of a value and all below it.
func places(path string, value any) []edit {
	var found []edit
	switch v := value.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			place := join(path, name)
			found = append(found, edit{place, v[name], func(with any) { v[name] = with }, func() { delete(v, name) }})
			found = append(found, places(place, v[name])...)
		}
	case []any:
		for i := range v {
			place := path + "[" + strconv.Itoa(i) + "]"
			found = append(found, edit{place, v[i], func(with any) { v[i] = with }, nil})
			found = append(found, places(place, v[i])...)
		}
	}
	return found
}

func join(path, name string) string {
	if len(name) == 0 || strings.ContainsFunc(name, func(r rune) bool { return r < 'a' || r > 'z' }) {
		return fmt.Sprintf("%s[%s]", path, name)
	}
	return strings.TrimPrefix(path+"."+name, ".")
}

// Each edit of one place is found, at its place, with both values, and
// nothing else is.
func TestChanges_FindsEverySingleEdit(t *testing.T) {
	t.Parallel()
	names := rapid.StringMatching(`[a-z]{1,4}`)
	var value func(depth int) *rapid.Generator[any]
	value = func(depth int) *rapid.Generator[any] {
		if depth == 0 {
			return rapid.OneOf(rapid.Just[any](nil), rapid.Map(rapid.Bool(), toAny), rapid.Map(rapid.String(), toAny), rapid.Map(rapid.Int(), toAny))
		}
		return rapid.OneOf(rapid.Map(rapid.SliceOfN(value(depth-1), 1, 3), toAny[[]any]), rapid.Map(rapid.MapOfN(names, value(depth-1), 1, 4), toAny[map[string]any]))
	}
	rapid.Check(t, func(t *rapid.T) {
		root := value(rapid.IntRange(1, 3).Draw(t, "depth")).Draw(t, "root")
		before := write(root, sorted)
		place := rapid.SampledFrom(places("", root)).Draw(t, "place")
		want := revision.Change{Path: place.path, Before: write(place.value, sorted)}
		if place.remove != nil && rapid.Bool().Draw(t, "removes") {
			place.remove()
		} else {
			// Of a type that no place has, so that the place itself has changed.
			place.replace(json.Number("0.5"))
			want.After = "0.5"
		}
		if diff := cmp.Diff([]revision.Change{want}, changesOf(t, before, write(root, sorted))); diff != "" {
			t.Fatalf("changes of %s (-want +got):\n%s", before, diff)
		}
	})
}

func toAny[T any](value T) any { return value }

// Whatever comes, changes are changes, and the same ones backwards.
func FuzzChanges(f *testing.F) {
	for _, seed := range [][2]string{
		{`{"a": 1}`, `{"a": 1.0, "b": null}`},
		{`[1, 2, 3]`, `[1, 3]`},
		{`[1e3]`, `[1000]`},
		{``, `{}`},
		{`[[[]]]`, `[[[0]]]`},
		{`{"date_utc": "2022-10-05T16:00:00.000Z", "date_precision": "hour"}`, `{"date_utc": "x"}`},
		{`{`, `}`},
		{`"\ud800"`, `"a"`},
	} {
		f.Add([]byte(seed[0]), []byte(seed[1]))
	}
	f.Fuzz(func(t *testing.T, before, after []byte) {
		revision.SlipBetween(before, after)
		changes, err := revision.Changes(before, after)
		if err != nil {
			return
		}
		backwards, err := revision.Changes(after, before)
		if err != nil || len(backwards) != len(changes) {
			t.Fatalf("%d changes, backwards %d, %v", len(changes), len(backwards), err)
		}
		seen := map[string]bool{}
		for i, c := range changes {
			if c.Before == c.After || (c.Before == "" && c.After == "") {
				t.Errorf("%+v is no change", c)
			}
			if seen[c.Path] {
				t.Errorf("%s comes twice", c.Path)
			}
			seen[c.Path] = true
			if b := backwards[i]; b.Path != c.Path || b.Before != c.After || b.After != c.Before {
				t.Errorf("%+v is %+v backwards", c, b)
			}
		}
		for _, document := range [][]byte{before, after} {
			if own, err := revision.Changes(document, document); err != nil || len(own) > 0 {
				t.Errorf("%q differs from itself: %v, %v", document, own, err)
			}
		}
	})
}
