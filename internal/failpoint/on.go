//go:build failpoints && unix

package failpoint

import (
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

// reached counts how often each point was reached. It is a package variable so
// that the program can name a point with one word.
var reached [count]atomic.Int64 //nolint:gochecknoglobals // see above

// Reach says that the program has come to a point. What LIFTOFF_FAIL wants
// there happens: kill ends the process as kill -9 does, stop holds it as
// SIGSTOP does until somebody continues it, and panic panics.
func Reach(p Point) {
	name, rest, _ := strings.Cut(os.Getenv("LIFTOFF_FAIL"), ":")
	if name != p.String() {
		return
	}
	action, nth, _ := strings.Cut(rest, ":")
	time, err := strconv.ParseInt(nth, 10, 64)
	if err != nil {
		time = 1
	}
	if reached[p].Add(1) != time {
		return
	}
	switch action {
	case "kill":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {} // until the signal is there
	case "stop":
		// Another thread may take the signal, and this one would run on meanwhile.
		continued := make(chan os.Signal, 1)
		signal.Notify(continued, syscall.SIGCONT)
		_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
		<-continued
		signal.Stop(continued)
	case "panic":
		panic("fail point " + name)
	}
}
