// Package programtest runs programs of others beside a test, such as a receiver of
// telemetry, and holds what is written while a test reads it.
package programtest

import (
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	// stopPatience is how long a program may take to end when it is told to.
	stopPatience = 20 * time.Second
	// shownBytes is how much of its output a failed test shows.
	shownBytes = 4000
)

// Output is what a program or a logger has written. It may be read while it is written.
// The zero value is empty.
type Output struct {
	mutex sync.Mutex
	text  strings.Builder
}

// Write adds text.
func (o *Output) Write(text []byte) (int, error) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.text.Write(text)
}

// String returns all text.
func (o *Output) String() string {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.text.String()
}

// Program is a program under way.
type Program struct {
	// Output is what it has written to stdout and stderr.
	Output Output

	cmd  *exec.Cmd
	once sync.Once
}

// Start starts a program, which ends with the test at the latest. A test that fails shows
// the end of its output.
func Start(t testing.TB, cmd *exec.Cmd) *Program {
	t.Helper()
	p := &Program{cmd: cmd}
	cmd.Stdout, cmd.Stderr = &p.Output, &p.Output
	if err := cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", cmd, err)
	}
	t.Cleanup(func() {
		p.Stop()
		if t.Failed() {
			t.Logf("%s wrote:\n%s", filepath.Base(cmd.Path), End(p.Output.String()))
		}
	})
	return p
}

// Stop ends the program as a service manager does, and waits.
func (p *Program) Stop() {
	p.once.Do(func() {
		_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
		timer := time.AfterFunc(stopPatience, func() { _ = p.cmd.Process.Kill() })
		defer timer.Stop()
		_ = p.cmd.Wait() // how it ends does not matter
	})
}

// End returns the end of a long text.
func End(text string) string { return text[max(0, len(text)-shownBytes):] }
