package monitoring_test

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/programtest"
)

// block is a block of commands of a page.
type block struct {
	kind     string
	commands []string
}

// blocks returns those of docs/monitoring.md that this module has to run, and what the
// page shows as their output.
func blocks(t *testing.T) (found []block, shown string) {
	t.Helper()
	content, err := os.ReadFile("../../docs/monitoring.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, isThere := strings.Cut(string(content), "\n### From nothing to an alert\n")
	if !isThere {
		t.Fatal("the page has no such section")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	kind := ""
	for line := range strings.Lines(section) {
		text, isKind := strings.CutPrefix(line, "<!-- walk: ")
		command, isCommand := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "    ")
		switch {
		case isKind:
			kind = strings.TrimSuffix(strings.TrimSpace(text), " -->")
			found = append(found, block{kind: kind})
		case isCommand && kind == "output":
			shown += command + "\n"
		case isCommand && kind == "":
			t.Errorf("make test-documents would run %q", command)
		case isCommand:
			last := &found[len(found)-1]
			last.commands = append(last.commands, command)
		case line != "\n":
			kind = ""
		}
	}
	return found, shown
}

// TestPage_FromNothingToAnAlert pastes the commands of the page, exactly as they are.
func TestPage_FromNothingToAnAlert(t *testing.T) {
	for _, name := range []string{"prometheus", "promtool", "alertmanager", "amtool"} {
		tool(t, name)
	}
	for _, port := range []string{"8100", "9464", "9090", "9093"} {
		listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp4", "127.0.0.1:"+port)
		if err != nil && os.Getenv("CI") == "" {
			t.Skipf("somebody else has port %s of the page: %v", port, err)
		}
		if err != nil {
			t.Fatal(err)
		}
		_ = listener.Close()
	}
	u := clitest.NewUser(t)
	if err := os.Mkdir(filepath.Join(u.Folder, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	deploy, err := filepath.Abs("../../deploy")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Symlink(u.Path, filepath.Join(u.Folder, "bin", "liftoff")), os.Symlink(deploy, filepath.Join(u.Folder, "deploy"))); err != nil {
		t.Fatal(err)
	}
	u = u.With("PATH=" + tools(t) + ":" + os.Getenv("PATH"))

	found, shown := blocks(t)
	var output strings.Builder
	for _, block := range found {
		for _, command := range block.commands {
			switch block.kind {
			case "monitoring, own terminal":
				inTerminal(t, u, command)
			case "monitoring":
				output.WriteString(paste(t, u, command))
			default:
				t.Fatalf("a block of the kind %q", block.kind)
			}
		}
	}
	// What the reader sees is what the page shows, but for times and spaces.
	for line := range strings.Lines(shown) {
		for _, word := range strings.Fields(line) {
			if isTime := strings.ContainsAny(word[:1], "@2") || strings.Count(word, ":") == 2; !isTime && !strings.Contains(output.String(), word) {
				t.Errorf("the page shows %q, the reader sees no %q in\n%s", line, word, output.String())
			}
		}
	}
}

// inTerminal starts a command that goes on, as the page's reader does in a terminal.
func inTerminal(t *testing.T, u *clitest.User, command string) {
	t.Helper()
	cmd := exec.Command("bash", "-c", "exec "+command)
	cmd.Dir, cmd.Env = u.Folder, u.Env
	program := programtest.Start(t, cmd)
	eventually(t, func() error {
		if program.Output.String() == "" {
			return errors.New(command + " says nothing")
		}
		return nil
	})
}

// paste runs a command, which must succeed, and returns what it printed.
func paste(t *testing.T, u *clitest.User, command string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-c", command)
	cmd.Dir, cmd.Env, cmd.WaitDelay = u.Folder, u.Env, 10*time.Second
	output, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", command, err, output)
	}
	t.Logf("%s\n%s", command, output)
	return string(output)
}
