package main

import (
	"errors"
	"os"
	"strings"
)

// The lines between which a document has the tables.
const (
	docsBegin = "<!-- output of bench/bulk.sh -->\n"
	docsEnd   = "<!-- end of bench/bulk.sh -->\n"
)

// writeDocs puts the tables into a document.
func writeDocs(path, tables string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	text, err := replaceTables(string(content), tables)
	if err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o644) //nolint:gosec // a document of the repository
}

func replaceTables(document, tables string) (string, error) {
	before, rest, begins := strings.Cut(document, docsBegin)
	_, after, ends := strings.Cut(rest, docsEnd)
	if !begins || !ends {
		return "", errors.New("the document has no lines " + strings.TrimSpace(docsBegin) + " and " + strings.TrimSpace(docsEnd))
	}
	return before + docsBegin + tables + docsEnd + after, nil
}
