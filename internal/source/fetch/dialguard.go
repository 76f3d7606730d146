package fetch

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"syscall"
)

// dialGuard checks the addresses of the API's host when connections are opened
// to it: a name that led to a public server a moment ago may lead to this
// machine or its network now.
type dialGuard struct {
	// host is the API's, as configured. If it is an address, or localhost, it
	// leads only where the user said, and nothing is refused.
	host string
	// wasPublic says that the host has had a public address.
	wasPublic atomic.Bool
}

// dialer returns a function that opens connections. The guard is for the API's
// host alone: any other host is a proxy's, which may well be near.
func (g *dialGuard) dialer(plain net.Dialer) func(ctx context.Context, network, address string) (net.Conn, error) {
	guarded := plain
	if !isLiteral(g.host) {
		guarded.ControlContext = func(_ context.Context, _, address string, _ syscall.RawConn) error { return g.check(address) }
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if host, _, err := net.SplitHostPort(address); err == nil && strings.EqualFold(host, g.host) {
			return guarded.DialContext(ctx, network, address)
		}
		return plain.DialContext(ctx, network, address)
	}
}

// check refuses an address that the API's host cannot rightly have. A host of
// the own network may have an address there; one that had a public address may
// not. No API is at the addresses where clouds keep their credentials.
func (g *dialGuard) check(address string) error {
	addressAndPort, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("address of the host %s: %w", OneLine(g.host, 100), err)
	}
	ip := behindNAT64(addressAndPort.Addr().Unmap())
	if !isSpecial(ip) {
		g.wasPublic.Store(true)
		return nil
	}
	if isMetadata(ip) || g.wasPublic.Load() {
		return &Failure{
			reason: fmt.Sprintf("the host %s leads to %v, an address of this machine or its network, which is not called", OneLine(g.host, 100), ip),
			hint:   "check $url and what the name server says about its host",
		}
	}
	return nil
}

// behindNAT64 returns the IPv4 address that an address stands for on a network
// without IPv4, and any other unchanged.
func behindNAT64(ip netip.Addr) netip.Addr {
	if !netip.MustParsePrefix("64:ff9b::/96").Contains(ip) {
		return ip
	}
	bytes := ip.As16()
	return netip.AddrFrom4([4]byte(bytes[12:]))
}

// isLiteral reports whether a host is an address or this machine's own name,
// which no name server is asked for.
func isLiteral(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil || strings.EqualFold(host, "localhost")
}

// isMetadata reports whether an address is a link-local one, or another one
// where clouds keep what a machine may know about itself.
func isMetadata(ip netip.Addr) bool {
	return ip.IsLinkLocalUnicast() || ip == netip.AddrFrom4([4]byte{100, 100, 100, 200}) || ip == netip.MustParseAddr("fd00:ec2::254")
}

// isSpecial reports whether an address leads to this machine, to its network,
// or to no single host.
func isSpecial(ip netip.Addr) bool {
	if ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast() || ip.IsMulticast() || ip.IsUnspecified() {
		return true
	}
	for _, network := range []string{"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "198.18.0.0/15", "240.0.0.0/4"} {
		if netip.MustParsePrefix(network).Contains(ip) {
			return true
		}
	}
	return false
}
