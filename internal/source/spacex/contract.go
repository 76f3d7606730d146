package spacex

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// term is a field that this program's views and queries read, and the types
// that the API v4 gives it. Identifiers may also be populated objects.
type term struct {
	name  string
	kinds string
	// seen is the first byte of the field's value in a document; 0 if it has none.
	seen byte
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

// contract is what a launch should have, and what one document has of it. It is
// short on purpose: a field that nothing here reads may change freely.
type contract [9]term

func newContract() contract {
	return contract{
		{name: "name", kinds: text},
		{name: "flight_number", kinds: number},
		{name: "date_utc", kinds: text},
		{name: "date_precision", kinds: text},
		{name: "upcoming", kinds: boolean},
		{name: "success", kinds: boolean + null},
		{name: "rocket", kinds: text + object + null},
		{name: "launchpad", kinds: text + object + null},
		{name: "payloads", kinds: array},
	}
}

// note takes a field of the document and the first byte of its value.
func (c *contract) note(name []byte, first byte) {
	for i := range c {
		if string(name) == c[i].name {
			c[i].seen = first
			return
		}
	}
}

// drift names the fields that are missing or of another type; nil for none.
func (c *contract) drift() []string {
	var found []string
	for _, term := range c {
		switch {
		case term.seen == 0:
			found = append(found, term.name+" is missing")
		case strings.IndexByte(term.kinds, term.seen) < 0:
			found = append(found, term.name+" is "+kindName(jsontext.Value{term.seen}.Kind()))
		}
	}
	return found
}
