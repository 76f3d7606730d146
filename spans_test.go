package liftoff_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// docs/monitoring.md lists each span and each attribute that the code makes, and no
// other one.
func TestTraces_TheListOfSpansIsThatOfTheCode(t *testing.T) {
	content, err := os.ReadFile("docs/monitoring.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(content), "\n## Traces\n")
	section, _, _ = strings.Cut(section, "\n## ")
	want := map[string][]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `(\\w+)[ …]*` \\|").FindAllStringSubmatch(section, -1) {
		want["spans"] = append(want["spans"], row[1])
	}
	for _, key := range regexp.MustCompile("`((?:liftoff|db|http|url|server|error)\\.[a-z_.]+)`").FindAllStringSubmatch(section, -1) {
		want["attributes"] = append(want["attributes"], key[1])
	}
	got := map[string][]string{"attributes": {"error.type"}}
	for _, call := range spanCalls(t) {
		switch name := call.Fun.(*ast.SelectorExpr).Sel.Name; name {
		case "Start", "StartClient":
			got["spans"] = append(got["spans"], strings.Fields(literal(t, call.Args[1]))[0])
		case "Text", "Count":
			got["attributes"] = append(got["attributes"], literal(t, call.Args[0]))
		case "Port":
			got["attributes"] = append(got["attributes"], "server.port")
		}
	}
	for _, lists := range []map[string][]string{want, got} {
		for key := range maps.Keys(lists) {
			slices.Sort(lists[key])
			lists[key] = slices.Compact(lists[key])
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("docs/monitoring.md (-) and the code (+) differ:\n%s", diff)
	}
}

// spanCalls returns the calls of functions of package span.
func spanCalls(t *testing.T) []*ast.CallExpr {
	t.Helper()
	var calls []*ast.CallExpr
	err := filepath.WalkDir("internal", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(node ast.Node) bool {
			call, ok := node.(*ast.CallExpr)
			if !ok {
				return true
			}
			if function, ok := call.Fun.(*ast.SelectorExpr); ok {
				if from, ok := function.X.(*ast.Ident); ok && from.Name == "span" {
					calls = append(calls, call)
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return calls
}

// literal returns a text that is written in the code.
func literal(t *testing.T, x ast.Expr) string {
	t.Helper()
	basic, ok := x.(*ast.BasicLit)
	if !ok {
		t.Fatalf("the name of a span or an attribute is not written where it is used: %T", x)
	}
	text, err := strconv.Unquote(basic.Value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
