package damage_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"liftoff"
	"liftoff/internal/replay/damage"
)

const record = `{"name":"Demo","id":"5eb87cd9ffd86e000604b32a","flight_number":1,"success":true,"date_utc":"2006-03-24T22:30:00.000Z",` +
	`"date_precision":"hour","upcoming":false,"rocket":"r","launchpad":"p","payloads":["a"],"cores":[{"core":"c"}]}`

func random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }

func TestApply_EachKindDamagesAlwaysInTheSameWay(t *testing.T) {
	t.Parallel()
	for _, kind := range damage.Kinds() {
		for seed := range uint64(50) {
			before := []byte(record)
			damaged := kind.Apply(before, random(seed))
			if string(before) != record {
				t.Fatalf("%s changes the record that it is given", kind)
			}
			if bytes.Equal(damaged, before) || len(damaged) == 0 {
				t.Errorf("%s with seed %d gives %q", kind, seed, damaged)
			}
			if again := kind.Apply(before, random(seed)); !bytes.Equal(again, damaged) {
				t.Errorf("%s with seed %d gives %q, then %q", kind, seed, damaged, again)
			}
			if !kind.BreaksJSON() && !json.Valid(damaged) {
				t.Errorf("%s gives no JSON: %q", kind, damaged)
			}
		}
	}
}

func TestApply_AcceptsOtherThanObjects(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "null", "[1]", "{"} {
		for _, kind := range damage.Kinds() {
			_ = kind.Apply([]byte(text), random(1)) // it must not panic
		}
	}
	if got := damage.Kind("none").Apply([]byte(record), nil); string(got) != record {
		t.Errorf("an unknown kind gives %q", got)
	}
}

func TestPlan_DamagesEveryNth(t *testing.T) {
	t.Parallel()
	plan, err := damage.ParsePlan("missing-id@5")
	if err != nil {
		t.Fatal(err)
	}
	for place := range 20 {
		got := string(plan.Record(place, []byte(record)))
		if isDamaged := !strings.Contains(got, `"id"`); isDamaged != (place%5 == 4) {
			t.Errorf("record %d is damaged: %t", place, isDamaged)
		}
	}
	if plan, err := damage.ParsePlan("flip"); err != nil || plan.Every != 1 {
		t.Errorf("without a number it is %+v, %v", plan, err)
	}
}

func TestParsePlan_RefusesInvalidPlans(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "melt", "flip@", "flip@0", "flip@-1", "flip@x", "@5"} {
		if _, err := damage.ParsePlan(text); liftoff.CategoryOf(err) != liftoff.Usage {
			t.Errorf("%q: %v, want a usage error", text, err)
		}
	}
}

// FuzzApply looks for records on which a way to damage them breaks.
func FuzzApply(f *testing.F) {
	f.Add([]byte(record), uint64(1))
	f.Add([]byte(`{"id":null,"id":{}}`), uint64(2))
	f.Add([]byte("{\"\xff\":\"\\ud800\"}"), uint64(3))
	f.Fuzz(func(t *testing.T, record []byte, seed uint64) {
		before := bytes.Clone(record)
		for _, kind := range damage.Kinds() {
			_ = kind.Apply(record, random(seed))
		}
		if !bytes.Equal(before, record) {
			t.Error("the record was written to")
		}
	})
}
