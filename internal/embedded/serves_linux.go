package embedded

import (
	"os"
	"path/filepath"
	"strconv"
)

// serves reports whether the process is a PostgreSQL server of the data
// directory: each of its processes works in that directory.
func serves(pid int, data string) bool {
	folder := filepath.Join("/proc", strconv.Itoa(pid))
	work, err := os.Stat(filepath.Join(folder, "cwd"))
	if err != nil {
		return false
	}
	here, err := os.Stat(data)
	if err != nil || !os.SameFile(work, here) {
		return false
	}
	program, err := os.ReadFile(filepath.Join(folder, "comm"))
	return err == nil && string(program) == "postgres\n"
}

// canListServers means that anyoneServes can tell.
const canListServers = true

// anyoneServes reports whether any process serves the data directory.
func anyoneServes(data string) bool {
	// The only error is a bad pattern.
	processes, _ := filepath.Glob("/proc/[0-9]*")
	for _, folder := range processes {
		pid, err := strconv.Atoi(filepath.Base(folder))
		if err == nil && serves(pid, data) {
			return true
		}
	}
	return false
}
