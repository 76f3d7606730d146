package spacex_test

import (
	"fmt"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"liftoff"
	"liftoff/internal/spacex"
)

// A listener whose queue is full drops what comes, as a firewall does.
func TestA3_ConnectionsThatNobodyAnswers(t *testing.T) {
	url := "http://" + fullListener(t)
	options, pauses := testOptions(url)
	options.MaxAttempts = 2
	began := time.Now()
	_, err := latest(t.Context(), newClient(t, spacex.WithDeadlines(options, spacex.Deadlines{Connect: 200 * time.Millisecond})))
	wantError(t, err, liftoff.Source, "i/o timeout after 2 attempts")
	if took := time.Since(began); took < 400*time.Millisecond || took > 2*time.Second || len(pauses.recorded()) != 1 {
		t.Errorf("it took %v with %d pauses", took, len(pauses.recorded()))
	}
}

// fullListener returns the address of a socket whose queue of connections is
// full.
func fullListener(t *testing.T) string {
	t.Helper()
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(socket) })
	if err := unix.Bind(socket, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := unix.Listen(socket, 0); err != nil {
		t.Fatal(err)
	}
	bound, err := unix.Getsockname(socket)
	if err != nil {
		t.Fatal(err)
	}
	address := fmt.Sprintf("127.0.0.1:%d", bound.(*unix.SockaddrInet4).Port)
	for range 3 { // A queue of 0 holds one.
		client, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = unix.Close(client) })
		_ = unix.Connect(client, bound) // EINPROGRESS is what is wanted.
	}
	return address
}
