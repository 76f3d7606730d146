package serve

import (
	"fmt"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// maxBaseBytes bounds a base path.
const maxBaseBytes = 100

// baseShape is a base path: segments of plain characters.
var baseShape = regexp.MustCompile(`^(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+$`)

// IsBasePath reports whether a path may be a base path: it begins with a slash, ends
// without one, and has only letters, digits and the characters . _ ~ - between them.
func IsBasePath(path string) bool { return len(path) <= maxBaseBytes && baseShape.MatchString(path) }

// ParseProxies reads addresses such as 10.0.0.1 and networks such as 10.0.0.0/8.
func ParseProxies(texts []string) ([]netip.Prefix, error) {
	var prefixes []netip.Prefix
	for _, text := range texts {
		prefix, err := netip.ParsePrefix(text)
		if address, addressErr := netip.ParseAddr(text); addressErr == nil {
			prefix, err = netip.PrefixFrom(address, address.BitLen()), nil
		}
		if err != nil {
			return nil, fmt.Errorf("%q is neither an address such as 10.0.0.1 nor a network such as 10.0.0.0/8", text)
		}
		prefixes = append(prefixes, prefix.Masked())
	}
	return prefixes, nil
}

// visit returns what is known of a request. What X-Forwarded headers say counts only
// from a trusted proxy.
func (s *Server) visit(r *http.Request) visit {
	v := visit{base: s.opts.BasePath}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return v
	}
	v.client = peer.Addr().Unmap().WithZone("")
	if !s.isTrusted(v.client) {
		return v
	}
	v.client = s.forwardedFor(v.client, r.Header.Values("X-Forwarded-For"))
	v.isTLS = lastOf(r.Header.Values("X-Forwarded-Proto")) == "https"
	// A proxy that cuts a path off says which; one that does not needs the setting.
	if prefix := strings.TrimSuffix(lastOf(r.Header.Values("X-Forwarded-Prefix")), "/"); s.opts.BasePath == "" && IsBasePath(prefix) {
		v.base = prefix
	}
	return v
}

func (s *Server) isTrusted(address netip.Addr) bool {
	return slices.ContainsFunc(s.opts.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(address) })
}

// forwardedFor returns the nearest address of the list that is no trusted proxy: what
// stands before it may be made up.
func (s *Server) forwardedFor(peer netip.Addr, lists []string) netip.Addr {
	hops := strings.Split(strings.Join(lists, ","), ",")
	for _, hop := range slices.Backward(hops) {
		hop = strings.TrimSpace(hop)
		address, err := netip.ParseAddr(hop)
		if withPort, portErr := netip.ParseAddrPort(hop); portErr == nil {
			address, err = withPort.Addr(), nil
		}
		if err != nil {
			return peer
		}
		peer = address.Unmap().WithZone("")
		if !s.isTrusted(peer) {
			return peer
		}
	}
	return peer
}

// lastOf returns the last value of a header that may be repeated: the nearest proxy adds
// its own at the end.
func lastOf(values []string) string {
	if len(values) == 0 {
		return ""
	}
	list := strings.Split(values[len(values)-1], ",")
	return strings.TrimSpace(list[len(list)-1])
}
