//go:build unix

package app

import "syscall"

// ownSession keeps a child running when the terminal is closed, and Ctrl-C away from it.
func ownSession() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
