package embedded

import "syscall"

// hasDeathSignal means that the kernel signals children when this process dies.
const hasDeathSignal = true

func setDeathSignal(attr *syscall.SysProcAttr, s syscall.Signal) { attr.Pdeathsig = s }
