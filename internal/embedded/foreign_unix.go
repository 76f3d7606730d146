//go:build unix

package embedded

import "syscall"

// errNoExec is the system's error for a program of a format that it does not
// know, such as another processor's.
const errNoExec = syscall.ENOEXEC
