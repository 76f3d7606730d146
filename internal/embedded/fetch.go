//go:build unix

package embedded

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"liftoff"
)

// downloader is the program that downloads an archive to its standard output.
// It alone knows where archives come from: see cmd/liftoff-fetch-postgres.
const downloader = "liftoff-fetch-postgres"

// downloadTimeout is how long a download may take: 71 MB at 1 Mbit/s.
const downloadTimeout = 10 * time.Minute

// maxMessages bounds what is kept of the downloader's messages.
const maxMessages = 64 << 10

// withoutDownload is what can be done when the archive cannot be downloaded.
const withoutDownload = "give the binaries with --embedded-archive FILE, or set POSTGRES_HOST to use another server"

// findDownloader returns the downloader beside this program, or the one on the
// PATH.
func findDownloader() (string, error) {
	if self, err := os.Executable(); err == nil {
		if path, err := exec.LookPath(filepath.Join(filepath.Dir(self), downloader)); err == nil {
			return path, nil
		}
	}
	path, err := exec.LookPath(downloader)
	if err != nil {
		return "", liftoff.NewError(liftoff.Usage,
			fmt.Errorf("fetch PostgreSQL %s: the download program %s is neither beside liftoff nor on the PATH", archiveVersion, downloader),
			"build it with make build, or "+withoutDownload)
	}
	return path, nil
}

// fetch downloads the archive and returns its .txz, whose hash is the pinned one.
func (c cache) fetch(ctx context.Context, want pin) ([]byte, error) {
	program, err := findDownloader()
	if err != nil {
		return nil, err
	}
	c.logger.InfoContext(ctx, "Downloading PostgreSQL. This happens only once.",
		"version", archiveVersion, "megabytes", want.megabytes)
	archive, err := c.download(ctx, program, downloadTimeout)
	if err != nil {
		return nil, err
	}
	txz, err := want.verify(archive)
	if err != nil {
		c.logger.DebugContext(ctx, "The downloaded archive was refused.", "error", err)
		return nil, downloadError("what arrived is not the archive that this program knows")
	}
	return txz, nil
}

// download runs the program for at most the limit and returns what it writes.
// When ctx or the time ends, the program is killed.
func (c cache) download(ctx context.Context, program string, limit time.Duration) ([]byte, error) {
	bounded, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	archive, messages := capped{limit: maxArchiveBytes}, capped{limit: maxMessages}
	err := command{
		path:       program,
		args:       []string{archiveVersion + ".0"},
		env:        downloadEnvironment(),
		stdout:     &archive,
		stderr:     &messages,
		onOurDeath: deathOfTool,
	}.run(bounded)
	switch {
	case err == nil:
		return archive.kept.Bytes(), nil
	case ctx.Err() != nil:
		return nil, fmt.Errorf("fetch PostgreSQL %s: %w", archiveVersion, ctx.Err())
	}
	c.logger.DebugContext(ctx, "The download program failed.", "error", err, "stderr", messages.kept.String())
	switch {
	case bounded.Err() != nil:
		return nil, downloadError(fmt.Sprintf("it did not arrive within %s", limit))
	case archive.full:
		return nil, downloadError(fmt.Sprintf("what arrived is larger than %d MB", maxArchiveBytes>>20))
	}
	return nil, downloadError(reasonOf(err, messages.kept.String()))
}

// downloadEnvironment is what the downloader sees of our environment: how to
// reach the network, and no settings of liftoff.
func downloadEnvironment() []string {
	var kept []string
	for _, name := range []string{
		"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR", "TMPDIR",
	} {
		if value, ok := os.LookupEnv(name); ok {
			kept = append(kept, name+"="+value)
		}
	}
	return kept
}

// reasonOf returns the downloader's own reason, which is its last line, or how
// it ended if it gave none.
func reasonOf(err error, messages string) string {
	lines := strings.Split(strings.TrimSpace(messages), "\n")
	reason := lines[len(lines)-1]
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() == 1 && reason != "" {
		return reason
	}
	return fmt.Sprintf("the download program failed (%v)", err)
}

func downloadError(reason string) error {
	return liftoff.NewError(liftoff.Database,
		fmt.Errorf("fetch PostgreSQL %s for %s: %s", archiveVersion, ownPlatform(), reason), "check the network, or "+withoutDownload)
}

// capped keeps what is written to it, and refuses a write beyond its limit. The
// buffer is not embedded: its ReadFrom would bypass the limit.
type capped struct {
	kept  bytes.Buffer
	limit int
	full  bool
}

// Write implements io.Writer.
func (c *capped) Write(p []byte) (int, error) {
	if c.kept.Len()+len(p) > c.limit {
		c.full = true
		return 0, errors.New("too much output")
	}
	return c.kept.Write(p)
}
