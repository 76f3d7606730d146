package deploy_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// crontab is what cron reads in a file.
type crontab struct {
	// env are its settings.
	env map[string]string
	// minute is the first field of its one line.
	minute string
	// user is whose command it is, only in a system's file.
	user string
	// command is for the shell.
	command string
}

// readCrontab reads a file as cron does. A system's file names a user in each line.
func readCrontab(t *testing.T, path string, isSystem bool) crontab {
	t.Helper()
	tab := crontab{env: map[string]string{}}
	for line := range strings.Lines(read(t, path)) {
		line = strings.TrimSuffix(line, "\n")
		name, value, isSetting := strings.Cut(line, "=")
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case isSetting && !strings.ContainsAny(name, " *"):
			tab.env[name] = value
		case tab.command != "":
			t.Fatalf("%s has a second line: %s", path, line)
		default:
			fields := 5
			if isSystem {
				fields++
			}
			parts := strings.SplitN(line, " ", fields+1)
			tab.minute, tab.command = parts[0], parts[fields]
			if isSystem {
				tab.user = parts[5]
			}
		}
	}
	return tab
}

// machine is a folder that stands for the root folder of a machine with cron.
type machine struct {
	root string
	home string
	tab  crontab
}

// newMachine installs a crontab and a program on a machine of its own.
func newMachine(t *testing.T, tab crontab, program string) machine {
	t.Helper()
	root := t.TempDir()
	m := machine{root: root, home: filepath.Join(root, "home"), tab: tab}
	for _, folder := range []string{"/home/.local/bin", "/usr/local/bin", "/var/log/liftoff", "/etc/liftoff"} {
		if err := os.MkdirAll(filepath.Join(root, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, folder := range []string{"/home/.local/bin", "/usr/local/bin"} {
		if err := os.Symlink(program, filepath.Join(root, folder, "liftoff")); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

// on returns the text of the crontab with its absolute paths on the machine.
func (m machine) on(text string) string {
	for _, path := range []string{"/usr/local/bin", "/var/log/liftoff", "/etc/liftoff"} {
		text = strings.ReplaceAll(text, path, m.root+path)
	}
	return text
}

// command is the line's command with the environment that cron gives: no more than the
// home folder, the user's name and the file's settings.
func (m machine) command(t *testing.T) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "/bin/sh", "-c", m.on(m.tab.command))
	cmd.Dir = m.home
	cmd.Env = []string{"HOME=" + m.home, "LOGNAME=liftoff"}
	for _, name := range slices.Sorted(maps.Keys(m.tab.env)) {
		cmd.Env = append(cmd.Env, name+"="+m.on(m.tab.env[name]))
	}
	return cmd
}

// run runs the command and returns what cron would mail, and the exit code.
func (m machine) run(t *testing.T) (mail string, code int) {
	t.Helper()
	cmd := m.command(t)
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	err := cmd.Run()
	if _, isExit := errors.AsType[*exec.ExitError](err); err != nil && !isExit {
		t.Fatal(err)
	}
	return output.String(), cmd.ProcessState.ExitCode()
}

// cronOutcome runs the line with a stand-in for the program that prints what the program
// prints with --quiet. cron looks at nothing else.
func cronOutcome(t *testing.T, code int) outcome {
	t.Helper()
	const standIn = `#!/bin/sh
case " $* " in *" --quiet "*) ;; *) echo "a line that nobody must read" ;; esac
case "%[1]d $* " in
0*) exit 0 ;;
75*" --if-locked skip "*) exit 0 ;;
129*|130*|143*) exit %[1]d ;; # says it as INFO
esac
echo "an ERROR line" >&2
exit %[1]d
`
	var seen []outcome
	for file, isSystem := range map[string]bool{"cron/liftoff": true, "cron/crontab": false} {
		program := write(t, filepath.Join(t.TempDir(), "liftoff"), fmt.Sprintf(standIn, code), 0o755)
		mail, got := newMachine(t, readCrontab(t, file, isSystem), program).run(t)
		switch {
		case mail != "":
			seen = append(seen, failure)
		case got == code:
			seen = append(seen, success)
		default:
			seen = append(seen, skipped)
		}
	}
	if seen[0] != seen[1] {
		t.Errorf("the two files make %q of exit code %d", seen, code)
	}
	return seen[0]
}

// systemMachine is a machine with the system's file, the built program, and a settings
// file for db and an API.
func systemMachine(t *testing.T, db pgtest.Database, api string) machine {
	t.Helper()
	m := newMachine(t, readCrontab(t, "cron/liftoff", true), clitest.Binary(t))
	write(t, m.on("/etc/liftoff/postgres-password"), db.Password+"\n", 0o400)
	m.configure(t, fmt.Sprintf("POSTGRES_HOST=%s\nPOSTGRES_PORT=%d\nPOSTGRES_DB=%s\nPOSTGRES_USER=%s\nSPACEX_API_URL=%s\n",
		db.Host, db.Port, db.Name, db.User, api))
	return m
}

// configure adds to the settings of deploy/liftoff.env; of two values the last holds.
func (m machine) configure(t *testing.T, settings string) {
	t.Helper()
	lines := map[string]string{}
	for line := range strings.Lines(read(t, "liftoff.env") + settings + "POSTGRES_WAIT=0s\nSPACEX_MAX_WAIT=0s\nSPACEX_MAX_ATTEMPTS=1\n") {
		if name, value, isSetting := strings.Cut(line, "="); isSetting && !strings.HasPrefix(line, "#") {
			lines[name] = value
		}
	}
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(lines)) {
		text.WriteString(name + "=" + lines[name])
	}
	write(t, m.on("/etc/liftoff/liftoff.env"), text.String(), 0o644)
}

// TestCron_MailsWhatAPersonMustKnow runs the line with the built program in all the ways
// in which an ingestion can end, but for those that only a bug and Trino bring about.
func TestCron_MailsWhatAPersonMustKnow(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	wrong := db
	wrong.Password = "wrong"
	closed := db
	closed.Host, closed.Port = "127.0.0.1", 1
	api := clitest.StartReplay(t)
	for _, test := range []struct {
		name string
		m    machine
		code int
		says string
	}{
		{"well", systemMachine(t, db, api), 0, ""},
		{"wrong setting", systemMachine(t, db, "nonsense"), 2, "SPACEX_API_URL"},
		{"a record in quarantine", systemMachine(t, pgtest.NewDatabase(t), clitest.StartReplay(t, "--damage", "bad-payloads@205")), 3, "quarantine"},
		{"no API", systemMachine(t, db, clitest.ClosedPort), 4, "connection refused"},
		{"no database", systemMachine(t, closed, api), 5, "connection refused"},
		{"wrong password", systemMachine(t, wrong, api), 7, "password authentication failed"},
		{"an API without launches", systemMachine(t, pgtest.NewDatabase(t), clitest.StartAnswering(t, 200, "application/json", `{"docs":[],"totalDocs":0}`)), 8, "no launches at all"},
	} {
		t.Run(test.name, func(t *testing.T) {
			mail, code := test.m.run(t)
			if code != test.code || !strings.Contains(mail, test.says) {
				t.Errorf("exit code %d, want %d; the mail, which must say %q:\n%s", code, test.code, test.says, mail)
			}
			if isNext := strings.Contains(mail, ". Next: "); isNext == (test.code == 0) || (test.code == 0 && mail != "") {
				t.Errorf("the mail of exit code %d:\n%s", code, mail)
			}
			log, err := os.ReadFile(test.m.on("/var/log/liftoff/ingestion.log"))
			if isLogged := strings.Contains(string(log), "Run started."); test.code == 0 && !isLogged {
				t.Errorf("the log file does not say what was done (%v):\n%s", err, log)
			}
		})
	}
	clitest.WantPromises(t, db, api)
}

// TestCron_AStoppedRunTellsNobody: that somebody has stopped it is no news.
func TestCron_AStoppedRunTellsNobody(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	m := systemMachine(t, db, clitest.StartReplay(t, "--latency", "10s"))
	cmd := m.command(t)
	// Of the shell's own group, so that the signal reaches the program, whether the shell
	// has become it or not.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	clitest.Await(t, db, 30*time.Second, "SELECT to_regclass('ingestion_runs') IS NOT NULL")
	clitest.Await(t, db, 30*time.Second, "SELECT EXISTS (SELECT FROM ingestion_runs)")
	if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it ends with 143, or its shell by the signal
	clitest.Await(t, db, 30*time.Second, "SELECT bool_and(status = 'interrupted') FROM ingestion_runs")
	if output.Len() > 0 {
		t.Errorf("cron mails\n%s", &output)
	}
}

// TestCron_ASecondRunIsSkipped: no flock is needed.
func TestCron_ASecondRunIsSkipped(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	api := clitest.StartReplay(t)
	m := systemMachine(t, db, api)
	if mail, code := m.run(t); code != 0 || mail != "" {
		t.Fatalf("exit code %d:\n%s", code, mail)
	}
	clitest.Execute(t, db, "SELECT pg_advisory_lock(x'6c696674'::INTEGER, hashtext('"+api+"'))") // until the test's end
	if mail, code := m.run(t); code != 0 || mail != "" {
		t.Errorf("exit code %d, want 0 and no mail:\n%s", code, mail)
	}
	if log := read(t, m.on("/var/log/liftoff/ingestion.log")); !strings.Contains(clitest.LastLine(log), "Nothing was done: another run has the lock.") {
		t.Errorf("the log does not end with what happened:\n%s", log)
	}
	if runs := clitest.Scan[int](t, db, "SELECT count(*) FROM ingestion_runs"); runs != 1 {
		t.Errorf("the ledger has %d runs, want 1", runs)
	}
}

// TestCron_AUserNeedsNothingElse runs the line of the user's crontab in an empty home.
func TestCron_AUserNeedsNothingElse(t *testing.T) {
	t.Parallel()
	u := clitest.NewUser(t)
	m := newMachine(t, readCrontab(t, "cron/crontab", false), clitest.Binary(t))
	m.home = u.Folder
	if err := os.MkdirAll(filepath.Join(m.home, ".local/bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(clitest.Binary(t), filepath.Join(m.home, ".local/bin/liftoff")); err != nil {
		t.Fatal(err)
	}
	m.tab.env["SPACEX_API_URL"] = clitest.StartReplay(t)
	m.tab.env["XDG_DATA_HOME"] = u.Setting("XDG_DATA_HOME") // else root's data would be the machine's
	m.tab.env["EMBEDDED_CACHE_DIR"] = u.Setting("EMBEDDED_CACHE_DIR")
	if mail, code := m.run(t); code != 0 || mail != "" {
		t.Fatalf("exit code %d, want 0 and no mail:\n%s", code, mail)
	}
	if log := read(t, filepath.Join(m.home, "liftoff.log")); !strings.Contains(log, "inserted=205") {
		t.Errorf("the log does not say that 205 launches were stored:\n%s", log)
	}
}

func TestCron_IsNotAtTheFullHour(t *testing.T) {
	for file, isSystem := range map[string]bool{"cron/liftoff": true, "cron/crontab": false} {
		if tab := readCrontab(t, file, isSystem); slices.Contains([]string{"0", "00", "*"}, tab.minute) || tab.command == "" {
			t.Errorf("%s runs %q at minute %q", file, tab.command, tab.minute)
		}
	}
	// cron leaves out a file with a dot in its name, or one that others may write.
	if tab := readCrontab(t, "cron/liftoff", true); tab.user != "liftoff" {
		t.Errorf("the command's user is %q", tab.user)
	}
}
