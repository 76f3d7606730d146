// Command measure runs a command once and prints one line about it, in the
// definitions of ../shared/bench/measure.py, for machines without Python and
// GNU time:
//
//	measure -database bench_1 -log run.log -limit 5m -- psql -c 'SELECT 1'
//
// The line has, in this order and separated by tabs: wall seconds; CPU seconds
// of the command and all that it started; CPU seconds of the PostgreSQL
// backends connected to the database, sampled; peak memory of the largest
// single process in MB; peak of the sum over the process tree in MB, sampled;
// exit code (124 when the limit ended it); load of the machine before.
//
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
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// limitReached is the exit code of a run that was ended.
const limitReached = 124

// grace is how long a run may take to end after it was told to.
const grace = 5 * time.Second

func main() {
	if err := command(); err != nil {
		fmt.Fprintln(os.Stderr, "bench/measure:", err)
		os.Exit(1)
	}
}

func command() error {
	database := flag.String("database", "", "database whose backends' CPU time counts")
	logFile := flag.String("log", os.DevNull, "file that the command's output is added to")
	limit := flag.Duration("limit", 15*time.Minute, "time after which the command is ended")
	flag.Parse()
	if flag.NArg() == 0 {
		return errors.New("nothing to measure: give a command after --")
	}
	log, err := os.OpenFile(*logFile, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }() // the command writes it
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	figures, err := measure(ctx, run{argv: flag.Args(), log: log, limit: *limit}, newSampler(*database))
	if err != nil {
		return err
	}
	_, err = fmt.Println(figures)
	return err
}

// run is a command and its bounds.
type run struct {
	argv  []string
	log   *os.File
	limit time.Duration
}

// measure runs the command to its end and samples until then. It has a session
// of its own, so that its children can be ended with it.
func measure(ctx context.Context, r run, s *sampler) (string, error) {
	cmd := exec.CommandContext(context.WithoutCancel(ctx), r.argv[0], r.argv[1:]...)
	cmd.Stdout, cmd.Stderr = r.log, r.log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	load := loadAverage()
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return "", err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }() // read below
	err := s.watch(ctx, cmd.Process.Pid, r.limit, ended)
	wall := time.Since(start)
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if _, isExit := errors.AsType[*exec.ExitError](err); err != nil && !isExit {
		return "", err
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return "", errors.New("this system does not tell a child's peak memory")
	}
	code := cmd.ProcessState.ExitCode()
	if wall > r.limit {
		code = limitReached
	}
	cpu := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return fmt.Sprintf("%.3f\t%.2f\t%.2f\t%.1f\t%.1f\t%d\t%s", wall.Seconds(), cpu.Seconds(), s.backendSeconds(),
		float64(usage.Maxrss)/1024, float64(s.peakTree)/(1<<20), code, load), nil
}

// loadAverage is the first figure of the system's load, or "-".
func loadAverage() string {
	content, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "-"
	}
	first, _, _ := strings.Cut(string(content), " ")
	return first
}
