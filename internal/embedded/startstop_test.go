//go:build linux

package embedded_test

import (
	"net"
	"strconv"
	"testing"

	"liftoff/internal/embedded"
	"liftoff/internal/testkit/startstop"
)

func TestServer_KeepsToTheContractOfLongRunningParts(t *testing.T) {
	opts := options(t)
	stop(t, start(t, opts)) // so that a start is fast
	startstop.Check(t, func(t *testing.T) startstop.Part {
		t.Helper()
		server := start(t, opts)
		return startstop.Part{
			Stop:      server.Stop,
			IsRunning: func() bool { return isListening(server) },
			Hold: func() func() {
				guest := start(t, opts) // an owner waits for it
				return func() { stop(t, guest) }
			},
		}
	})
}

func isListening(server *embedded.Server) bool {
	c := server.Connection()
	conn, err := net.Dial("tcp", net.JoinHostPort(c.Host, strconv.Itoa(c.Port)))
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}
