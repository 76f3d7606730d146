//go:build unix

package embedded

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	library "github.com/fergusstrange/embedded-postgres"

	"liftoff"
)

// downloadTimeout is how long a download may take: 71 MB at 1 Mbit/s.
const downloadTimeout = 10 * time.Minute

// fetch downloads the archive and returns its .txz after the pinned hash was
// checked. Only the library knows where archives come from.
func (c cache) fetch(ctx context.Context, want pin) ([]byte, error) {
	scratch, err := os.MkdirTemp(c.path, ".fetch-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the download: %w", pathError(err))
	}
	c.sweep(scratch)
	return await(ctx, func() ([]byte, error) {
		txz, err := c.download(scratch, want)
		return txz, errors.Join(err, pathError(os.RemoveAll(scratch)))
	})
}

// await returns what the download returns, unless ctx ends or the time is up.
//
// The library's download cannot be cancelled, so a caller that gives up leaves
// this goroutine behind: the download ends by itself, the goroutine removes
// its folder, and nobody reads what it sends into the buffered channel.
func await(ctx context.Context, download func() ([]byte, error)) ([]byte, error) {
	type result struct {
		txz []byte
		err error
	}
	arrived := make(chan result, 1)
	go func() {
		txz, err := download()
		arrived <- result{txz, err}
	}()
	bounded, cancel := context.WithTimeout(ctx, downloadTimeout)
	defer cancel()
	select {
	case got := <-arrived:
		return got.txz, got.err
	case <-bounded.Done():
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("fetch PostgreSQL %s: %w", archiveVersion, err)
	}
	return nil, liftoff.NewError(liftoff.Database,
		fmt.Errorf("fetch PostgreSQL %s: it did not arrive within %s", archiveVersion, downloadTimeout), downloadHint)
}

// download has the library put the archive into scratch and reads it there.
func (c cache) download(scratch string, want pin) ([]byte, error) {
	problem := runLibrary(scratch)
	// The library uses the default client; nothing of it shall stay open.
	http.DefaultClient.CloseIdleConnections()
	found, err := matching(filepath.Join(scratch, "archive"), "*.txz")
	if err != nil {
		return nil, err
	}
	if len(found) != 1 {
		c.logger.Debug("the download gave no archive", "error", problem)
		return nil, downloadError(problem, want)
	}
	txz, err := readArchive(found[0], want)
	if err != nil {
		c.logger.Debug("the download is not the archive that is known", "error", err)
		return nil, liftoff.NewError(liftoff.Database,
			fmt.Errorf("fetch PostgreSQL %s for %s: what arrived is not the archive that this program knows", archiveVersion, want.platform),
			downloadHint)
	}
	return txz, nil
}

// runLibrary calls the library's Start, the only call that downloads. It
// would go on to unpack the archive and start a server; the dangling link
// makes it give up as soon as the archive is in its cache folder, since no
// folder can be made below such a link. So it always returns an error, which
// tells something only when no archive has arrived.
func runLibrary(scratch string) (err error) {
	// The library panics when it cannot tidy up, which must not end us.
	defer func() {
		if cause := recover(); cause != nil {
			err = errors.New("the downloader gave up")
		}
	}()
	dangling := filepath.Join(scratch, "dangling")
	if err := os.Symlink(filepath.Join(scratch, "nowhere", "at-all"), dangling); err != nil {
		return err
	}
	return library.NewDatabase(library.DefaultConfig().
		Version(library.PostgresVersion(archiveVersion + ".0")).
		Port(0). // it insists on a free port although it never gets to use it
		Logger(io.Discard).
		CachePath(filepath.Join(scratch, "archive")).
		RuntimePath(filepath.Join(scratch, "runtime")).
		BinariesPath(filepath.Join(dangling, "binaries"))).Start()
}

// downloadHint is the next step when the archive cannot be had.
const downloadHint = "check the network, or give the binaries with --embedded-archive FILE, " +
	"or set POSTGRES_HOST to use another server"

// downloadError puts the library's error into our words: its own name the
// address, which tells a user nothing about what to do.
func downloadError(problem error, want pin) error {
	text := fmt.Sprint(problem)
	// The library keeps only the text of an error.
	for _, cause := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EROFS} {
		if strings.Contains(text, cause.Error()) {
			return fmt.Errorf("keep the download of PostgreSQL %s in the cache directory: %w", archiveVersion, pathError(cause))
		}
	}
	reason := "the download did not work"
	switch {
	case strings.Contains(text, "unable to connect"):
		reason = "no connection to the download server"
	case strings.Contains(text, "no version found"):
		reason = "the download server does not offer it"
	case strings.Contains(text, "checksums do not match"):
		reason = "what arrived was damaged"
	}
	return liftoff.NewError(liftoff.Database,
		fmt.Errorf("fetch PostgreSQL %s for %s: %s", archiveVersion, want.platform, reason),
		downloadHint)
}
