package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// ticksPerSecond is the unit of CPU time in /proc: 100 on every Linux system
// that Go runs on.
const ticksPerSecond = 100

// sampler looks at the processes of the machine while a command runs. Where
// there is no /proc its figures stay 0.
type sampler struct {
	database string
	// backends is the CPU time in ticks of each backend seen.
	backends map[int]int64
	peakTree int64
}

func newSampler(database string) *sampler {
	return &sampler{database: database, backends: map[int]int64{}}
}

// watch samples until the command has ended and returns how it did. At the
// limit it tells the command's group to end, and a little later makes it; when
// ctx ends it makes it at once.
func (s *sampler) watch(ctx context.Context, root int, limit time.Duration, ended <-chan error) error {
	start := time.Now()
	signal := syscall.SIGTERM
	for {
		s.sample(root)
		elapsed := time.Since(start)
		if elapsed > limit {
			_ = syscall.Kill(-root, signal) // it may just have ended
			signal, limit = syscall.SIGKILL, elapsed+grace
		}
		timer := time.NewTimer(pause(elapsed))
		select {
		case err := <-ended:
			timer.Stop()
			return err
		case <-ctx.Done():
			timer.Stop()
			_ = syscall.Kill(-root, syscall.SIGKILL) // it may just have ended
			return <-ended
		case <-timer.C:
		}
	}
}

// pause is short at the beginning, so that a quick command is seen at all.
func pause(elapsed time.Duration) time.Duration {
	switch {
	case elapsed < 300*time.Millisecond:
		return 4 * time.Millisecond
	case elapsed < 3*time.Second:
		return 20 * time.Millisecond
	default:
		return 100 * time.Millisecond
	}
}

// process is what /proc says about one.
type process struct {
	parent int
	memory int64
}

// sample is one pass over all processes.
func (s *sampler) sample(root int) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return
	}
	processes := map[int]process{}
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		if p, ok := s.read(pid); ok {
			processes[pid] = p
		}
	}
	var total int64
	for pid, p := range processes {
		if descends(processes, pid, root) {
			total += p.memory
		}
	}
	s.peakTree = max(s.peakTree, total)
}

// read reads one process, and its CPU time when it is a backend that counts.
func (s *sampler) read(pid int) (process, bool) {
	folder := filepath.Join("/proc", strconv.Itoa(pid))
	stat, err := os.ReadFile(filepath.Join(folder, "stat"))
	if err != nil {
		return process{}, false // it has ended
	}
	end := bytes.LastIndexByte(stat, ')')
	fields := strings.Fields(string(stat[end+1:]))
	if end < 0 || len(fields) < 22 {
		return process{}, false
	}
	if bytes.Contains(stat[:end+1], []byte("(postgres)")) {
		if title, err := os.ReadFile(filepath.Join(folder, "cmdline")); err == nil && isBackend(title, s.database) {
			s.backends[pid] = number(fields[11]) + number(fields[12])
		}
	}
	return process{parent: int(number(fields[1])), memory: number(fields[21]) * int64(os.Getpagesize())}, true
}

// isBackend tells whether a process title is "postgres: [CLUSTER: ]USER
// DATABASE …" with this database.
func isBackend(title []byte, database string) bool {
	first, _, _ := bytes.Cut(title, []byte{0})
	words := strings.Fields(string(first))
	for len(words) > 0 && strings.HasSuffix(words[0], ":") {
		words = words[1:]
	}
	return len(words) > 2 && words[1] == database
}

func descends(processes map[int]process, pid, root int) bool {
	for pid > 1 && pid != root {
		pid = processes[pid].parent
	}
	return pid == root
}

func (s *sampler) backendSeconds() float64 {
	var ticks int64
	for _, t := range s.backends {
		ticks += t
	}
	return float64(ticks) / ticksPerSecond
}

func number(text string) int64 {
	n, _ := strconv.ParseInt(text, 10, 64) // the system wrote it
	return n
}
