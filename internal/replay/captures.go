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

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// captureFile is one file of a folder of captures.
type captureFile struct {
	path string
	// served is the API's path for its documents, such as v4/rockets.
	served string
	// isPlain marks the file whose name is that of its collection.
	isPlain bool
	docs    []jsontext.Value
	// isList is true for an array, false for a record or an envelope.
	isList bool
}

// loadCaptures reads a folder of captures, and bodies/ in it, and returns the
// documents by path. The error names the path and, for broken JSON, the line.
func loadCaptures(dir string, logger *slog.Logger) (map[string]documents, error) {
	paths, err := capturePaths(dir)
	if err != nil {
		return nil, err
	}
	files := make(map[string][]captureFile)
	for _, path := range paths {
		file, ok := nameCapture(path)
		if !ok {
			logger.Debug("A capture is ignored: its name contains no collection.", "path", path)
			continue
		}
		if err := file.read(); err != nil {
			return nil, err
		}
		files[file.served] = append(files[file.served], file)
	}
	sets := make(map[string]documents)
	for served, some := range files {
		if set := merge(some); set.Len() > 0 {
			sets[served] = set
		}
	}
	// One shape stands in for the other where that was not captured.
	switch v4, v5 := sets[pathLaunches], sets[pathLaunchesV5]; {
	case v4 == nil && v5 == nil:
		return nil, fmt.Errorf("read captures: %s holds no launches", dir)
	case v4 == nil:
		sets[pathLaunches] = v5
	case v5 == nil:
		sets[pathLaunchesV5] = v4
	}
	return sets, nil
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

// nameCapture finds the collection in a file's name: the first word that names
// one, in singular or plural.
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
		file := captureFile{path: path, served: "v4/" + name}
		if name == "launches" && slices.Contains(words, "v5") {
			file.served = pathLaunchesV5
		}
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
	f.isList = value.Kind() == '['
	if f.isList {
		err = json.Unmarshal(content, &f.docs, lenient())
	} else {
		f.docs, err = recordsOf(value)
	}
	if err != nil {
		return fmt.Errorf("read capture %s: line %d: %w", f.path, lineOf(err, content), err)
	}
	f.docs = slices.DeleteFunc(f.docs, func(doc jsontext.Value) bool { return doc.Kind() != '{' })
	return nil
}

// recordsOf returns the documents of a query's envelope, or the value itself
// if it is not an envelope.
func recordsOf(value jsontext.Value) ([]jsontext.Value, error) {
	if err := json.Unmarshal(value, new(jsontext.Value), lenient()); err != nil {
		return nil, err
	}
	var envelope struct {
		Docs []jsontext.Value `json:"docs"`
	}
	if err := json.Unmarshal(value, &envelope, lenient()); err == nil && envelope.Docs != nil {
		return envelope.Docs, nil
	}
	return []jsontext.Value{bytes.TrimSpace(value)}, nil
}

// lineOf returns the line of the first fault in JSON.
func lineOf(err error, content []byte) int {
	end := len(content)
	if syntax, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		end = min(int(syntax.ByteOffset), end)
	}
	return 1 + bytes.Count(content[:end], []byte("\n"))
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
