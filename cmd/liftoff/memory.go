package main

import (
	"io/fs"
	"path"
	"runtime/debug"
	"strconv"
	"strings"
)

// gcPercent is about a third of Go's default of 100.
const gcPercent = 35

// keepHeapSmall has the garbage collected more often, unless GOGC says how often. The
// heap is mostly documents without pointers: that costs little and keeps it small.
// A run for the latest launch does without: its heap is small, and the collections
// would take a tenth of its time.
func (p *process) keepHeapSmall() {
	if p.getenv("GOGC") == "" && !p.isForLatest {
		debug.SetGCPercent(gcPercent)
	}
}

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
