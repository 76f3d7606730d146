package replay

import (
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// encoder builds one JSON document. Its methods append a member's name with
// the comma before it, or a value.
type encoder struct {
	dst []byte
	// fresh is true after an opening bracket, where no comma may follow.
	fresh bool
}

func (e *encoder) open(bracket byte) *encoder {
	e.dst = append(e.dst, bracket)
	e.fresh = true
	return e
}

func (e *encoder) shut(bracket byte) {
	e.dst = append(e.dst, bracket)
	e.fresh = false
}

// comma separates from what came before.
func (e *encoder) comma() *encoder {
	if !e.fresh {
		e.dst = append(e.dst, ',')
	}
	e.fresh = false
	return e
}

// name appends a member's name, which needs no escaping.
func (e *encoder) name(name string) *encoder {
	e.comma()
	e.dst = append(append(append(e.dst, '"'), name...), '"', ':')
	return e
}

func (e *encoder) null()              { e.dst = append(e.dst, "null"...) }
func (e *encoder) number(value int64) { e.dst = strconv.AppendInt(e.dst, value, 10) }
func (e *encoder) boolean(value bool) { e.dst = strconv.AppendBool(e.dst, value) }

// maybe appends a boolean, or null unless it is known.
func (e *encoder) maybe(known, value bool) { e.optional(known, func() { e.boolean(value) }) }

// text appends a text. The only error is for invalid UTF-8, which is replaced.
func (e *encoder) text(value string) { e.dst, _ = jsontext.AppendQuote(e.dst, value) }

// optional appends a value, or null if the document has none.
func (e *encoder) optional(exists bool, value func()) {
	if exists {
		value()
	} else {
		e.null()
	}
}

// plain appends a text that needs no escaping, in parts.
func (e *encoder) plain(parts ...string) {
	e.dst = append(e.dst, '"')
	for _, part := range parts {
		e.dst = append(e.dst, part...)
	}
	e.dst = append(e.dst, '"')
}

// tenths appends a number of tenths, without a fraction where it is whole.
func (e *encoder) tenths(value int64) {
	e.number(value / 10)
	if value%10 != 0 {
		e.dst = append(e.dst, '.', byte('0'+value%10))
	}
}

// utc appends a time as the API writes it: 2006-01-02T15:04:05.000Z.
func (e *encoder) utc(seconds int64) {
	e.dst = append(e.dst, '"')
	e.dst = time.Unix(seconds, 0).UTC().AppendFormat(e.dst, utcLayout)
	e.dst = append(e.dst, '"')
}

const utcLayout = "2006-01-02T15:04:05.000Z"

func utcText(seconds int64) string { return time.Unix(seconds, 0).UTC().Format(utcLayout) }

// id appends an id of the kind.
func (e *encoder) id(u *universe, kind byte, number, slot int) {
	e.dst = append(e.dst, '"')
	e.dst = u.appendID(e.dst, kind, number, slot)
	e.dst = append(e.dst, '"')
}
