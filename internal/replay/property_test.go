package replay_test

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"liftoff/internal/replay"
)

// TestSynthetic_AnyCountAndSeed states what holds for every set of launches. Sets
// of up to 40 have launches with none, one, two and three payloads.
func TestSynthetic_AnyCountAndSeed(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		opts := replay.Options{Count: rapid.IntRange(1, 40).Draw(rt, "count"), Seed: rapid.Uint64().Draw(rt, "seed")}
		server := newServer(t, opts)
		list := get(t, server, "/v4/launches")
		again := get(t, newServer(t, opts), "/v4/launches")
		if !bytes.Equal(list, again) {
			rt.Fatal("the same seed and count gave other bytes")
		}
		launches := decode[[]object](t, list)
		if len(launches) != opts.Count {
			rt.Fatalf("%d launches", len(launches))
		}
		checkOrders(rt, launches)
		checkReferences(t, rt, server, launches)
	})
}

// checkOrders states that id, flight number and both dates ascend together.
func checkOrders(rt *rapid.T, launches []object) {
	for i := 1; i < len(launches); i++ {
		before, after := launches[i-1], launches[i]
		if before["id"].(string) >= after["id"].(string) ||
			before["date_utc"].(string) > after["date_utc"].(string) ||
			before["date_unix"].(float64) > after["date_unix"].(float64) ||
			before["flight_number"].(float64) > after["flight_number"].(float64) ||
			(before["upcoming"] == true && after["upcoming"] == false) {
			rt.Fatalf("launches %d and %d do not ascend:\n%v\n%v", i-1, i, before, after)
		}
	}
}

// checkReferences states that every id a launch gives leads to a document.
func checkReferences(t *testing.T, rt *rapid.T, server *replay.Server, launches []object) {
	ids := make(map[any]bool)
	for _, path := range []string{"/v4/payloads", "/v4/rockets", "/v4/launchpads", "/v4/launches"} {
		for _, id := range idsOf(t, get(t, server, path)) {
			if ids[id] {
				rt.Fatalf("id %v twice", id)
			}
			ids[id] = true
			if one := decode[identified](t, get(t, server, path+"/"+id)); one.ID != id {
				rt.Fatalf("%s/%v gives %v", path, id, one.ID)
			}
		}
	}
	for _, launch := range launches {
		for _, id := range append(listOf(launch, "payloads"), launch["rocket"], launch["launchpad"]) {
			if !ids[id] {
				rt.Fatalf("id %v leads nowhere", id)
			}
		}
	}
}

func TestSpread_DealsExactShares(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		size := rapid.IntRange(1, 3000).Draw(rt, "size")
		weights := rapid.SliceOfN(rapid.IntRange(0, 50), 1, 6).Draw(rt, "weights")
		weights[0]++
		total := 0
		for _, weight := range weights {
			total += weight
		}
		dealt := make([]int, len(weights))
		for _, category := range replay.Spread(size, rapid.Uint64().Draw(rt, "seed"), weights...) {
			dealt[category]++
		}
		for k, weight := range weights {
			if off := float64(dealt[k]) - float64(size*weight)/float64(total); off < -1 || off > 1 {
				rt.Fatalf("category %d of %v got %d of %d", k, weights, dealt[k], size)
			}
		}
	})
}

// TestQuery_AnyPage compares every way of paging with slices of the list.
func TestQuery_AnyPage(t *testing.T) {
	server := newServer(t, replay.Options{Count: 120, Seed: 1}) // enough for a cache
	ids := idsOf(t, get(t, server, "/v4/launches"))
	rapid.Check(t, func(rt *rapid.T) {
		limit := rapid.IntRange(1, 150).Draw(rt, "limit")
		number := rapid.IntRange(1, 30).Draw(rt, "number")
		skip, option := (number-1)*limit, "page"
		if rapid.Bool().Draw(rt, "by offset") {
			skip, option = number, "offset"
		}
		descending := rapid.Bool().Draw(rt, "descending")
		want := slices.Clone(ids)
		direction := "asc"
		if descending {
			slices.Reverse(want)
			direction = "desc"
		}
		want = want[min(skip, len(want)):min(skip+limit, len(want))]
		body := post(t, server, "/v4/launches/query",
			fmt.Sprintf(`{"options":{"limit":%d,"%s":%d,"sort":{"_id":"%s"}}}`, limit, option, number, direction))
		if got := idsOf(t, decode[page](t, body).Docs); !slices.Equal(want, got) {
			rt.Fatalf("ids %v, want %v", got, want)
		}
	})
}

// TestQuery_AnySort compares sorts by any field with a sort of the list.
func TestQuery_AnySort(t *testing.T) {
	server := newServer(t, replay.Options{Count: 50, Seed: 1})
	launches := decode[[]object](t, get(t, server, "/v4/launches"))
	for _, field := range []string{"name", "rocket", "date_precision", "flight_number", "date_unix", "launchpad", "id"} {
		for direction, sign := range map[string]int{"asc": 1, "desc": -1} {
			want := slices.Clone(launches)
			// Ties of a field that ascends with the list are reversed with it.
			if sign < 0 && slices.Contains([]string{"flight_number", "date_unix", "id"}, field) {
				slices.Reverse(want)
			}
			slices.SortStableFunc(want, func(a, b object) int { return sign * compareValues(a[field], b[field]) })
			found := docs(t, server, "/v4/launches/query",
				fmt.Sprintf(`{"options":{"limit":50,"sort":{"%s":"%s"}}}`, field, direction))
			diff(t, field+" "+direction, column[string](t, want, "id"), column[string](t, found, "id"))
		}
	}
}

func compareValues(a, b any) int {
	if number, ok := a.(float64); ok {
		return cmp.Compare(number, b.(float64))
	}
	return cmp.Compare(a.(string), b.(string))
}
