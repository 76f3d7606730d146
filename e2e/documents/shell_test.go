//go:build unix

package documents

import (
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
)

// commandTimeout bounds one command; the first builds the program.
const commandTimeout = 5 * time.Minute

// prompt is what the shell shows when a command has ended: its exit code.
var prompt = regexp.MustCompile(`walk:(\d+)> $`)

// shell is a bash on a terminal of 24 lines and 80 columns.
type shell struct {
	cmd      *exec.Cmd
	terminal *os.File
	mu       sync.Mutex
	shown    strings.Builder
}

// startShell starts a shell that ends with the test.
func startShell(t *testing.T, folder string, environment []string) *shell {
	t.Helper()
	cmd := exec.Command("bash", "--norc", "--noprofile", "--noediting")
	cmd.Dir, cmd.Env = folder, append(environment, "PS1=walk:$?> ", "PS2=", "TERM=xterm")
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: 80})
	if err != nil {
		t.Fatal(err)
	}
	s := &shell{cmd: cmd, terminal: terminal}
	done := make(chan struct{})
	go func() {
		defer close(done)
		buffer := make([]byte, 4096)
		for {
			n, err := terminal.Read(buffer)
			s.mu.Lock()
			s.shown.Write(buffer[:n])
			s.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // what it runs gets SIGHUP, and the terminal its end
		_ = cmd.Wait()
		<-done
		_ = terminal.Close()
	})
	s.await(t, 0)
	return s
}

// paste types a command, waits until it has ended, and returns what was shown
// meanwhile, and its exit code.
func (s *shell) paste(t *testing.T, command string) (string, int) {
	t.Helper()
	from := len(s.all())
	if _, err := s.terminal.WriteString(command + "\n"); err != nil {
		t.Fatal(err)
	}
	return s.await(t, from)
}

func (s *shell) all() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shown.String()
}

// await waits for a prompt after the first so many bytes.
func (s *shell) await(t *testing.T, from int) (string, int) {
	t.Helper()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	timeout := time.After(commandTimeout)
	for {
		if shown := s.all()[from:]; strings.Contains(shown, "\n") || from == 0 {
			if found := prompt.FindStringSubmatch(shown); found != nil {
				code, _ := strconv.Atoi(found[1])
				return strings.TrimSuffix(shown, found[0]), code
			}
		}
		select {
		case <-ticker.C:
		case <-timeout:
			t.Fatalf("no end after %s:\n%s", commandTimeout, s.all()[from:])
		}
	}
}

// awaitText waits until the shell has shown a text.
func (s *shell) awaitText(t *testing.T, text string) {
	t.Helper()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	timeout := time.After(time.Minute)
	for !strings.Contains(s.all(), text) {
		select {
		case <-ticker.C:
		case <-timeout:
			t.Fatalf("%q was not shown:\n%s", text, s.all())
		}
	}
}
