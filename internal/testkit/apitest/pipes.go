package apitest

import (
	"context"
	"net"
	"net/http"
	"testing"
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

// Addr is that of a host for which no proxy is used.
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

// ServeInBubble starts an API in the test's synctest bubble, as
// http://127.0.0.1, and returns how to dial it.
func ServeInBubble(t *testing.T, handler http.HandlerFunc) (dial func(ctx context.Context, network, address string) (net.Conn, error)) {
	t.Helper()
	listener := &pipes{connections: make(chan net.Conn), closed: make(chan struct{})}
	server := &http.Server{Handler: handler} //nolint:gosec // its only client is the test
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener) // it ends with the listener
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-done
	})
	return listener.dial
}
