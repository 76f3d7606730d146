package replay

// For tests of what the API does not show by itself.

// Spread deals size members and returns the category of each.
func Spread(size int, seed uint64, weights ...int) []int {
	s := newSpread(size, seed, weights...)
	dealt := make([]int, size)
	for member := range dealt {
		dealt[member], _ = s.category(member)
	}
	return dealt
}

// MatchFilter parses a filter and applies it to a document.
func MatchFilter(filter, doc []byte) (bool, error) {
	parsed, err := parseFilter(filter, 0)
	if err != nil {
		return false, err
	}
	return parsed.matches(decodeFields(doc, parsed.fields())), nil
}

// QueryDocument applies the options of a query to one document.
func QueryDocument(body, doc []byte) ([]byte, error) {
	docs := newCaptured()
	docs.add(doc)
	all := newCatalogue(map[string]documents{"launches": docs}, docs)
	q, err := parseQuery(body, all.v5)
	if err != nil {
		return nil, err
	}
	return q.shape(doc, all.v4)
}
