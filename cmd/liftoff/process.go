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
	"liftoff/internal/shipping"
	"liftoff/internal/telemetry"
)

// process is what the commands share: the streams of the process and its
// logger.
type process struct {
	args, environ  []string
	stdin          io.Reader
	stdout, stderr *os.File
	// bar is shown below the log lines; nil if stderr is not a terminal.
	bar     *progress.Bar
	logger  *slog.Logger
	logSink io.Closer
	// shipper gets the log too; nil if nothing is shipped.
	shipper *shipping.Shipper
	// trace is a context in the command's span, for its last line.
	trace context.Context //nolint:containedctx // the command has returned when it is used
	// logsToFile is set if the log also goes to LOG_FILE.
	logsToFile bool
	// called is the command that was called, once its flags are known to be right.
	called *cobra.Command
	// isForLatest is set for a run that fetches only the latest launch.
	isForLatest bool
}

// setLogger makes the logger.
func (p *process) setLogger(options telemetry.Options) {
	options.Color = telemetry.ColorEnabled(p.stderr, p.environ)
	logger, sink := telemetry.NewLogger(options)
	p.logger, p.logSink = logger.With(telemetry.ComponentKey, "cli"), sink
}

// work is what a command does with an App and its arguments.
type work func(ctx context.Context, a *app.App, args []string) error

// command gives cmd its work and the flags of its settings. Commands that
// ingest also log to LOG_FILE.
func (p *process) command(cmd *cobra.Command, do work, groups ...config.Group) *cobra.Command {
	cmd.Flags().SortFlags = false
	config.AddFlags(cmd.Flags(), append(groups, config.GroupLog)...)
	completeSettings(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return p.runApp(cmd, args, do, groups)
	}
	return cmd
}

// runApp reads the settings, makes the logger and the App, does the work
// until a signal arrives, and stops everything.
func (p *process) runApp(cmd *cobra.Command, args []string, do work, groups []config.Group) error {
	p.keepHeapSmall()
	p.called = cmd
	cfg, err := p.loadConfig(cmd)
	if err != nil {
		return err
	}
	logToFile := slices.Contains(groups, config.GroupIngest)
	var problems []shipping.Problem
	if logToFile && slices.Contains(groups, config.GroupShipping) {
		p.shipper, problems = shipping.New(cmd.Context(), p.shippingSettings(cfg, slices.Contains(groups, config.GroupWorker)))
	}
	p.openLog(cfg, logToFile)
	p.reportSettings(cmd.Context(), cfg)
	p.reportShipping(cmd.Context(), problems)
	ctx, stop := contextWithSignals(cmd.Context(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	a := p.newApp(cfg)
	err = p.explainPanic(ctx, a, liftoff.Safely(func() error { return p.traced(ctx, cmd, func(ctx context.Context) error { return do(ctx, a, args) }) }))
	if s, ok := errors.AsType[signalError](context.Cause(ctx)); ok && liftoff.CategoryOf(err) == liftoff.Interrupted {
		hint := "run the same command again"
		if logToFile {
			hint += ": what was stored stays stored, and nothing is half-written"
		}
		err = liftoff.NewError(liftoff.Interrupted, s, hint)
	}
	return errors.Join(err, a.Stop(ctx))
}

// reportSettings logs what was found out about the settings, and warns of files
// with secrets that every user may read.
func (p *process) reportSettings(ctx context.Context, cfg config.Config) {
	logger := p.logger.With(telemetry.ComponentKey, "config")
	for _, notice := range cfg.Notices() {
		logger.Log(ctx, notice.Level, notice.Message) //nolint:sloglint // the notice is the message
	}
	for _, file := range cfg.Exposed() {
		logger.WarnContext(ctx, "Every user of this machine can read a file that contains a secret. Next: chmod 600 it.", "file", file)
	}
}

// explainPanic returns err, or for a panic of the work an error whose exit code
// says that this is a bug. The stack goes to the log file only: the last line on
// the terminal must be readable.
func (p *process) explainPanic(ctx context.Context, a *app.App, err error) error {
	bug, isBug := errors.AsType[*liftoff.PanicError](err)
	if !isBug {
		return err
	}
	stack := []any{"cause", fmt.Sprint(bug.Cause), "stack", string(bug.Stack)}
	hint := "report it, with the last lines of " + a.Config.LogFile
	if p.logsToFile {
		p.logger.ErrorContext(telemetry.ToFileOnly(ctx), "The work panicked.", stack...)
	} else {
		p.logger.DebugContext(ctx, "The work panicked.", stack...)
		hint = "run it again with LOG_LEVEL=debug and report what it says"
	}
	return liftoff.NewError(liftoff.Internal, err, hint)
}

func (p *process) newApp(cfg config.Config) *app.App {
	return app.New(app.Options{
		Config:   cfg,
		AsCalled: p.asCalled,
		Version:  version(),
		Stdin:    p.stdin,
		Stdout:   p.stdout,
		Stderr:   p.stderr,
		Screen:   p.screen(),
		Progress: p.bar,
		Shipper:  p.shipper,
		Logger:   p.logger,
		Now:      time.Now,
		Environ:  p.environ,

		LeaveInterrupts: leaveInterruptsToChild,
		ExitCode:        exitCode,
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

func (p *process) openLog(cfg config.Config, toFile bool) {
	file := cfg.LogFile
	if !toFile || file == "-" {
		file = ""
	}
	p.logsToFile = file != ""
	console := io.Writer(p.stderr)
	if term.IsTerminal(int(p.stderr.Fd())) && !cfg.Quiet {
		p.bar = progress.NewBar(p.stderr)
		console = p.bar
	}
	level := telemetry.Level(cfg.LogLevel)
	fileLevel := min(level, slog.LevelInfo)
	if cfg.LogFileLevel != "" {
		fileLevel = telemetry.Level(cfg.LogFileLevel)
	}
	if cfg.Quiet {
		level = max(level, slog.LevelWarn)
	}
	p.setLogger(telemetry.Options{
		Level:        level,
		FileLevel:    fileLevel,
		JSON:         cfg.LogFormat == "json",
		Console:      console,
		File:         file,
		Ship:         p.shipper.Logs(),
		MaxFileBytes: cfg.LogMaxSizeMiB << 20,
		MaxFiles:     cfg.LogMaxFiles,
	})
}

// reportFailure logs the one line that a failed command ends with.
func (p *process) reportFailure(ctx context.Context, err error) {
	level := slog.LevelError
	if _, ok := errors.AsType[signalError](err); ok {
		level = slog.LevelInfo // the user asked for it
	}
	line := liftoff.OneLine(err)
	hint := p.asCalled(liftoff.HintOf(err))
	if question, ok := strings.CutPrefix(hint, "did you mean"); ok {
		line += ". Did you mean" + question
	} else if hint != "" {
		line += ". Next: " + hint
	}
	p.logger.Log(liftoff.WithRunID(ctx, liftoff.EndedRunID(err)), level, line) //nolint:sloglint // the error is the message
}

func (p *process) screen() app.Screen {
	screen := app.Screen{ASCII: p.hasASCIILocale()}
	if width, height, err := term.GetSize(int(p.stdout.Fd())); err == nil && width > 0 {
		screen.Width, screen.Height = width, height
		screen.IsTerminal = true
		screen.Color = telemetry.ColorEnabled(p.stdout, p.environ)
	} else if columns, err := strconv.Atoi(p.getenv("COLUMNS")); err == nil && columns > 0 {
		screen.Width = columns
	}
	return screen
}

// hasASCIILocale reports whether the locale lacks block characters.
func (p *process) hasASCIILocale() bool {
	locale := cmp.Or(p.getenv("LC_ALL"), p.getenv("LC_CTYPE"), p.getenv("LANG"))
	return locale == "C" || locale == "POSIX"
}

// getenv returns a variable of the environment; of duplicates, the last.
func (p *process) getenv(name string) string {
	for _, variable := range slices.Backward(p.environ) {
		if value, found := strings.CutPrefix(variable, name+"="); found {
			return value
		}
	}
	return ""
}
