package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// checkout writes a small module with the folders of liftoff.
func checkout(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// small has one file for each thing that is counted.
func small() map[string]string {
	return map[string]string{
		"go.mod":              "module tiny\n\ngo 1.26\n",
		"domain.go":           "// Package tiny is small.\npackage tiny\n\n// Launch is documented.\ntype Launch struct{}\n\n// Method is too.\nfunc (*Launch) Method() {}\n\nfunc Bare() {}\n",
		"domain_test.go":      "package tiny\n",
		"cmd/liftoff/main.go": "package main\n\nimport (\n\t_ \"testing\"\n\n\t\"tiny/internal/app\"\n\t\"tiny/internal/store\"\n)\n\nfunc main() {\n\tapp.Run()\n\tstore.Open(1)\n}\n",
		"internal/app/app.go": "package app\n\nimport \"tiny/internal/store\"\n\n// Run runs.\nfunc Run() { store.Open(0) }\n",
		"internal/store/store.go": `package store

import "tiny"

// A group's comment stands for its members.
const (
	One = 1
	two = 2
)

type reader interface {
	Read()
	Close()
}

type list[T any] struct{}

// Exported methods of unexported types are not counted.
func (l list[T]) Len() int { return two }

/* Open has a comment
of two lines, and a string of two. */
func Open(n int) {
	for n > 0 && n < 9 {
		switch n {
		case 1:
		default:
		}
	}
	_, _ = tiny.Launch{}, ` + "`a\nb`" + `
}
`,
		"internal/testkit/pgtest/pgtest.go": "package pgtest\n\n// A comment.\n",
		"internal/pgtest/pgtest.go":         "package pgtest\n",
		"faults/api/api.go":                 "package api\n",
		"bench/bulk/main.go":                "package main\n",
		"tools/x/x_test.go":                 "package x\n",
		"internal/store/testdata/broken.go": "not Go",
		".bin/broken.go":                    "not Go",
	}
}

func TestMeasure_CountsASmallModule(t *testing.T) {
	got := map[string]string{}
	all, err := measure(t.Context(), checkout(t, small()))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		got[f.name] = f.value
	}
	for name, want := range map[string]string{
		"all of product":                       "61 / 39 in 4",
		"all of tests":                         "6 / 4 in 4",
		"all of bench":                         "1 / 1 in 1",
		"all of tools":                         "1 / 1 in 1",
		"code of tests per code of product":    "0.10",
		"(root)":                               "10 / 4 in 1",
		"internal/app":                         "6 / 3 in 1",
		"packages":                             "4",
		"file lines p50 / p90 / max":           "10 / 32 / 32",
		"function lines p50 / p90 / p99 / max": "1 / 10 / 10 / 10",
		"functions over 60 lines":              "0 of 6, 0.0 %",
		"longest functions":                    "10 `internal/store.Open`, 4 `cmd/liftoff.main`, 1 `(root).Bare`",
		"most complex functions":               "4 `internal/store.Open`, 1 `(root).Bare`, 1 `(root).Launch.Method`",
		"cyclomatic complexity p90 / max":      "4 / 4",
		"interfaces; most methods":             "1; 2",
		"exported names documented":            "5 of 6",
		"import depth":                         "4: cmd/liftoff → internal/app → internal/store → (root)",
		"largest fan-out":                      "2: cmd/liftoff",
		"direct dependencies in go.mod":        "0",
		"modules linked":                       "0",
		"links testing":                        "yes",
		"links lib/pq":                         "no",
	} {
		if got[name] != want {
			t.Errorf("%s: got %q, want %q", name, got[name], want)
		}
	}
	if len(got["stripped binary, bytes"]) < len("1,000,000") {
		t.Errorf("a binary of %q bytes", got["stripped binary, bytes"])
	}
}

func TestReadList_ModulesAndDrivers(t *testing.T) {
	p := readList("fmt;;;errors io\ngithub.com/lib/pq/oid;github.com/lib/pq;false;fmt\nliftoff;liftoff;true;fmt\nliftoff/cmd/liftoff;liftoff;true;liftoff fmt\n")
	if len(p.packages) != 2 || len(p.modules) != 1 || !p.modules["github.com/lib/pq"] {
		t.Errorf("got packages %v, modules %v", p.packages, p.modules)
	}
	if got := strings.Join(p.chain, " "); got != "cmd/liftoff (root)" {
		t.Errorf("got the chain %q", got)
	}
}

// In the table of two checkouts each row is where it belongs, also one that
// has gone or is new.
func TestTable_BeforeAndAfter(t *testing.T) {
	before := []figure{{name: "Go"}, {"all", "9"}, {"internal/old", "5"}, {"internal/store", "4"}, {"end", "1"}, {"gone", "2"}}
	after := []figure{{name: "Go"}, {"all", "8"}, {"internal/new", "6"}, {"internal/store", "2"}, {"end", "1"}}
	want := `| figure | before | after |
| --- | --- | --- |
| **Go** |  |  |
| all | 9 | 8 |
| internal/new | – | 6 |
| internal/old | 5 | – |
| internal/store | 4 | 2 |
| end | 1 | 1 |
| gone | 2 | – |
`
	if got := table(before, after); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	want = "| figure | value |\n| --- | --- |\n| **Go** |  |\n| all | 8 |\n"
	if got := table(nil, after[:2]); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestGrouped(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 28557474: "28,557,474"} {
		if got := grouped(n); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// The size is that of the binary that make build makes.
func TestBuildArguments_AreThoseOfTheMakefile(t *testing.T) {
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	want := "CGO_ENABLED=0 go " + strings.TrimSuffix(strings.Join(buildArguments(), " "), "figures")
	if !strings.Contains(strings.ReplaceAll(string(makefile), `"`, ""), want+"$(VERSION) -o bin/ ./cmd/...\n") {
		t.Errorf("the Makefile does not build with %q", want)
	}
}

func TestRun_ExitCodes(t *testing.T) {
	dir, broken := checkout(t, small()), checkout(t, map[string]string{"broken.go": "not Go"})
	tests := []struct {
		name       string
		args       []string
		wantExit   int
		wantOut    string
		wantStderr string
	}{
		{"one checkout", []string{dir}, 0, "| packages | 4 |", ""},
		{"two checkouts", []string{"-base", dir, dir}, 0, "| packages | 4 | 4 |", ""},
		{"no checkout", nil, 2, "", "usage: figures [-base DIR] DIR"},
		{"a file that is not Go", []string{broken}, 1, "", "broken.go:1:1: expected 'package'"},
		{"a base without a program", []string{"-base", t.TempDir(), dir}, 1, "", "go list: "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			if code := run(t.Context(), test.args, &stdout, &stderr); code != test.wantExit {
				t.Errorf("got exit code %d, want %d: %s", code, test.wantExit, stderr.String())
			}
			if !strings.Contains(stdout.String(), test.wantOut) || !strings.Contains(stderr.String(), test.wantStderr) {
				t.Errorf("got %q and %q", stdout.String(), stderr.String())
			}
		})
	}
}
