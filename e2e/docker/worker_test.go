package docker_test

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// workerPatience is how long a worker may take for its first slots, on a busy machine.
const workerPatience = 2 * time.Minute

// scheduled returns the same stack with the profile of the worker.
func (s *stack) scheduled(env ...string) *stack {
	return s.with(append([]string{"COMPOSE_PROFILES=scheduled"}, env...)...)
}

// TestWorker is one stack with a worker; each step stands on those before it.
func TestWorker(t *testing.T) {
	s := newStack(t, "worker").scheduled("SCHEDULE_EVERY=10s")
	for _, step := range []struct {
		name string
		run  func(t *testing.T, s *stack)
	}{
		{"it does its first slot and becomes healthy", workerDoesASlot},
		{"the ingestion has run once and ended", ingestionRanOnce},
		{"a worker that was killed is started again", killedWorkerStartsAgain},
		{"two workers do each slot once", workersDoEachSlotOnce},
		{"the dashboard shows the runs, as a role that may only read", dashboardShowsTheRuns},
		{"stop ends it with 0, and it stays stopped", stopEndsWithZero},
		{"a wrong setting shows as restarting", wrongSettingShows},
		{"down with the profile leaves nothing", downLeavesNoWorker},
	} {
		if !t.Run(step.name, func(t *testing.T) { step.run(t, s) }) {
			t.Log(s.compose(t, "logs", "--tail", "30", "worker", "ingestion"))
			return
		}
	}
}

func workerDoesASlot(t *testing.T, s *stack) {
	s.compose(t, "up", "--detach", "--build", "worker")
	s.awaitSlots(t, 1)
	eventually(t, workerPatience, func() error { return s.healthy(t, "worker") })
}

func ingestionRanOnce(t *testing.T, s *stack) {
	const format = "{{.HostConfig.RestartPolicy.Name}} {{.RestartCount}} {{.State.Status}} {{.State.ExitCode}}"
	if got := docker(t, "inspect", "--format", format, s.container(t, "ingestion")); got != "no 0 exited 0" {
		t.Errorf("policy, restarts, state and exit code are %q", got)
	}
}

// killedWorkerStartsAgain kills the process, not the container: Docker does not start
// again what its user has killed.
func killedWorkerStartsAgain(t *testing.T, s *stack) {
	if os.Geteuid() != 0 {
		t.Skip("only root may kill a process of a container")
	}
	id := s.container(t, "worker")
	pid, err := strconv.Atoi(docker(t, "inspect", "--format", "{{.State.Pid}}", id))
	if err != nil {
		t.Fatal(err)
	}
	process, err := os.FindProcess(pid)
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Kill(); err != nil {
		t.Fatal(err)
	}
	eventually(t, workerPatience, func() error {
		if got := docker(t, "inspect", "--format", "{{.RestartCount}} {{.State.Status}}", id); got != "1 running" {
			return fmt.Errorf("restarts and state are %q", got)
		}
		return nil
	})
	s.awaitSlots(t, s.slots(t)+1)
}

func workersDoEachSlotOnce(t *testing.T, s *stack) {
	s.compose(t, "up", "--detach", "--no-recreate", "--no-deps", "--scale", "worker=2", "worker")
	if n := len(s.containers(t, "worker")); n != 2 {
		t.Fatalf("%d workers, want 2", n)
	}
	s.awaitSlots(t, s.slots(t)+3)
	var twice int
	const sql = "SELECT count(*) FROM (SELECT FROM ingestion_runs WHERE status = 'succeeded' AND schedule IS NOT NULL GROUP BY schedule, due_at HAVING count(*) > 1) AS twice"
	if err := s.connect(t).QueryRow(t.Context(), sql).Scan(&twice); err != nil || twice != 0 {
		t.Errorf("%d slots have two good runs (%v)", twice, err)
	}
	if n := s.launches(t); n != replayed {
		t.Errorf("%d launches, want %d", n, replayed)
	}
	eventually(t, workerPatience, func() error { return s.healthy(t, "worker") })
}

// replayed is how many launches the replay of offline.env serves.
const replayed = 205

func stopEndsWithZero(t *testing.T, s *stack) {
	begin := time.Now()
	s.compose(t, "stop", "worker")
	t.Logf("stopped in %v", time.Since(begin).Round(time.Second/10))
	for _, id := range s.containers(t, "worker") {
		if got := docker(t, "inspect", "--format", "{{.State.Status}} {{.State.ExitCode}}", id); got != "exited 0" {
			t.Errorf("a stopped worker is %q:\n%s", got, docker(t, "logs", "--tail", "5", id))
		}
	}
}

// wrongSettingShows: Docker tells no exit codes apart, so it tries again what cannot help.
func wrongSettingShows(t *testing.T, s *stack) {
	s.with("SCHEDULE_EVERY=sometimes").compose(t, "up", "--detach", "--no-deps", "--scale", "worker=1", "worker")
	eventually(t, workerPatience, func() error {
		if got := docker(t, "inspect", "--format", "{{.State.Status}} {{.State.ExitCode}}", s.container(t, "worker")); got != "restarting 2" {
			return fmt.Errorf("the worker is %q", got)
		}
		return nil
	})
	wantLastLine(t, s.compose(t, "logs", "--no-log-prefix", "worker"), "Next: ")
}

func downLeavesNoWorker(t *testing.T, s *stack) {
	s.compose(t, "down", "--volumes", "--timeout", "5")
	if left := strings.Join(s.running(t), " ") + strings.Join(s.containers(t, "worker"), " "); left != "" {
		t.Errorf("left behind: %s", left)
	}
}

// slots counts the slots that had a good run.
func (s *stack) slots(t *testing.T) int {
	t.Helper()
	conn := s.connect(t)
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	var n int
	if err := conn.QueryRow(t.Context(), "SELECT count(*) FROM ingestion_runs WHERE status = 'succeeded' AND schedule IS NOT NULL").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func (s *stack) awaitSlots(t *testing.T, n int) {
	t.Helper()
	eventually(t, workerPatience, func() error {
		if got := s.slots(t); got < n {
			return fmt.Errorf("%d slots had a good run, want %d", got, n)
		}
		return nil
	})
}
