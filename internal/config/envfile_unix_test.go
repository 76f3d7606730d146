//go:build unix

package config_test

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"

	"liftoff"
	"liftoff/internal/config"
)

// What is no file of settings costs neither memory nor time, and a link is judged
// before it is followed.
func TestP20_AnEnvFileThatNeedNotEndIsNotRead(t *testing.T) {
	strangersFolder(t)
	for name, test := range map[string]struct {
		make func() error
		want string
	}{
		"a link to a device":      {func() error { return os.Symlink("/dev/zero", ".env") }, "is a link that leads out of its folder"},
		"a pipe":                  {func() error { return syscall.Mkfifo(".env", 0o600) }, "is not a regular file"},
		"a link to a pipe":        {func() error { return errors.Join(syscall.Mkfifo("pipe", 0o600), os.Symlink("pipe", ".env")) }, "is not a regular file"},
		"a folder":                {func() error { return os.Mkdir(".env", 0o700) }, "is not a regular file"},
		"a file without an end":   {func() error { return os.WriteFile(".env", bytes.Repeat([]byte("A=1\n"), 1<<19), 0o600) }, "has more than 1048576 bytes"},
		"a large file with holes": {func() error { return errors.Join(os.WriteFile(".env", nil, 0o600), os.Truncate(".env", 1<<40)) }, "has more than 1048576 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := test.make(); err != nil {
				t.Fatal(err)
			}
			_, err := config.Load(config.Sources{EnvFile: ".env"})
			wantUsageError(t, name, err, ".env "+test.want)
			if liftoff.HintOf(err) == "" || !strings.Contains(liftoff.HintOf(err), "--env-file") {
				t.Errorf("the hint %q lacks the way out", liftoff.HintOf(err))
			}
			if err := os.RemoveAll(".env"); err != nil {
				t.Fatal(err)
			}
		})
	}
	if _, err := config.Load(config.Sources{EnvFile: "/dev/zero", EnvFileRequired: true}); err == nil || !strings.Contains(err.Error(), "has more than") {
		t.Errorf("a device that was named: %v, want it bounded", err)
	}
	if _, err := config.Load(config.Sources{EnvFile: os.DevNull, EnvFileRequired: true}); err != nil {
		t.Errorf("no settings, as --env-file=/dev/null says: %v", err)
	}
	if err := os.Symlink("nowhere", ".env"); err != nil {
		t.Fatal(err)
	}
	if _, err := config.Load(config.Sources{EnvFile: ".env"}); err != nil {
		t.Errorf("a link to nothing is like no file: %v", err)
	}
}
