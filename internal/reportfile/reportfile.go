// Package reportfile holds the report of `liftoff report`: the answers to all analytics
// queries, and what has changed since a run, in one file to hand on. It says when it was
// made, from which source, and of which run the figures are. It reads no data; the caller
// does.
package reportfile

import (
	"cmp"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"liftoff"
	"liftoff/internal/table"
)

// Report is what a report says.
type Report struct {
	// MadeAt is when it was made.
	MadeAt time.Time
	// Program is the program and its version.
	Program string
	// Health says which run the figures are of.
	Health liftoff.Health
	// Engine answered the queries; Database is where the launches are. Both are for people.
	Engine, Database string
	// Changes is what has changed since a run; nil if nobody asked.
	Changes *liftoff.LaunchChanges
	// Answers are those to the queries, in their order.
	Answers []table.Table
	// Next is what to do about a database without launches; empty if there are any.
	Next string
}

// Format is how a report is written; the set is closed.
type Format string

// The formats.
const (
	// HTML is one page that needs no other file.
	HTML     Format = "html"
	Markdown Format = "markdown"
	// JSON is one object for programs.
	JSON Format = "json"
	// CSVDir is a folder with a CSV file for each section.
	CSVDir Format = "csv-dir"
)

// Formats returns all formats, the default first.
func Formats() []Format { return []Format{HTML, Markdown, JSON, CSVDir} }

// FormatFor returns the format with that name for the output file. Without a name it is
// the one that the ending of the file says, and HTML if that says none. An unknown name,
// and one that the ending contradicts, are liftoff.Usage errors.
func FormatFor(name, file string) (Format, error) {
	ending := strings.ToLower(filepath.Ext(file))
	byEnding := map[string]Format{".html": HTML, ".htm": HTML, ".md": Markdown, ".markdown": Markdown, ".json": JSON}[ending]
	switch format := Format(name); format {
	case "":
		return cmp.Or(byEnding, HTML), nil
	case HTML, Markdown, JSON, CSVDir:
		if byEnding != "" && byEnding != format {
			return "", liftoff.NewError(liftoff.Usage, fmt.Errorf("--output %s does not go with %q, because a file that ends with %s is read as %s", format, file, ending, byEnding),
				"leave --output out, or give the file another ending")
		}
		return format, nil
	default:
		return "", liftoff.NewError(liftoff.Usage, fmt.Errorf("a report can be had as %s, not %q", liftoff.Alternatives(Formats()...), name),
			"change --output, or leave it out")
	}
}

// Options say how a report is written.
type Options struct {
	// Image returns the address of the drawing of a section, from where the report is;
	// "" for none. nil means that there are no drawings. Only Markdown uses it.
	Image func(section string) string
}

// Write writes the report in one piece. CSVDir, which has several, is an error: see
// Sections and Index.
func Write(w io.Writer, format Format, report Report, options Options) error {
	var err error
	switch format {
	case HTML:
		err = writeHTML(w, report)
	case Markdown:
		err = writeMarkdown(w, report, options)
	case JSON:
		err = writeJSON(w, report)
	default:
		err = fmt.Errorf("a report has no form %q in one piece", format)
	}
	if err != nil {
		return fmt.Errorf("write the report as %s: %w", format, err)
	}
	return nil
}

// Sections returns the parts of the report as tables: first what has changed, if somebody
// asked, then the answers in their order.
func (r Report) Sections() []table.Table {
	return append(r.changeTables(), r.Answers...)
}

// CheckNames returns a liftoff.Usage error if an answer has the name of another section.
func (r Report) CheckNames() error {
	taken := map[string]bool{}
	for _, section := range r.Sections() {
		if taken[section.Name] {
			return liftoff.NewError(liftoff.Usage, fmt.Errorf("the query %q has the name of another part of the report", section.Name), "rename its file, or leave --compare out")
		}
		taken[section.Name] = true
	}
	return nil
}

// isEmpty reports whether there are no launches to report on.
func (r Report) isEmpty() bool { return r.Next != "" }

// simulatedColumns returns the names of the columns with simulated values.
func simulatedColumns(t table.Table) []string {
	var names []string
	for _, column := range t.Columns {
		if column.IsSimulated {
			names = append(names, column.Name)
		}
	}
	return names
}
