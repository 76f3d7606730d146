package main

import (
	"os"
	"strconv"
	"strings"
)

// memoryLimit returns how much memory the container, or the service, may use;
// 0 for no limit, and on systems that know no such thing. With it the collector
// works harder before the kernel would kill the process.
func memoryLimit() int64 {
	for _, file := range []string{
		"/sys/fs/cgroup/memory.max",                   // cgroup v2
		"/sys/fs/cgroup/memory/memory.limit_in_bytes", // cgroup v1
	} {
		content, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		limit, err := strconv.ParseInt(strings.TrimSpace(string(content)), 10, 64)
		// No limit is the word max, or in v1 some number beyond any memory.
		if err == nil && limit < 1<<50 {
			return limit
		}
	}
	return 0
}
