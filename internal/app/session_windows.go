package app

import "syscall"

// ownSession does nothing: there is no embedded server on Windows.
func ownSession() *syscall.SysProcAttr { return nil }
