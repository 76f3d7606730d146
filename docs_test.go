package liftoff_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	link      = regexp.MustCompile(`\]\(([^)\s:]*)\)`) // a web address has a colon
	mention   = regexp.MustCompile("`((?:cmd|internal|sql|faults|e2e|bench|tools|docs|deploy)/[\\w./*-]+)`")
	heading   = regexp.MustCompile(`(?m)^#+ (.*)$`)
	notInID   = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
	codeBlock = regexp.MustCompile(`(?m)^ {4}.*$`)
)

// hasHeading reports whether a document has a heading with this anchor, which
// is made as GitHub makes it.
func hasHeading(document, anchor string) bool {
	return slices.ContainsFunc(heading.FindAllStringSubmatch(document, -1), func(found []string) bool {
		return strings.ReplaceAll(notInID.ReplaceAllString(strings.ToLower(found[1]), ""), " ", "-") == anchor
	})
}

// Both tables of docs/trino.md, what PostgreSQL does and what it costs, have a row for
// each query.
func TestTrinoTablesAreComplete(t *testing.T) {
	content, err := os.ReadFile("docs/trino.md")
	if err != nil {
		t.Fatal(err)
	}
	queries, err := filepath.Glob("sql/analytics/*.sql")
	if err != nil || len(queries) == 0 {
		t.Fatalf("no queries: %v", err)
	}
	for _, path := range queries {
		name := strings.TrimSuffix(filepath.Base(path), ".sql")
		if rows := strings.Count(string(content), "\n| `"+name+"` |"); rows != 2 {
			t.Errorf("%s has %d rows, want one in each table", name, rows)
		}
	}
}

// Every link between documents leads somewhere, and every path that a document
// mentions exists.
func TestDocuments(t *testing.T) {
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md", "faults/*.md", "deploy/*/*.md"} {
		documents, err := filepath.Glob(pattern)
		if err != nil || len(documents) == 0 {
			t.Fatalf("no documents match %s: %v", pattern, err)
		}
		for _, path := range documents {
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			text := codeBlock.ReplaceAllString(string(content), "")
			for _, found := range link.FindAllStringSubmatch(text, -1) {
				file, anchor, hasAnchor := strings.Cut(found[1], "#")
				target := path
				if file != "" {
					target = filepath.Join(filepath.Dir(path), file)
				}
				if _, err := os.Stat(target); err != nil {
					t.Errorf("%s links to %s: %v", path, found[1], err)
					continue
				}
				if content, err := os.ReadFile(target); hasAnchor && (err != nil || !hasHeading(string(content), anchor)) {
					t.Errorf("%s links to %s, which has no such heading", path, found[1])
				}
			}
			for _, found := range mention.FindAllStringSubmatch(text, -1) {
				if matches, err := filepath.Glob(found[1]); err != nil || len(matches) == 0 {
					t.Errorf("%s mentions %s, which does not exist", path, found[1])
				}
			}
		}
	}
}
