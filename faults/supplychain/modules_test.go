package supplychain_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// module is one that is linked into the program.
type module struct{ path, version, folder string }

// linked returns the modules whose code is in the programs, on any system that
// they are built for.
func linked(t *testing.T, programs string) []module {
	t.Helper()
	var found []module
	for _, system := range []string{"linux", "darwin", "windows"} {
		list := output(t, "env", "GOOS="+system, "go", "list", "-deps",
			"-f", "{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Version}}\t{{.Dir}}{{end}}{{end}}", programs)
		for line := range strings.Lines(list) {
			parts := strings.Split(strings.TrimSpace(line), "\t")
			if len(parts) == 3 && !slices.ContainsFunc(found, func(m module) bool { return m.path == parts[0] }) {
				found = append(found, module{parts[0], parts[1], parts[2]})
			}
		}
	}
	slices.SortFunc(found, func(a, b module) int { return strings.Compare(a.path, b.path) })
	return found
}

// No module comes into a program without somebody adding it to the list.
func TestH5_OnlyTheModulesOfTheList(t *testing.T) {
	t.Parallel()
	for program, list := range map[string]string{
		"./cmd/liftoff":                "modules.txt",
		"./cmd/liftoff-fetch-postgres": "modules-fetch-postgres.txt",
	} {
		var got []string
		for _, m := range linked(t, program) {
			got = append(got, m.path)
		}
		text, err := os.ReadFile(filepath.Join("testdata", list))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(strings.Fields(string(text)), got); diff != "" {
			t.Errorf("modules in %s; if that is wanted, change testdata/%s (-want +got):\n%s", program, list, diff)
		}
	}
}

// The program carries no test code and no second PostgreSQL driver: that is why
// downloading PostgreSQL is a program of its own.
func TestH5_NoTestCodeAndOneDriverInTheProgram(t *testing.T) {
	t.Parallel()
	packages := strings.Fields(output(t, "go", "list", "-deps", "./cmd/liftoff"))
	for _, unwanted := range []string{"testing", "github.com/lib/pq", "github.com/fergusstrange/embedded-postgres"} {
		if slices.Contains(packages, unwanted) {
			t.Errorf("liftoff links %s", unwanted)
		}
	}
	if !slices.Contains(packages, "github.com/jackc/pgx/v5") {
		t.Error("liftoff does not link pgx: this test looks at the wrong list")
	}
}

// What is in the module cache is what go.sum says.
func TestH5_ModulesAreAsTheSumsSay(t *testing.T) {
	t.Parallel()
	if got := strings.TrimSpace(output(t, "go", "mod", "verify")); got != "all modules verified" {
		t.Errorf("go mod verify says %q", got)
	}
	// go.sum holds for every module: one that is missing there would be an
	// error and never an addition.
	output(t, "go", "list", "-mod=readonly", "-deps", "./...")
}

// A changed module is refused: the sums are checked and not just written.
func TestH5_AChangedSumIsRefused(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	sums := regexp.MustCompile(`(github.com/spf13/cobra v\S+ h1:)....`).ReplaceAllString(read(t, "go.sum"), "${1}AAAA")
	for name, text := range map[string]string{
		"go.mod": read(t, "go.mod"), "go.sum": sums, "main.go": "package main\n\nimport _ \"github.com/spf13/cobra\"\n\nfunc main() {}\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text, ok := try(t, folder, "go", "build", "-o", os.DevNull, ".")
	if ok || !strings.Contains(text, "checksum mismatch") {
		t.Errorf("built, or refused for another reason: %s", text)
	}
}

// Nothing here switches the checks off.
func TestH5_NothingSwitchesTheChecksOff(t *testing.T) {
	t.Parallel()
	off := regexp.MustCompile(`GONOSUMDB|GONOSUMCHECK|GOFLAGS=\S*-mod=mod|GOSUMDB=off|GOINSECURE|GONOSUM|-mod=mod`)
	for _, name := range []string{"Makefile", ".ci/run", "docker/Dockerfile", "docker/docker-compose.yml", "tools/test-as-user.sh"} {
		if found := off.FindString(read(t, name)); found != "" {
			t.Errorf("%s has %s", name, found)
		}
	}
	if strings.Contains(read(t, "go.mod"), "\nreplace ") {
		t.Error("go.mod replaces a module")
	}
}
