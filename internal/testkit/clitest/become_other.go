//go:build !unix

package clitest

import "os/exec"

// becomeIn does nothing: the tests of other users are for Unix.
func (*User) becomeIn(*exec.Cmd) {}
