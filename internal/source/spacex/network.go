package spacex

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
)

// networkFault says what an error from sending a request or reading its
// answer means. Unless it is known that another attempt cannot help, one is
// made: all requests only read.
func networkFault(err error) *fault {
	if f, ok := errors.AsType[*fault](err); ok {
		return f
	}
	f := tlsFault(err)
	if f == nil {
		f = &fault{reason: networkReason(err), retry: true}
	}
	f.cause = err
	if operation, ok := errors.AsType[*net.OpError](err); ok && operation.Op == "proxyconnect" {
		f.reason = "proxy: " + f.reason
		f.hint = proxyHint
	}
	return f
}

// networkReason says in a few words what broke.
func networkReason(err error) string {
	if lookup, ok := errors.AsType[*net.DNSError](err); ok {
		return "the host " + oneLine(lookup.Name, 100) + " is not found: " + oneLine(lookup.Err, 100)
	}
	known := []struct {
		is   error
		text string
	}{
		{syscall.ECONNREFUSED, "connection refused"},
		{syscall.ECONNRESET, "connection reset by the server"},
		{syscall.EPIPE, "connection closed by the server"},
		{syscall.ENETUNREACH, "network is unreachable"},
		{syscall.EHOSTUNREACH, "no route to the host"},
		{io.ErrUnexpectedEOF, "connection closed before a whole answer came"},
		{io.EOF, "connection closed before an answer came"},
	}
	for _, k := range known {
		if errors.Is(err, k.is) {
			return k.text
		}
	}
	return oneLine(withoutURL(err).Error(), maxReason)
}

// withoutURL returns what a url.Error wraps: the URL is in our message
// already, and after a redirect it is the server's choice.
func withoutURL(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}

// tlsFault returns the fault for a failed TLS handshake, nil for any other
// error. It is not retried: certificates and versions do not change in
// seconds.
func tlsFault(err error) *fault {
	if verification, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return &fault{
			reason: "the server's certificate is not accepted: " + oneLine(verification.Err.Error(), maxReason),
			hint:   certificateHint(verification.Err),
		}
	}
	if errors.Is(err, http.ErrSchemeMismatch) {
		return &fault{reason: "the server speaks http, not https", hint: "check the scheme of SPACEX_API_URL"}
	}
	text := withoutURL(err).Error()
	// Most handshake failures have no type of their own. All of them say
	// "tls:", which net/http's handshake timeout does not.
	if strings.HasPrefix(text, "tls: ") || strings.Contains(text, " tls: ") {
		return &fault{
			reason: "TLS handshake: " + oneLine(text, maxReason),
			hint:   "check the server's TLS settings; TLS 1.2 or newer is needed",
		}
	}
	return nil
}

// certificateHint returns what to do about a certificate.
func certificateHint(err error) string {
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "name the certificate authority's file with --spacex-ca-file if you trust it"
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return "check the host name in SPACEX_API_URL against the certificate"
	}
	return "check this machine's clock and the server's certificate"
}
