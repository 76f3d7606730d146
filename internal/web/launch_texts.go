package web

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"liftoff/internal/plain"
	"liftoff/internal/revision"
)

const (
	// maxLinks is how many links of a document are shown, maxDetails how many characters
	// of its details.
	maxLinks   = 24
	maxDetails = 2000
)

// documentLink is a link of a document. Href is empty for an address that is not of the
// web, which is shown as text.
type documentLink struct {
	Name, Host, Href string
	Text             label
}

// textsOf returns the details and the links of a document; nothing for one of another
// shape.
func textsOf(raw []byte) (details string, links []documentLink) {
	var members map[string]jsontext.Value
	if json.Unmarshal(raw, &members) != nil {
		return "", nil
	}
	var text string
	if json.Unmarshal(members["details"], &text) == nil {
		details = text
	}
	var group any
	if json.Unmarshal(members["links"], &group) == nil {
		collectLinks("", group, &links)
	}
	slices.SortStableFunc(links, func(a, b documentLink) int { return strings.Compare(a.Name, b.Name) })
	return details, links
}

// collectLinks adds all texts of a value that are addresses.
func collectLinks(name string, value any, links *[]documentLink) {
	switch value := value.(type) {
	case map[string]any:
		for member, inner := range value {
			collectLinks(strings.TrimSpace(name+" "+member), inner, links)
		}
	case []any:
		for i, inner := range value {
			collectLinks(fmt.Sprintf("%s %d", name, i+1), inner, links)
		}
	case string:
		if strings.Contains(value, ":") {
			*links = append(*links, newDocumentLink(name, value))
		}
	}
}

// newDocumentLink returns a link whose address is only followed if it is one of the web.
func newDocumentLink(name, target string) documentLink {
	name = newLabel(strings.ReplaceAll(name, "_", " "), maxCell).Text
	if name != "" {
		name = strings.ToUpper(name[:1]) + name[1:]
	}
	link := documentLink{Name: name, Text: newLabel(target, maxName)}
	parsed, err := url.Parse(target)
	if err != nil || parsed.Host == "" || parsed.Scheme != "http" && parsed.Scheme != "https" {
		return link
	}
	link.Href, link.Host = parsed.String(), newLabel(plain.Visible(strings.TrimPrefix(parsed.Hostname(), "www.")), maxCell).Text
	return link
}

// tellingFields are those that people look for first when a launch has changed.
func tellingFields() []string {
	return []string{"date_utc", "date_precision", "success", "upcoming", "name", "details", "rocket", "launchpad", "payloads", "failures"}
}

// sortTelling sorts changes: the telling fields first, then the others by name.
func sortTelling(changes []revision.Change) {
	telling := tellingFields()
	rank := func(c revision.Change) int {
		end := strings.IndexAny(c.Path, ".[")
		if end < 0 {
			end = len(c.Path)
		}
		if at := slices.Index(telling, c.Path[:end]); at >= 0 {
			return at
		}
		return len(telling)
	}
	slices.SortStableFunc(changes, func(a, b revision.Change) int { return rank(a) - rank(b) })
}
