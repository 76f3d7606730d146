package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

var units = []string{"liftoff-ingest.service", "liftoff-ingest.timer", "liftoff-worker.service"}

// unit is a unit's settings; one that is given several times has several values.
type unit map[string][]string

func readUnit(t *testing.T, name string) unit {
	t.Helper()
	u := unit{}
	for line := range strings.Lines(read(t, filepath.Join("systemd", name))) {
		key, value, isSetting := strings.Cut(strings.TrimSpace(line), "=")
		if isSetting && !strings.HasPrefix(key, "#") {
			u[key] = append(u[key], value)
		}
	}
	return u
}

// has reports whether a list of exit codes has one.
func (u unit) has(key string, code int) bool {
	return slices.Contains(strings.Fields(strings.Join(u[key], " ")), strconv.Itoa(code))
}

// unitOutcome follows systemd.service(5).
func unitOutcome(t *testing.T, name string, code int) outcome {
	t.Helper()
	u := readUnit(t, name)
	if diff := cmp.Diff([]string{"on-failure"}, u["Restart"]); diff != "" {
		t.Fatal(diff)
	}
	switch isSuccess := code == 0 || u.has("SuccessExitStatus", code); {
	case u.has("RestartPreventExitStatus", code):
		return failure
	case u.has("RestartForceExitStatus", code):
		return retry
	case isSuccess && code == 75:
		return skipped
	case isSuccess:
		return success
	default:
		return retry
	}
}

// installed copies the units into a folder; they start the built program.
func installed(t *testing.T) []string {
	t.Helper()
	folder := t.TempDir()
	var paths []string
	for _, name := range units {
		text := strings.ReplaceAll(read(t, filepath.Join("systemd", name)), "/usr/local/bin/liftoff", clitest.Binary(t))
		paths = append(paths, write(t, filepath.Join(folder, name), text, 0o644))
	}
	return paths
}

func TestSystemd_TakesTheUnits(t *testing.T) {
	analyze := tool(t, "systemd-analyze")
	output := succeed(t, exec.CommandContext(t.Context(), analyze, append([]string{"verify", "--man=no"}, installed(t)...)...))
	if output != "" {
		t.Errorf("systemd-analyze verify says:\n%s", output)
	}
}

// TestSystemd_ServicesAreExposedLittle: 1.5 of 10 at most, where 10 is a service as root
// without any limit.
func TestSystemd_ServicesAreExposedLittle(t *testing.T) {
	analyze := tool(t, "systemd-analyze")
	for _, path := range installed(t) {
		if filepath.Ext(path) != ".service" {
			continue
		}
		output := succeed(t, exec.CommandContext(t.Context(), analyze, "security", "--offline=true", "--threshold=15", "--no-pager", path))
		lines := strings.Split(strings.TrimSpace(output), "\n")
		t.Log(lines[len(lines)-1])
	}
}

func TestSystemd_TimerIsNotAtTheFullHour(t *testing.T) {
	timer := readUnit(t, "liftoff-ingest.timer")
	want := unit{"OnCalendar": {"*-*-* *:17:00"}, "Persistent": {"true"}, "RandomizedDelaySec": {"3min"}}
	for key, value := range want {
		if diff := cmp.Diff(value, timer[key]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", key, diff)
		}
	}
}

// TestSystemd_ServicesDifferInWhatTheyDoOnly: the settings for the database and the
// limits are written twice, because a unit cannot include another file.
func TestSystemd_ServicesDifferInWhatTheyDoOnly(t *testing.T) {
	ingest, worker := readUnit(t, "liftoff-ingest.service"), readUnit(t, "liftoff-worker.service")
	own := []string{
		"Description", "StartLimitIntervalSec", "StartLimitBurst", "Type", "ExecStart", "RestartSec",
		"RestartForceExitStatus", "TimeoutStartSec", "WantedBy",
	}
	for _, key := range own {
		delete(ingest, key)
		delete(worker, key)
	}
	if diff := cmp.Diff(ingest, worker); diff != "" {
		t.Errorf("(-ingest +worker):\n%s", diff)
	}
}

// TestSystemd_CommandsAreThoseOfTheProgram runs each ExecStart with --help, which refuses
// a flag that the program does not have.
func TestSystemd_CommandsAreThoseOfTheProgram(t *testing.T) {
	for _, name := range []string{"liftoff-ingest.service", "liftoff-worker.service"} {
		command := strings.Fields(readUnit(t, name)["ExecStart"][0])
		u := clitest.NewUser(t)
		r := u.Succeed(t, append(command[1:], "--help")...)
		if usage := "liftoff " + command[1]; !strings.Contains(r.Stdout, usage) {
			t.Errorf("%s: %q shows no usage of %q:\n%s", name, command, usage, r.Stdout)
		}
	}
	if _, err := os.Stat("liftoff.env"); err != nil {
		t.Error(err)
	}
}

// TestSystemd_SchedulesAreAddedInTheServicesDatabase runs the command of the README, which
// needs the services' own settings.
func TestSystemd_SchedulesAreAddedInTheServicesDatabase(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	m := systemMachine(t, db, clitest.StartReplay(t))
	for line := range strings.Lines(read(t, "systemd/README.md")) {
		if strings.Contains(line, " schedules add ") {
			m.tab.command = strings.TrimPrefix(strings.TrimSpace(line), "sudo ")
		}
	}
	m.tab.env = map[string]string{"PATH": "/usr/local/bin:/usr/bin:/bin"}
	if output, code := m.run(t); code != 0 || !strings.Contains(output, "Schedule hourly added") {
		t.Errorf("exit code %d:\n%s", code, output)
	}
	if n := clitest.Scan[int](t, db, "SELECT count(*) FROM ingestion_schedules"); n != 1 {
		t.Errorf("the database has %d schedules", n)
	}
}
