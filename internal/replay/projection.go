package replay

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// projection is the option select. The zero projection keeps everything.
type projection struct {
	// include tells which of the two kinds of select it is.
	include bool
	fields  fieldTree
	// dropID leaves the id out, which an inclusion otherwise keeps.
	dropID bool
}

// fieldTree is a set of dotted paths; an empty tree is the end of a path.
type fieldTree map[string]fieldTree

func (t fieldTree) add(path []string) {
	child, known := t[path[0]]
	if !known {
		child = fieldTree{}
		t[path[0]] = child
	} else if len(child) == 0 {
		// The whole of it is in already.
		return
	}
	if len(path) > 1 {
		child.add(path[1:])
	} else {
		clear(child)
	}
}

// parseProjection reads the option select: an object of fields and 1 or 0,
// or a string in which a minus means exclusion. Its error is a refusal.
func parseProjection(raw jsontext.Value) (projection, error) {
	names, err := selectedNames(raw)
	if err != nil || len(names) == 0 {
		return projection{}, err
	}
	p := projection{fields: fieldTree{}}
	decided := false
	for _, each := range names {
		path := pathOf(each.name)
		if len(path) > maxDepth {
			return projection{}, badRequest("exceeded depth limit of %d in select", maxDepth)
		}
		if path[0] == "id" && len(path) == 1 {
			p.dropID = !each.include
			if each.include && !decided {
				p.include, decided = true, true
			}
			continue
		}
		if decided && p.include != each.include {
			return projection{}, mixedProjection(each)
		}
		p.include, decided = each.include, true
		p.fields.add(path)
	}
	return p, nil
}

func mixedProjection(each selectedName) error {
	if each.include {
		return badRequest("Cannot do inclusion on field %s in exclusion projection", each.name)
	}
	return badRequest("Cannot do exclusion on field %s in inclusion projection", each.name)
}

type selectedName struct {
	name    string
	include bool
}

func selectedNames(raw jsontext.Value) ([]selectedName, error) {
	if len(raw) == 0 || raw.Kind() == 'n' {
		return nil, nil
	}
	switch raw.Kind() {
	case '"':
		value, err := decodeValue(raw)
		if err != nil {
			return nil, err
		}
		text, _ := value.(string)
		return namesOfText(strings.Fields(text)), nil
	case '{':
		return namesOfObject(raw)
	case '[':
		value, err := decodeValue(raw)
		if err != nil {
			return nil, err
		}
		list, _ := value.([]any)
		var words []string
		for _, each := range list {
			word, _ := each.(string)
			words = append(words, strings.Fields(word)...)
		}
		return namesOfText(words), nil
	default:
		return nil, badRequest("Invalid select() argument. Must be string or object.")
	}
}

func namesOfText(words []string) []selectedName {
	names := make([]selectedName, len(words))
	for i, word := range words {
		name, exclude := strings.CutPrefix(word, "-")
		names[i] = selectedName{strings.TrimPrefix(name, "+"), !exclude}
	}
	return names
}

func namesOfObject(raw jsontext.Value) ([]selectedName, error) {
	fields, err := members(raw)
	if err != nil {
		return nil, err
	}
	names := make([]selectedName, len(fields))
	for i, field := range fields {
		value, err := decodeValue(field.value)
		if err != nil {
			return nil, err
		}
		names[i] = selectedName{field.name, isTruthy(value)}
	}
	return names, nil
}

// addRoots makes an inclusion keep the fields that will be populated.
func (p *projection) addRoots(populate []population) {
	if !p.include {
		return
	}
	for _, each := range populate {
		p.fields.add(each.path)
	}
}

func (p projection) isEmpty() bool { return len(p.fields) == 0 && !p.dropID && !p.include }

// apply returns the document with the fields that the projection keeps, in
// their old order. Its error is a refusal.
func (p projection) apply(doc []byte) ([]byte, error) {
	if p.isEmpty() {
		return doc, nil
	}
	fields, err := members(doc)
	if err != nil {
		return nil, err
	}
	kept, err := p.keep(fields, p.fields)
	if err != nil {
		return nil, err
	}
	// The id stays unless told otherwise, at its old place.
	if p.include && !p.dropID {
		kept = withID(fields, kept)
	}
	if p.dropID {
		kept = slices.DeleteFunc(kept, func(m member) bool { return m.name == "id" })
	}
	return appendObject(nil, kept), nil
}

func withID(fields, kept []member) []member {
	at := 0
	for _, field := range fields {
		if field.name == "id" {
			return slices.Insert(kept, at, field)
		}
		if at < len(kept) && kept[at].name == field.name {
			at++
		}
	}
	return kept
}

// keep returns the members of one object that stay.
func (p projection) keep(fields []member, tree fieldTree) ([]member, error) {
	kept := make([]member, 0, len(fields))
	for _, field := range fields {
		child, named := tree[field.name]
		switch {
		case named && len(child) > 0:
			value, stays, err := p.prune(field.value, child)
			if err != nil {
				return nil, err
			}
			if stays {
				kept = append(kept, member{field.name, value})
			}
		case named == p.include:
			kept = append(kept, field)
		}
	}
	return kept, nil
}

// prune applies a part of the tree to a value. What is neither object nor
// array has none of the fields: an inclusion drops it, an exclusion keeps it.
func (p projection) prune(value jsontext.Value, tree fieldTree) (pruned jsontext.Value, stays bool, err error) {
	switch value.Kind() {
	case '{':
		fields, err := members(value)
		if err != nil {
			return nil, false, err
		}
		kept, err := p.keep(fields, tree)
		return appendObject(nil, kept), true, err
	case '[':
		list, err := elements(value)
		if err != nil {
			return nil, false, err
		}
		kept := make([]jsontext.Value, 0, len(list))
		for _, each := range list {
			pruned, stays, err := p.prune(each, tree)
			if err != nil {
				return nil, false, err
			}
			if stays {
				kept = append(kept, pruned)
			}
		}
		return appendArray(nil, kept), true, nil
	default:
		return value, !p.include, nil
	}
}
