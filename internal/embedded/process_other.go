//go:build unix && !linux

package embedded

import "syscall"

// hasDeathSignal is false: a watchdog tells children of our death.
const hasDeathSignal = false

func setDeathSignal(*syscall.SysProcAttr, syscall.Signal) {}
