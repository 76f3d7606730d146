package spacex_test

import (
	"context"
	"net"
	"net/http"
	"testing"

	"liftoff/internal/source/spacex"
)

// pipes is a listener whose connections are pipes, so that client and server
// can be in one synctest bubble, where time passes only when all wait.
type pipes struct {
	connections chan net.Conn
	closed      chan struct{}
}

// Accept returns the server's end of the next connection.
func (p *pipes) Accept() (net.Conn, error) {
	select {
	case connection := <-p.connections:
		return connection, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// Close ends Accept.
func (p *pipes) Close() error {
	close(p.closed)
	return nil
}

// Addr is that of a host that no proxy is asked for.
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case p.connections <- server:
		return client, nil
	case <-p.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// bubbleOptions starts an API in the test's synctest bubble and returns
// options for a client of it, which waits by the bubble's clock.
func bubbleOptions(t *testing.T, handler http.HandlerFunc) spacex.Options {
	t.Helper()
	listener := &pipes{connections: make(chan net.Conn), closed: make(chan struct{})}
	server := &http.Server{Handler: handler}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener) // It ends with the listener.
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-done
	})
	return spacex.WithDial(spacex.Options{BaseURL: "http://127.0.0.1"}, listener.dial)
}
