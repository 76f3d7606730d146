package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// scriptContender is the hand-written Python script: it fetches the latest
// launch, stores it, re-creates the view and prints all analytics.
type scriptContender struct{ bench *bench }

func (scriptContender) name() string { return script }

func (c scriptContender) prepare(ctx context.Context, j job) error {
	return c.bench.server.create(ctx, j.database, migrated)
}

func (c scriptContender) command(_ context.Context, j job) (command, error) {
	return command{
		arguments:   []string{c.bench.scriptPython, "bench/one_launch.py"},
		environment: []string{"DATABASE_URL=" + c.bench.server.dsn(j.database), "SPACEX_API_URL=" + j.api},
	}, nil
}

func (scriptContender) table(context.Context, job) (string, error) { return "raw_launches", nil }

// providePython makes the Python environments that the chosen parts need.
func (o *options) providePython(ctx context.Context) (err error) {
	if o.does(partPeers) && o.has(own) && o.has(script) {
		if o.scriptPython, err = o.venv(ctx, "bench-venv", "bench/requirements.txt"); err != nil {
			return err
		}
	}
	if o.does(partAnalytics) && o.has(own) {
		o.duckdbPython, err = o.venv(ctx, "bench-duckdb-venv", "bench/duckdb/requirements.txt")
	}
	return err
}

// venv returns a Python that has the packages of a requirements file.
func (o *options) venv(ctx context.Context, name, requirements string) (string, error) {
	cmd := exec.CommandContext(ctx, "bench/venv.sh", filepath.Join(o.venvs, name), requirements)
	cmd.Stderr = os.Stderr
	output, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("make a Python environment with the packages of %s: %w", requirements, err)
	}
	return strings.TrimSpace(string(output)), nil
}
