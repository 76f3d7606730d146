package config

import (
	"bytes"
	"errors"
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

// readSecretFiles reads the files that settings name instead of a secret.
func (c *Config) readSecretFiles(given given) error {
	c.serveAuth = new(Secret)
	for _, secret := range []struct {
		value     *Secret
		env, path string
		// isText says that blanks at the ends do not count.
		isText bool
	}{
		{&c.DatabaseURL, "DATABASE_URL_FILE", c.DatabaseURLFile, true},
		{&c.PostgresPassword, "POSTGRES_PASSWORD_FILE", c.PostgresPasswordFile, false},
		{&c.TrinoPassword, "TRINO_PASSWORD_FILE", c.TrinoPasswordFile, false},
		{&c.PingURL, "PING_URL_FILE", c.PingURLFile, true},
		{&c.OTLPHeaders, "OTEL_EXPORTER_OTLP_HEADERS_FILE", c.OTLPHeadersFile, true},
		{c.serveAuth, "SERVE_AUTH_FILE", c.ServeAuthFile, false},
	} {
		if secret.path == "" {
			continue
		}
		text, err := c.readSecretFile(given.origins[secret.env], secret.path)
		if err != nil {
			return err
		}
		if secret.isText {
			text = strings.TrimSpace(text)
		}
		*secret.value = Secret(text)
	}
	return nil
}

// readSecretFile returns the content of the file at path. origin is how errors name
// the setting. They name no path that does not exist: it may be the secret itself,
// in the wrong setting.
func (c *Config) readSecretFile(origin, path string) (string, error) {
	content, mode, err := readBounded(path, maxSecretBytes)
	if err != nil {
		if file, ok := errors.AsType[*fs.PathError](err); ok {
			err = file.Err
		}
		return "", liftoff.NewError(liftoff.Usage, fmt.Errorf("read the file of %s: %w", origin, err), "name a file that this user can read")
	}
	if len(content) > maxSecretBytes {
		return "", liftoff.NewError(liftoff.Usage, fmt.Errorf("read the file of %s: %s has more than %d bytes", origin, path, maxSecretBytes), "name a file that contains only the secret")
	}
	if bytes.IndexByte(content, 0) >= 0 {
		return "", liftoff.NewError(liftoff.Usage, fmt.Errorf("read the file of %s: %s is not UTF-8 text", origin, path), "save it as UTF-8, not as UTF-16")
	}
	// Editors and `echo` add a newline that is not part of the secret, and some
	// editors a byte order mark.
	text := strings.TrimRight(withoutBOM(string(content)), "\r\n")
	if text == "" {
		return "", liftoff.NewError(liftoff.Usage, fmt.Errorf("read the file of %s: %s is empty", origin, path), "write the secret into it")
	}
	if isExposed(path, mode) {
		c.exposed = append(c.exposed, path)
	}
	return text, nil
}

// readBounded returns the content of a file, which it cuts off one byte after
// most, and its mode.
func readBounded(path string, most int64) ([]byte, fs.FileMode, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = file.Close() }() // nothing was written
	info, err := file.Stat()
	if err != nil {
		return nil, 0, err
	}
	content, err := io.ReadAll(io.LimitReader(file, most+1))
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
