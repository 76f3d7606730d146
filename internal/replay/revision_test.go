package replay_test

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"liftoff"
	"liftoff/internal/replay"
)

// byID returns the launches of a list by their id.
func byID(t *testing.T, list []byte) map[string]object {
	t.Helper()
	return indexed(decode[[]object](t, list))
}

func indexed(launches []object) map[string]object {
	found := make(map[string]object)
	for _, launch := range launches {
		found[launch["id"].(string)] = launch
	}
	return found
}

// changedFields returns the names of the top-level fields that differ.
func changedFields(before, after object) []string {
	var names []string
	for name := range before {
		if !reflect.DeepEqual(before[name], after[name]) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// change describes what became of one launch; "" is nothing.
func change(before, after object) string {
	switch {
	case before == nil:
		return "appears"
	case after == nil:
		return "vanishes"
	}
	fields := changedFields(before, after)
	switch {
	case len(fields) == 0:
		return ""
	case slices.Contains(fields, "upcoming"):
		return fmt.Sprintf("flies, success %v -> %v", before["success"], after["success"])
	case slices.Contains(fields, "date_precision"):
		return fmt.Sprintf("%v %v -> %v %v", before["date_precision"], before["date_utc"], after["date_precision"], after["date_utc"])
	case slices.Contains(fields, "date_utc"):
		return fmt.Sprintf("slips, %v -> %v", before["date_utc"], after["date_utc"])
	default:
		return "is corrected: " + strings.Join(fields, ", ")
	}
}

// changes returns what became of each launch of either state.
func changes(before, after map[string]object) map[string]string {
	found := make(map[string]string)
	for id := range before {
		if what := change(before[id], after[id]); what != "" {
			found[id] = what
		}
	}
	for id := range after {
		if before[id] == nil {
			found[id] = "appears"
		}
	}
	return found
}

// TestRevision_Golden shows what the first revisions of the usual launches do.
func TestRevision_Golden(t *testing.T) {
	server := synthetic(t)
	var out bytes.Buffer
	before := byID(t, get(t, server, "/v4/launches"))
	for number := 1; number <= 8; number++ {
		if err := server.SetRevision(number); err != nil {
			t.Fatal(err)
		}
		after := byID(t, get(t, server, "/v4/launches"))
		fmt.Fprintf(&out, "%s\n", server.Description())
		found := changes(before, after)
		for _, id := range slices.Sorted(maps.Keys(found)) {
			fmt.Fprintf(&out, "  %s %v: %s\n", id, cmp.Or(after[id]["name"], before[id]["name"]), found[id])
		}
		before = after
	}
	golden(t, "revisions.golden", out.Bytes())
}

// TestRevision_AnyState states what holds for every state and the one before.
func TestRevision_AnyState(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		opts := replay.Options{Count: rapid.IntRange(1, 40).Draw(rt, "count"), Seed: rapid.Uint64().Draw(rt, "seed")}
		number := rapid.IntRange(1, 40).Draw(rt, "revision")
		opts.Revision = number - 1
		server := newServer(t, opts)
		before := byID(t, get(t, server, "/v4/launches"))
		if err := server.SetRevision(number); err != nil {
			rt.Fatal(err)
		}
		list := get(t, server, "/v4/launches")
		opts.Revision = number
		if !bytes.Equal(list, get(t, newServer(t, opts), "/v4/launches")) {
			rt.Fatal("a server that began with the revision gives other bytes")
		}
		launches := decode[[]object](t, list)
		after := indexed(launches)
		found := len(changes(before, after))
		if found < 1 || found > max(10, len(after)/20) {
			rt.Fatalf("%d of %d launches differ", found, len(after))
		}
		for id := range after {
			checkChange(rt, before[id], after[id])
			checkConsistent(rt, after[id])
		}
		checkOrders(rt, launches)
		checkReferences(t, rt, server, launches)
	})
}

// checkChange states which fields a revision may touch.
func checkChange(rt *rapid.T, before, after object) {
	if before == nil {
		return
	}
	for _, name := range changedFields(before, after) {
		dates := strings.HasPrefix(name, "date_")
		switch {
		case slices.Contains([]string{"id", "name", "flight_number", "rocket", "launchpad", "payloads", "crew"}, name),
			before["upcoming"] == false && name != "details" && name != "links",
			before["upcoming"] == true && after["upcoming"] == true && !dates,
			before["upcoming"] == true && after["upcoming"] == false && dates,
			name == "date_utc" && after[name].(string) < before[name].(string):
			rt.Fatalf("%s changes: %v -> %v\n%v", name, before[name], after[name], after)
		}
	}
}

// checkConsistent states what holds for a launch that has not flown, and for
// any that flew after revision 0.
func checkConsistent(rt *rapid.T, launch object) {
	if launch["upcoming"] == false {
		return
	}
	utc, err := time.Parse(time.RFC3339, launch["date_utc"].(string))
	if err != nil {
		rt.Fatal(err)
	}
	local, err := time.Parse(time.RFC3339, launch["date_local"].(string))
	if err != nil {
		rt.Fatal(err)
	}
	padding := map[any]string{"hour": "", "day": "T00:00:00.000Z", "month": "-01T00:00:00.000Z"}[launch["date_precision"]]
	if !local.Equal(utc) || float64(utc.Unix()) != launch["date_unix"] || !strings.HasSuffix(launch["date_utc"].(string), padding) {
		rt.Fatalf("dates contradict one another: %v", launch)
	}
	if launch["success"] != nil || len(listOf(launch, "failures")) > 0 {
		rt.Fatalf("upcoming, but with an outcome: %v", launch)
	}
}

// TestRevision_PrecisionOnlyGrows follows every launch from state to state.
func TestRevision_PrecisionOnlyGrows(t *testing.T) {
	server := synthetic(t)
	rank := map[string]int{"month": 0, "day": 1, "hour": 2}
	steps := make(map[string]int)
	type flight struct {
		ID            string `json:"id"`
		DatePrecision string `json:"date_precision"`
		Upcoming      bool   `json:"upcoming"`
		Success       any    `json:"success"`
		Failures      []any  `json:"failures"`
	}
	flights := func() map[string]flight {
		found := make(map[string]flight)
		for _, launch := range decode[[]flight](t, get(t, server, "/v4/launches")) {
			found[launch.ID] = launch
		}
		return found
	}
	before := flights()
	for number := 1; number <= 30; number++ {
		if err := server.SetRevision(number); err != nil {
			t.Fatal(err)
		}
		after := flights()
		for id, launch := range after {
			earlier, known := before[id]
			if !known {
				continue
			}
			from, to := earlier.DatePrecision, launch.DatePrecision
			if rank[to] < rank[from] {
				t.Errorf("revision %d: %s from %v to %v", number, id, from, to)
			}
			if from != to {
				steps[fmt.Sprint(from, " to ", to)]++
			}
			if earlier.Upcoming && !launch.Upcoming {
				steps[fmt.Sprint("flown with success ", launch.Success)]++
				diff(t, "failures of "+id, launch.Success == false, len(launch.Failures) > 0)
			}
		}
		before = after
	}
	for _, step := range []string{"month to day", "day to hour", "flown with success true"} {
		if steps[step] < 5 {
			t.Errorf("%s: %d times", step, steps[step])
		}
	}
	diff(t, "flown with an unknown outcome", 0, steps["flown with success <nil>"])
}

func TestRevision_SomeFail(t *testing.T) {
	server := newServer(t, replay.Options{Count: 2000, Seed: 1})
	failures := func() float64 {
		values, _ := envelope(t, post(t, server, "/v4/launches/query", `{"query":{"success":false},"options":{"limit":1}}`))
		return values["totalDocs"].(float64)
	}
	before := failures()
	if err := server.SetRevision(30); err != nil {
		t.Fatal(err)
	}
	if after := failures(); after <= before {
		t.Errorf("%v failures, and %v thirty revisions later", before, after)
	}
}

// TestRevision_RoutesFollow states that every route shows the same state.
func TestRevision_RoutesFollow(t *testing.T) {
	server := synthetic(t)
	latest := decode[object](t, get(t, server, "/v4/launches/latest"))
	next := decode[object](t, get(t, server, "/v4/launches/next"))
	tag := call(t, server, "HEAD", "/v4/launches", "").Header.Get("Etag")
	if err := server.SetRevision(1); err != nil {
		t.Fatal(err)
	}
	now := decode[object](t, get(t, server, "/v4/launches/latest"))
	diff(t, "the next launch has flown", next["id"], now["id"])
	if latest["id"] == now["id"] {
		t.Error("the latest launch is still the one of revision 0")
	}
	diff(t, "its own page", now, decode[object](t, get(t, server, "/v4/launches/"+now["id"].(string))))
	past := decode[[]object](t, get(t, server, "/v4/launches/past"))
	upcoming := decode[[]object](t, get(t, server, "/v4/launches/upcoming"))
	diff(t, "all", decode[[]object](t, get(t, server, "/v4/launches")), append(past, upcoming...))
	diff(t, "last of the past", now, past[len(past)-1])
	diff(t, "by query", upcoming, docs(t, server, "/v4/launches/query", `{"query":{"upcoming":true},"options":{"limit":500}}`))
	diff(t, "in v5", now["id"], decode[object](t, get(t, server, "/v5/launches/latest"))["id"])
	attempts := 0.0
	for _, pad := range decode[[]object](t, get(t, server, "/v4/launchpads")) {
		attempts += pad["launch_attempts"].(float64)
	}
	diff(t, "launchpads count it", float64(len(past)), attempts)
	diff(t, "the old tag", 200, call(t, server, "HEAD", "/v4/launches", "", "If-None-Match", tag).StatusCode)
	if err := server.SetRevision(0); err != nil {
		t.Fatal(err)
	}
	diff(t, "the old tag and state", 304, call(t, server, "HEAD", "/v4/launches", "", "If-None-Match", tag).StatusCode)
}

func TestRevision_AppearedAndVanished(t *testing.T) {
	server := newServer(t, replay.Options{Seed: 1, Revision: 9})
	first := byID(t, get(t, synthetic(t), "/v4/launches"))
	list := get(t, server, "/v4/launches")
	now := byID(t, list)
	ids := column[string](t, decode[[]object](t, list), "id")
	appeared, vanished := 0, 0
	for position, id := range ids {
		if first[id] == nil {
			appeared++
			if position < len(ids)-appeared-3 {
				t.Errorf("%s appeared at position %d", id, position)
			}
		}
		page := docs(t, server, "/v4/launches/query", fmt.Sprintf(`{"query":{"_id":"%s"}}`, id))
		diff(t, id, 1, len(page))
	}
	for id := range first {
		if now[id] != nil {
			continue
		}
		vanished++
		diff(t, "status of what vanished", 404, call(t, server, "GET", "/v4/launches/"+id, "").StatusCode)
		diff(t, "query for what vanished", 0, len(docs(t, server, "/v4/launches/query", fmt.Sprintf(`{"query":{"_id":{"$in":["%s"]}}}`, id))))
	}
	diff(t, "appeared", 4, appeared)
	diff(t, "vanished", 3, vanished)
}

func TestSetRevision_Refusals(t *testing.T) {
	server := synthetic(t)
	for _, number := range []int{-1, replay.MaxRevision + 1} {
		if err := server.SetRevision(number); liftoff.CategoryOf(err) != liftoff.Usage {
			t.Errorf("revision %d: %v", number, err)
		}
		if _, err := replay.New(replay.Options{Revision: number}); liftoff.CategoryOf(err) != liftoff.Usage {
			t.Errorf("New with revision %d: %v", number, err)
		}
	}
	diff(t, "description", "205 synthetic launches, seed 1", server.Description())
	dir := folder(t, map[string]string{"launches.json": `[{"id":"a","upcoming":false}]`})
	if err := newServer(t, replay.Options{DataDir: dir}).SetRevision(0); err != nil {
		t.Error(err)
	}
	if _, err := replay.New(replay.Options{DataDir: dir, Revision: 1}); liftoff.CategoryOf(err) != liftoff.Usage {
		t.Errorf("captures with a revision: %v", err)
	}
}

// TestSetRevision_WhileServing lets requests and changes of the state run
// into one another; each answer is of one state only.
func TestSetRevision_WhileServing(t *testing.T) {
	opts := replay.Options{Count: 120, Seed: 1} // enough for a cache
	server := newServer(t, opts)
	states := make(map[string]bool)
	for opts.Revision = range 4 {
		states[string(get(t, newServer(t, opts), "/v4/launches"))] = true
	}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 20 {
				if !states[string(get(t, server, "/v4/launches"))] {
					t.Error("an answer is of no state")
				}
			}
		})
	}
	for number := range 40 {
		if err := server.SetRevision(number % 4); err != nil {
			t.Error(err)
		}
	}
	group.Wait()
}
