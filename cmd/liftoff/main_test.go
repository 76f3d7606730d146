package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"liftoff/internal/analytics"
)

var update = flag.Bool("update", false, "write the golden files")

// execute runs the program in this process with an empty environment.
func execute(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	return executeWith(t, nil, args...)
}

// executeWith is execute with an environment.
func executeWith(t *testing.T, environ []string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	folder := t.TempDir()
	open := func(name string) *os.File {
		file, err := os.Create(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = file.Close() })
		return file
	}
	out, errs := open("stdout"), open("stderr")
	code = run(append([]string{"liftoff"}, args...), environ, strings.NewReader(""), out, errs)
	read := func(file *os.File) string {
		content, err := os.ReadFile(file.Name())
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
	return read(out), read(errs), code
}

func wantGolden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs, run go test ./cmd/liftoff -update if that is wanted (-want +got):\n%s", path, diff)
	}
}

func TestHelp_OfEveryCommand(t *testing.T) {
	var commands []string
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		commands = append(commands, strings.TrimSpace(strings.TrimPrefix(cmd.CommandPath(), "liftoff")))
		for _, child := range cmd.Commands() {
			walk(child)
		}
	}
	walk(newRootCommand(&process{args: []string{"liftoff"}}))
	if len(commands) < 15 {
		t.Errorf("only these commands were found: %q", commands)
	}
	for _, command := range commands {
		t.Run("liftoff "+command, func(t *testing.T) {
			stdout, stderr, code := execute(t, append(strings.Fields(command), "--help")...)
			if code != 0 || stderr != "" {
				t.Errorf("exit code %d, stderr %q", code, stderr)
			}
			for line := range strings.Lines(stdout) {
				if len(line) > 81 { // with the newline
					t.Errorf("a line is wider than 80 columns: %s", line)
				}
			}
			wantGolden(t, "help-"+strings.ReplaceAll(strings.TrimSpace("liftoff "+command), " ", "-"), stdout)
		})
	}
}

func TestHelp_ShowsTheExamplesLastAndNoSecret(t *testing.T) {
	stdout, _, _ := execute(t, "ingest", "--help")
	last := -1
	for _, heading := range []string{"Usage:", "Flags:", "Output:", "Connection:", "Embedded PostgreSQL:", "Logs:", "General:", "Examples:"} {
		at := strings.Index(stdout, "\n"+heading+"\n")
		if at <= last {
			t.Errorf("%q is missing or comes too early:\n%s", heading, stdout)
		}
		last = at
	}
	if strings.Contains(stdout, "--postgres-password ") {
		t.Error("there is a flag for the password")
	}
}

func TestAnalyzeList_NamesEveryQuery(t *testing.T) {
	stdout, stderr, code := execute(t, "analyze", "--list")
	if code != 0 {
		t.Errorf("exit code %d, stderr %q", code, stderr)
	}
	queries, err := analytics.Load()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(stdout, "\n"), "\n")
	if len(lines) != len(queries) {
		t.Fatalf("%d lines for %d queries:\n%s", len(lines), len(queries), stdout)
	}
	titles := strings.Index(lines[0], queries[0].Title)
	for i, q := range queries {
		if want := fmt.Sprintf("%-*s%s", titles, q.Name, q.Title); lines[i] != want || !strings.HasPrefix(lines[i], q.Name+"  ") {
			t.Errorf("line %d is %q, want %q", i+1, lines[i], want)
		}
	}
}

func TestVersion_NamesTheBuild(t *testing.T) {
	for _, arg := range []string{"version", "--version"} {
		stdout, _, code := execute(t, arg)
		if code != 0 || !regexp.MustCompile(`^liftoff \S+ \(go\S+, \w+/\w+\)\n$`).MatchString(stdout) {
			t.Errorf("%s: exit code %d, stdout %q", arg, code, stdout)
		}
	}
}

func TestVersion_PrintsForProgramsToo(t *testing.T) {
	t.Parallel()
	platform := runtime.GOOS + "/" + runtime.GOARCH
	for format, want := range map[string]string{
		"csv":  fmt.Sprintf("version,go,platform\n%s,%s,%s\n", version(), runtime.Version(), platform),
		"json": fmt.Sprintf("{\n  \"version\": %q,\n  \"go\": %q,\n  \"platform\": %q\n}\n", version(), runtime.Version(), platform),
	} {
		if stdout, _, code := execute(t, "version", "-o", format); code != 0 || stdout != want {
			t.Errorf("exit code %d, %s:\n%s", code, format, stdout)
		}
	}
	wantUsageLine(t, nil, []string{"version", "-o", "xml"}, `the output format must be table, json, csv or markdown, not "xml". Next: change --output or LIFTOFF_OUTPUT, or leave it out`)
}

func TestCompletion_KnowsTheCommandsAndTheQueries(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if stdout, _, code := execute(t, "completion", shell); code != 0 || !strings.Contains(stdout, "liftoff") {
			t.Errorf("completion %s ended with %d", shell, code)
		}
	}
	stdout, _, _ := execute(t, "__complete", "analyze", "")
	if !strings.Contains(stdout, "launches_per_year") {
		t.Errorf("completing analyze offers %q, want the queries' names", stdout)
	}
}
