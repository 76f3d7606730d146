package liftoff_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// componentOf says which component the log lines of a folder have.
var componentOf = map[string]string{
	"internal/api": "api",
	"cmd/liftoff":  "cli", "internal/app": "app", "internal/config": "config", "internal/embedded": "embedded",
	"internal/ingest": "ingest", "internal/ping": "ping", "internal/shipping": "shipping", "internal/pipeline": "ingest", "internal/postgres": "store", "internal/progress": "progress",
	"internal/replay": "replay", "internal/serve": "serve", "internal/source/fetch": "source", "internal/source/spacex": "source",
	"internal/telemetry": "log", "internal/trino": "trino", "internal/worker": "worker",
}

// levelNames are the levels by the name of the method or constant that stands for them.
var levelNames = map[string]string{
	"DebugContext": "DEBUG", "InfoContext": "INFO", "WarnContext": "WARNING", "ErrorContext": "ERROR",
	"Debug": "DEBUG", "Info": "INFO", "Warn": "WARNING", "Error": "ERROR",
	"LevelDebug": "DEBUG", "LevelInfo": "INFO", "LevelWarn": "WARNING", "LevelError": "ERROR",
}

// docs/logs.md lists each message that the code logs, with its level, under its component,
// and no other one.
func TestLogs_TheListOfMessagesIsThatOfTheCode(t *testing.T) {
	want := documentedEvents(t)
	var got []string
	for folder, component := range componentOf {
		for _, event := range loggedEvents(t, folder) {
			got = append(got, component+" | "+event)
		}
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, slices.Compact(got)); diff != "" {
		t.Errorf("docs/logs.md (-) and the code (+) differ:\n%s", diff)
	}
}

// Each folder that logs has a component.
func TestLogs_EveryFolderThatLogsIsKnown(t *testing.T) {
	for _, root := range []string{"cmd", "internal"} {
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || !entry.IsDir() || path == "internal/testkit" {
				return err
			}
			if events := loggedEvents(t, path); componentOf[path] == "" && len(events) > 0 {
				t.Errorf("%s logs %q and has no component", path, events)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// documentedEvents returns the rows of docs/logs.md as "component | level | message".
func documentedEvents(t *testing.T) []string {
	t.Helper()
	content, err := os.ReadFile("docs/logs.md")
	if err != nil {
		t.Fatal(err)
	}
	var events []string
	component := ""
	row := regexp.MustCompile(`^\| ([A-Z, ]+) \| (.*?) \| \S.* \|$`)
	for line := range strings.Lines(string(content)) {
		line = strings.TrimSpace(line)
		if heading, ok := strings.CutPrefix(line, "### "); ok {
			component = heading
		} else if found := row.FindStringSubmatch(line); found != nil && component != "" {
			for level := range strings.SplitSeq(found[1], ", ") {
				events = append(events, component+" | "+level+" | "+found[2])
			}
		}
	}
	slices.Sort(events)
	return events
}

// loggedEvents returns what the files of a folder log, as "level | message".
func loggedEvents(t *testing.T, folder string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var events []string
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, declaration := range file.Decls {
			ast.Inspect(declaration, func(node ast.Node) bool {
				events = append(events, eventsOf(declaration, node)...)
				return true
			})
		}
	}
	return events
}

// eventsOf returns what a node of a declaration logs: a call of a logger, a notice of
// the settings, or a warning about the log itself.
func eventsOf(within ast.Node, node ast.Node) []string {
	var levels, messages []string
	switch node := node.(type) {
	case *ast.CompositeLit:
		// A notice, or the element of a list of notices, whose type the list has.
		name, isNotice := node.Type.(*ast.Ident)
		if isNotice = isNotice && name.Name == "Notice" || node.Type == nil; isNotice && len(node.Elts) == 2 {
			levels, messages = texts(within, node.Elts[0]), texts(within, node.Elts[1])
		}
	case *ast.CallExpr:
		called, ok := node.Fun.(*ast.SelectorExpr)
		switch {
		case !ok || !isLogger(called.X):
			return nil
		case called.Sel.Name == "Log" && len(node.Args) > 2:
			levels, messages = texts(within, node.Args[1]), texts(within, node.Args[2])
		case called.Sel.Name == "warning":
			levels, messages = []string{"WARNING"}, texts(within, node.Args[0])
		case strings.HasSuffix(called.Sel.Name, "Context"):
			levels, messages = []string{levelNames[called.Sel.Name]}, texts(within, node.Args[1])
		case levelNames[called.Sel.Name] != "":
			levels, messages = []string{levelNames[called.Sel.Name]}, texts(within, node.Args[0])
		}
	}
	var events []string
	for _, level := range levels {
		for _, message := range messages {
			if !slices.Contains([]string{"DEBUG", "INFO", "WARNING", "ERROR"}, level) {
				continue // a notice that is logged, which is found where it is made, or another literal
			}
			events = append(events, level+" | "+message)
		}
	}
	return events
}

// isLogger reports whether an expression is a logger, or what renders a warning of the
// log itself, by its name.
func isLogger(x ast.Expr) bool {
	switch x := x.(type) {
	case *ast.Ident:
		return x.Name == "logger" || x.Name == "e"
	case *ast.SelectorExpr:
		return x.Sel.Name == "logger" || x.Sel.Name == "Logger"
	default:
		return false
	}
}

// texts returns what an expression within a declaration may be: a text in which "…"
// stands for what is only known when the program runs, or a level.
func texts(within ast.Node, x ast.Expr) []string {
	switch x := x.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(x.Value)
		if err != nil {
			text = fmt.Sprint(err)
		}
		return []string{text}
	case *ast.BinaryExpr:
		// Without the declaration, names within a sentence stay "…".
		return []string{texts(nil, x.X)[0] + texts(nil, x.Y)[0]}
	case *ast.SelectorExpr:
		if level := levelNames[x.Sel.Name]; level != "" {
			return []string{level}
		}
	case *ast.CallExpr: // fmt.Sprintf
		if len(x.Args) == 0 {
			break
		}
		if format, ok := x.Args[0].(*ast.BasicLit); ok {
			return []string{regexp.MustCompile(`%[a-z]`).ReplaceAllString(texts(within, format)[0], "…")}
		}
	case *ast.Ident:
		if within == nil {
			break
		}
		if values := assigned(within, x.Name); len(values) > 0 {
			return values
		}
	}
	return []string{"…"}
}

// assigned returns the constant texts and levels that a name gets within a declaration.
func assigned(within ast.Node, name string) []string {
	var values []string
	note := func(i int, to ast.Expr, from []ast.Expr) {
		if target, ok := to.(*ast.Ident); !ok || target.Name != name || i >= len(from) {
			return
		}
		switch from[i].(type) {
		case *ast.BasicLit, *ast.SelectorExpr:
			values = append(values, texts(within, from[i])...)
		}
	}
	ast.Inspect(within, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.AssignStmt:
			for i, to := range node.Lhs {
				note(i, to, node.Rhs)
			}
		case *ast.ValueSpec:
			for i, to := range node.Names {
				note(i, to, node.Values)
			}
		}
		return true
	})
	return values
}
