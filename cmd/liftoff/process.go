package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"liftoff"
	"liftoff/internal/app"
	"liftoff/internal/config"
	"liftoff/internal/telemetry"
)

// process is what the commands share: the process's own streams and, once a
// command's settings are read, its logger.
type process struct {
	args, environ  []string
	stdin          io.Reader
	stdout, stderr *os.File
	logger         *slog.Logger
	logSink        io.Closer
}

// work is what a command does with an App.
type work func(ctx context.Context, a *app.App) error

// runApp reads the settings, makes the logger and the App, does the work
// until a signal comes, and stops everything again. Commands that ingest also
// log to LOG_FILE.
func (p *process) runApp(cmd *cobra.Command, logToFile bool, do work) error {
	cfg, err := p.loadConfig(cmd)
	if err != nil {
		return err
	}
	if err := p.openLog(cfg, logToFile); err != nil {
		return err
	}
	ctx, stop := contextWithSignals(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	return p.doAndStop(ctx, p.newApp(cfg), do)
}

// doAndStop does the work and then the teardown, also when a signal has
// ended the work.
func (p *process) doAndStop(ctx context.Context, a *app.App, do work) error {
	err := do(ctx, a)
	if s, ok := errors.AsType[signalError](context.Cause(ctx)); ok && liftoff.CategoryOf(err) == liftoff.Interrupted {
		err = s
	}
	return errors.Join(err, a.Stop(context.WithoutCancel(ctx)))
}

func (p *process) newApp(cfg config.Config) *app.App {
	return app.New(app.Options{
		Config:   cfg,
		Program:  p.args[0],
		Version:  version(),
		Stdin:    p.stdin,
		Stdout:   p.stdout,
		Stderr:   p.stderr,
		Terminal: p.terminal(),
		Logger:   p.logger,
		Now:      time.Now,
	})
}

func (p *process) loadConfig(cmd *cobra.Command) (config.Config, error) {
	envFile := cmd.Flags().Lookup("env-file")
	return config.Load(config.Sources{
		Flags:           cmd.Flags(),
		Environ:         p.environ,
		EnvFile:         envFile.Value.String(),
		EnvFileRequired: envFile.Changed,
	})
}

func (p *process) openLog(cfg config.Config, toFile bool) error {
	level, err := telemetry.ParseLevel(cfg.LogLevel)
	if err != nil {
		return err
	}
	file := cfg.LogFile
	if !toFile || file == "-" {
		file = ""
	}
	p.logger, p.logSink = telemetry.NewLogger(telemetry.Options{
		Level:        level,
		JSON:         cfg.LogFormat == "json",
		Console:      p.stderr,
		Color:        telemetry.ColorEnabled(p.stderr, p.environ),
		File:         file,
		MaxFileBytes: cfg.LogMaxSizeMiB << 20,
		MaxFiles:     cfg.LogMaxFiles,
	})
	return nil
}

// reportFailure writes the one line that a failed command ends with, to the
// log once there is one.
func (p *process) reportFailure(err error) {
	line := err.Error()
	if hint := liftoff.HintOf(err); hint != "" {
		line += ". Next: " + hint
	}
	if p.logger == nil {
		_, _ = fmt.Fprintln(p.stderr, "liftoff: "+line)
		return
	}
	p.logger.Error(line)
}

func (p *process) terminal() app.Terminal {
	const defaultWidth = 80
	terminal := app.Terminal{Width: defaultWidth}
	if width, _, err := term.GetSize(int(p.stdout.Fd())); err == nil && width > 0 {
		terminal.Width = width
		terminal.Color = telemetry.ColorEnabled(p.stdout, p.environ)
	} else if columns, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && columns > 0 {
		terminal.Width = columns
	}
	return terminal
}
