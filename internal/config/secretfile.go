package config

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"liftoff"
)

// maxSecretBytes limits a password file: a longer one is something else, such
// as an endless device.
const maxSecretBytes = 64 << 10

// readPasswordFile sets password to the content of the file at path, which is
// the value of the setting called name. It does nothing if path is empty.
func (c *Config) readPasswordFile(password *Secret, name, path string) error {
	if path == "" {
		return nil
	}
	content, mode, err := readBounded(path)
	if err != nil {
		return liftoff.NewError(liftoff.Usage, fmt.Errorf("read %s: %w", name, err), "name a file that this user can read")
	}
	if len(content) > maxSecretBytes {
		return liftoff.NewError(liftoff.Usage, fmt.Errorf("read %s: %s has more than %d bytes", name, path, maxSecretBytes), "name a file that contains only the password")
	}
	// Editors and `echo` add a newline that is not part of the password.
	text := strings.TrimRight(string(content), "\r\n")
	if text == "" {
		return liftoff.NewError(liftoff.Usage, fmt.Errorf("read %s: %s is empty", name, path), "write the password into it")
	}
	*password = Secret(text)
	if isExposed(path, mode) {
		c.exposed = append(c.exposed, path)
	}
	return nil
}

// readBounded returns the mode of a file and its content, which it cuts off
// one byte after maxSecretBytes.
func readBounded(path string) ([]byte, fs.FileMode, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = file.Close() }() // nothing was written
	info, err := file.Stat()
	if err != nil {
		return nil, 0, err
	}
	content, err := io.ReadAll(io.LimitReader(file, maxSecretBytes+1))
	return content, info.Mode(), err
}

// Exposed returns the files that contain secrets and that every user of this
// machine may read.
func (c Config) Exposed() []string { return c.exposed }

// isExposed reports whether every user may read a file. It accepts what Docker
// mounts at /run/secrets: a container has no other users.
func isExposed(path string, mode fs.FileMode) bool {
	const readableByOthers = 0o004
	return runtime.GOOS != "windows" && mode.IsRegular() && mode.Perm()&readableByOthers != 0 &&
		filepath.Dir(filepath.Clean(path)) != "/run/secrets"
}

// checkEnvFile remembers a .env file that contains a secret and is exposed.
func (c *Config) checkEnvFile(path string, values map[string]string) {
	if !holdsSecret(values) {
		return
	}
	if info, err := os.Stat(path); err == nil && isExposed(path, info.Mode()) {
		c.exposed = append(c.exposed, path)
	}
}

// holdsSecret reports whether one of the values is a secret. A connection URL
// is a secret if it contains a password.
func holdsSecret(values map[string]string) bool {
	for _, s := range Settings() {
		value := values[s.Env]
		if s.Secret && value != "" && (s.Env != "DATABASE_URL" || holdsPassword(value)) {
			return true
		}
	}
	return false
}
