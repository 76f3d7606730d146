// Package page holds what HTML pages are made of, for the dashboard and for reports: the
// style sheet, its font, and templates for what stands on more than one page. All text
// from the data goes through html/template. Nothing here needs JavaScript, and nothing
// comes from another host.
package page

import (
	"embed"
	"html/template"

	"liftoff/internal/chart"
)

//go:embed templates/*.html
var files embed.FS

//go:embed style.css
var style string

// Font is Inter's variable font with Latin letters, as WOFF2. It is under the SIL Open
// Font License 1.1, whose text is FontLicence.
//
//go:embed inter.woff2
var Font []byte

// FontLicence is the licence of Font, which must go with it.
//
//go:embed inter-OFL.txt
var FontLicence []byte

// FontLicenceFile is the name of its file beside the font.
const FontLicenceFile = "inter-OFL.txt"

// FontFile is the address by which the style sheet names the font: a file beside it.
const FontFile = "inter.woff2"

// StyleSheet returns the style sheet of all pages, the rules of the charts included.
func StyleSheet() string { return style + "\n" + chart.CSS }

// Link is a link with its text.
type Link struct{ Text, Href string }

// Templates returns a new set with the shared templates and functions, to which the
// caller adds its own:
//
//   - the templates "section" for a Section, "table" for a Table, "moment" for a
//     time.Time, and "brand" for the mark of the program
//   - the functions day, moment, ago, count, kilograms, minutes, bytes and visible, which
//     show values to people, outcome for a liftoff.Outcome, simulated for the tag of
//     simulated values, and defs, which each page needs once
func Templates() *template.Template {
	return template.Must(template.New("").Funcs(functions()).ParseFS(files, "templates/*.html"))
}
