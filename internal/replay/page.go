package replay

import (
	"fmt"
	"strconv"
)

// paging is which part of the documents found a query wants.
type paging struct {
	limit  int
	offset int
	page   int
	// hasOffset is false only when page was given without offset.
	hasOffset bool
}

const defaultLimit = 10

// newPaging returns the paging for the options of a query; nil is an option
// that was not given. Its error is a refusal.
func newPaging(limit, offset, page *int32) (paging, error) {
	p := paging{limit: defaultLimit, hasOffset: true}
	if limit != nil {
		p.limit = max(int(*limit), 0)
	}
	switch {
	case offset != nil && *offset < 0:
		return paging{}, badRequest("Skip value must be non-negative, but received: %d", *offset)
	case offset != nil:
		p.offset = int(*offset)
	case page != nil:
		p.page, p.hasOffset = max(int(*page), 1), false
	}
	return p, nil
}

// cut returns the ranks of the page in a selection of this many documents.
func (p paging) cut(total int) (from, to int) {
	skip := p.offset
	if !p.hasOffset {
		skip = (p.page - 1) * p.limit
	}
	from = min(skip, total)
	return from, min(from+p.limit, total)
}

// envelope returns what follows the documents of a page, in the order in
// which mongoose-paginate writes it.
func (p paging) envelope(total int) string {
	pages, page := max(1, ceilOf(total, p.limit)), max(p.page, 1)
	offset := ""
	if p.hasOffset {
		offset = fmt.Sprintf(`"offset":%d,`, p.offset)
		page = ceilOf(p.offset+1, p.limit)
	}
	previous, next := 0, 0
	counter := (page-1)*p.limit + 1
	if p.limit == 0 {
		pages, page, counter = 1, 1, 1
	} else {
		previous, next = p.neighbours(page, pages)
	}
	return fmt.Sprintf(`"totalDocs":%d,%s"limit":%d,"totalPages":%d,"page":%d,"pagingCounter":%d,`+
		`"hasPrevPage":%t,"hasNextPage":%t,"prevPage":%s,"nextPage":%s`,
		total, offset, p.limit, pages, page, counter, previous > 0, next > 0, orNull(previous), orNull(next))
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
