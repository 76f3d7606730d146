package replay

// knower is documents that know some of their fields without being rendered.
type knower interface {
	// Field returns a top-level field as it would be decoded. It reports
	// false for a field that only the document tells.
	Field(position int, name string) (value any, known bool)
}

// fieldReader reads some top-level fields of documents.
type fieldReader struct {
	docs    documents
	names   []string
	scratch []byte
}

func newFieldReader(docs documents, names []string) *fieldReader {
	return &fieldReader{docs: docs, names: names}
}

// at returns the fields that the document at the position has.
func (r *fieldReader) at(position int) map[string]any {
	if fields, ok := r.known(position); ok {
		return fields
	}
	r.scratch = r.docs.Doc(position, r.scratch[:0])
	return decodeFields(r.scratch, r.names)
}

func (r *fieldReader) known(position int) (map[string]any, bool) {
	from, ok := r.docs.(knower)
	if !ok {
		return nil, false
	}
	fields := make(map[string]any, len(r.names))
	for _, name := range r.names {
		value, known := from.Field(position, name)
		if !known {
			return nil, false
		}
		fields[name] = value
	}
	return fields, true
}

// Field knows what the documents below the cache know.
func (c *cache) Field(position int, name string) (value any, known bool) {
	if from, ok := c.documents.(knower); ok {
		return from.Field(position, name)
	}
	return nil, false
}

// Field tells the fields by which launches are looked for.
func (s launchSet) Field(position int, name string) (value any, known bool) {
	u, i := s.universe, s.universe.launchAt(position)
	switch name {
	case "id":
		return u.id(kindLaunch, i), true
	case "flight_number":
		return float64(u.flightNumber(i)), true
	case "date_unix":
		return float64(u.unixSeconds(i)), true
	case "date_utc":
		return utcText(u.seconds(i)), true
	case "date_precision":
		return u.precision(i).word(), true
	case "upcoming":
		return position >= u.flown(), true
	case "success":
		return u.success(i, position < u.flown()), true
	case "rocket":
		return u.id(kindRocket, int(u.rocketOf(i))), true
	case "launchpad":
		return u.id(kindPad, int(u.padOf(i))), true
	case "name":
		return u.launchName(i), true
	default:
		return nil, false
	}
}

// success is true, false or nil.
func (u *universe) success(i int, flown bool) any {
	if !flown {
		return nil
	}
	switch kind, _ := u.outcomeOf(i); kind {
	case outcomeSuccess:
		return true
	case outcomeFailure:
		return false
	default:
		return nil
	}
}

// Field tells the ids of payloads.
func (s payloadSet) Field(position int, name string) (value any, known bool) {
	if name != "id" {
		return nil, false
	}
	owner, slot := s.universe.payloadAt(position)
	return string(s.universe.appendID(nil, kindPayload, owner, slot)), true
}
