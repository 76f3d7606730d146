package app

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"

	"liftoff/internal/report"
)

// reportOptions describe what the terminal can show.
func (a *App) reportOptions() report.Options {
	return report.Options{Width: a.Screen.Width, ASCII: a.Screen.ASCII, Color: a.Screen.Color, NoCharts: a.Config.NoCharts}
}

// show prints what write writes in a format. Tables with more lines than the
// terminal go through the pager.
func (a *App) show(ctx context.Context, format report.Format, write func(io.Writer) error) error {
	pager := a.pager()
	if pager == nil || format != report.FormatTable {
		return write(a.Stdout)
	}
	var text bytes.Buffer
	if err := write(&text); err != nil {
		return err
	}
	if bytes.Count(text.Bytes(), []byte{'\n'}) < a.Screen.Height {
		_, err := a.Stdout.Write(text.Bytes())
		return err
	}
	return a.page(ctx, pager, &text)
}

// pager returns the command that shows long text: PAGER, or less if that is
// installed; nil for none, as off a terminal and for PAGER=cat.
func (a *App) pager() []string {
	if !a.Screen.IsTerminal || a.Screen.Height == 0 || a.Config.NoPager {
		return nil
	}
	configured, isSet := lookup(a.Environ, "PAGER")
	words := strings.Fields(configured)
	if !isSet {
		words = []string{"less"}
	}
	if len(words) == 0 || words[0] == "cat" {
		return nil
	}
	program, err := exec.LookPath(words[0])
	if err != nil {
		return nil // the text without a pager is better than no text
	}
	return append([]string{program}, words[1:]...)
}

// page shows text in the pager. The user may leave it before the end of the text.
func (a *App) page(ctx context.Context, pager []string, text io.Reader) error {
	cmd := exec.CommandContext(ctx, pager[0], pager[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = text, a.Stdout, a.Stderr
	cmd.Env = a.Environ
	if _, isSet := lookup(a.Environ, "LESS"); !isSet {
		// Colours, and the text stays on the terminal after less has ended.
		cmd.Env = append(slices.Clone(a.Environ), "LESS=FRX")
	}
	// Ctrl-C belongs to the pager, as with psql.
	defer a.LeaveInterrupts()()
	cmd.Cancel = func() error {
		if a.IsInterrupt(context.Cause(ctx)) {
			return os.ErrProcessDone
		}
		return cmd.Process.Signal(syscall.SIGTERM)
	}
	err := cmd.Run()
	if cause := context.Cause(ctx); cause != nil && !a.IsInterrupt(cause) {
		return ctx.Err()
	}
	if _, isExit := errors.AsType[*exec.ExitError](err); isExit || errors.Is(err, syscall.EPIPE) {
		return nil // how the pager ended says nothing about the answer
	}
	return err
}
