package fetch

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

// networkFailure returns what an error from sending a request or reading its
// answer means. It counts as transient unless another attempt cannot help: all
// requests only read.
func networkFailure(err error) *Failure {
	if f, ok := errors.AsType[*Failure](err); ok {
		return f
	}
	f := tlsFailure(err)
	if f == nil {
		f = &Failure{reason: networkReason(err), isTransient: true}
	}
	f.cause = err
	if operation, ok := errors.AsType[*net.OpError](err); ok && operation.Op == "proxyconnect" {
		f.reason = "proxy: " + f.reason
		f.hint = proxyHint
	}
	return f
}

// networkReason returns in a few words what broke.
func networkReason(err error) string {
	if lookup, ok := errors.AsType[*net.DNSError](err); ok {
		return "the host " + OneLine(lookup.Name, 100) + " is not found: " + OneLine(lookup.Err, 100)
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
		{io.ErrUnexpectedEOF, "connection closed before the whole answer arrived"},
		{io.EOF, "connection closed before an answer arrived"},
	}
	for _, k := range known {
		if errors.Is(err, k.is) {
			return k.text
		}
	}
	return OneLine(withoutURL(err).Error(), MaxReason)
}

// withoutURL returns what a url.Error wraps: the URL is in our message
// already, and after a redirect it is the server's choice.
func withoutURL(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}

// tlsFailure returns the failure for a failed TLS handshake, nil for any other
// error. It is not retried: certificates and versions do not change in
// seconds.
func tlsFailure(err error) *Failure {
	if verification, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return &Failure{
			reason: "the server's certificate is not accepted: " + OneLine(verification.Err.Error(), MaxReason),
			hint:   certificateHint(verification.Err),
		}
	}
	if errors.Is(err, http.ErrSchemeMismatch) {
		return &Failure{reason: "the server speaks http, not https", hint: "check the scheme of $url"}
	}
	text := withoutURL(err).Error()
	// Most handshake failures have no type of their own. All of them say
	// "tls:", which net/http's handshake timeout does not.
	if strings.HasPrefix(text, "tls: ") || strings.Contains(text, " tls: ") {
		return &Failure{
			reason: "TLS handshake: " + OneLine(text, MaxReason),
			hint:   "check the server's TLS settings; TLS 1.2 or newer is needed",
		}
	}
	return nil
}

// certificateHint returns what to do about a certificate.
func certificateHint(err error) string {
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "name the certificate authority's file with $ca if you trust it"
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return "check the host name in $url against the certificate"
	}
	return "check this machine's clock and the server's certificate"
}
