package dashboard_test

import (
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"liftoff/internal/testkit/launchtest"
	"liftoff/internal/testkit/pgtest"
)

//nolint:gochecknoglobals // made once for all tests
var filled = pgtest.NewTemplate(launchtest.Odd)

// A dashboard that is open for days asks again and again; neither memory nor connections
// to the database grow.
func TestF18_OpenForDays(t *testing.T) {
	t.Parallel()
	d := start(t, newUser(t).On(pgtest.NewDatabaseFrom(t, filled)))
	paths := []string{"/", "/", "/", "/launches", "/launches?search=synthetic", "/runs", "/analytics/launches_per_year", "/api/v1/launches", "/nowhere"}
	const clients, warm, rounds = 8, 100, 1250
	ask := func(times int) {
		var asking sync.WaitGroup
		for client := range clients {
			asking.Go(func() {
				for i := range times {
					response, err := d.client.Get("http://" + d.address + paths[(client+i)%len(paths)])
					if err != nil {
						t.Errorf("request %d: %v", i, err)
						return
					}
					_ = read(t, response)
					if response.StatusCode >= http.StatusInternalServerError {
						t.Errorf("%s: status %d", response.Request.URL, response.StatusCode)
						return
					}
				}
			})
		}
		asking.Wait()
	}
	ask(warm)
	before := residentMiB(t, d.PID())
	ask(rounds)
	const most, growth = 150, 40 // with the race detector's share
	if after := residentMiB(t, d.PID()); after > most || after-before > growth {
		t.Errorf("after %d requests the program has %d MiB, before %d", clients*rounds, after, before)
	}
	d.stop(t)
}

// residentMiB returns how much memory a process has.
func residentMiB(t *testing.T, pid int) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Skipf("this system does not tell: %v", err)
	}
	for line := range strings.Lines(string(status)) {
		if kib, isRSS := strings.CutPrefix(line, "VmRSS:"); isRSS {
			n, err := strconv.Atoi(strings.Fields(kib)[0])
			if err != nil {
				t.Fatal(err)
			}
			return n / 1024
		}
	}
	t.Fatal("there is no VmRSS")
	return 0
}
