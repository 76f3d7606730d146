package main

import (
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// memoryLimit returns the memory limit in bytes of the container or service, as
// the system's files state it; 0 for no limit, and on other systems than Linux.
// Near the limit the collector works harder, before the kernel would kill the
// process.
func memoryLimit(system fs.FS) int64 {
	for _, file := range memoryFiles(system) {
		content, err := fs.ReadFile(system, file)
		if err != nil {
			continue
		}
		limit, err := strconv.ParseInt(strings.TrimSpace(string(content)), 10, 64)
		// "No limit" is the word max, or in version 1 a number beyond any memory.
		if err == nil && limit < 1<<50 {
			return limit
		}
	}
	return 0
}

// memoryFiles returns the files that may state the limit: those of the
// process's own control group and, because a container sees that as the root,
// those of the root.
func memoryFiles(system fs.FS) []string {
	var files []string
	content, _ := fs.ReadFile(system, "proc/self/cgroup") // exists on Linux only
	for line := range strings.Lines(string(content)) {
		// The hierarchy's number, its controllers, the group.
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		switch {
		case len(parts) != 3:
		case parts[1] == "":
			files = append(files, path.Join("sys/fs/cgroup", parts[2], "memory.max"))
		case parts[1] == "memory":
			files = append(files, path.Join("sys/fs/cgroup/memory", parts[2], "memory.limit_in_bytes"))
		}
	}
	return append(files, "sys/fs/cgroup/memory.max", "sys/fs/cgroup/memory/memory.limit_in_bytes")
}
