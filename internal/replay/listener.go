package replay

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"

	"liftoff"
)

// Listener is an HTTP server that is bound and serving.
type Listener struct {
	server *http.Server
	addr   net.Addr
	done   chan error

	closing  sync.Once
	closeErr error
}

// Listen binds addr (port 0 takes a free one), serves h on it in a goroutine
// and returns at once. Cancelling ctx cancels the requests that run, but only
// Close stops the listener. A port in use, or an address that cannot be
// bound, is a liftoff.Usage error that names the address.
func Listen(ctx context.Context, addr string, h http.Handler) (*Listener, error) {
	var config net.ListenConfig
	socket, err := config.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, listenError(addr, err)
	}
	l := &Listener{
		addr: socket.Addr(),
		done: make(chan error, 1),
		server: &http.Server{
			Handler:           h,
			BaseContext:       func(net.Listener) context.Context { return ctx },
			ReadHeaderTimeout: 5 * time.Second,
			IdleTimeout:       60 * time.Second,
			MaxHeaderBytes:    16 << 10,
		},
	}
	go func() { l.done <- l.server.Serve(socket) }()
	return l, nil
}

func listenError(addr string, err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	hint := "give an address such as 127.0.0.1:8100 with --listen"
	if errors.Is(err, syscall.EADDRINUSE) {
		hint = "stop the program that uses the port, or choose another with --listen; port 0 takes a free one"
	}
	return liftoff.NewError(liftoff.Usage, fmt.Errorf("listen on %q: %w", addr, err), hint)
}

// URL returns the base URL for clients, as URLOf does.
func (l *Listener) URL() string { return URLOf(l.addr.String()) }

// URLOf returns the base URL, such as http://127.0.0.1:8100, of a server that
// listens on addr. It replaces a wildcard host, to which not every system can
// connect, by 127.0.0.1.
func URLOf(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "http://" + addr
	}
	if ip := net.ParseIP(host); host == "" || (ip != nil && ip.IsUnspecified()) {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// Close stops the listener and waits for its goroutine. Requests that run may
// finish until ctx ends; then their connections are cut and the error says
// so.
//
// Close is safe to call twice and from several goroutines: every call returns once
// the listener has ended, with the same error.
func (l *Listener) Close(ctx context.Context) error {
	l.closing.Do(func() { l.closeErr = l.close(ctx) })
	return l.closeErr
}

func (l *Listener) close(ctx context.Context) error {
	err := l.server.Shutdown(ctx)
	if err != nil {
		err = errors.Join(fmt.Errorf("stop listening on %s: %w", l.addr, err), l.server.Close())
	}
	if served := <-l.done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, fmt.Errorf("serve on %s: %w", l.addr, served))
	}
	return err
}
