package postgres

import (
	"net"
	"time"
)

// The operating system notices a server that is gone: by probes while a
// connection is idle, and by data that is not confirmed.
const (
	keepAliveIdle     = 15 * time.Second
	keepAliveInterval = 5 * time.Second
	keepAliveCount    = 4
	unconfirmedLimit  = keepAliveIdle + keepAliveCount*keepAliveInterval
)

// newDialer returns the dialer for connections to the server. Its probes also keep
// firewalls from dropping an idle connection.
func newDialer() *net.Dialer {
	return &net.Dialer{
		Timeout: connectTimeout,
		KeepAliveConfig: net.KeepAliveConfig{
			Enable: true, Idle: keepAliveIdle, Interval: keepAliveInterval, Count: keepAliveCount,
		},
		Control: limitUnconfirmed,
	}
}
