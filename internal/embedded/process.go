//go:build unix

package embedded

import (
	"context"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"syscall"
)

// command is a program to run as the server's account.
type command struct {
	path    string
	args    []string
	account account
	// env is added to environment().
	env            []string
	stdout, stderr io.Writer
	// onOurDeath is the signal that the child gets if this process dies.
	onOurDeath syscall.Signal
}

// process is a running child.
type process struct {
	cmd    *exec.Cmd
	exited <-chan struct{}
	// err is how it ended. Read it only after exited is closed.
	err error
}

// environment is what a child sees: nothing of our own environment, which may
// hold passwords or change how PostgreSQL behaves.
func environment() []string {
	return []string{"LC_ALL=C", "TZ=UTC", "PATH=/usr/local/bin:/usr/bin:/bin"}
}

// startProcess starts a child that does not outlive this process. The goroutine
// that waits for the child has ended when exited is closed.
func startProcess(c command) (*process, error) {
	cmd := exec.Command(c.path, c.args...) //nolint:noctx // a server outlives the context of its start
	cmd.Dir = "/"
	cmd.Env = append(environment(), c.env...)
	cmd.Stdout, cmd.Stderr = c.stdout, c.stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{
		// A group of its own: Ctrl-C in the terminal reaches only us.
		Setpgid:    true,
		Credential: c.account.credential(),
	}
	setDeathSignal(cmd.SysProcAttr, c.onOurDeath)

	ended, started := make(chan struct{}), make(chan error, 1)
	p := &process{cmd: cmd, exited: ended}
	go p.startAndWait(started, ended)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %q: %w", c.path, c.account.explainStart(err))
	}
	if !hasDeathSignal {
		if err := p.watch(c.onOurDeath); err != nil {
			p.kill()
			<-p.exited
			return nil, err
		}
	}
	return p, nil
}

// startAndWait runs in a goroutine that stays locked to its thread: Linux sends
// the death signal when the thread that started the child ends, not the process,
// so the thread must live as long as the child.
func (p *process) startAndWait(started chan<- error, ended chan<- struct{}) {
	runtime.LockOSThread()
	err := p.cmd.Start()
	started <- err
	if err != nil {
		close(ended)
		return
	}
	p.err = p.cmd.Wait()
	close(ended)
}

// hasExited reports whether the child has ended.
func (p *process) hasExited() bool {
	select {
	case <-p.exited:
		return true
	default:
		return false
	}
}

// signal sends a signal to the child if it still runs.
func (p *process) signal(s syscall.Signal) {
	// The only error is that it has ended.
	_ = p.cmd.Process.Signal(s)
}

// kill ends the child and what it started in its group.
func (p *process) kill() {
	if !p.hasExited() {
		_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	}
}

// run starts the command and waits until it has ended. When ctx ends, it kills
// the command and returns ctx's error.
func (c command) run(ctx context.Context) error {
	p, err := startProcess(c)
	if err != nil {
		return err
	}
	select {
	case <-p.exited:
		return p.err
	case <-ctx.Done():
		p.kill()
		<-p.exited
		return ctx.Err()
	}
}
