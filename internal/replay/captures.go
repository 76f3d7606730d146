package replay

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// captureFile is one file of a folder of captures.
type captureFile struct {
	path string
	// collection and isV5 are told by the file's name.
	collection string
	isV5       bool
	// isPlain marks the file that is named just like its collection.
	isPlain bool
	docs    []jsontext.Value
	// isList is true for an array, false for a record or an envelope.
	isList bool
}

// setKey names a collection in one of its shapes.
type setKey struct {
	collection string
	isV5       bool
}

// loadCaptures reads a folder of captures, and bodies/ in it. The error
// names the path and, for broken JSON, the line.
func loadCaptures(dir string, logger *slog.Logger) (catalogue, error) {
	paths, err := capturePaths(dir)
	if err != nil {
		return catalogue{}, err
	}
	files := make(map[setKey][]captureFile)
	for _, path := range paths {
		file, ok := nameCapture(path)
		if !ok {
			logger.Debug("capture ignored: its name tells no collection", "path", path)
			continue
		}
		if err := file.read(); err != nil {
			return catalogue{}, err
		}
		key := setKey{file.collection, file.isV5}
		files[key] = append(files[key], file)
	}
	return catalogueOf(dir, files)
}

func capturePaths(dir string) ([]string, error) {
	if info, err := os.Stat(dir); err != nil {
		return nil, fmt.Errorf("read captures: %w", err)
	} else if !info.IsDir() {
		return nil, fmt.Errorf("read captures: %s is not a folder", dir)
	}
	var paths []string
	for _, folder := range []string{dir, filepath.Join(dir, "bodies")} {
		entries, err := os.ReadDir(folder)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read captures: %w", err)
		}
		for _, entry := range entries {
			if !entry.IsDir() && filepath.Ext(entry.Name()) == ".json" {
				paths = append(paths, filepath.Join(folder, entry.Name()))
			}
		}
	}
	return paths, nil
}

// nameCapture tells the collection from a file's name: the first word in it
// that is one, in singular or plural.
func nameCapture(path string) (captureFile, bool) {
	stem := strings.TrimSuffix(filepath.Base(path), ".json")
	words := strings.FieldsFunc(strings.ToLower(stem), func(r rune) bool {
		return r == '_' || r == '-' || r == '.' || r == ' '
	})
	for i, word := range words {
		name, ok := collectionOf(word)
		if !ok {
			continue
		}
		file := captureFile{path: path, collection: name}
		file.isV5 = name == "launches" && slices.Contains(words, "v5")
		others := slices.DeleteFunc(slices.Delete(words, i, i+1), isVersion)
		file.isPlain = len(others) == 0
		return file, true
	}
	return captureFile{}, false
}

func isVersion(word string) bool { return word == "v4" || word == "v5" }

// collectionOf returns the collection that a word of a file's name means.
func collectionOf(word string) (string, bool) {
	for _, name := range collectionNames() {
		if word == name || word+"s" == name || word+"es" == name || word == name+"s" {
			return name, true
		}
	}
	return "", false
}

// read splits the file into documents.
func (f *captureFile) read() error {
	content, err := os.ReadFile(f.path)
	if err != nil {
		return fmt.Errorf("read capture: %w", err)
	}
	value := jsontext.Value(content)
	if err := checkJSON(content); err != nil {
		return fmt.Errorf("read capture %s: %w", f.path, err)
	}
	switch value.Kind() {
	case '[':
		f.isList = true
		f.docs, err = elements(value)
	case '{':
		f.docs, err = recordsOf(value)
	}
	if err != nil {
		return fmt.Errorf("read capture %s: %w", f.path, err)
	}
	f.docs = slices.DeleteFunc(f.docs, func(doc jsontext.Value) bool { return doc.Kind() != '{' })
	return nil
}

// checkJSON returns an error that names the line of the first fault, which
// may be that there is more than one value.
func checkJSON(content []byte) error {
	decoder := jsontext.NewDecoder(bytes.NewBuffer(content), lenient())
	_, err := decoder.ReadValue()
	if err == nil {
		end := decoder.InputOffset()
		rest := bytes.TrimLeft(content[end:], " \t\r\n")
		if len(rest) == 0 {
			return nil
		}
		line := 1 + bytes.Count(content[:len(content)-len(rest)], []byte("\n"))
		return fmt.Errorf("line %d: more text after the end of the JSON", line)
	}
	offset := decoder.InputOffset()
	if syntax, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		offset = syntax.ByteOffset
	}
	line := 1 + bytes.Count(content[:min(offset, int64(len(content)))], []byte("\n"))
	return fmt.Errorf("line %d: %w", line, err)
}

// recordsOf returns the documents of a query's envelope, or the record itself
// if the object is none.
func recordsOf(object jsontext.Value) ([]jsontext.Value, error) {
	fields, err := members(object)
	if err != nil {
		return nil, err
	}
	for _, field := range fields {
		if field.name == "docs" && field.value.Kind() == '[' {
			return elements(field.value)
		}
	}
	return []jsontext.Value{bytes.TrimSpace(object)}, nil
}

// merge puts the files of one collection together: the plain list first,
// then the other lists; records and envelopes only where there is no list.
func merge(files []captureFile) *captured {
	slices.SortStableFunc(files, func(a, b captureFile) int {
		return rankOfBool(b.isPlain) - rankOfBool(a.isPlain)
	})
	lists := slices.ContainsFunc(files, func(f captureFile) bool { return f.isList })
	set := newCaptured()
	for _, file := range files {
		if lists && !file.isList {
			continue
		}
		for _, doc := range file.docs {
			set.add(doc)
		}
	}
	return set
}

func catalogueOf(dir string, files map[setKey][]captureFile) (catalogue, error) {
	sets := make(map[string]documents)
	var v5 documents
	for key, some := range files {
		set := merge(some)
		if set.Len() == 0 {
			continue
		}
		if key.isV5 && key.collection == "launches" {
			v5 = set
			continue
		}
		sets[key.collection] = set
	}
	// One shape stands in for the other where that was not captured.
	switch {
	case sets["launches"] == nil && v5 == nil:
		return catalogue{}, fmt.Errorf("read captures: %s holds no launches", dir)
	case sets["launches"] == nil:
		sets["launches"] = v5
	case v5 == nil:
		v5 = sets["launches"]
	}
	return newCatalogue(sets, v5), nil
}
