package crashloop_test

import (
	"bytes"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"syscall"
	"time"

	"liftoff/internal/failpoint"
	"liftoff/internal/replay"
)

// run is an ingestion that is under way.
type run struct {
	cmd    *exec.Cmd
	stderr bytes.Buffer
	done   chan struct{}
	began  time.Time
	// ended is how it ended: code is -1 when a signal did.
	code int
	took time.Duration
}

// bound is how long a run may take whatever happens to it.
const bound = 60 * time.Second

func (l *loop) start(fail string, args ...string) *run {
	l.Helper()
	return l.startCommand(fail, append([]string{"ingest", "--skip-analytics"}, args...)...)
}

// startCommand is start for any command that takes the source's lock.
func (l *loop) startCommand(fail string, args ...string) *run {
	l.Helper()
	args = append(args, "--if-locked", "wait")
	references := strconv.FormatBool(l.random.IntN(2) == 0) // beside the launches, or none
	r := &run{cmd: l.user.With("LIFTOFF_FAIL="+fail, "REFERENCES="+references).Command(l.Context(), args...), done: make(chan struct{}), began: time.Now()}
	r.cmd.Stderr = &r.stderr
	if err := r.cmd.Start(); err != nil {
		l.Fatal(err)
	}
	go func() {
		defer close(r.done)
		_ = r.cmd.Wait()
		r.took, r.code = time.Since(r.began), r.cmd.ProcessState.ExitCode()
	}()
	return r
}

// end waits for a run and wants one of the exit codes.
func (l *loop) end(r *run, codes ...int) {
	l.Helper()
	select {
	case <-r.done:
	case <-time.After(bound):
		_ = r.cmd.Process.Signal(syscall.SIGQUIT)
		<-r.done
		l.Fatalf("a run has not ended within %s:\n%s", bound, r.stderr.String())
	}
	if !slices.Contains(codes, r.code) {
		l.Errorf("a run ended with %d, want one of %d:\n%s", r.code, codes, r.stderr.String())
	}
}

// isOver waits for a moment, and reports whether the run ended before.
func (r *run) isOver(after time.Duration) bool {
	select {
	case <-r.done:
		return true
	case <-time.After(after):
		return false
	}
}

// disturb starts a run, or two workers, and does something to it; it returns
// how many were killed.
func (l *loop) disturb() uint64 {
	l.Helper()
	changes := l.change()
	defer changes()
	switch dice := l.random.IntN(20); {
	case dice < 9:
		return l.killAtAMoment("--all")
	case dice == 9:
		return l.killAtAMoment("--new")
	case dice < 14:
		return l.killAtAFailPoint()
	case dice < 17:
		return l.killWorkers()
	case dice == 17:
		return l.terminate()
	case dice == 18:
		return l.crashServer()
	default:
		return l.cutConnections()
	}
}

// change lets launches change: before the run or in the middle of it. The
// returned function waits for that.
func (l *loop) change() (wait func()) {
	if l.random.IntN(3) != 0 {
		return func() {}
	}
	// To and fro: a state that was there before is a change like any other.
	next := l.revision + 1
	if next > replay.MaxRevision {
		next = 0
	}
	l.revision = next
	if l.random.IntN(2) == 0 {
		if err := l.api.SetRevision(next); err != nil {
			l.Fatal(err)
		}
		return func() {}
	}
	l.tally["changes in mid-run"]++
	done := make(chan error, 1)
	time.AfterFunc(l.moment(), func() { done <- l.api.SetRevision(next) })
	return func() {
		if err := <-done; err != nil {
			l.Fatal(err)
		}
	}
}

// moment returns a moment within a run.
func (l *loop) moment() time.Duration { return time.Duration(l.random.Int64N(int64(l.usual))) }

// kill kills a run; it returns 0 when it had finished before.
func (l *loop) kill(r *run) uint64 {
	l.Helper()
	_ = r.cmd.Process.Kill()
	// 4: the launches changed while they were read, so that not all came.
	l.end(r, -1, 0, 4)
	if r.code == -1 {
		return 1
	}
	l.tally["finished"]++
	l.usual = (l.usual + r.took) / 2
	return 0
}

func (l *loop) killAtAMoment(selection string) uint64 {
	r := l.start("", selection)
	r.isOver(l.moment())
	killed := l.kill(r)
	l.tally["at a moment"] += int(killed)
	return killed
}

func (l *loop) killAtAFailPoint() uint64 {
	points := failpoint.All()
	point := points[l.random.IntN(len(points))]
	nth := "1"
	if point > failpoint.BeforeFetch && point < failpoint.BeforeReferences {
		nth = string(rune('1' + l.random.IntN(9)))
	}
	r := l.start(point.String()+":kill:"+nth, "--all")
	l.end(r, -1, 0, 4)
	if r.code != -1 {
		l.tally["finished"]++
		return 0 // there was nothing to write, or no view to make
	}
	l.tally["at a fail point"]++
	return 1
}

// killWorkers opens a backfill, or finds the one that earlier workers have left, and
// kills some of its four workers.
func (l *loop) killWorkers() uint64 {
	l.tally["backfills"]++
	opened := l.user.With("LIFTOFF_FAIL=").Succeed(l.T, "backfill", "-o", "json")
	id := regexp.MustCompile(`"backfill_id": (\d+)`).FindStringSubmatch(opened.Stdout)[1]
	var workers []*run
	for range 4 {
		workers = append(workers, l.startCommand("", "worker", "--backfill", id))
	}
	killed := uint64(0)
	for _, worker := range workers[:1+l.random.IntN(4)] {
		worker.isOver(l.moment())
		killed += l.kill(worker)
		workers = workers[1:]
	}
	for _, worker := range workers {
		l.end(worker, 0, 4)
	}
	return killed
}

func (l *loop) terminate() uint64 {
	r := l.start("", "--all")
	r.isOver(l.moment())
	_ = r.cmd.Process.Signal(syscall.SIGTERM)
	// -1: before it had begun to listen to signals.
	l.end(r, 143, 0, 4, -1)
	l.tally["SIGTERM"]++
	return 0
}

func (l *loop) crashServer() uint64 {
	r := l.start("", "--all")
	r.isOver(l.moment())
	l.tally["server crashes"]++
	l.server.Crash(l.T)
	l.server.Start(l.T)
	l.end(r, 5, 0, 4)
	return 0
}

func (l *loop) cutConnections() uint64 {
	r := l.start("", "--all")
	r.isOver(l.moment())
	l.proxy.CutAll()
	l.end(r, 5, 0, 4)
	l.tally["cut connections"]++
	return 0
}
