//go:build unix && !linux

package embedded

import "syscall"

// hasDeathSignal is false: a watchdog signals children when this process dies.
const hasDeathSignal = false

func setDeathSignal(*syscall.SysProcAttr, syscall.Signal) {}
