package main

import (
	"bytes"
	"cmp"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/fzipp/gocyclo"
)

// tree is what was counted in the Go files of a checkout. All but wings is of
// the product alone.
type tree struct {
	wings, packages map[string]size
	fileLines       []int
	functions       []function
	methods         []int // of each interface type
	// exported names are types, functions, methods of exported types,
	// constants and variables.
	exported, documented int
}

// size is a number of files with their lines. Those of code hold more than
// space and comments.
type size struct{ files, lines, code int }

// function is a function or method, with the function literals in it.
type function struct {
	name       string
	lines      int // from func to the closing brace
	complexity int // cyclomatic
}

// readTree reads every Go file below dir, of all platforms and modules.
func readTree(dir string) (*tree, error) {
	t := &tree{wings: map[string]size{}, packages: map[string]size{}}
	root := os.DirFS(dir)
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && name != "." && (strings.ContainsRune("._", rune(entry.Name()[0])) || entry.Name() == "testdata") {
			return fs.SkipDir
		}
		if entry.IsDir() || filepath.Ext(name) != ".go" {
			return nil
		}
		source, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		return t.add(name, source)
	})
	return t, err
}

// add counts one file. Its name is a path from the root of the checkout.
func (t *tree) add(name string, source []byte) error {
	wing, folder := wingOf(name), cmp.Or(strings.TrimSuffix(path.Dir(name), "."), "(root)")
	lines, code := bytes.Count(source, []byte("\n")), codeLines(source)
	t.wings[wing] = t.wings[wing].plus(lines, code)
	if wing != "product" {
		return nil
	}
	t.packages[folder] = t.packages[folder].plus(lines, code)
	t.fileLines = append(t.fileLines, lines)
	positions := token.NewFileSet()
	file, err := parser.ParseFile(positions, name, source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	for _, declaration := range file.Decls {
		switch d := declaration.(type) {
		case *ast.FuncDecl:
			t.addFunction(d, folder, positions.Position(d.End()).Line-positions.Position(d.Pos()).Line+1)
		case *ast.GenDecl:
			t.addGroup(d)
		}
	}
	return nil
}

func (s size) plus(lines, code int) size { return size{s.files + 1, s.lines + lines, s.code + code} }

// wingOf sorts a file into product, tests, bench or tools.
func wingOf(name string) string {
	if top, _, _ := strings.Cut(name, "/"); top == "bench" || top == "tools" {
		return top
	}
	for _, folder := range []string{
		"e2e", "faults", "internal/testkit",
		// Test support was here before it moved to internal/testkit.
		"internal/clitest", "internal/faultproxy", "internal/pgtest", "internal/trinotest",
	} {
		if strings.HasPrefix(name, folder+"/") {
			return "tests"
		}
	}
	if strings.HasSuffix(name, "_test.go") {
		return "tests"
	}
	return "product"
}

// codeLines counts the lines that hold a token.
func codeLines(source []byte) int {
	f := token.NewFileSet().AddFile("", -1, len(source))
	var s scanner.Scanner
	s.Init(f, source, nil, 0) // comments are left out
	lines := map[int]bool{}
	for {
		pos, kind, literal := s.Scan()
		if kind == token.EOF {
			return len(lines)
		}
		if kind == token.SEMICOLON && literal == "\n" {
			continue // not in the source
		}
		for i := range strings.Count(literal, "\n") + 1 {
			lines[f.Line(pos)+i] = true
		}
	}
}

func (t *tree) addFunction(d *ast.FuncDecl, folder string, lines int) {
	name, isSeen := d.Name.Name, true
	if d.Recv != nil {
		receiver, _, _ := strings.Cut(strings.TrimPrefix(types.ExprString(d.Recv.List[0].Type), "*"), "[")
		name, isSeen = receiver+"."+name, ast.IsExported(receiver)
	}
	t.functions = append(t.functions, function{folder + "." + name, lines, gocyclo.Complexity(d)})
	if isSeen {
		t.addName(d.Name, d.Doc)
	}
}

// addGroup takes types, constants or variables. The comment above a group
// stands for those in it that have none.
func (t *tree) addGroup(group *ast.GenDecl) {
	for _, spec := range group.Specs {
		switch s := spec.(type) {
		case *ast.TypeSpec:
			t.addName(s.Name, s.Doc, group.Doc)
			if i, ok := s.Type.(*ast.InterfaceType); ok {
				t.methods = append(t.methods, i.Methods.NumFields())
			}
		case *ast.ValueSpec:
			for _, name := range s.Names {
				t.addName(name, s.Doc, s.Comment, group.Doc)
			}
		}
	}
}

func (t *tree) addName(name *ast.Ident, docs ...*ast.CommentGroup) {
	if !name.IsExported() {
		return
	}
	t.exported++
	for _, doc := range docs {
		if doc.Text() != "" {
			t.documented++
			return
		}
	}
}
