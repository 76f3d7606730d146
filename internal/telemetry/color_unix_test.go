//go:build unix

package telemetry_test

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"liftoff/internal/telemetry"
)

func TestColorEnabled(t *testing.T) {
	terminal := openTerminal(t)
	notTerminal, err := os.CreateTemp(t.TempDir(), "out")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = notTerminal.Close() })
	tests := []struct {
		name string
		f    *os.File
		env  []string
		want bool
	}{
		{"a terminal has colours", terminal, nil, true},
		{"a terminal with a name has colours", terminal, []string{"TERM=xterm", "HOME=/"}, true},
		{"an empty NO_COLOR means nothing", terminal, []string{"NO_COLOR="}, true},
		{"NO_COLOR turns them off whatever its value", terminal, []string{"NO_COLOR=0"}, false},
		{"a dumb terminal has none", terminal, []string{"TERM=dumb"}, false},
		{"a file has none", notTerminal, nil, false},
		{"no file has none", nil, nil, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := telemetry.ColorEnabled(tt.f, tt.env); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// openTerminal returns a new pseudo-terminal.
func openTerminal(t *testing.T) *os.File {
	t.Helper()
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo-terminal here: %v", err)
	}
	t.Cleanup(func() { _ = terminal.Close() })
	if !telemetry.ColorEnabled(terminal, nil) {
		t.Skip("this system does not take the master side for a terminal")
	}
	return terminal
}
