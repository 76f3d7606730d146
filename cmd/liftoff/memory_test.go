package main

import (
	"testing"
	"testing/fstest"
)

func TestB19_MemoryLimitOfTheControlGroup(t *testing.T) {
	t.Parallel()
	const v1, v2 = "4:memory:/system.slice/liftoff\n0::/ignored\n", "0::/system.slice/liftoff\n"
	for name, test := range map[string]struct {
		files map[string]string
		want  int64
	}{
		"B19 version 2, a service":   {map[string]string{"proc/self/cgroup": v2, "sys/fs/cgroup/system.slice/liftoff/memory.max": "67108864\n"}, 64 << 20},
		"B19 version 2, a container": {map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "67108864\n"}, 64 << 20},
		"B19 version 2, no limit":    {map[string]string{"proc/self/cgroup": v2, "sys/fs/cgroup/memory.max": "max\n"}, 0},
		"B19 version 1, a service":   {map[string]string{"proc/self/cgroup": v1, "sys/fs/cgroup/memory/system.slice/liftoff/memory.limit_in_bytes": "67108864\n"}, 64 << 20},
		"B19 version 1, a container": {map[string]string{"proc/self/cgroup": v1, "sys/fs/cgroup/memory/memory.limit_in_bytes": "67108864\n"}, 64 << 20},
		"B19 version 1, no limit":    {map[string]string{"sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n"}, 0},
		"B19 another system":         {nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			system := fstest.MapFS{}
			for path, content := range test.files {
				system[path] = &fstest.MapFile{Data: []byte(content)}
			}
			if got := memoryLimit(system); got != test.want {
				t.Errorf("memoryLimit() = %d, want %d", got, test.want)
			}
		})
	}
}
