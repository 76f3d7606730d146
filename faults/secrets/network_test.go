//go:build linux

package secrets_test

import (
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// address is where a system call of strace's output goes to.
var address = regexp.MustCompile(`sin6?_port=htons\((\d+)\).*?(?:inet_addr\("|inet_pton\(AF_INET6, ")([^"]+)"`)

// The tenth promise: no network but the configured hosts. The kernel tells
// where every packet of a run goes.
func TestG4_NoNetworkButTheConfiguredHosts(t *testing.T) {
	t.Parallel()
	strace, err := exec.LookPath("strace")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("CI must have strace")
		}
		t.Skip("no strace here, which tells where a process connects to")
	}
	db := pgtest.NewDatabase(t)
	api := clitest.StartReplay(t, "--count", "30")
	u := clitest.NewUser(t).On(db).With("SPACEX_API_URL=" + api)
	configured, err := url.Parse(api)
	if err != nil {
		t.Fatal(err)
	}
	allowed := map[string]bool{"127.0.0.1:" + configured.Port(): true, "127.0.0.1:" + strconv.Itoa(db.Port): true}
	program := u.Path
	u.Path = strace
	for _, run := range []struct {
		args []string
		// asks is how many of the two hosts it needs.
		asks int
	}{
		{[]string{"ingest", "--all"}, 2},
		{[]string{"analyze"}, 1},
		{[]string{"export"}, 1},
		{[]string{"runs"}, 1},
		{[]string{"doctor"}, 2},
		{[]string{"version"}, 0},
	} {
		t.Run(run.args[0], func(t *testing.T) {
			trace := run.args[0] + ".trace"
			u.Succeed(t, append([]string{"-f", "-qq", "-e", "trace=connect,sendto,sendmsg,sendmmsg", "-o", filepath.Join(u.Folder, trace), program}, run.args...)...)
			asked := map[string]bool{}
			for _, found := range address.FindAllStringSubmatch(u.ReadFile(t, trace), -1) {
				to := found[2] + ":" + found[1]
				asked[to] = true
				if !allowed[to] {
					t.Errorf("it went to %s, which is not configured", to)
				}
			}
			if len(asked) != run.asks {
				t.Errorf("it went to %v, want %d of %v", asked, run.asks, allowed)
			}
		})
	}
}
