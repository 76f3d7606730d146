//go:build unix

package clitest

import (
	"errors"
	"io"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"unicode/utf8"

	"github.com/creack/pty"
)

// The size of the terminal that every system opens at least.
const (
	TerminalLines   = 24
	TerminalColumns = 80
)

// Terminal is what a terminal has shown while a command ran.
type Terminal struct {
	// Lines are all lines in their order, as they stood at the end; those that
	// have scrolled away too. A line of the command that is wider than the
	// terminal is several lines.
	Lines []string
	// Code is the exit code; -1 when a signal ended it.
	Code int
}

// Screen returns the lines that are still on the terminal, above the line on which
// the shell asks for the next command.
func (r Terminal) Screen() []string {
	return r.Lines[max(0, len(r.Lines)-(TerminalLines-1)):]
}

// RunOnTerminal runs a command line in a shell on a pseudo-terminal of 24 lines and
// 80 columns, in the user's folder and with the user's environment.
func (u *User) RunOnTerminal(t testing.TB, commandLine string) Terminal {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "/bin/sh", "-c", commandLine)
	cmd.Dir, cmd.Env = u.Folder, append(u.Env, "TERM=xterm", "LC_ALL=C.UTF-8")
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: TerminalLines, Cols: TerminalColumns})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = terminal.Close() }()
	shown, err := io.ReadAll(terminal)
	if err != nil && !errors.Is(err, syscall.EIO) { // Linux's way to say that nobody writes any more
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	lines, err := linesOf(string(shown), TerminalColumns)
	if err != nil {
		t.Fatalf("%s: %v", commandLine, err)
	}
	return Terminal{lines, cmd.ProcessState.ExitCode()}
}

// linesOf returns what a terminal shows of a text with the control characters that
// our program uses. Any other is an error.
func linesOf(text string, columns int) ([]string, error) {
	lines := [][]rune{nil}
	at := 0
	for text != "" {
		if rest, isCode := strings.CutPrefix(text, "\x1b["); isCode {
			end := strings.IndexFunc(rest, func(r rune) bool { return r >= '@' && r <= '~' })
			if end < 0 || rest[end] != 'm' && rest[:end+1] != "K" {
				return nil, errors.New("a code that this terminal does not know: " + strings.ToValidUTF8(text[:min(len(text), 10)], "?"))
			}
			if last := len(lines) - 1; rest[end] == 'K' {
				lines[last] = lines[last][:min(at, len(lines[last]))]
			}
			text = rest[end+1:]
			continue
		}
		r, size := utf8.DecodeRuneInString(text)
		text = text[size:]
		switch last := len(lines) - 1; {
		case r == '\r':
			at = 0
		case r == '\n':
			lines, at = append(lines, nil), 0
		case r < ' ':
			return nil, errors.New("a character that this terminal does not know")
		case at == columns:
			lines, at = append(lines, []rune{r}), 1
		case at < len(lines[last]):
			lines[last][at] = r
			at++
		default:
			lines[last] = append(lines[last], r)
			at++
		}
	}
	shown := make([]string, 0, len(lines))
	for _, line := range lines {
		shown = append(shown, string(line))
	}
	if last := len(shown) - 1; shown[last] == "" {
		shown = shown[:last]
	}
	return shown, nil
}
