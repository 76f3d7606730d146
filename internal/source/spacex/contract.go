package spacex

import "github.com/go-json-experiment/json/jsontext"

// term is a field that this program's views and queries read, and the types
// that the API v4 gives it. Identifiers may also be populated objects.
type term struct {
	name  string
	kinds string
}

// The first bytes of the types: a string, a number, true or false, null, an
// array, an object.
const (
	text    = `"`
	number  = `-0123456789`
	boolean = `tf`
	null    = `n`
	array   = `[`
	object  = `{`
)

// terms returns the contract. It is short on purpose: a field that nothing
// here reads may change as it likes.
func terms() [9]term {
	return [9]term{
		{"name", text},
		{"flight_number", number},
		{"date_utc", text},
		{"date_precision", text},
		{"upcoming", boolean},
		{"success", boolean + null},
		{"rocket", text + object + null},
		{"launchpad", text + object + null},
		{"payloads", array},
	}
}

// contract notes what one document has of the contract: the first byte of
// each field, 0 for one that is missing.
type contract [9]byte

// note takes down a field and the first byte of its value.
func (c *contract) note(name string, first byte) {
	switch name {
	case "name":
		c[0] = first
	case "flight_number":
		c[1] = first
	case "date_utc":
		c[2] = first
	case "date_precision":
		c[3] = first
	case "upcoming":
		c[4] = first
	case "success":
		c[5] = first
	case "rocket":
		c[6] = first
	case "launchpad":
		c[7] = first
	case "payloads":
		c[8] = first
	}
}

// drift names the fields that are missing or of another type; nil for none.
func (c *contract) drift() []string {
	var found []string
	for i, term := range terms() {
		switch first := c[i]; {
		case first == 0:
			found = append(found, term.name+" is missing")
		case !contains(term.kinds, first):
			found = append(found, term.name+" is "+kindName(jsontext.Value{first}.Kind()))
		}
	}
	return found
}

func contains(kinds string, first byte) bool {
	for i := range len(kinds) {
		if kinds[i] == first {
			return true
		}
	}
	return false
}
