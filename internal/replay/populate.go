package replay

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// maxPopulated bounds how many ids of one document are replaced; ids beyond
// it stay ids, so that nested populates cannot grow without limit.
const maxPopulated = 5000

// maxPopulateDepth bounds how deeply populates may nest.
const maxPopulateDepth = 5

// population replaces the ids at a path with the documents they stand for.
type population struct {
	path   []string
	target string
	fields projection
	nested []population
}

// references returns which collection the ids at a path of a collection
// stand for.
func references(collection, path string) string {
	switch collection + "." + path {
	case "launches.rocket", "launchpads.rockets":
		return "rockets"
	case "launches.launchpad":
		return "launchpads"
	case "launches.payloads":
		return "payloads"
	case "launches.crew", "launches.crew.crew":
		return "crew"
	case "launches.ships", "launches.fairings.ships":
		return "ships"
	case "launches.capsules", "payloads.dragon.capsule":
		return "capsules"
	case "launches.cores.core":
		return "cores"
	case "launches.cores.landpad":
		return "landpads"
	case "payloads.launch", "starlink.launch", "launchpads.launches", "landpads.launches",
		"cores.launches", "capsules.launches", "crew.launches", "ships.launches":
		return "launches"
	default:
		return ""
	}
}

// parsePopulate reads the option populate: a string of paths, an object
// {path, select, populate}, or a list of either. Its error is a refusal.
func parsePopulate(raw jsontext.Value, collection string, depth int) ([]population, error) {
	if len(raw) == 0 || raw.Kind() == 'n' {
		return nil, nil
	}
	if depth > maxPopulateDepth {
		return nil, badRequest("exceeded depth limit of %d in populate", maxPopulateDepth)
	}
	switch raw.Kind() {
	case '"':
		value, err := decodeValue(raw)
		if err != nil {
			return nil, err
		}
		text, _ := value.(string)
		return populationsOf(text, collection, rawPopulate{}, depth)
	case '{':
		return parsePopulateObject(raw, collection, depth)
	case '[':
		list, err := elements(raw)
		if err != nil {
			return nil, err
		}
		var found []population
		for _, each := range list {
			more, err := parsePopulate(each, collection, depth)
			if err != nil {
				return nil, err
			}
			found = append(found, more...)
		}
		return found, nil
	default:
		return nil, badRequest("Invalid populate() argument. Must be string, object or array.")
	}
}

// rawPopulate is what goes with a path to populate.
type rawPopulate struct {
	path, fields, nested jsontext.Value
}

func parsePopulateObject(raw jsontext.Value, collection string, depth int) ([]population, error) {
	fields, err := members(raw)
	if err != nil {
		return nil, err
	}
	var with rawPopulate
	for _, field := range fields {
		switch field.name {
		case "path":
			with.path = field.value
		case "select":
			with.fields = field.value
		case "populate":
			with.nested = field.value
		default:
			return nil, badRequest("populate with %q is not supported by the replay", field.name)
		}
	}
	if len(with.path) == 0 || with.path.Kind() != '"' {
		return nil, badRequest("utils.populate: invalid path. Expected string. Got typeof `%s`", with.path)
	}
	value, err := decodeValue(with.path)
	if err != nil {
		return nil, err
	}
	text, _ := value.(string)
	return populationsOf(text, collection, with, depth)
}

// populationsOf returns one population for each path of the text that leads
// to ids; like Mongoose it passes over all others.
func populationsOf(text, collection string, with rawPopulate, depth int) ([]population, error) {
	fields, err := parseProjection(with.fields)
	if err != nil {
		return nil, err
	}
	var found []population
	for path := range strings.FieldsSeq(text) {
		target := references(collection, path)
		if target == "" {
			continue
		}
		nested, err := parsePopulate(with.nested, target, depth+1)
		if err != nil {
			return nil, err
		}
		each := population{path: pathOf(path), target: target, fields: fields, nested: nested}
		each.fields.addRoots(nested)
		found = append(found, each)
	}
	return found, nil
}

// populator replaces ids in one document.
type populator struct {
	related map[string]*collection
	budget  *int
}

// populateAll returns the document with all populations applied. Its error
// is a refusal.
func populateAll(doc []byte, all []population, by populator) ([]byte, error) {
	for _, each := range all {
		target := by.related[each.target]
		// Without the other collection the ids are all there is to give.
		if target == nil {
			continue
		}
		var err error
		if doc, err = by.replace(doc, each.path, each); err != nil {
			return nil, err
		}
	}
	return doc, nil
}

// replace rewrites the value that the rest of a path leads to.
func (by populator) replace(value jsontext.Value, path []string, what population) (jsontext.Value, error) {
	switch {
	case value.Kind() == '[':
		return by.replaceEach(value, path, what)
	case value.Kind() == '{' && len(path) > 0:
		return by.replaceIn(value, path, what)
	case value.Kind() == '{':
		// Crew of the v5 shape: {"crew": id, "role": text}.
		return by.replaceIn(value, what.path[len(what.path)-1:], what)
	case value.Kind() == '"' && len(path) == 0, value.Kind() == '"' && what.target == "crew":
		return by.lookUp(value, what)
	default:
		return value, nil
	}
}

func (by populator) replaceIn(object jsontext.Value, path []string, what population) (jsontext.Value, error) {
	fields, err := members(object)
	if err != nil {
		return nil, err
	}
	for i, field := range fields {
		if field.name != path[0] {
			continue
		}
		if fields[i].value, err = by.replace(field.value, path[1:], what); err != nil {
			return nil, err
		}
	}
	return appendObject(nil, fields), nil
}

// replaceEach populates the elements of an array; ids without a document are
// dropped from it, as Mongoose does.
func (by populator) replaceEach(list jsontext.Value, path []string, what population) (jsontext.Value, error) {
	old, err := elements(list)
	if err != nil {
		return nil, err
	}
	replaced := make([]jsontext.Value, 0, len(old))
	for _, each := range old {
		value, err := by.replace(each, path, what)
		if err != nil {
			return nil, err
		}
		if each.Kind() == '"' && value.Kind() == 'n' {
			continue
		}
		replaced = append(replaced, value)
	}
	return appendArray(nil, replaced), nil
}

// lookUp returns the document that an id stands for, or null.
func (by populator) lookUp(id jsontext.Value, what population) (jsontext.Value, error) {
	if *by.budget <= 0 {
		return id, nil
	}
	*by.budget--
	value, err := decodeValue(id)
	if err != nil {
		return nil, err
	}
	text, _ := value.(string)
	docs := by.related[what.target].docs
	position, found := docs.Find(text)
	if !found {
		return jsontext.Value("null"), nil
	}
	doc, err := what.fields.apply(docs.Doc(position, nil))
	if err != nil {
		return nil, err
	}
	return populateAll(doc, what.nested, by)
}
