//go:build unix

package airflow_test

import (
	"bufio"
	"fmt"
	"strings"
	"syscall"
	"testing"
)

// Airflow sends SIGTERM to the process group of the task. A second one would end
// liftoff in the midst of a batch, so it is not in the group, and the task passes one on.
func TestDAG_PassesSIGTERMOnOnce(t *testing.T) {
	cmd := python(t, "testdata/codes.py", "wait")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var told string
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		line := lines.Text()
		if strings.HasPrefix(line, "told ") {
			told = line
		}
		var child int
		if n, _ := fmt.Sscanf(line, "waiting %d", &child); n != 1 {
			continue
		}
		if group, err := syscall.Getpgid(child); err != nil || group == cmd.Process.Pid {
			t.Errorf("liftoff is in the group of the task: %v", err)
		}
		if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if want := "told wait AirflowException: liftoff ended with 143: SIGTERM came"; told != want {
		t.Errorf("%q, want %q", told, want)
	}
}
