package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// measurable is a program whose runs are measured and checked.
type measurable interface {
	name() string
	// table has as many rows as there are launches after a good run.
	table(ctx context.Context, j job) (string, error)
}

// contender is one way to get the launches into a database.
type contender interface {
	measurable
	// prepare makes what the contender expects in the job's database, which it
	// creates.
	prepare(ctx context.Context, j job) error
	// command is what is measured; without arguments the contender sits out.
	command(ctx context.Context, j job) (command, error)
}

// job is one run of a contender, and perhaps one more on the filled database.
type job struct {
	// kind is what its figures are noted as; empty stands for what it does.
	kind     string
	n        int
	rep      int
	api      string
	database string
	again    bool
	// keep leaves the database for later parts.
	keep bool
}

// noted is the kind that the figures of the first run are noted as.
func (j job) noted() string {
	if j.kind != "" {
		return j.kind
	}
	return j.what()
}

// what names the kind of job: the latest launch, or all.
func (j job) what() string {
	if j.n == 1 {
		return latest
	}
	return bulk
}

// command is a program with what is added to this process's environment.
type command struct {
	arguments   []string
	environment []string
}

// runOne gives a contender a database of its own and measures it there.
func (b *bench) runOne(ctx context.Context, c contender, j job) error {
	started := time.Now()
	j.database = strings.ReplaceAll(fmt.Sprintf("bench_%s_%s_%d_%d", c.name(), j.noted(), j.n, j.rep), "-", "_")
	if err := c.prepare(ctx, j); err != nil {
		return err
	}
	cmd, err := c.command(ctx, j)
	if err != nil {
		return err
	}
	if len(cmd.arguments) > 0 {
		if err := b.measureBoth(ctx, c, j, cmd); err != nil {
			return err
		}
	}
	b.spent[turns{c.name(), j.noted(), j.n}] += time.Since(started)
	if j.keep && b.results.count(c.name(), j.noted(), j.n) > 0 {
		b.kept[filling{j.noted(), j.n}] = j.database
		return nil
	}
	return b.server.drop(ctx, j.database)
}

// measureBoth measures the first run and, if it is asked for, one more.
func (b *bench) measureBoth(ctx context.Context, c contender, j job, cmd command) error {
	ok, err := b.measureOnce(ctx, c, j, measured{kind: j.noted(), command: cmd})
	if _, isCopy := c.(copyContender); err != nil || !ok || !j.again || isCopy {
		return err
	}
	before, err := b.writes(ctx, c, j)
	if err != nil {
		return err
	}
	if _, err := b.measureOnce(ctx, c, j, measured{kind: j.noted() + againSuffix, command: cmd}); err != nil {
		return err
	}
	after, err := b.writes(ctx, c, j)
	if err != nil {
		return err
	}
	if before != after {
		b.fail("%s, %d launches again: rows were written: %s before, %s after", c.name(), j.n, before, after)
	}
	return nil
}

// measured is a command and what kind of run it is.
type measured struct {
	kind    string
	command command
}

// measureOnce runs a command and notes its figures. It tells whether the run
// did what it had to; only then is it of any use to run it again.
func (b *bench) measureOnce(ctx context.Context, c measurable, j job, m measured) (bool, error) {
	if err := b.server.checkpoint(ctx); err != nil {
		return false, err
	}
	log := filepath.Join(b.folder, c.name()+".log")
	arguments := append([]string{"-database", j.database, "-log", log, "-limit", b.limit.String(), "--"}, m.command.arguments...)
	cmd := exec.CommandContext(ctx, b.measure, arguments...)
	cmd.Env = append(os.Environ(), m.command.environment...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) } // it ends the contender
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	output, err := cmd.Output()
	if err != nil {
		return false, errors.Join(err, errors.New(stderr.String()))
	}
	r := result{name: c.name(), kind: m.kind, n: j.n, rep: j.rep}
	if err := r.parse(string(output)); err != nil {
		return false, err
	}
	table, err := c.table(ctx, j)
	if err != nil {
		return false, err
	}
	if r.rows, err = b.server.number(ctx, j.database, "SELECT count(*) FROM "+table); err != nil {
		r.rows = -1 // there is no such table: the run has failed
	}
	if err := b.results.add(r); err != nil {
		return false, err
	}
	if r.code == 0 && r.rows == int64(j.n) {
		return true, nil
	}
	b.fail("%s: exit code %d, %d rows; its last words: %s", r.label(), r.code, r.rows, tail(log))
	return false, nil
}

func (b *bench) fail(format string, arguments ...any) {
	b.wrong = append(b.wrong, fmt.Sprintf(format, arguments...))
	fmt.Fprintln(os.Stderr, "WRONG:", b.wrong[len(b.wrong)-1])
}

// tail is the end of a log.
func tail(path string) string {
	const enough = 500
	content, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	return string(bytes.TrimSpace(content[max(0, len(content)-enough):]))
}
