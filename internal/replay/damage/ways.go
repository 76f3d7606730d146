package damage

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
)

// change is a way to damage a record.
type change = func(record []byte, random *rand.Rand) []byte

// set changes the value of a member.
func set(name, value string) change {
	return func(record []byte, _ *rand.Rand) []byte { return withMember(record, name, value) }
}

// add adds a member at the end, even if one of that name exists.
func add(name, value string) change {
	return func(record []byte, _ *rand.Rand) []byte {
		members := membersOf(record)
		if members == nil {
			return record
		}
		return join(append(members, member{`"` + name + `"`, value}))
	}
}

// without removes a member.
func without(name string) change {
	return func(record []byte, _ *rand.Rand) []byte {
		members := membersOf(record)
		at := find(members, name)
		if at < 0 {
			return record
		}
		return join(slices.Delete(members, at, at+1))
	}
}

// prefixText puts a prefix before the text of a member.
func prefixText(name, prefix string) change {
	return func(record []byte, _ *rand.Rand) []byte {
		text := strings.Trim(valueOf(record, name), `"`)
		return withMember(record, name, `"`+prefix+text+`"`)
	}
}

// prefixID is prefixText for the id.
func prefixID(prefix string) change { return prefixText("id", prefix) }

// contract lists the fields that the program reads.
func contract() []string {
	return []string{"name", "flight_number", "date_utc", "date_precision", "upcoming", "success", "rocket", "launchpad"}
}

// wrongType gives one of these fields a value of another type.
func wrongType(record []byte, random *rand.Rand) []byte {
	values := []string{`{}`, `[]`, `[1]`}
	return withMember(record, contract()[random.IntN(len(contract()))], values[random.IntN(len(values))])
}

// missingField removes one of these fields.
func missingField(record []byte, random *rand.Rand) []byte {
	return without(contract()[random.IntN(len(contract()))])(record, random)
}

// drift is what a new version of an API may do to every record: success becomes
// a word.
func drift(record []byte, _ *rand.Rand) []byte {
	word := `"unknown"`
	switch valueOf(record, "success") {
	case "true":
		word = `"successful"`
	case "false":
		word = `"failed"`
	}
	return withMember(record, "success", word)
}

// badDate gives a date that is invalid or that few programs accept.
func badDate(record []byte, random *rand.Rand) []byte {
	dates := []string{
		"2020-01-31T12:00:00", "2020-01-31T24:00:00.000Z", "0000-01-01T00:00:00.000Z", "10000-01-01T00:00:00.000Z",
		"2016-12-31T23:59:60.000Z", "2021-02-30T00:00:00.000Z", "31.01.2020", "", "infinity", "now",
	}
	return withMember(record, "date_utc", `"`+dates[random.IntN(len(dates))]+`"`)
}

// wrapped makes the record the only element of a list.
func wrapped(record []byte, _ *rand.Rand) []byte {
	return slices.Concat([]byte("["), record, []byte("]"))
}

// truncate cuts the record off at a random place, but never to nothing.
func truncate(record []byte, random *rand.Rand) []byte {
	if len(record) < 2 {
		return record
	}
	return bytes.Clone(record[:1+random.IntN(len(record)-1)])
}

// flip changes one bit of the record.
func flip(record []byte, random *rand.Rand) []byte {
	flipped := bytes.Clone(record)
	if len(flipped) > 0 {
		flipped[random.IntN(len(flipped))] ^= 1 << random.IntN(8)
	}
	return flipped
}

// swapBrackets replaces one bracket by one of the other kind.
func swapBrackets(record []byte, random *rand.Rand) []byte {
	var places []int
	for i, c := range record {
		if strings.IndexByte("{}[]", c) >= 0 {
			places = append(places, i)
		}
	}
	if len(places) == 0 {
		return record
	}
	swapped := bytes.Clone(record)
	at := places[random.IntN(len(places))]
	swapped[at] = map[byte]byte{'{': '[', '}': ']', '[': '{', ']': '}'}[swapped[at]]
	return swapped
}
