package embedded

import "syscall"

// hasDeathSignal says that the kernel tells children of our death.
const hasDeathSignal = true

func setDeathSignal(attr *syscall.SysProcAttr, s syscall.Signal) { attr.Pdeathsig = s }
