package replay_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"liftoff/internal/replay"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares with a file under testdata, or rewrites it.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	diff(t, name, string(readFile(t, path)), string(got))
}

func TestSynthetic_Golden(t *testing.T) {
	server := synthetic(t)
	var out bytes.Buffer
	for _, query := range []struct{ path, body string }{
		{"/v4/launches/query", `{"query":{"flight_number":{"$in":[1,4,203]}},"options":{"limit":3}}`},
		{"/v5/launches/query", `{"query":{"flight_number":8},"options":{"limit":1}}`},
		{"/v4/payloads/query", `{"options":{"limit":2}}`},
		{"/v4/rockets/query", `{"options":{"limit":2}}`},
		{"/v4/launchpads/query", `{"query":{"name":"Kwajalein Atoll"}}`},
	} {
		indented := jsontext.Value(post(t, server, query.path, query.body))
		if err := indented.Indent(); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&out, "POST %s %s\n%s\n\n", query.path, query.body, indented)
	}
	golden(t, "synthetic.golden", out.Bytes())
}

// count returns how many of the documents hold.
func count(documents []object, holds func(object) bool) int {
	found := 0
	for _, document := range documents {
		if holds(document) {
			found++
		}
	}
	return found
}

func listOf(document object, field string) []any {
	list, _ := document[field].([]any)
	return list
}

// TestSynthetic_Statistics compares with the figures of the real API's final
// state.
func TestSynthetic_Statistics(t *testing.T) {
	server := synthetic(t)
	launches := decode[[]object](t, get(t, server, "/v4/launches"))
	isNull := func(field string) func(object) bool {
		return func(launch object) bool { return launch[field] == nil }
	}
	equals := func(field string, value any) func(object) bool {
		return func(launch object) bool { return launch[field] == value }
	}
	lists := func(field string, length int) func(object) bool {
		return func(launch object) bool { return len(listOf(launch, field)) == length }
	}
	tests := []struct {
		name      string
		holds     func(object) bool
		want, off int
	}{
		{"all", func(object) bool { return true }, 205, 0},
		{"upcoming", equals("upcoming", true), 18, 0},
		{"success", equals("success", true), 181, 0},
		{"failure", equals("success", false), 5, 0},
		{"success null", isNull("success"), 1 + 18, 0},
		{"no failures", lists("failures", 0), 200, 0},
		{"no payload", lists("payloads", 0), 12, 0},
		{"1 payload", lists("payloads", 1), 180, 0},
		{"2 payloads", lists("payloads", 2), 10, 0},
		{"3 payloads", lists("payloads", 3), 2, 0},
		{"16 payloads", lists("payloads", 16), 1, 0},
		{"1 core", lists("cores", 1), 200, 0},
		{"3 cores", lists("cores", 3), 5, 0},
		{"no crew", lists("crew", 0), 197, 0},
		{"known to the hour", equals("date_precision", "hour"), 186 + 6, 0},
		{"known to the day", equals("date_precision", "day"), 1 + 4, 0},
		{"known to the month", equals("date_precision", "month"), 8, 0},
		{"fairings null", isNull("fairings"), 36, 0},
		{"details null", isNull("details"), 71, 0},
		{"launch_library_id null", isNull("launch_library_id"), 133, 0},
		{"window null", isNull("window"), 70 + 18, 0},
		{"static fire null", isNull("static_fire_date_unix"), 66 + 18, 0},
		{"not updated automatically", equals("auto_update", false), 3, 0},
		{"non-ASCII details", func(launch object) bool {
			details, _ := launch["details"].(string)
			return strings.IndexFunc(details, func(r rune) bool { return r > 127 }) >= 0
		}, 12, 0},
		{"newline in details", func(launch object) bool {
			details, _ := launch["details"].(string)
			return strings.Contains(details, "\n")
		}, 1, 0},
		{"date_unix contradicts", func(launch object) bool {
			at, _ := time.Parse(time.RFC3339, launch["date_utc"].(string))
			return float64(at.Unix()) != launch["date_unix"]
		}, 2, 0},
		{"date_local contradicts", func(launch object) bool {
			utc, _ := time.Parse(time.RFC3339, launch["date_utc"].(string))
			local, _ := time.Parse(time.RFC3339, launch["date_local"].(string))
			return !utc.Equal(local)
		}, 7, 0},
		{"negative failure time", func(launch object) bool {
			return slices.ContainsFunc(listOf(launch, "failures"), func(failure any) bool {
				return failure.(object)["time"].(float64) < 0
			})
		}, 1, 0},
		{"no article", func(launch object) bool { return launch["links"].(object)["article"] == nil }, 63, 15},
		{"no patch", func(launch object) bool {
			return launch["links"].(object)["patch"].(object)["small"] == nil
		}, 16, 10},
		{"no ships", lists("ships", 0), 85, 20},
		{"a capsule", lists("capsules", 1), 35, 5},
		{"says that it is synthetic", func(launch object) bool {
			return strings.HasPrefix(launch["name"].(string), "Synthetic ")
		}, 205, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := count(launches, test.holds); got < test.want-test.off || got > test.want+test.off {
				t.Errorf("%d launches, want %d ± %d", got, test.want, test.off)
			}
		})
	}
}

func TestSynthetic_RocketsAndLaunchpads(t *testing.T) {
	server := synthetic(t)
	rockets, pads := byID(t, get(t, server, "/v4/rockets")), byID(t, get(t, server, "/v4/launchpads"))
	shares := make(map[string]int)
	for _, launch := range decode[[]object](t, get(t, server, "/v4/launches")) {
		shares[rockets[launch["rocket"].(string)]["name"].(string)]++
		shares[pads[launch["launchpad"].(string)]["name"].(string)]++
	}
	for name, want := range map[string]int{
		"Falcon 9": 195, "Falcon 1": 5, "Falcon Heavy": 5,
		"CCSFS SLC 40": 112, "KSC LC 39A": 58, "VAFB SLC 4E": 30, "Kwajalein Atoll": 5,
	} {
		if got := shares[name]; got < want-4 || got > want+4 {
			t.Errorf("%s: %d launches, want %d ± 4", name, got, want)
		}
	}
	for _, pad := range decode[[]object](t, get(t, server, "/v4/launchpads")) {
		diff(t, "launches of "+pad["name"].(string), pad["launch_attempts"].(float64), float64(len(listOf(pad, "launches"))))
	}
}

func TestSynthetic_Payloads(t *testing.T) {
	server := synthetic(t)
	payloads := decode[[]object](t, get(t, server, "/v4/payloads"))
	launches := decode[[]object](t, get(t, server, "/v4/launches"))
	byID := make(map[any]object)
	for _, payload := range payloads {
		byID[payload["id"]] = payload
		diff(t, "members", 28, len(payload))
		diff(t, "null together", payload["mass_kg"] == nil, payload["mass_lbs"] == nil)
	}
	references, wrong := make(map[any]int), 0
	for _, launch := range launches {
		for _, id := range listOf(launch, "payloads") {
			references[id]++
			if byID[id] == nil {
				t.Fatalf("payload %v dangles", id)
			}
			if byID[id]["launch"] != launch["id"] {
				wrong++
			}
		}
	}
	weighs := func(low, high float64) int {
		return count(payloads, func(payload object) bool {
			mass, known := payload["mass_kg"].(float64)
			return known && mass >= low && mass <= high
		})
	}
	twice := 0
	for _, times := range references {
		twice += times - 1
	}
	diff(t, "payloads", 225, len(byID))
	diff(t, "in no launch", 5, len(byID)-len(references))
	diff(t, "in two launches", 2, twice)
	diff(t, "wrong back reference", true, wrong >= 4 && wrong <= 6)
	diff(t, "batches of 13260 kg", 34, weighs(13260, 13260))
	diff(t, "batches of 15600 kg", 28, weighs(15600, 15600))
	diff(t, "mass null", 28, len(payloads)-weighs(0, 1e9))
	diff(t, "mass in range", len(payloads)-28, weighs(1, 15600))
	fractions := count(payloads, func(payload object) bool {
		mass, known := payload["mass_kg"].(float64)
		return known && mass != float64(int(mass))
	})
	if fractions < 1 || fractions > 15 {
		t.Errorf("%d masses with a fraction", fractions)
	}
}

// TestSynthetic_Sizes compares the documents' sizes in bytes with the real
// ones: launches 929/2253/3904, mean 2125; payloads 701/784/1289.
func TestSynthetic_Sizes(t *testing.T) {
	server := synthetic(t)
	tests := []struct {
		path                      string
		least, median, mean, most int
	}{
		{"/v4/launches", 929, 2253, 2125, 3904},
		{"/v4/payloads", 701, 784, 806, 1289},
	}
	for _, test := range tests {
		documents := decode[[]jsontext.Value](t, get(t, server, test.path))
		slices.SortFunc(documents, func(a, b jsontext.Value) int { return len(a) - len(b) })
		sum := 0
		for _, document := range documents {
			sum += len(document)
		}
		near := func(what string, got, want, percent int) {
			if got < want*(100-percent)/100 || got > want*(100+percent)/100 {
				t.Errorf("%s %s: %d bytes, want %d ± %d %%", test.path, what, got, want, percent)
			}
		}
		near("least", len(documents[0]), test.least, 20)
		near("median", len(documents[len(documents)/2]), test.median, 10)
		near("mean", sum/len(documents), test.mean, 10)
		near("most", len(documents[len(documents)-1]), test.most, 35)
	}
}

func TestSynthetic_MembersInTheRealOrder(t *testing.T) {
	synthetic, real := synthetic(t), newServer(t, replay.Options{DataDir: captures(t, finalState)})
	names := func(body []byte) []string {
		_, names := envelope(t, body)
		return names
	}
	for _, path := range []string{"/v4/launches/latest", "/v5/launches/latest"} {
		diff(t, path, append(names(get(t, real, path)), "docs")[:27], names(get(t, synthetic, path)))
	}
	older := newServer(t, replay.Options{DataDir: captures(t, exchanges2021)})
	first := func(server *replay.Server, path string) []byte {
		return decode[[]jsontext.Value](t, get(t, server, path))[0]
	}
	for _, path := range []string{"/v4/payloads", "/v4/rockets"} {
		diff(t, path, names(first(older, path)), names(first(synthetic, path)))
	}
}

func TestSynthetic_CrewInBothShapes(t *testing.T) {
	server := synthetic(t)
	v4 := decode[[]object](t, get(t, server, "/v4/launches"))
	v5 := decode[[]object](t, get(t, server, "/v5/launches"))
	differing := 0
	for i, launch := range v5 {
		var ids []any = []any{}
		for _, member := range listOf(launch, "crew") {
			ids = append(ids, member.(object)["crew"])
		}
		differing += min(len(ids), 1)
		diff(t, "crew", listOf(v4[i], "crew"), ids)
		launch["crew"] = v4[i]["crew"]
	}
	diff(t, "all else", v4, v5)
	diff(t, "crewed", 8, differing)
}

func TestSynthetic_FlightNumbersHaveDuplicatesAndGaps(t *testing.T) {
	upcoming := decode[[]object](t, get(t, synthetic(t), "/v4/launches/upcoming"))
	want := []float64{188, 188, 188, 188, 189, 191, 192, 193, 194, 195, 196, 197, 198, 198, 199, 200, 202, 203}
	diff(t, "flight numbers", want, column[float64](t, upcoming, "flight_number"))
}

func TestSynthetic_SeedsDiffer(t *testing.T) {
	one, two := newServer(t, replay.Options{Seed: 1}), newServer(t, replay.Options{Seed: 2})
	if bytes.Equal(get(t, one, "/v4/launches"), get(t, two, "/v4/launches")) {
		t.Error("two seeds gave the same launches")
	}
	diff(t, "description", "205 synthetic launches, seed 2", two.Description())
}
