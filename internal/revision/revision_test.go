package revision_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"liftoff/internal/revision"
)

func TestChanges(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, before, after string
		want                []revision.Change
	}{
		{"a member", `{"a": {"b": 1}}`, `{"a": {"b": 2}}`, []revision.Change{{"a.b", "1", "2"}}},
		{
			"a member of an element", `{"cores": [{"landing_success": null}]}`, `{"cores": [{"landing_success": true}]}`,
			[]revision.Change{{"cores[0].landing_success", "null", "true"}},
		},
		{"added, also as null", `{}`, `{"a": null, "b": 0}`, []revision.Change{{"a", "", "null"}, {"b", "", "0"}}},
		{"removed, also from null", `{"a": null}`, `{}`, []revision.Change{{"a", "null", ""}}},
		{"null is not absent", `{"a": null}`, `{"a": ""}`, []revision.Change{{"a", "null", `""`}}},
		{"another type", `{"a": "1"}`, `{"a": 1}`, []revision.Change{{"a", `"1"`, "1"}}},
		{"false and null", `{"a": false}`, `{"a": null}`, []revision.Change{{"a", "false", "null"}}},
		{
			"by name, whatever the order", `{"b": 1, "a": 1}`, `{"b": 2, "c": 3, "a": 2}`,
			[]revision.Change{{"a", "1", "2"}, {"b", "1", "2"}, {"c", "", "3"}},
		},
		{"an element at the end", `{"p": ["a"]}`, `{"p": ["a", "b"]}`, []revision.Change{{"p[1]", "", `"b"`}}},
		{"an element at the start", `{"p": ["b"]}`, `{"p": ["a", "b"]}`, []revision.Change{{"p[0]", "", `"a"`}}},
		{"two elements taken out of the middle", `[1, 2, 3, 4]`, `[1, 4]`, []revision.Change{{"[1]", "2", ""}, {"[2]", "3", ""}}},
		{"an element of many", `[1, 2, 3]`, `[1, 5, 3]`, []revision.Change{{"[1]", "2", "5"}}},
		{"an array as a whole", `{"p": ["a", "b"]}`, `{"p": ["c"]}`, []revision.Change{{"p", `["a", "b"]`, `["c"]`}}},
		{"the first element", `{"p": []}`, `{"p": [{"x": 1}]}`, []revision.Change{{"p[0]", "", `{"x": 1}`}}},
		{"the whole document", `[1]`, `{"a": 1}`, []revision.Change{{"$", "[1]", `{"a": 1}`}}},
		{"a document where none was", "", `{"a": 1}`, []revision.Change{{"$", "", `{"a": 1}`}}},
		{
			"odd names", `{"a.b": {"c d": {"": 1}}, "é": 1}`, `{"a.b": {"c d": {"": 2}}, "é": 2}`,
			[]revision.Change{{`["a.b"]["c d"][""]`, "1", "2"}, {`["é"]`, "1", "2"}},
		},
		{"a name that must be escaped", "{}", `{"\u001b]": 1}`, []revision.Change{{`["\u001b]"]`, "", "1"}}},
		{"a member of the whole document's name", "{}", `{"$": 1}`, []revision.Change{{`["$"]`, "", "1"}}},
		{
			"no float64 could tell", `[9007199254740993]`, `[9007199254740992]`,
			[]revision.Change{{"[0]", "9007199254740993", "9007199254740992"}},
		},
		{"no float64 could hold", `[1e400]`, `[1e401]`, []revision.Change{{"[0]", "1e400", "1e401"}}},
		{"a sign", `[1]`, `[-1]`, []revision.Change{{"[0]", "1", "-1"}}},
		{"letters of another case", `["a"]`, `["A"]`, []revision.Change{{"[0]", `"a"`, `"A"`}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := revision.Changes([]byte(test.before), []byte(test.after))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestChanges_OnlyContentCounts(t *testing.T) {
	t.Parallel()
	for _, same := range [][2]string{
		{`{"a": 1, "b": [true]}`, "{\n\t\"b\":[true],\"a\":1}"},
		{`[1]`, `[1.0]`},
		{`[1e3]`, `[1000]`},
		{`[1000]`, `[10.00E+2]`},
		{`[0.001]`, `[1e-3]`},
		{`[0.0120]`, `[12e-3]`},
		{`[0]`, `[-0.0]`},
		{`[0]`, `[0e99999999999999999999]`},
		{`[1e99999999999999999999]`, `[10e99999999999999999998]`},
		{`[123456789012345678901234567890.10]`, `[1234567890123456789012345678901e-1]`},
		{`["é/"]`, `["\u00e9\/"]`},
		{`{"é": 1}`, `{"\u00e9": 1}`},
		{"", " \n"},
	} {
		got, err := revision.Changes([]byte(same[0]), []byte(same[1]))
		if err != nil || len(got) > 0 {
			t.Errorf("%s and %s differ: %v, %v", same[0], same[1], got, err)
		}
	}
}

func TestChanges_RefusesWhatIsNoDocument(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"{", "nul", "1 2", `{"a": 1, "a": 2}`, "\"\xff\"", "[1,]", "{} x"} {
		if _, err := revision.Changes([]byte(text), []byte("{}")); err == nil {
			t.Errorf("no error for %q before", text)
		}
		if _, err := revision.Changes([]byte("{}"), []byte(text)); err == nil {
			t.Errorf("no error for %q after", text)
		}
	}
}

// Neighbours of the captured launches differ in id and name at least, and none
// differs from itself.
func TestChanges_OfRealLaunches(t *testing.T) {
	t.Parallel()
	launches := realLaunches(t)
	for i, launch := range launches {
		if changes, err := revision.Changes(launch, launch); err != nil || len(changes) > 0 {
			t.Fatalf("launch %d differs from itself: %v, %v", i, changes, err)
		}
		next := launches[(i+1)%len(launches)]
		changes, err := revision.Changes(launch, next)
		if err != nil {
			t.Fatal(err)
		}
		if !hasPath(changes, "id") || !hasPath(changes, "name") {
			t.Fatalf("launches %d and %d do not differ in id and name: %v", i, i+1, changes)
		}
	}
}

func hasPath(changes []revision.Change, path string) bool {
	for _, c := range changes {
		if c.Path == path {
			return true
		}
	}
	return false
}

// realLaunches reads the launches as the API had them on 22 April 2021.
func realLaunches(t *testing.T) []json.RawMessage {
	t.Helper()
	return captured(t, "spacex-v4-2021-04-22-exchanges/bodies/launches.json")
}

// captured reads a captured list.
func captured(t *testing.T, name string) []json.RawMessage {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("../../../shared/data", name))
	if os.IsNotExist(err) && os.Getenv("CI") != "true" {
		t.Skip("no captures here: ", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	var records []json.RawMessage
	if err := json.Unmarshal(content, &records); err != nil {
		t.Fatal(err)
	}
	return records
}
