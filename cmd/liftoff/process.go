package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"liftoff"
	"liftoff/internal/app"
	"liftoff/internal/config"
	"liftoff/internal/progress"
	"liftoff/internal/telemetry"
)

// process is what the commands share: the process's own streams and, once a
// command's settings are read, its logger.
type process struct {
	args, environ  []string
	stdin          io.Reader
	stdout, stderr *os.File
	// progress is a bar below the log lines; nil when stderr is no terminal.
	progress *progress.Terminal
	logger   *slog.Logger
	logSink  io.Closer
	// logsToFile says that the log goes to LOG_FILE too.
	logsToFile bool
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
	p.warnAboutExposed(cmd.Context(), cfg)
	ctx, stop := contextWithSignals(cmd.Context(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	a := p.newApp(cfg)
	err = p.doSafely(ctx, a, do)
	if s, ok := errors.AsType[signalError](context.Cause(ctx)); ok && liftoff.CategoryOf(err) == liftoff.Interrupted {
		err = s
	}
	return errors.Join(err, a.Stop(ctx))
}

// warnAboutExposed names the files with secrets that every user may read.
func (p *process) warnAboutExposed(ctx context.Context, cfg config.Config) {
	for _, file := range cfg.Exposed() {
		p.logger.WarnContext(ctx, fmt.Sprintf("Every user of this machine can read %q, which holds a secret. Next: chmod 600 it.", file))
	}
}

// doSafely turns a panic of the work into an error, so that the teardown
// runs and the exit code says that this is a bug. Where it happened stands in
// the log file only: the user's last line shall be one that can be read.
func (p *process) doSafely(ctx context.Context, a *app.App, do work) error {
	err := liftoff.Safely(func() error { return do(ctx, a) })
	bug, isBug := errors.AsType[*liftoff.PanicError](err)
	if !isBug {
		return err
	}
	stack := []any{"cause", fmt.Sprint(bug.Cause), "stack", string(bug.Stack)}
	hint := "report it, with the last lines of " + a.Config.LogFile
	if p.logsToFile {
		p.logger.ErrorContext(telemetry.ToFileOnly(ctx), "panic", stack...)
	} else {
		p.logger.DebugContext(ctx, "panic", stack...)
		hint = "run it again with LOG_LEVEL=debug and report what it says"
	}
	return liftoff.NewError(liftoff.Internal, err, hint)
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
		Progress: p.progress,
		Logger:   p.logger,
		Now:      time.Now,
		Environ:  p.environ,

		LeaveInterrupts: leaveInterruptsToChild,
		IsInterrupt:     isInterrupt,
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
	p.logsToFile = file != ""
	console := io.Writer(p.stderr)
	if term.IsTerminal(int(p.stderr.Fd())) {
		p.progress = progress.NewTerminal(p.stderr)
		console = p.progress
	}
	p.logger, p.logSink = telemetry.NewLogger(telemetry.Options{
		Level:        level,
		JSON:         cfg.LogFormat == "json",
		Console:      console,
		Color:        telemetry.ColorEnabled(p.stderr, p.environ),
		File:         file,
		MaxFileBytes: cfg.LogMaxSizeMiB << 20,
		MaxFiles:     cfg.LogMaxFiles,
	})
	return nil
}

// closeLog ends the log file, after the last line.
func (p *process) closeLog() {
	if p.logSink != nil {
		_ = p.logSink.Close() // there is no log to tell it to any more
	}
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
	level := slog.LevelError
	if _, ok := errors.AsType[signalError](err); ok {
		level = slog.LevelInfo // somebody wanted it so
	}
	p.logger.Log(context.Background(), level, line)
}

func (p *process) terminal() app.Terminal {
	const defaultWidth = 80
	terminal := app.Terminal{Width: defaultWidth, ASCII: p.hasASCIILocale()}
	if width, _, err := term.GetSize(int(p.stdout.Fd())); err == nil && width > 0 {
		terminal.Width = width
		terminal.IsScreen = true
		terminal.Color = telemetry.ColorEnabled(p.stdout, p.environ)
	} else if columns, err := strconv.Atoi(p.getenv("COLUMNS")); err == nil && columns > 0 {
		terminal.Width = columns
	}
	return terminal
}

// hasASCIILocale reports whether the locale is one without block characters.
func (p *process) hasASCIILocale() bool {
	locale := cmp.Or(p.getenv("LC_ALL"), p.getenv("LC_CTYPE"), p.getenv("LANG"))
	return locale == "C" || locale == "POSIX"
}

// getenv returns a variable of the environment; the last one counts.
func (p *process) getenv(name string) string {
	for _, variable := range slices.Backward(p.environ) {
		if value, found := strings.CutPrefix(variable, name+"="); found {
			return value
		}
	}
	return ""
}
