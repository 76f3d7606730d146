//go:build unix

package clitest

import (
	"os/exec"
	"syscall"
)

// becomeIn makes the command run as the user.
func (u *User) becomeIn(cmd *exec.Cmd) {
	if u.UID != 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: u.UID, Gid: u.UID}}
	}
}
