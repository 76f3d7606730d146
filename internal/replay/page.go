package replay

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// paging is which part of the documents found a query wants.
type paging struct {
	limit  int
	offset int
	page   int
	// hasOffset is false only when page was given without offset.
	hasOffset bool
	// all is the option pagination:false.
	all bool
}

const defaultLimit = 10

func parsePaging(options rawOptions) (paging, error) {
	p := paging{limit: defaultLimit, hasOffset: true}
	if len(options.Pagination) > 0 {
		wanted, err := decodeValue(options.Pagination)
		if err != nil {
			return paging{}, err
		}
		p.all = !isTruthy(wanted)
	}
	if len(options.Limit) > 0 && !p.all {
		limit, ok := leadingInt(options.Limit)
		if !ok || limit < 0 {
			limit = 0
		}
		p.limit = limit
	}
	switch {
	case len(options.Offset) > 0:
		offset, ok := leadingInt(options.Offset)
		if !ok || offset < 0 {
			return paging{}, badRequest("Skip value must be non-negative, but received: %s", options.Offset)
		}
		p.offset = offset
	case len(options.Page) > 0:
		page, ok := leadingInt(options.Page)
		if !ok {
			return paging{}, badRequest("Cast to number failed for the page %s", options.Page)
		}
		p.page, p.hasOffset = max(page, 1), false
	}
	return p, nil
}

// leadingInt reads a number as JavaScript's parseInt does: from a number or a
// text, as far as there are digits.
func leadingInt(raw jsontext.Value) (int, bool) {
	text := strings.TrimSpace(strings.Trim(string(raw), `"`))
	end := 0
	for end < len(text) && (text[end] >= '0' && text[end] <= '9' || end == 0 && text[end] == '-') {
		end++
	}
	number, err := strconv.Atoi(text[:end])
	return number, err == nil && number <= math.MaxInt32
}

// skip is the number of documents before the page.
func (p paging) skip() int {
	if p.hasOffset {
		return p.offset
	}
	return (p.page - 1) * p.limit
}

// cut returns the ranks of the page in a selection of so many documents.
func (p paging) cut(total int) (from, to int) {
	if p.all {
		return 0, total
	}
	from = min(p.skip(), total)
	return from, min(from+p.limit, total)
}

// envelope returns what follows the documents of a page, in the order in
// which mongoose-paginate writes it.
func (p paging) envelope(total int) string {
	limit, pages, page := p.limit, max(1, ceilOf(total, p.limit)), max(p.page, 1)
	offset := ""
	if p.hasOffset {
		offset = fmt.Sprintf(`"offset":%d,`, p.offset)
		page = ceilOf(p.offset+1, p.limit)
	}
	previous, next := 0, 0
	counter := (page-1)*p.limit + 1
	switch {
	case p.all:
		limit, pages = total, 1
	case p.limit == 0:
		pages, page, counter = 1, 1, 1
	default:
		previous, next = p.neighbours(page, pages)
	}
	return fmt.Sprintf(`"totalDocs":%d,%s"limit":%d,"totalPages":%d,"page":%d,"pagingCounter":%d,`+
		`"hasPrevPage":%t,"hasNextPage":%t,"prevPage":%s,"nextPage":%s`,
		total, offset, limit, pages, page, counter, previous > 0, next > 0, orNull(previous), orNull(next))
}

// neighbours returns the pages before and after, 0 when there is none.
func (p paging) neighbours(page, pages int) (previous, next int) {
	if page > 1 {
		previous = page - 1
	} else if p.hasOffset && p.offset != 0 {
		previous = 1
	}
	if page < pages {
		next = page + 1
	}
	return previous, next
}

func ceilOf(number, divisor int) int {
	if divisor == 0 {
		return 1
	}
	return (number + divisor - 1) / divisor
}

func orNull(page int) string {
	if page == 0 {
		return "null"
	}
	return strconv.Itoa(page)
}

// writePage sends a page of the documents found, in its envelope.
func (c *collection) writePage(ctx context.Context, out *reply, q query, found selection) error {
	from, to := q.page.cut(found.len())
	page := listing{
		head: `{"docs":[`, tail: "]," + q.page.envelope(found.len()) + "}",
		found: found, from: from, to: to,
	}
	if q.isShaped() {
		page.shape = func(doc []byte) ([]byte, error) { return q.shape(doc, c.related) }
	}
	return page.writeTo(ctx, out, c.sent())
}
