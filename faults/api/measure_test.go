//go:build linux

package api_test

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"testing"
	"time"
)

// runMeasured runs a command, whose exit code the caller looks at, and returns the
// most memory that it had, in MiB. The kernel counts what a parent had in
// ru_maxrss, and this one has a lot.
func runMeasured(t *testing.T, cmd *exec.Cmd) (most int) {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait()
	}()
	for {
		select {
		case <-ended:
			if most == 0 {
				t.Error("the command's memory was not measured")
			}
			return most
		case <-time.After(5 * time.Millisecond):
			status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid)) // it may have ended
			if found := highWater.FindSubmatch(status); found != nil {
				kibibytes, _ := strconv.Atoi(string(found[1]))
				most = max(most, kibibytes>>10)
			}
		}
	}
}

var highWater = regexp.MustCompile(`VmHWM:\s*(\d+) kB`)
