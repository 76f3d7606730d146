//go:build unix && !linux

package embedded

import (
	"os/exec"
	"strconv"
	"strings"
)

// serves reports whether the process is a PostgreSQL server of the data
// directory, by its command line.
func serves(pid int, data string) bool {
	line, err := exec.Command("ps", "-ww", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
	return err == nil && strings.Contains(string(line), "postgres") && strings.Contains(string(line), data)
}

// canListServers is false: anyoneServes cannot tell.
const canListServers = false

// anyoneServes always returns true here: PostgreSQL decides.
func anyoneServes(string) bool { return true }
