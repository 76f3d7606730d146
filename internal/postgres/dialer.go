package postgres

import (
	"net"
	"time"
)

// A peer that is gone without a word is noticed by the operating system: by
// probes while nothing is on its way, and by data that nobody confirms.
const (
	keepAliveIdle     = 15 * time.Second
	keepAliveInterval = 5 * time.Second
	keepAliveCount    = 4
	unconfirmedLimit  = keepAliveIdle + keepAliveCount*keepAliveInterval
)

// newDialer returns what opens connections to the server. The probes also keep
// firewalls from forgetting a connection that is idle.
func newDialer() *net.Dialer {
	return &net.Dialer{
		Timeout: connectTimeout,
		KeepAliveConfig: net.KeepAliveConfig{
			Enable: true, Idle: keepAliveIdle, Interval: keepAliveInterval, Count: keepAliveCount,
		},
		Control: limitUnconfirmed,
	}
}
