package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// row is one fault of the catalogue.
type row struct {
	id, fault, wanted string
	// note says why a row has no test, or how its outcome differs.
	note string
}

// isExcused reports whether a row may be without a test.
func (r row) isExcused() bool {
	return strings.HasPrefix(r.note, "due:") || strings.HasPrefix(r.note, "not here:")
}

// chapter is the rows of one letter.
type chapter struct {
	title string
	rows  []row
}

// titles are the names of the chapters, by letter.
func titles() []struct{ letter, title string } {
	return []struct{ letter, title string }{
		{"A", "The API"},
		{"B", "The process and its host"},
		{"C", "PostgreSQL"},
		{"D", "Trino"},
		{"E", "Scheduler and worker"},
		{"F", "Dashboard and API"},
		{"G", "Secrets"},
		{"H", "Container and supply chain"},
		{"I", "Embedded PostgreSQL"},
		{"J", "Log shipping"},
		{"K", "The session, the schema and adopted tables"},
		{"L", "What stands between a run and its tables"},
		{"M", "Answers of an odd shape"},
		{"N", "Payloads, rockets and launchpads of any run"},
		{"O", "Sources, earlier states and vanished launches"},
		{"P", "Configuration"},
		{"Q", "Waits, roles and resumed runs"},
		{"R", "Exports and the container stack"},
	}
}

// readCatalogue reads the tables of all chapters.
func readCatalogue(folder string) ([]chapter, error) {
	var chapters []chapter
	for _, t := range titles() {
		rows, err := readTable(filepath.Join(folder, t.letter+".tsv"), t.letter)
		if err != nil {
			return nil, err
		}
		chapters = append(chapters, chapter{title: t.letter + ". " + t.title, rows: rows})
	}
	return chapters, nil
}

// readTable reads a table with a heading and four columns.
func readTable(file, letter string) ([]row, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var rows []row
	for i, line := range strings.Split(strings.TrimRight(string(content), "\n"), "\n") {
		cells := strings.Split(strings.TrimRight(line, "\r"), "\t")
		if len(cells) != 4 {
			return nil, fmt.Errorf("%s line %d has %d columns, not 4", file, i+1, len(cells))
		}
		if i == 0 {
			continue
		}
		if want := fmt.Sprintf("%s%d", letter, i); cells[0] != want {
			return nil, fmt.Errorf("%s line %d is row %q, not %s", file, i+1, cells[0], want)
		}
		rows = append(rows, row{id: cells[0], fault: cells[1], wanted: cells[2], note: strings.TrimSpace(cells[3])})
	}
	return rows, nil
}
