// Package damage damages JSON records, for tests and for `liftoff replay
// --damage`: each kind is a defect that a source has had or may have. Its
// functions are pure: the same kind, record and random numbers give the same
// bytes.
package damage

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"liftoff"
)

// Kind is a way to damage a record, one of Kinds.
type Kind string

// kind describes a Kind.
type kind struct {
	name  Kind
	apply func(record []byte, random *rand.Rand) []byte
	// breaks says that the damaged record may not be valid JSON.
	breaks bool
}

// kinds returns the one table of all kinds.
func kinds() []kind {
	return []kind{
		{"missing-id", without("id"), false},
		{"null-id", set("id", "null"), false},
		{"empty-id", set("id", `""`), false},
		{"number-id", set("id", "12345"), false},
		{"long-id", set("id", `"`+strings.Repeat("5eb87cd9", longID/8)+`"`), false},
		{"path-id", prefixID(`/../`), false},
		{"control-id", prefixID(`\u001b[2J\n`), false},
		{"nul", prefixText("name", `\u0000`), false},
		{"invalid-utf8", prefixText("name", "\xff\xfe"), false},
		{"lone-surrogate", prefixText("name", `\ud800`), false},
		{"duplicate-name", add("name", `"the same name twice"`), false},
		{"huge-number", add("huge", "1e400000"), false},
		{"large-number", add("large", "1e400"), false},
		{"long-integer", add("long", "9007199254740993"), false},
		{"negative-zero", add("zero", "-0"), false},
		{"fraction", set("flight_number", "1.0"), false},
		{"wrong-type", wrongType, false},
		{"drift", drift, false},
		{"missing-field", missingField, false},
		{"unknown-field", add("invented_field", `{"since":"v5"}`), false},
		{"bad-payloads", set("payloads", `"5eb0e4b5b6c3bb0006eeb1e1"`), false},
		{"bad-date", badDate, false},
		{"deep", add("deep", strings.Repeat("[", deep)+strings.Repeat("]", deep)), false},
		{"too-deep", add("deep", strings.Repeat("[", tooDeep)+strings.Repeat("]", tooDeep)), true},
		{"not-an-object", wrapped, false},
		{"truncate", truncate, true},
		{"flip", flip, true},
		{"swap-brackets", swapBrackets, true},
	}
}

const (
	longID = 10 << 10
	// deep is accepted by JSON parsers but perhaps not by a database; tooDeep
	// is refused by parsers.
	deep, tooDeep = 9_000, 20_000
)

// Kinds returns all kinds.
func Kinds() []Kind {
	var names []Kind
	for _, k := range kinds() {
		names = append(names, k.name)
	}
	return names
}

// BreaksJSON reports whether a record with this damage may not be valid JSON.
func (k Kind) BreaksJSON() bool {
	found, _ := k.find()
	return found.breaks
}

func (k Kind) find() (kind, bool) {
	for _, known := range kinds() {
		if known.name == k {
			return known, true
		}
	}
	return kind{}, false
}

// Apply returns a damaged copy of a record, which must be a JSON object without
// surrounding white space. It returns any other record unchanged, and so it does
// for an unknown kind.
func (k Kind) Apply(record []byte, random *rand.Rand) []byte {
	found, ok := k.find()
	if !ok {
		return record
	}
	return found.apply(record, random)
}

// Plan says which records of a list to damage, and how.
type Plan struct {
	Kind Kind
	// Every is 1 for all records, 10 for every tenth.
	Every int
	Seed  uint64
}

// ParsePlan reads KIND, which damages all records, or KIND@N, every Nth.
// Errors are liftoff.Usage.
func ParsePlan(text string) (Plan, error) {
	name, every, hasEvery := strings.Cut(text, "@")
	plan := Plan{Kind: Kind(name), Every: 1}
	if _, ok := plan.Kind.find(); !ok {
		return Plan{}, liftoff.NewError(liftoff.Usage, fmt.Errorf("%q is not a kind of damage", name), "use "+liftoff.Alternatives(Kinds()...))
	}
	if hasEvery {
		number, err := strconv.Atoi(every)
		if err != nil || number < 1 {
			return Plan{}, liftoff.NewError(liftoff.Usage, fmt.Errorf("%q is not a number of records", every), "write, for example, missing-id@205 to damage every 205th record")
		}
		plan.Every = number
	}
	return plan, nil
}

// Record returns the record at a place of the list, counted from 0. Every Nth is
// damaged, always in the same way; the others are unchanged.
func (p Plan) Record(place int, record []byte) []byte {
	if place%p.Every != p.Every-1 {
		return record
	}
	return p.Kind.Apply(record, rand.New(rand.NewPCG(p.Seed, uint64(place))))
}
