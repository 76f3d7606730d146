package process_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"liftoff/internal/replay"
	"liftoff/internal/testkit/clitest"
)

// only returns the user with nothing in the environment but some settings.
func only(u *clitest.User, names ...string) *clitest.User {
	other := *u
	other.Env = nil
	for _, name := range names {
		other.Env = append(other.Env, name+"="+u.Setting(name))
	}
	return &other
}

// No TZ, no time zones on the machine, another zone: the times are UTC, and the
// program has the zones in itself.
func TestB12_NoTimeZones(t *testing.T) {
	t.Parallel()
	_, url := startAPI(t, replay.Options{Count: 10})
	u, db := newUser(t, url)
	for _, zone := range []string{"ZONEINFO=/nonexistent", "TZ=America/New_York", "TZ=Mars/Base"} {
		bare := only(u, "DATABASE_URL", "SPACEX_API_URL").With("LOG_FILE=-", "REFERENCES=false", "ZONEINFO=/nonexistent", zone)
		bare.Succeed(t, "ingest", "--all", "--skip-analytics")
		if got := clitest.Scan[bool](t, db, "SELECT abs(extract(EPOCH FROM started_at - now() AT TIME ZONE 'UTC')) < 60 FROM ingestion_runs ORDER BY id DESC LIMIT 1"); !got {
			t.Errorf("with %s the ledger's time is not UTC", zone)
		}
	}
	output, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "liftoff/cmd/liftoff").CombinedOutput()
	if err != nil || !slices.Contains(strings.Fields(string(output)), "time/tzdata") {
		t.Errorf("the program is built without time zones (%v)", err)
	}
}

// Out of file descriptors the program says so, and has not lost its head.
func TestB19_OutOfFileDescriptors(t *testing.T) {
	t.Parallel()
	_, url := startAPI(t, replay.Options{Count: launches})
	u, db := newUser(t, url)
	ends := map[string]int{}
	for _, limit := range []int{8, 9, 10, 11, 12, 16, 32} {
		r := runIn(t, u, fmt.Sprintf("ulimit -n %d", limit), "ingest", "--all", "--skip-analytics")
		line := r.LastLine()
		isFailure := (r.Code == 4 || r.Code == 5) && strings.Contains(r.Stderr, "too many open files") && strings.Contains(line, ". Next: ")
		if (r.Code != 0 && !isFailure) || strings.Contains(r.Stderr, "goroutine ") {
			t.Errorf("with %d descriptors it ended with %d:\n%s", limit, r.Code, r.Stderr)
		}
		if r.Code == 0 {
			ends["well"]++
		} else {
			ends["with an error"]++
		}
		clitest.WantConsistent(t, db)
	}
	if ends["well"] == 0 || ends["with an error"] == 0 {
		t.Errorf("it ended %v, want some of each", ends)
	}
	clitest.WantPromises(t, db, url)
}

// In a container of 64 MiB all launches fit through.
func TestB19_MemoryLimit(t *testing.T) {
	t.Parallel()
	group := newMemoryGroup(t, 64<<20)
	_, url := startAPI(t, replay.Options{Count: 5000})
	u, db := newUser(t, url)
	r := runIn(t, u.With("PAGE_SIZE=1000"), "echo $$ > "+group+"/cgroup.procs", "ingest", "--all", "--skip-analytics")
	if r.Code != 0 {
		t.Errorf("it ended with %d (-1 is a signal's end):\n%s", r.Code, r.Stderr)
	}
	clitest.WantPromises(t, db, url)
}

// newMemoryGroup returns the folder of a control group with a limit.
func newMemoryGroup(t *testing.T, limit int) string {
	t.Helper()
	clitest.NeedsRoot(t, "only root can make a control group")
	parent, file := "/sys/fs/cgroup", "memory.max" // version 2
	if _, err := os.Stat("/sys/fs/cgroup/memory/memory.limit_in_bytes"); err == nil {
		parent, file = "/sys/fs/cgroup/memory", "memory.limit_in_bytes"
	}
	group := filepath.Join(parent, "liftoff-test-"+strconv.Itoa(os.Getpid()))
	if err := os.Mkdir(group, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove(group) })
	if err := os.WriteFile(filepath.Join(group, file), []byte(strconv.Itoa(limit)), 0o600); err != nil {
		t.Fatal(err)
	}
	return group
}

// A user without a name, a home or a place for temporary files, in a folder
// where nothing may be written.
func TestB21_AHostileEnvironment(t *testing.T) {
	t.Parallel()
	clitest.NeedsRoot(t, "only root can act as another user")
	_, url := startAPI(t, replay.Options{Count: 10})
	u, db := newUser(t, url)
	nobody := only(u, "DATABASE_URL", "SPACEX_API_URL").With("HOME=", "TMPDIR=/nonexistent")
	nobody.UID = 65532
	nobody.Folder = "/"
	r := nobody.Run(t, "ingest", "--all")
	if r.Code != 0 || !strings.Contains(r.Stdout, "10") {
		t.Errorf("it ended with %d:\n%s", r.Code, r.Stderr)
	}
	if n := strings.Count(r.Stderr, " - WARNING - "); n != 1 || !strings.Contains(r.Stderr, `Log file cannot be written; the log goes to the console only. file=ingestion.log error="permission denied"`) {
		t.Errorf("%d warnings, want one of the log file:\n%s", n, r.Stderr)
	}
	clitest.WantConsistent(t, db)
	// Without a home there is no place for the program's own server either: it
	// says what gives it one.
	own := *nobody
	own.Env = []string{"SPACEX_API_URL=" + url, "LOG_FILE=-"}
	r = own.Run(t, "runs")
	if line := r.LastLine(); r.Code == 0 || strings.Contains(r.Stderr, "goroutine ") || !strings.Contains(line, "HOME is not set. Next: set HOME") {
		t.Errorf("without a home it ended with %d, %q", r.Code, line)
	}
}

// A .env as editors and people leave it is read, or refused with the line.
func TestB22_DamagedSettingsFile(t *testing.T) {
	t.Parallel()
	_, url := startAPI(t, replay.Options{Count: 10})
	u, _ := newUser(t, url)
	for _, test := range []struct{ name, content, says string }{
		{"B22 Windows line ends, BOM, quotes, export", "\ufeff# settings\r\nexport LOG_LEVEL=\"info\"\r\nPAGE_SIZE='5'\r\nCOMPOSE_PROJECT_NAME=x\r\n", ""},
		{"B22 an unknown key that is nearly a setting", "LOG_LEVEL=info\r\nPAGESIZE=5\r\n", ".env line 2: there is no setting PAGESIZE. Did you mean PAGE_SIZE?"},
		{"B22 no setting at all", "LOG_LEVEL=info\n\n<html>\n", ".env line 3 cannot be read"},
		{"B22 a quote that never ends", "LOG_LEVEL=info\nPAGE_SIZE=\"5\nX=1\n", ".env line 2 cannot be read"},
		{"B22 UTF-16", "\xff\xfeL\x00O\x00G\x00", ".env line 1 cannot be read"},
		{"B22 a value that is not a number", "PAGE_SIZE=many\r\n", `PAGE_SIZE in .env needs a whole number, not "many"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			own := only(u, "DATABASE_URL", "SPACEX_API_URL").With("LOG_FILE=-", "REFERENCES=false")
			own.Folder = t.TempDir()
			if err := os.WriteFile(filepath.Join(own.Folder, ".env"), []byte(test.content), 0o600); err != nil {
				t.Fatal(err)
			}
			if test.says == "" {
				r := own.Succeed(t, "ingest", "--all", "--skip-analytics")
				if !strings.Contains(r.Stderr, "fetched=10 announced=10 pages=2") {
					t.Errorf("the settings are not used:\n%s", r.Stderr)
				}
				return
			}
			clitest.WantFailure(t, own.Run(t, "ingest"), 2, test.says)
		})
	}
}

// What the program writes beside the database is its user's alone, whatever
// the umask, and never goes through a link.
func TestB16_FilesArePrivate(t *testing.T) {
	t.Parallel()
	_, url := startAPI(t, replay.Options{Count: 10})
	u, _ := newUser(t, url)
	r := runIn(t, u.With("LOG_FILE=ingestion.log"), "umask 0", "ingest", "--all", "--skip-analytics")
	if r.Code != 0 {
		t.Fatal(r.Stderr)
	}
	r = runIn(t, u, "umask 0", "export", "--output-file", "launches.jsonl")
	if r.Code != 0 {
		t.Fatal(r.Stderr)
	}
	for _, name := range []string{"ingestion.log", "launches.jsonl"} {
		info, err := os.Lstat(filepath.Join(u.Folder, name))
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode&0o137 != 0 {
			t.Errorf("%s has the mode %o, want 0600 or 0640", name, mode)
		}
	}
}

// A launch cannot forge log lines or steer the terminal, whatever its fields or
// the API's error pages hold.
func TestB18_NothingIsInjectedIntoTheLog(t *testing.T) {
	t.Parallel()
	const forged = "2026-01-01 00:00:00,000 - INFO - all is well"
	evil := `a\n` + forged + `\r\u001b]0;owned\u0007\u001b[2J\u202e`
	for _, test := range []struct {
		name, contentType, body string
		status                  int
	}{
		{"name and id", "application/json", strings.Replace(clitest.LaunchDocument("name", `"`+evil+`"`), "5eb87cd9ffd86e000604b32a", evil, 1), 200},
		{"a value of another type", "application/json", clitest.LaunchDocument("date_utc", `"`+evil+`"`), 200},
		{"a field of the error page", "text/html", "<html><title>x\n" + forged + "\x1b[2J\x07</title></html>", 503},
		{"a plain error", "text/plain", "\n" + forged + "\x1b[2J\n", 404},
	} {
		t.Run("B18 "+test.name, func(t *testing.T) {
			t.Parallel()
			u, _ := newUser(t, clitest.StartAnswering(t, test.status, test.contentType, test.body))
			r := u.With("LOG_FILE=ingestion.log", "LOG_LEVEL=debug").Run(t, "ingest")
			for where, text := range map[string]string{"console": r.Stderr, "file": u.ReadFile(t, "ingestion.log"), "results": r.Stdout} {
				for line := range strings.Lines(text) {
					if strings.HasPrefix(line, forged) || strings.ContainsAny(line, "\x1b\x07\r\u202e") {
						t.Errorf("the %s has %q", where, line)
					}
				}
			}
		})
	}
}
