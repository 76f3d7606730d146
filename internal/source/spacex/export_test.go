package spacex

import (
	"context"
	"iter"

	"liftoff"
)

// IsStorableNumber reports whether JSONB can hold a JSON number.
func IsStorableNumber(number string) bool {
	_, ok := unfold(number)
	return ok
}

// UnfoldedLength returns how long a number is without an exponent, or a little
// less.
func UnfoldedLength(number string) int {
	length, _ := unfold(number)
	return length
}

// WithMaxPages returns o with another bound on the number of pages.
func WithMaxPages(o Options, pages int) Options {
	o.maxPages = pages
	return o
}

// Narrowed is a query narrowed to ids after one, as a walk does that cannot go
// on by offset.
type Narrowed struct {
	liftoff.Query

	After string
}

// filter returns the narrowed query's filter.
func (n Narrowed) filter() filter {
	if n.After == "" {
		return filterOf(n.Query)
	}
	return filterOf(n.Query).after(n.After)
}

// FilterJSON returns the query's filter as the API takes it.
func (n Narrowed) FilterJSON() (string, error) {
	text, err := n.filter().json()
	return string(text), err
}

// FilterOf returns what writes the filter made of a query.
func FilterOf(query liftoff.Query) func() (string, error) {
	made := filterOf(query)
	return func() (string, error) {
		text, err := made.json()
		return string(text), err
	}
}

// LaunchesOf is Launches for a narrowed query.
func (c *Client) LaunchesOf(ctx context.Context, query Narrowed) iter.Seq2[liftoff.Page, error] {
	return c.launches(ctx, query.filter())
}

// launches is where the pages of the tests come from.
var launches = origin{noun: launchNoun, most: mostRecords(250)}

// ReadPage reads a query answer as the client does.
func ReadPage(answer []byte) (liftoff.Page, error) { return export(readPage(answer, launches)) }

// ReadPageLeniently reads it as the client reads long and ambiguous answers.
func ReadPageLeniently(answer []byte) (liftoff.Page, error) {
	return export(readPageAs(answer, launches, lenient))
}

// SalvagePage takes an answer apart that may be no JSON.
func SalvagePage(answer []byte) (liftoff.Page, bool) {
	p, ok := salvagePage(answer, launches)
	exported, _ := export(p, nil)
	return exported, ok
}

func export(p page, err error) (liftoff.Page, error) {
	return found{records: p.records, total: p.total}.page(), err
}
