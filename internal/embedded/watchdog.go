//go:build unix

package embedded

import (
	"fmt"
	"os/exec"
	"strconv"
	"syscall"
)

// watchdogScript waits until its standard input closes. The kernel closes it when
// the process that holds the other end ends, even after a kill.
const watchdogScript = `while read -r _; do :; done; kill -"$1" "$2"`

// watch starts a shell that sends the signal to p if this process dies, on systems
// without a death signal. The shell ends together with p.
func (p *process) watch(s syscall.Signal) error {
	dog := exec.Command("/bin/sh", "-c", watchdogScript, "liftoff-watchdog", //nolint:noctx // it lives as long as p
		strconv.Itoa(int(s)), strconv.Itoa(p.cmd.Process.Pid))
	dog.Dir = "/"
	dog.Env = environment()
	// A group of its own: Ctrl-C must not end the watchdog.
	dog.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: p.cmd.SysProcAttr.Credential}
	if _, err := dog.StdinPipe(); err != nil {
		return fmt.Errorf("make the watchdog's pipe: %w", err)
	}
	if err := dog.Start(); err != nil {
		return fmt.Errorf("start the watchdog: %w", err)
	}
	child, both := p.exited, make(chan struct{})
	p.exited = both
	go func() {
		<-child
		// Kill before Wait, which closes the pipe: otherwise the watchdog could
		// signal a process id that another program has by now.
		_ = dog.Process.Kill()
		_ = dog.Wait()
		close(both)
	}()
	return nil
}
