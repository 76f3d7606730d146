//go:build linux

package embedded_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"liftoff"
	"liftoff/internal/embedded"
	"liftoff/internal/testkit/pgtest"
)

// through returns the environment that sends every download through a proxy.
func through(proxy string) []string {
	return []string{
		"HTTPS_PROXY=" + proxy, "HTTP_PROXY=" + proxy, "https_proxy=" + proxy, "http_proxy=" + proxy,
		"NO_PROXY=", "no_proxy=",
	}
}

func TestFetch_WithoutANetworkSaysWhatToDoAndNamesNoHost(t *testing.T) {
	t.Parallel()
	opts := options(t)
	cache := filepath.Join(pgtest.TempDir(t), "cache")
	o := startOther(t, "server", append(through("http://127.0.0.1:1"), // nothing listens there
		"TEST_DATA_DIR="+opts.DataDir, "TEST_CACHE_DIR="+cache)...)
	r := o.report(t)
	o.end(t)
	if !strings.HasPrefix(r.Error, "fetch PostgreSQL "+embedded.ArchiveVersion) ||
		!strings.HasSuffix(r.Error, "no connection to the download server") {
		t.Errorf("error is %q, want it to say what was wanted and what is wrong", r.Error)
	}
	if !slices.ContainsFunc(r.Log, func(line string) bool { return strings.Contains(line, "connection refused") }) {
		t.Errorf("the log has not the network's own error: %q", r.Log)
	}
	if !strings.Contains(r.Hint, "--embedded-archive FILE") || !strings.Contains(r.Hint, "POSTGRES_HOST") {
		t.Errorf("hint is %q, want both ways out", r.Hint)
	}
	for _, part := range []string{"http", "://", "127.0.0.1", ".org", "maven", "\n"} {
		if strings.Contains(r.Error, part) {
			t.Errorf("%q shows in %q", part, r.Error)
		}
	}
	if left := globbed(t, filepath.Join(cache, ".*")); len(left) != 0 {
		t.Errorf("left behind in the cache: %q", left)
	}
}

func TestFetch_CancelledEndsAtOnceAndEndsTheDownload(t *testing.T) {
	t.Parallel()
	silent := listen(t) // takes the connection and never answers
	temp := t.TempDir()
	o := startOther(t, "server", append(through("http://"+silent.Addr().String()), "TEST_DATA_DIR="+options(t).DataDir,
		"TEST_CANCEL_AT_LINE_OF_STDIN=1", "TMPDIR="+temp, "TEST_CACHE_DIR="+filepath.Join(pgtest.TempDir(t), "cache"))...)
	download, err := silent.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = download.Close() })
	if _, err := io.WriteString(o.stdin, "cancel\n"); err != nil {
		t.Fatal(err)
	}
	if r := o.report(t); !strings.Contains(r.Error, context.Canceled.Error()) {
		t.Errorf("error is %q, want cancelled", r.Error)
	}
	// The download program has ended when its connection has.
	if err := download.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, download); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("the download goes on")
	}
	if left := globbed(t, filepath.Join(temp, "*")); len(left) != 0 {
		t.Errorf("left behind: %q", left)
	}
	o.end(t)
}

// The reason is the downloader's last line, or how it ended.
func TestFetch_EveryFailureOfTheDownloaderIsOneLineWithANextStep(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ script, want string }{
		"a reason":          {"echo half a jar; echo dial tcp: details >&2; echo the reason >&2; exit 1", ": the reason"},
		"no reason":         {"exit 1", ": the download program failed (exit status 1)"},
		"a crash":           {"echo panic: oh >&2; exit 2", ": the download program failed (exit status 2)"},
		"a kill":            {"kill -9 $$", ": the download program failed (signal: killed)"},
		"more than allowed": {"head -c 135000000 /dev/zero", ": what arrived is larger than 128 MB"},
		"a silent one":      {"sleep 1000", ": it did not arrive within 2s"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			patience := time.Minute // for a busy machine
			if strings.HasPrefix(test.script, "sleep") {
				patience = 2 * time.Second
			}
			_, err := embedded.Download(t.Context(), script(t, t.TempDir(), test.script), patience)
			checkError(t, err, liftoff.Database, test.want)
			if strings.ContainsAny(err.Error(), "\n") || strings.Contains(err.Error(), "details") {
				t.Errorf("more than the reason shows: %q", err)
			}
		})
	}
	if embedded.DownloadTimeout != 10*time.Minute {
		t.Errorf("a download may take %s", embedded.DownloadTimeout)
	}
}

func TestFetch_CancelledDownloaderIsAnInterruption(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := embedded.Download(ctx, script(t, t.TempDir(), "sleep 1000"), time.Minute)
	if liftoff.CategoryOf(err) != liftoff.Interrupted {
		t.Errorf("cancelled: %v, want interrupted", err)
	}
}

func TestFetch_DownloaderSeesNoSecretOfOurs(t *testing.T) {
	t.Setenv("POSTGRES_PASSWORD", "canary-7c1f")
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:3128")
	text, err := embedded.Download(t.Context(), script(t, t.TempDir(), "env"), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "canary") || !strings.Contains(string(text), "HTTPS_PROXY=http://127.0.0.1:3128\n") {
		t.Errorf("the download program's environment:\n%s", text)
	}
}

// The downloader is sought beside the program, then on the PATH.
func TestFetch_FindsTheDownloader(t *testing.T) {
	t.Parallel()
	program := copyOfOurselves(t)
	environment := func(path string) []string {
		return []string{
			roleVariable + "=server", "PATH=" + path,
			"TEST_DATA_DIR=" + options(t).DataDir, "TEST_CACHE_DIR=" + filepath.Join(pgtest.TempDir(t), "cache"),
		}
	}
	onPath := t.TempDir()
	wantEnd := func(path string, category liftoff.Category, want, hint string) {
		t.Helper()
		o := startOtherAs(t, program, nil, environment(path))
		r := o.report(t)
		o.end(t)
		if !strings.Contains(r.Error, want) || !strings.Contains(r.Hint, hint) || r.Category != category {
			t.Errorf("%s error %q with hint %q, want %s, %q and %q", r.Category, r.Error, r.Hint, category, want, hint)
		}
	}
	// Trying again would not find one either.
	wantEnd(onPath, liftoff.Usage, embedded.Downloader+" is neither beside liftoff nor on the PATH", "make build")
	script(t, onPath, "echo the one on the PATH >&2; exit 1")
	wantEnd(onPath, liftoff.Database, "the one on the PATH", "--embedded-archive FILE")
	script(t, filepath.Dir(program), "echo the one beside >&2; exit 1")
	wantEnd(onPath, liftoff.Database, "the one beside", "--embedded-archive FILE")
}

// script writes a downloader of a test's own and returns its path.
func script(t *testing.T, folder, text string) string {
	t.Helper()
	path := filepath.Join(folder, embedded.Downloader)
	// A process that is forked just now would hold the file open for writing,
	// and it could not be run.
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	writeFile(t, path, []byte("#!/bin/sh\n"+text+"\n"))
	if err := os.Chmod(path, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}
