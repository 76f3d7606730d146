//go:build unix

package pgtest

import (
	"fmt"
	"os"
	"syscall"
)

// giveToOwner gives a file to the owner of another one, who may be another
// user when the tests run as root.
func giveToOwner(path, other string) error {
	info, err := os.Stat(other)
	if err != nil {
		return err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return fmt.Errorf("find the owner of %s", other)
	}
	return os.Chown(path, int(stat.Uid), int(stat.Gid))
}
