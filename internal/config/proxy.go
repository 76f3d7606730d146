package config

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"liftoff"
)

// checkProxies refuses a proxy that cannot be read. The HTTP client would go past
// it without a word.
func checkProxies(environ map[string]string) error {
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"} {
		if value := environ[name]; value != "" && !isProxy(value) {
			return liftoff.NewError(liftoff.Usage, fmt.Errorf("%s in the environment is not the address of a proxy", name),
				"write it like http://proxy.example.org:3128, without blanks, quotes or a path, and escape / and @ in a password as %2F and %40")
		}
	}
	return nil
}

// isProxy reports whether the HTTP client can use a text as the address of a
// proxy. The scheme may be missing.
func isProxy(text string) bool {
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	address, err := url.Parse(text)
	return err == nil && slices.Contains([]string{"http", "https", "socks5", "socks5h"}, address.Scheme) &&
		address.Hostname() != "" && (address.Path == "" || address.Path == "/") && address.RawQuery == "" && address.Fragment == "" &&
		!strings.ContainsAny(address.Hostname(), " @") && isPortOrNone(address)
}

// isPortOrNone reports whether an address has no port, and no colon for it, or one
// that can be connected to.
func isPortOrNone(address *url.URL) bool {
	if address.Port() == "" {
		return !strings.HasSuffix(address.Host, ":")
	}
	port, err := strconv.ParseUint(address.Port(), 10, 16)
	return err == nil && port > 0
}
