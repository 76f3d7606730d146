//go:build unix

package documents

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

func TestMain(m *testing.M) {
	if os.Getenv("LIFTOFF_DOCUMENTS") == "" {
		fmt.Fprintln(os.Stderr, "not run: make test-documents runs the commands of the documentation, or LIFTOFF_DOCUMENTS=1")
		return
	}
	os.Exit(clitest.Main(func() int { return pgtest.Main(m) }))
}

// A reader of the README and of the page for the first hour, without a network and
// with an API, gets through every command of them.
func TestReader(t *testing.T) {
	for _, page := range []string{"README.md", "docs/first-hour.md"} {
		for _, kind := range []string{kindOffline, kindReplay} {
			t.Run(page+" "+kind, func(t *testing.T) {
				r := newReader(t, kind)
				r.walk(t, page)
			})
		}
	}
}

// The other pages are read in a clone in which `make run` has been run. The commands of
// docs/queries.md are run by e2e/queries_test.go.
func TestReader_OtherPages(t *testing.T) {
	for _, page := range []string{"docs/install.md", "docs/faq.md", "docs/monitoring.md", "docs/connect.md", "docs/backup.md", "docs/scheduling.md"} {
		t.Run(page, func(t *testing.T) {
			r := newReader(t, kindReplay)
			for _, command := range []string{"git clone REPOSITORY liftoff", "cd liftoff", "make run"} {
				r.run(t, "before "+page, command)
			}
			r.walk(t, page)
		})
	}
}

// reader is a user who pastes the commands of pages into a terminal.
type reader struct {
	kind        string
	repository  string
	environment []string
	home        string
	terminal    *shell
	// server is a PostgreSQL server of the reader's own.
	server pgtest.Database
}

// newReader returns a reader with an empty home, who has nothing but what the
// README asks for, and the caches of this machine.
func newReader(t *testing.T, kind string) *reader {
	t.Helper()
	repository, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	u := clitest.NewUser(t)
	goCaches, err := exec.CommandContext(t.Context(), "go", "env", "GOMODCACHE", "GOCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	caches := strings.Fields(string(goCaches))
	url := clitest.ClosedPort
	if kind == kindReplay {
		url = clitest.StartReplay(t)
	}
	r := &reader{kind: kind, repository: repository, home: u.Folder, server: pgtest.NewDatabase(t)}
	r.environment = append(slices.Clone(u.Env), "SPACEX_API_URL="+url, "GOMODCACHE="+caches[0], "GOCACHE="+caches[1],
		"LC_ALL=C.UTF-8", "PAGER=cat", "GOFLAGS=-buildvcs=false")
	// What a test sets to be quick, a reader does not.
	r.environment = slices.DeleteFunc(r.environment, func(variable string) bool { return strings.HasPrefix(variable, "POSTGRES_WAIT=") })
	// One page removes the cache.
	cache := filepath.Join(r.home, "cache", "liftoff")
	if err := os.MkdirAll(filepath.Dir(cache), 0o755); err != nil {
		t.Fatal(err)
	}
	if output, err := exec.CommandContext(t.Context(), "cp", "-a", u.Setting("EMBEDDED_CACHE_DIR"), cache).CombinedOutput(); err != nil {
		t.Fatalf("copy the cache: %v\n%s", err, output)
	}
	// Somebody else on this machine may have the port of db start.
	r.environment = append(r.environment, "EMBEDDED_PORT="+clitest.FreePort(t), "EMBEDDED_CACHE_DIR=", "XDG_CACHE_HOME="+filepath.Dir(cache))
	r.terminal = startShell(t, r.home, r.environment)
	t.Cleanup(func() { // a server that a page has left running
		_, _ = r.terminal.paste(t, r.home+"/liftoff/bin/liftoff db stop --now")
	})
	return r
}

// walk pastes the commands of a page.
func (r *reader) walk(t *testing.T, page string) {
	t.Helper()
	blocks, err := readPage(filepath.Join(r.repository, page))
	if err != nil {
		t.Fatal(err)
	}
	if len(blocks) == 0 {
		t.Fatalf("%s has no commands", page)
	}
	for _, block := range blocks {
		where := fmt.Sprintf("%s line %d", page, block.line)
		switch block.kind {
		case kindOutput, kindDocker, kindUpgrade, kindPython, kindMonitoring, kindMonitoringTerminal:
		case kindSecondTerminal:
			second := startShell(t, filepath.Join(r.home, "liftoff"), r.environment)
			if _, err := second.terminal.WriteString(block.commands[0] + "\n"); err != nil {
				t.Fatal(err)
			}
			started := "http://127.0.0.1:" // what a replay says
			if strings.HasSuffix(block.commands[0], " worker") {
				started = "Worker started."
			}
			second.awaitText(t, started)
		case kindPostgres:
			if r.kind == kindReplay { // without a network, there is no server either
				r.walkWithServer(t, where, block)
			}
		case kindCommands, r.kind:
			for _, command := range block.commands {
				r.run(t, where, command)
			}
		}
	}
}

// walkWithServer pastes commands for a reader's own server in a terminal of their
// own: they set the environment.
func (r *reader) walkWithServer(t *testing.T, where string, block block) {
	t.Helper()
	password := filepath.Join(r.home, "password")
	if err := os.WriteFile(password, []byte(r.server.Password), 0o600); err != nil {
		t.Fatal(err)
	}
	replaced := strings.NewReplacer(
		"db.example.org", r.server.Host, "/run/secrets/postgres", password,
		"POSTGRES_DB=spacex", "POSTGRES_DB="+r.server.Name, "POSTGRES_USER=spacex", "POSTGRES_USER="+r.server.User,
		"--dbname spacex", "--dbname "+r.server.Name, "--username spacex", "--username "+r.server.User,
	)
	own := &reader{kind: r.kind, repository: r.repository, home: r.home}
	own.terminal = startShell(t, filepath.Join(r.home, "liftoff"), append(slices.Clone(r.environment),
		fmt.Sprintf("POSTGRES_PORT=%d", r.server.Port), fmt.Sprintf("PGPORT=%d", r.server.Port), "POSTGRES_SSLMODE=disable", "PGPASSWORD="+r.server.Password))
	for _, command := range block.commands {
		own.run(t, where, replaced.Replace(command))
	}
}

// run pastes one command, which must succeed. The one that ends with the answers
// must have them on its last screen.
func (r *reader) run(t *testing.T, where, command string) {
	t.Helper()
	command = strings.ReplaceAll(command, "REPOSITORY", r.repository)
	for _, program := range []string{"jq", "psql"} { // which the pages say must be installed
		if _, err := exec.LookPath(program); err != nil && slices.Contains(strings.Fields(command), program) {
			t.Logf("%s: not run, because %s is not installed: %s", where, program, command)
			return
		}
	}
	shown, code := r.terminal.paste(t, command)
	if code != 0 {
		t.Fatalf("%s: %s\nended with %d:\n%s", where, command, code, shown)
	}
	if command == "make run" {
		lines := strings.Split(strings.TrimSpace(shown), "\n")
		screen := strings.Join(lines[max(0, len(lines)-23):], "\n")
		if !strings.Contains(screen, "Launches ") || !strings.Contains(screen, "Next ") {
			t.Fatalf("%s: the last screen of %s is not the answer:\n%s", where, command, screen)
		}
	}
	t.Logf("%s: %s", where, command)
}
