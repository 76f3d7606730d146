package faultproxy

import (
	"fmt"
	"testing"

	"golang.org/x/sys/unix"
)

// FullListener returns the address of a socket whose queue of connections is
// full: what comes is dropped without an answer, as a firewall does.
func FullListener(t testing.TB) string {
	t.Helper()
	socket := newSocket(t, 0)
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
	address, isIPv4 := bound.(*unix.SockaddrInet4)
	if !isIPv4 {
		t.Fatalf("the socket is bound to %T", bound)
	}
	for range 3 { // A queue of 0 holds one.
		_ = unix.Connect(newSocket(t, unix.SOCK_NONBLOCK), address) // That it is under way is what is wanted.
	}
	return fmt.Sprintf("127.0.0.1:%d", address.Port)
}

// newSocket returns a TCP socket, which is closed when the test ends.
func newSocket(t testing.TB, flags int) int {
	t.Helper()
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|flags, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(socket) })
	return socket
}
