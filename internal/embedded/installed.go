//go:build unix

package embedded

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// versionTimeout bounds a call of "postgres --version" or "pg_config", which
// take milliseconds.
const versionTimeout = 5 * time.Second

// installedPatterns are the folders in which distributions, Homebrew and
// Postgres.app put the server program.
func installedPatterns() []string {
	return []string{
		"/usr/lib/postgresql/*/bin",
		"/usr/pgsql-*/bin",
		"/usr/libexec/postgresql*",
		"/usr/local/pgsql/bin",
		"/usr/local/opt/postgresql@*/bin",
		"/opt/homebrew/opt/postgresql@*/bin",
		"/Applications/Postgres.app/Contents/Versions/*/bin",
	}
}

// installed returns the PostgreSQL installations of this machine that are new
// enough, newest first. It skips installations whose version it cannot read.
func installed(ctx context.Context, a account) []binaries {
	var found []binaries
	for _, dir := range installedDirs(ctx, a) {
		version, ok := askVersion(ctx, a, dir)
		if ok && majorOf(version) >= minimumMajor {
			found = append(found, binaries{Dir: dir, Version: version, Origin: OriginInstalled})
		}
	}
	slices.SortStableFunc(found, func(a, b binaries) int { return compareVersions(b.Version, a.Version) })
	return found
}

// installedDirs returns the folders that hold both programs we need, each once.
func installedDirs(ctx context.Context, a account) []string {
	var candidates []string
	if config, err := exec.LookPath("pg_config"); err == nil {
		candidates = append(candidates, ask(ctx, a, config, "--bindir"))
	}
	if server, err := exec.LookPath("postgres"); err == nil {
		candidates = append(candidates, filepath.Dir(server))
	}
	for _, pattern := range installedPatterns() {
		// The only error is a bad pattern.
		dirs, _ := filepath.Glob(pattern)
		candidates = append(candidates, dirs...)
	}
	var dirs []string
	for _, dir := range candidates {
		if real, ok := serverDir(dir); ok && !slices.Contains(dirs, real) {
			dirs = append(dirs, real)
		}
	}
	return dirs
}

// serverDir resolves links, as /usr/bin may link to the real folder, and
// reports whether server and initdb are both there.
func serverDir(dir string) (string, bool) {
	if !filepath.IsAbs(dir) {
		return "", false
	}
	server, err := filepath.EvalSymlinks(filepath.Join(dir, "postgres"))
	if err != nil {
		return "", false
	}
	real := filepath.Dir(server)
	_, err = os.Stat(filepath.Join(real, "initdb"))
	return real, err == nil
}

// versionPattern matches releases only, no betas: their data directories
// cannot be read by the release that follows.
var versionPattern = regexp.MustCompile(`\(PostgreSQL\) (\d+\.\d+)(\s|$)`)

func askVersion(ctx context.Context, a account, dir string) (string, bool) {
	match := versionPattern.FindStringSubmatch(ask(ctx, a, filepath.Join(dir, "postgres"), "--version"))
	if match == nil {
		return "", false
	}
	return match[1], true
}

// ask runs a program as the server's account and returns its output, or "" if it
// fails.
func ask(ctx context.Context, a account, path string, arg string) string {
	ctx, cancel := context.WithTimeout(ctx, versionTimeout)
	defer cancel()
	var output bytes.Buffer
	if err := (command{path: path, args: []string{arg}, account: a, stdout: &output, onOurDeath: deathOfTool}).run(ctx); err != nil {
		return ""
	}
	return strings.TrimSpace(output.String())
}

// versionOf returns the two numbers of "18.6"; 0 stands for one that is missing.
func versionOf(version string) (major, minor int) {
	// What cannot be read stays 0.
	_, _ = fmt.Sscanf(version, "%d.%d", &major, &minor)
	return major, minor
}

func majorOf(version string) int {
	major, _ := versionOf(version)
	return major
}

func compareVersions(a, b string) int {
	majorA, minorA := versionOf(a)
	majorB, minorB := versionOf(b)
	return cmp.Or(cmp.Compare(majorA, majorB), cmp.Compare(minorA, minorB))
}
