//go:build linux

package embedded_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"liftoff"
	"liftoff/internal/embedded"
)

func TestI6_SecondProcessUsesTheServerOfTheFirst(t *testing.T) {
	t.Parallel()
	opts := options(t)
	owner := start(t, opts)
	guest := startOther(t, "server", "TEST_DATA_DIR="+opts.DataDir)
	r := guest.report(t)
	if !r.Joined || r.DSN != owner.Connection().DSN() {
		t.Errorf("joined is %v with server %q, want the owner's: %s (%s)", r.Joined, r.DSN, r.Error, r.Hint)
	}
	if want := "INFO Using the PostgreSQL server of another liftoff process."; !slices.Contains(r.Log, want) {
		t.Errorf("the guest logged %q, want %q", r.Log, want)
	}
	guest.end(t)
	// The guest only let go.
	query(t, owner.Connection().DSN(), "SELECT 'still here'")
}

func TestJoin_MayAskForADatabaseOfItsOwn(t *testing.T) {
	t.Parallel()
	opts := options(t)
	start(t, opts)
	opts.Database, opts.User = "other", "guest"
	guest := start(t, opts)
	if !guest.Joined() {
		t.Fatal("two servers on one data directory")
	}
	if got := query(t, guest.Connection().DSN(), "SELECT current_user || current_database()"); got != "guestother" {
		t.Errorf("user and database are %q, want guest and other", got)
	}
}

func TestI6_TwoFirstStartsAtOnceMakeOneServer(t *testing.T) {
	t.Parallel()
	opts := options(t)
	first := startOther(t, "server", "TEST_DATA_DIR="+opts.DataDir)
	second := startOther(t, "server", "TEST_DATA_DIR="+opts.DataDir)
	a, b := first.report(t), second.report(t)
	if a.DSN != b.DSN || a.DSN == "" {
		t.Errorf("two servers, %q and %q (%s%s)", a.DSN, b.DSN, a.Error, b.Error)
	}
	if a.Joined == b.Joined {
		t.Errorf("joined is %v for both, want one owner", a.Joined)
	}
	// Either may be told to end first: an owner waits for its guest.
	if err := first.stdin.Close(); err != nil {
		t.Error(err)
	}
	second.end(t)
	if err := first.cmd.Wait(); err != nil {
		t.Errorf("the first process ended with %v", err)
	}
}

func TestStop_OwnerWaitsForItsGuestAndSaysSo(t *testing.T) {
	t.Parallel()
	opts := options(t)
	waiting := make(chan struct{})
	opts.Logger = onLog("Ctrl-C stops the server now; the other processes then fail.", func() { close(waiting) })
	owner := start(t, opts)
	guest := start(t, opts)
	stopped := make(chan error, 1)
	go func() { stopped <- owner.Stop(context.Background()) }()
	select {
	case <-waiting:
	case err := <-stopped:
		t.Fatalf("the owner did not wait: %v", err)
	}
	query(t, guest.Connection().DSN(), "SELECT 'the guest can go on'")
	stop(t, guest)
	if err := <-stopped; err != nil {
		t.Errorf("stop: %v", err)
	}
}

func TestStop_WhoStartsWhileTheOwnerWaitsBecomesTheNextOwner(t *testing.T) {
	t.Parallel()
	opts := options(t)
	var group sync.WaitGroup
	guest, newcomer := opts, opts
	var joined *embedded.Server
	newcomer.Logger = onLog("Waiting for the PostgreSQL server", func() { stop(t, joined) })
	opts.Logger = onLog("Waiting for other liftoff processes", func() {
		group.Go(func() {
			server, err := embedded.Start(t.Context(), newcomer)
			if err != nil {
				t.Errorf("start: %v", err)
				return
			}
			if server.Joined() {
				t.Error("the newcomer joined a server that was about to stop")
				stop(t, joined)
			}
			stop(t, server)
		})
	})
	owner := start(t, opts)
	joined = start(t, guest)
	stop(t, owner)
	group.Wait()
}

func TestStart_OutlastsADownloadAndARecoveryOfAnotherProcess(t *testing.T) {
	opts := options(t)
	if err := os.Mkdir(opts.DataDir, 0o700); err != nil {
		t.Fatal(err)
	}
	release, err := embedded.Hold(filepath.Join(opts.DataDir, "lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		_, err := embedded.Start(t.Context(), opts)
		checkError(t, err, liftoff.Database, opts.DataDir)
		if waited := time.Since(begin); waited < 15*time.Minute {
			t.Errorf("given up after %s, in which the other may still be at work", waited)
		}
		if hint := liftoff.HintOf(err); strings.Contains(hint, "end that process") {
			t.Errorf("the hint is to end a process that may be at work: %q", hint)
		}
	})
}

func TestStop_OwnerStopsWithAGuestWhenItsTimeIsUp(t *testing.T) {
	t.Parallel()
	opts := options(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	opts.Logger = onLog("Waiting for other liftoff processes", cancel)
	owner := start(t, opts)
	guest := start(t, opts)
	if err := owner.Stop(ctx); err != nil {
		t.Errorf("stop: %v", err)
	}
	if embedded.Serves(guest.DataDir()) {
		t.Error("the server still runs")
	}
	stop(t, guest)
}

func TestJoin_CancelledWhileTheOwnerIsNotReady(t *testing.T) {
	t.Parallel()
	opts := options(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var err error
	owner := opts
	// The second start happens while the first has the lock but no server.
	owner.Logger = onLog("Making a new", func() {
		guest := opts
		guest.Logger = onLog("Waiting for the PostgreSQL server", cancel)
		_, err = embedded.Start(ctx, guest)
	})
	start(t, owner)
	if liftoff.CategoryOf(err) != liftoff.Interrupted {
		t.Errorf("the second start: %v, want interrupted", err)
	}
}

// A password that is gone does not come back by waiting.
func TestJoin_WithoutThePasswordFileEndsAtOnce(t *testing.T) {
	t.Parallel()
	opts := options(t)
	owner := start(t, opts)
	password := filepath.Join(owner.DataDir(), "liftoff_password")
	if err := os.Rename(password, password+".away"); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := os.Rename(password+".away", password); err != nil {
			t.Error(err)
		}
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	_, err := embedded.Start(ctx, opts)
	if ctx.Err() != nil || liftoff.CategoryOf(err) != liftoff.Database || !strings.Contains(err.Error(), "its password file") {
		t.Errorf("after waiting until %v: %v", ctx.Err(), err)
	}
}
