// Command compare runs commands in turn, again and again, and prints the
// medians of their wall time and peak memory and the ratio to the first one.
//
//	compare -runs 15 'python=.venv/bin/python one_launch.py' 'liftoff=bin/liftoff ingest'
//
// Each run gets DATABASE_URL=$DATABASE_PREFIX/NAME_RUN, a database of its own.
// It imports little: a child's peak memory is never counted lower than its
// parent's at the time of the fork.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"
)

// contender is one command and what was measured of it.
type contender struct {
	name    string
	command []string
	wall    []time.Duration
	peakKiB []int64
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench/compare:", err)
		os.Exit(1)
	}
}

func run() error {
	runs := flag.Int("runs", 15, "runs of each command")
	flag.Parse()
	var contenders []*contender
	for _, arg := range flag.Args() {
		name, command, found := strings.Cut(arg, "=")
		if !found {
			return fmt.Errorf("%q is not NAME=COMMAND", arg)
		}
		contenders = append(contenders, &contender{name: name, command: strings.Fields(command)})
	}
	if len(contenders) == 0 {
		return errors.New("nothing to compare: give NAME=COMMAND")
	}
	for i := range *runs {
		for _, c := range contenders { // in turn, so that a busy moment meets all
			if err := c.measure(i + 1); err != nil {
				return err
			}
		}
	}
	report(contenders)
	return nil
}

func (c *contender) measure(run int) error {
	cmd := exec.CommandContext(context.Background(), c.command[0], c.command[1:]...)
	cmd.Env = append(os.Environ(), fmt.Sprintf("DATABASE_URL=%s/%s_%d", os.Getenv("DATABASE_PREFIX"), c.name, run))
	start := time.Now()
	output, err := cmd.CombinedOutput()
	elapsed := time.Since(start)
	if err != nil {
		return fmt.Errorf("%s, run %d: %w\n%s", c.name, run, err, output)
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return errors.New("this system does not tell a child's peak memory")
	}
	c.wall = append(c.wall, elapsed)
	c.peakKiB = append(c.peakKiB, usage.Maxrss)
	return nil
}

func report(contenders []*contender) {
	first := contenders[0]
	fmt.Println("| | wall, median | fastest | peak memory, median | wall, ratio | memory, ratio |")
	fmt.Println("| --- | --- | --- | --- | --- | --- |")
	for _, c := range contenders {
		fmt.Printf("| %s | %d ms | %d ms | %.1f MB | %.2f | %.2f |\n", c.name,
			median(c.wall).Milliseconds(), slices.Min(c.wall).Milliseconds(), float64(median(c.peakKiB))/1024,
			float64(median(c.wall))/float64(median(first.wall)), float64(median(c.peakKiB))/float64(median(first.peakKiB)))
	}
}

func median[T time.Duration | int64](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
