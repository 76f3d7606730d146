package fetch

import (
	"context"
	"io"
	"net"
	"time"
)

// Deadlines are those inside an attempt.
type Deadlines struct {
	Connect, TLSHandshake, FirstByte, Idle time.Duration
}

// WithDeadlines returns o with other deadlines, so that a test of them is
// fast; a zero one stays at a minute.
func WithDeadlines(o Options, d Deadlines) Options {
	or := func(d time.Duration) time.Duration {
		if d == 0 {
			return time.Minute
		}
		return d
	}
	o.deadlines = deadlines{connect: or(d.Connect), tlsHandshake: or(d.TLSHandshake), firstByte: or(d.FirstByte), idle: or(d.Idle)}
	return o
}

// NewStallReader returns r under a deadline for each read.
func NewStallReader(r io.ReadCloser, idle time.Duration, abort context.CancelCauseFunc) io.Reader {
	return &stallReader{ReadCloser: r, idle: idle, abort: abort}
}

// WithNameServer returns o with a resolver that asks only the name server at an
// address.
func WithNameServer(o Options, address string) Options {
	o.resolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", address)
	}}
	return o
}

// AddressGuard returns the check of the addresses that a host leads to.
func AddressGuard(host string) (check func(address string) error) {
	return (&dialGuard{host: host}).check
}

// WithDial returns o with another way to open a connection.
func WithDial(o Options, dial func(ctx context.Context, network, address string) (net.Conn, error)) Options {
	o.Dial = dial
	return o
}
