package deploy_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// systemdImage is a Debian with systemd, without what touches the machine's kernel.
const systemdImage = `FROM debian:bookworm-slim
RUN apt-get update && apt-get install --yes --no-install-recommends systemd systemd-sysv dbus && rm -rf /var/lib/apt/lists/*
RUN systemctl mask systemd-sysctl systemd-modules-load systemd-udevd systemd-udev-trigger systemd-logind systemd-remount-fs \
    systemd-random-seed getty.target dev-hugepages.mount sys-kernel-debug.mount sys-kernel-tracing.mount \
    apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer fstrim.timer
# Without a shared root, a service does not see its credentials.
CMD ["sh", "-c", "mount --make-rshared / && exec /lib/systemd/systemd --unit=multi-user.target"]
`

// systemdPatience is how long systemd may take for one thing on a busy machine.
const systemdPatience = time.Minute

// host is a container in which systemd runs.
type host struct{ docker, id string }

// startSystemd starts a container with systemd, the network of this machine, and a folder
// as /given.
func startSystemd(t *testing.T, docker, given string) host {
	t.Helper()
	h := host{docker: docker}
	if output, err := exec.CommandContext(t.Context(), h.docker, "info").CombinedOutput(); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("CI must have a Docker engine: %s", output)
		}
		t.Skip("no Docker engine answers: systemd runs in a container")
	}
	build := exec.CommandContext(t.Context(), h.docker, "build", "--quiet", "--network", "host", "-")
	build.Stdin = strings.NewReader(systemdImage)
	output, err := build.CombinedOutput()
	if err != nil {
		t.Fatalf("build the image: %v\n%s", err, output)
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	h.id = strings.TrimSpace(succeed(t, exec.CommandContext(t.Context(), h.docker, "run", "--detach", "--privileged", "--cgroupns", "private",
		"--network", "host", "--tmpfs", "/tmp", "--volume", given+":/given:ro", "--volume", root+":/src:ro", "--workdir", "/src",
		strings.TrimSpace(string(output)))))
	t.Cleanup(func() { _ = exec.Command(h.docker, "rm", "--force", "--volumes", h.id).Run() })
	h.await(t, "systemd to be up", func() bool {
		state := h.try(t, "systemctl is-system-running")
		return state == "running" || state == "degraded"
	})
	return h
}

// try runs a shell command in the container and returns what it prints.
func (h host) try(t *testing.T, command string) string {
	t.Helper()
	output, _ := exec.CommandContext(t.Context(), h.docker, "exec", h.id, "sh", "-c", command).CombinedOutput()
	return strings.TrimSpace(string(output))
}

// run runs a shell command in the container, which must succeed.
func (h host) run(t *testing.T, command string) string {
	t.Helper()
	return strings.TrimSpace(succeed(t, exec.CommandContext(t.Context(), h.docker, "exec", h.id, "sh", "-euc", command)))
}

func (h host) await(t *testing.T, what string, isSo func() bool) {
	t.Helper()
	deadline := time.NewTimer(systemdPatience)
	defer deadline.Stop()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for !isSo() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// state returns properties of a unit, such as "failed 0".
func (h host) state(t *testing.T, unit string) (active, restarts string) {
	t.Helper()
	properties := map[string]string{}
	for line := range strings.Lines(h.run(t, "systemctl show --property ActiveState,NRestarts "+unit)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		properties[name] = value
	}
	return properties["ActiveState"], properties["NRestarts"]
}

// TestSystemd_RunsTheServices installs the recipe by the commands of its README. Then the
// real systemd starts the built program under all the limits of the unit, and after that
// one that ends with each exit code.
func TestSystemd_RunsTheServices(t *testing.T) {
	docker := tool(t, "docker")
	db := pgtest.NewDatabase(t)
	api := clitest.StartReplay(t)
	given := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(given, "liftoff"), "liftoff/cmd/liftoff")
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // the container may have an older C library
	succeed(t, build)
	write(t, filepath.Join(given, "password"), db.Password+"\n", 0o600)
	write(t, filepath.Join(given, "liftoff.env"), read(t, systemMachine(t, db, api).on("/etc/liftoff/liftoff.env")), 0o644)
	h := startSystemd(t, docker, given)
	h.run(t, strings.NewReplacer(
		"sudo ", "", "FILE_WITH_THE_PASSWORD", "/given/password", "make install PREFIX=/usr/local", "install -m 755 /given/liftoff /usr/local/bin/",
	).Replace(firstCommands(t, "systemd/README.md")))
	h.run(t, "cp /given/liftoff.env /etc/liftoff/")

	h.run(t, "systemctl enable --now liftoff-ingest.timer")
	if timers := h.run(t, "systemctl list-timers"); !strings.Contains(timers, "liftoff-ingest.timer") {
		t.Errorf("the timer is not among the timers:\n%s", timers)
	}
	h.try(t, "systemctl start liftoff-ingest.service")
	journal := h.run(t, "journalctl --unit liftoff-ingest.service --output cat")
	if active, _ := h.state(t, "liftoff-ingest.service"); active != "inactive" || !strings.Contains(journal, "inserted=205") {
		t.Errorf("the service is %s; the journal:\n%s", active, journal)
	}
	clitest.WantPromises(t, db, api)

	h.run(t, "echo SCHEDULE_EVERY=10s >>/etc/liftoff/liftoff.env && systemctl enable --now liftoff-worker.service")
	h.await(t, "the worker to do two slots", func() bool {
		return clitest.Scan[int](t, db, "SELECT count(*) FROM ingestion_runs WHERE status = 'succeeded' AND schedule IS NOT NULL") >= 2
	})
	h.run(t, "systemctl stop liftoff-worker.service")
	if state := h.run(t, "systemctl show --value --property ActiveState,Result,ExecMainStatus liftoff-worker.service | sort | xargs"); state != "0 inactive success" {
		t.Errorf("the stopped worker is %q:\n%s", state, h.run(t, "journalctl --unit liftoff-worker.service --output cat"))
	}

	h.run(t, `printf '#!/bin/sh\nexit $(cat /etc/liftoff/code)\n' >/usr/local/bin/liftoff`)
	for _, unit := range []string{"liftoff-ingest.service", "liftoff-worker.service"} {
		h.run(t, "mkdir /etc/systemd/system/"+unit+".d && printf '[Service]\nRestartSec=100ms\n' >/etc/systemd/system/"+unit+".d/soon.conf && systemctl daemon-reload")
		for _, code := range exitCodes {
			if got, want := h.outcome(t, unit, code), unitOutcome(t, unit, code); got != want {
				t.Errorf("%s: systemd makes %q of exit code %d, and the other tests think %q", unit, got, code, want)
			}
		}
	}
}

// outcome starts a unit whose program ends with a code, and sees what systemd does.
func (h host) outcome(t *testing.T, unit string, code int) outcome {
	t.Helper()
	h.try(t, "systemctl stop "+unit+"; systemctl reset-failed "+unit)                   // refused where there is nothing to reset
	h.try(t, fmt.Sprintf("echo %d >/etc/liftoff/code; systemctl start %s", code, unit)) // returns when the program has been started at least
	var seen outcome
	h.await(t, unit+" to end", func() bool {
		switch active, restarts := h.state(t, unit); {
		case restarts != "0":
			seen = retry
		case active == "failed":
			seen = failure
		case active == "inactive" && code == 75:
			seen = skipped
		case active == "inactive":
			seen = success
		}
		return seen != ""
	})
	return seen
}
