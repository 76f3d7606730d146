package fetch

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// maxRedirects is how many redirects one attempt follows.
const maxRedirects = 3

// newHTTPClient returns the HTTP client for an API's host, every phase of it
// under a deadline. It keeps no cookies and follows redirects to the same host only.
func newHTTPClient(host string, options Options) *http.Client {
	dial := options.Dial
	if dial == nil {
		guard := &dialGuard{host: host}
		dial = guard.dialer(net.Dialer{Timeout: options.deadlines.connect, Resolver: options.resolver})
	}
	return &http.Client{
		CheckRedirect: checkRedirect,
		Transport: &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			OnProxyConnectResponse: checkProxyAnswer,
			DialContext:            dial,
			TLSClientConfig:        &tls.Config{RootCAs: options.RootCAs, MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:    options.deadlines.tlsHandshake,
			ResponseHeaderTimeout:  options.deadlines.firstByte,
			MaxResponseHeaderBytes: 64 << 10,
			MaxIdleConnsPerHost:    options.MaxConnections,
			// Own TLS settings switch HTTP/2 off unless asked for.
			ForceAttemptHTTP2: true,
			// All requests share one connection there: a ping notices that it is
			// dead before each of them has to time out.
			HTTP2: &http.HTTP2Config{SendPingTimeout: options.deadlines.idle, PingTimeout: options.deadlines.connect},
		},
	}
}

// checkRedirect allows a redirect that stays on the same host and changes
// nothing but the path, or from http to https.
func checkRedirect(next *http.Request, via []*http.Request) error {
	previous := via[len(via)-1]
	switch {
	case len(via) > maxRedirects:
		return redirectFailure(fmt.Sprintf("more than %d redirects", maxRedirects))
	case next.URL.User != nil:
		return redirectFailure("redirected to a URL with a user or password")
	case !isSameOrigin(previous.URL, next.URL) && !isUpgrade(previous.URL, next.URL):
		target := OneLine(next.URL.Scheme+"://"+next.URL.Host, 100)
		return redirectFailure("redirected to another host, " + target + ", which is not followed")
	case next.Method != previous.Method:
		return redirectFailure(fmt.Sprintf("redirected in a way that turns %s into %s", previous.Method, next.Method))
	}
	return nil
}

// redirectFailure returns the failure of a redirect that is not followed.
func redirectFailure(reason string) *Failure {
	return &Failure{reason: reason, hint: "check $url: name the address that the API answers at"}
}

// isSameOrigin reports whether two URLs have scheme, host and port in common.
func isSameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

// isUpgrade reports whether the step from one URL to the other is that from
// http to https on one host. Only the two default ports qualify: on others
// there may be another service.
func isUpgrade(from, to *url.URL) bool {
	return from.Scheme == "http" && to.Scheme == "https" &&
		strings.EqualFold(from.Hostname(), to.Hostname()) && port(from) == "80" && port(to) == "443"
}

// port returns a URL's port, the scheme's default when it names none.
func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	return map[string]string{"http": "80", "https": "443"}[u.Scheme]
}
