// Package process_test is chapter B of the fault suite: the process and its
// host. It drives the built binary as a user would.
package process_test

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"liftoff/internal/replay"
	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
	"liftoff/internal/testkit/programtest"
)

func TestMain(m *testing.M) {
	os.Exit(clitest.MainForFaults(func() int { return pgtest.Main(m) }))
}

// patience bounds every wait for something that should come at once.
const patience = 60 * time.Second

// startAPI serves synthetic launches in the test's own process.
func startAPI(t *testing.T, options replay.Options) (*replay.Server, string) {
	t.Helper()
	server, err := replay.New(options)
	if err != nil {
		t.Fatal(err)
	}
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	return server, listener.URL
}

// newUser returns a user with a database that has the schema, who reads from
// an API in pages of 250 launches.
func newUser(t *testing.T, url string) (*clitest.User, pgtest.Database) {
	t.Helper()
	db := pgtest.NewDatabase(t)
	u := clitest.NewUser(t).On(db).With("SPACEX_API_URL="+url, "PAGE_SIZE=250", "REFERENCES=false", "LOG_FILE=-")
	u.Succeed(t, "migrate", "up")
	return u, db
}

// running is a run of the binary that goes on.
type running struct {
	cmd    *exec.Cmd
	stderr programtest.Output
	done   chan struct{}
}

// start starts the binary; what is left of it is killed at the test's end.
func start(t *testing.T, u *clitest.User, args ...string) *running {
	t.Helper()
	r := &running{cmd: u.Command(t.Context(), args...), done: make(chan struct{})}
	r.cmd.Stderr = &r.stderr
	r.run(t)
	return r
}

func (r *running) run(t *testing.T) {
	t.Helper()
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(r.done)
		_ = r.cmd.Wait() // how it ended is in ProcessState
	}()
	t.Cleanup(func() {
		_ = r.cmd.Process.Kill()
		<-r.done
	})
}

func (r *running) signal(t *testing.T, signal syscall.Signal) {
	t.Helper()
	if err := r.cmd.Process.Signal(signal); err != nil {
		t.Fatalf("%v: %v", signal, err)
	}
}

// wait waits until it has ended, within a bound, and returns the exit code; -1
// when a signal ended it.
func (r *running) wait(t *testing.T, bound time.Duration) int {
	t.Helper()
	select {
	case <-r.done:
	case <-time.After(bound):
		_ = r.cmd.Process.Signal(syscall.SIGQUIT) // the stacks
		t.Fatalf("it has not ended within %s; stderr:\n%s", bound, r.stderr.String())
	}
	return r.cmd.ProcessState.ExitCode()
}

// endedBy returns the signal that ended it, 0 for none.
func (r *running) endedBy() syscall.Signal {
	status, ok := r.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() {
		return 0
	}
	return status.Signal()
}

// await polls until something is so.
func await(t *testing.T, what string, isSo func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	pause := time.NewTicker(10 * time.Millisecond)
	defer pause.Stop()
	for !isSo() {
		if time.Now().After(deadline) {
			t.Fatalf("waited for %s in vain", what)
		}
		<-pause.C
	}
}
