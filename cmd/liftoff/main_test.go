package main

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files")

// execute runs the program in this process with an empty environment.
func execute(t *testing.T, args ...string) (stdout, stderr string, code int) {
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
	code = run(append([]string{"liftoff"}, args...), nil, strings.NewReader(""), out, errs)
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
	for _, command := range []string{
		"", "demo", "ingest", "analyze", "export", "replay", "history", "runs", "quarantine", "quarantine list", "quarantine show", "quarantine retry", "quarantine export", "migrate", "migrate up", "migrate status", "psql", "doctor", "version",
	} {
		t.Run("liftoff "+command, func(t *testing.T) {
			stdout, stderr, code := execute(t, append(strings.Fields(command), "--help")...)
			if code != 0 || stderr != "" {
				t.Errorf("exit code %d, stderr %q", code, stderr)
			}
			wantGolden(t, "help-"+strings.ReplaceAll(strings.TrimSpace("liftoff "+command), " ", "-"), stdout)
		})
	}
}

func TestHelp_ShowsTheExampleFirstAndNoSecret(t *testing.T) {
	stdout, _, _ := execute(t, "ingest", "--help")
	if example, usage := strings.Index(stdout, "Examples:"), strings.Index(stdout, "Usage:"); example < 0 || example > usage {
		t.Errorf("the example does not come before the usage:\n%s", stdout)
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
	wantGolden(t, "analyze-list", stdout)
}

func TestVersion_NamesTheBuild(t *testing.T) {
	for _, arg := range []string{"version", "--version"} {
		stdout, _, code := execute(t, arg)
		if code != 0 || !regexp.MustCompile(`^liftoff \S+ \(go\S+, \w+/\w+\)\n$`).MatchString(stdout) {
			t.Errorf("%s: exit code %d, stdout %q", arg, code, stdout)
		}
	}
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

func TestRun_UsageErrorsAreOneLineWithTheNextStep(t *testing.T) {
	tests := []struct {
		args []string
		want string
	}{
		{[]string{"ingest", "--nope"}, "liftoff: unknown flag: --nope. Next: see `liftoff ingest --help`\n"},
		{[]string{"migrate", "sideways"}, "liftoff: unknown command \"sideways\" for \"liftoff migrate\". Next: see `liftoff migrate --help`\n"},
		{[]string{"ingset"}, "liftoff: unknown command \"ingset\" for \"liftoff\". Next: did you mean `liftoff ingest`?\n"},
	}
	for _, test := range tests {
		t.Run(strings.Join(test.args, " "), func(t *testing.T) {
			stdout, stderr, code := execute(t, test.args...)
			if code != 2 || stdout != "" || stderr != test.want {
				t.Errorf("exit code %d, stdout %q, stderr %q, want 2 and %q", code, stdout, stderr, test.want)
			}
		})
	}
}
