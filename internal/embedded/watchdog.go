//go:build unix

package embedded

import (
	"fmt"
	"os/exec"
	"strconv"
	"syscall"
)

// watchdogScript waits until its standard input closes, which the kernel
// does when the process that holds the other end ends, however it ends.
const watchdogScript = `while read -r _; do :; done; kill -"$1" "$2"`

// watch starts a shell that sends the signal to p when this process dies. It
// is for systems without a death signal, and ends together with p.
func (p *process) watch(s syscall.Signal) error {
	dog := exec.Command("/bin/sh", "-c", watchdogScript, "liftoff-watchdog", //nolint:noctx // it lives as long as p
		strconv.Itoa(int(s)), strconv.Itoa(p.cmd.Process.Pid))
	dog.Dir = "/"
	dog.Env = environment()
	// Of its own group, because Ctrl-C must not take the watchdog away.
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
		// The kill comes first, and Wait closes the pipe: a watchdog that saw
		// its pipe close would signal a process id that may be somebody
		// else's by now.
		_ = dog.Process.Kill()
		_ = dog.Wait()
		close(both)
	}()
	return nil
}
