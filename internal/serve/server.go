// Package serve is a hardened HTTP server around any handler of pages: limits for
// slow and greedy clients, security headers, who may come in, health probes and a
// graceful end. It knows nothing of launches and not what the handler serves.
//
// It serves neither /metrics nor pprof, and it compresses nothing: a handler that
// keeps its answers compresses each of them once.
package serve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"liftoff"
)

// The limits for clients. A page that is not written after writeTimeout is cut off;
// requestTimeout is shorter, so that a handler can still say why it gives up.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 15 * time.Second
	writeTimeout      = 30 * time.Second
	idleTimeout       = 60 * time.Second
	requestTimeout    = 25 * time.Second
	maxHeaderBytes    = 16 << 10
	maxBodyBytes      = 1 << 20
	maxURLBytes       = 8 << 10
	maxConnections    = 256
)

// drainTimeout is how long the end of the server takes at most, the lingering included.
const drainTimeout = 5 * time.Second

// Options say what a Server serves, and to whom. Only Handler, Logger and Now must be set.
type Options struct {
	// Handler gets GET and HEAD requests that may come in, with paths from which the base
	// path is cut off. The context of each request ends after 25 seconds, and Base says
	// what the handler's links begin with.
	Handler http.Handler
	// Refuse writes what is refused before the handler gets it, and the answer for a
	// handler that panics: a page with this status and text, which is a sentence for
	// people. Headers such as Allow are set already. nil writes plain text.
	Refuse func(w http.ResponseWriter, r *http.Request, status int, text string)
	// BasePath is the path below which all is served, such as "/liftoff"; "" for the root.
	BasePath string
	// Hosts are the names by which clients may call the server, besides its own address
	// and this machine's names for itself: a website whose name leads here gets nothing.
	Hosts []string
	// HostsSetting names the setting of Hosts, for the text of a refusal.
	HostsSetting string
	// Credentials let clients in; the zero value lets all in.
	Credentials Credentials
	// TrustedProxies are the addresses whose X-Forwarded headers count.
	TrustedProxies []netip.Prefix
	// Ready says whether the server can do its work, for /readyz. It is called once a
	// second at most, and its details must hold no secrets. nil is always ready.
	Ready func(ctx context.Context) []Check
	// Linger says how long, after a context with this cause has ended, requests are still
	// taken while /readyz says 503, so that a load balancer can notice; at most the five
	// seconds that the end may take. nil does not linger.
	Linger func(cause error) time.Duration
	Logger *slog.Logger
	// Now is the clock.
	Now func() time.Time
}

// Server is a hardened HTTP server. Make it with New, and run it once.
type Server struct {
	opts        Options
	connections *connections
	failures    *failures
	readiness   readiness
	hosts       map[string]bool
	isDraining  atomic.Bool
	// handlers are the requests under way.
	handlers sync.WaitGroup
}

// New returns a server, which serves nothing yet.
func New(opts Options) *Server {
	if opts.Refuse == nil {
		opts.Refuse = refuseInText
	}
	if opts.Linger == nil {
		opts.Linger = func(error) time.Duration { return 0 }
	}
	return &Server{
		opts:        opts,
		connections: newConnections(maxConnections, opts.Now),
		failures:    newFailures(opts.Now),
		hosts:       map[string]bool{},
	}
}

// Run serves on a listener, which it closes, until ctx ends; that is no error. Then
// /readyz says 503, requests under way have up to five seconds, and all is closed. It
// returns once all that it has started has ended.
func (s *Server) Run(ctx context.Context, listener net.Listener) error {
	s.allowHosts(listener.Addr())
	// Requests that are under way when ctx ends may finish.
	requests, endRequests := context.WithCancel(context.WithoutCancel(ctx))
	defer endRequests()
	server := &http.Server{
		Handler:           s.handler(),
		BaseContext:       func(net.Listener) context.Context { return requests },
		ConnState:         s.connections.note,
		ErrorLog:          slog.NewLogLogger(s.opts.Logger.Handler(), slog.LevelWarn),
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		// OPTIONS * is refused like all other methods.
		DisableGeneralOptionsHandler: true,
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err := <-served:
		_ = server.Close() // the error that counts is the first one
		endRequests()
		s.waitForHandlers(drainTimeout)
		return fmt.Errorf("serve on %s: %w", listener.Addr(), err)
	case <-ctx.Done():
	}
	s.drain(ctx, server)
	endRequests()
	s.waitForHandlers(time.Second)
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve on %s: %w", listener.Addr(), err)
	}
	return nil
}

// drain ends the server: it says so at /readyz first, then takes nothing new, and cuts
// off what is not done in time.
func (s *Server) drain(ctx context.Context, server *http.Server) {
	s.isDraining.Store(true)
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	_ = liftoff.Sleep(drain, s.opts.Linger(context.Cause(ctx))) // when the time is up, so be it
	// Those that have not asked for anything yet would be waited for.
	s.connections.closeWaiting()
	if err := server.Shutdown(drain); err != nil {
		s.opts.Logger.WarnContext(ctx, "Requests did not end in time and were cut off.", "limit", drainTimeout)
		_ = server.Close() // all is closed, whatever it says
	}
}

// waitForHandlers waits for the requests under way, whose contexts have ended.
func (s *Server) waitForHandlers(limit time.Duration) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.handlers.Wait()
	}()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	}
}

// Listen opens an address such as 127.0.0.1:8090; port 0 takes a free one. setting names
// where the address comes from. An address that cannot be used is a liftoff.Usage error.
func Listen(ctx context.Context, address, setting string) (net.Listener, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err == nil || ctx.Err() != nil {
		return listener, err
	}
	hint := "give " + setting + " an address of this machine, such as 127.0.0.1:8090"
	if errors.Is(err, syscall.EADDRINUSE) {
		hint = "stop the program that uses the port, or choose another with " + setting + "; port 0 takes a free one"
	}
	return nil, liftoff.NewError(liftoff.Usage, fmt.Errorf("listen on %q: %w", address, err), hint)
}

// IsLoopback reports whether only this machine can reach a listener.
func IsLoopback(listener net.Listener) bool {
	address, ok := listener.Addr().(*net.TCPAddr)
	return ok && address.IP.IsLoopback()
}

// URL returns the address of a listener for people, with the base path and a slash at
// the end. In place of "all addresses" it names this machine.
func URL(listener net.Listener, basePath string) string {
	host, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		return "http://" + listener.Addr().String() + basePath + "/"
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port) + basePath + "/"
}
