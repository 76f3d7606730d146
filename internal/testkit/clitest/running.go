package clitest

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// Running is a run of the binary that goes on beside the test. It is killed when the
// test ends.
type Running struct {
	t     testing.TB
	cmd   *exec.Cmd
	ended chan struct{}

	mutex          sync.Mutex
	stdout, stderr bytes.Buffer
}

// output writes into one of a Running's buffers.
type output struct {
	running *Running
	buffer  *bytes.Buffer
}

func (o output) Write(text []byte) (int, error) {
	o.running.mutex.Lock()
	defer o.running.mutex.Unlock()
	return o.buffer.Write(text)
}

// Start starts the binary.
func (u *User) Start(t testing.TB, args ...string) *Running {
	t.Helper()
	r := &Running{t: t, ended: make(chan struct{})}
	r.cmd = u.Command(context.WithoutCancel(t.Context()), args...)
	r.cmd.Stdout, r.cmd.Stderr = output{r, &r.stdout}, output{r, &r.stderr}
	if err := r.cmd.Start(); err != nil {
		t.Fatalf("liftoff %s: %v", strings.Join(args, " "), err)
	}
	go func() {
		defer close(r.ended)
		_ = r.cmd.Wait() // Wait has the exit code
	}()
	t.Cleanup(func() {
		_ = r.cmd.Process.Kill() // if it has not ended
		<-r.ended
	})
	return r
}

// PID returns the number of the process.
func (r *Running) PID() int { return r.cmd.Process.Pid }

// Stderr returns what it has written so far.
func (r *Running) Stderr() string {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.stderr.String()
}

// Signal sends a signal; it does nothing when the run has ended.
func (r *Running) Signal(signal os.Signal) { _ = r.cmd.Process.Signal(signal) }

// Wait returns the result, and fails the test if the run does not end within a minute
// and a half.
func (r *Running) Wait() Result {
	r.t.Helper()
	select {
	case <-r.ended:
	case <-time.After(commandTimeout):
		r.t.Fatalf("%s did not end; stderr:\n%s", r.cmd, r.Stderr())
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return Result{r.stdout.String(), r.stderr.String(), r.cmd.ProcessState.ExitCode()}
}

// HasEnded reports whether the run has ended.
func (r *Running) HasEnded() bool {
	select {
	case <-r.ended:
		return true
	default:
		return false
	}
}

// WaitFor waits until stderr has a text, and fails the test if that takes longer than
// patience or the run ends before.
func (r *Running) WaitFor(text string, patience time.Duration) {
	r.t.Helper()
	for end := time.Now().Add(patience); !strings.Contains(r.Stderr(), text); <-time.After(10 * time.Millisecond) {
		if time.Now().After(end) || r.HasEnded() && !strings.Contains(r.Stderr(), text) {
			r.t.Fatalf("%s does not say %q; stderr:\n%s", r.cmd, text, r.Stderr())
		}
	}
}
