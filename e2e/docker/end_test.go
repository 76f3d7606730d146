package docker_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestR10_UpEndsAsTheIngestionDoes is for schedulers that run the whole stack for
// one ingestion, each time from an empty volume: what prepares the stack ends
// earlier, and must not end it.
func TestR10_UpEndsAsTheIngestionDoes(t *testing.T) {
	s := newStack(t, "end")
	s.compose(t, "build", "ingestion")
	unreachable := s.with("SPACEX_API_URL=http://127.0.0.1:9")
	for _, test := range []struct {
		name  string
		stack *stack
		flags []string
		code  int
	}{
		{"--exit-code-from, well", s, []string{"--exit-code-from", "ingestion"}, 0},
		{"--exit-code-from, a failure", unreachable, []string{"--exit-code-from", "ingestion"}, 4},
		{"--abort-on-container-exit, well", s, []string{"--abort-on-container-exit"}, 0},
		{"--abort-on-container-exit, a failure", unreachable, []string{"--abort-on-container-exit"}, 4},
	} {
		t.Run(test.name, func(t *testing.T) {
			output, code := test.stack.try(t, append([]string{"up", "--timeout", "5"}, test.flags...)...)
			if code != test.code {
				t.Errorf("exit code %d, want %d:\n%s", code, test.code, output)
			}
			if state := docker(t, "inspect", "--format", "{{.State.Status}} {{.State.ExitCode}}", s.container(t, "ingestion")); state != fmt.Sprint("exited ", test.code) {
				t.Errorf("the ingestion is %q", state)
			}
			s.compose(t, "down", "--volumes", "--timeout", "5")
		})
	}
}

// TestR11_LogFolderStaysAsItIs: LOG_FOLDER may name any folder of the machine. The
// log in it is rotated all the same.
func TestR11_LogFolderStaysAsItIs(t *testing.T) {
	s := newStack(t, "logs")
	s.compose(t, "build", "ingestion")
	other := filepath.Join(s.logFolder, "other.txt")
	log := filepath.Join(s.logFolder, "ingestion.log")
	for path, content := range map[string]string{other: "somebody's", log: strings.Repeat("a line of an earlier run\n", 250_000)} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(s.logFolder, 0o711); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 { // nor an owner
		if err := os.Chown(s.logFolder, 1234, 2345); err != nil {
			t.Fatal(err)
		}
	}
	before := ownerAndMode(t, s.logFolder) + ownerAndMode(t, other)
	if code, last := s.upIngestion(t); code != 0 {
		t.Fatalf("exit code %d: %s", code, last)
	}
	if after := ownerAndMode(t, s.logFolder) + ownerAndMode(t, other); after != before {
		t.Errorf("folder and another file were %s and are %s", before, after)
	}
	content, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	wantLastLine(t, string(content), "fetched=1 inserted=1")
	if strings.Contains(string(content), "earlier run") {
		t.Error("a log of 6 MB was not rotated")
	}
	if info, err := os.Stat(log + ".1"); err != nil || info.Size() != 250_000*25 {
		t.Errorf("the rotated log: %v, %v", info, err)
	}
}

// TestLogBelongsToTheUserOfTheSettings is for LIFTOFF_UID, with which the log of an
// earlier user changes hands.
func TestLogBelongsToTheUserOfTheSettings(t *testing.T) {
	s := newStack(t, "uid")
	s.compose(t, "build", "ingestion")
	for _, uid := range []string{"65532", "1234"} {
		mine := s.with("LIFTOFF_UID=" + uid)
		if code, last := mine.upIngestion(t); code != 0 {
			t.Fatalf("exit code %d: %s", code, last)
		}
		if user := docker(t, "inspect", "--format", "{{.Config.User}}", mine.container(t, "ingestion")); user != uid+":65532" {
			t.Errorf("the ingestion runs as %q", user)
		}
		owner := docker(t, "run", "--rm", "--entrypoint", "stat", "--volume", s.logFolder+":/logs:ro", "postgres:17", "-c", "%u %a", "/logs/ingestion.log")
		if owner != uid+" 640" {
			t.Errorf("owner and mode of the log are %q, want %s 640", owner, uid)
		}
	}
	content, err := os.ReadFile(filepath.Join(s.logFolder, "ingestion.log"))
	if err != nil {
		t.Fatal(err)
	}
	if runs := strings.Count(string(content), "Run finished."); runs != 2 {
		t.Errorf("the log has %d runs, want both:\n%s", runs, content)
	}
}

// ownerAndMode describes a file or folder.
func ownerAndMode(t *testing.T, path string) string {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		t.Fatalf("no owner of %s", path)
	}
	return fmt.Sprintf("%s %s %d:%d ", filepath.Base(path), info.Mode(), stat.Uid, stat.Gid)
}
