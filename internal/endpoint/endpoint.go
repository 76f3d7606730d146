// Package endpoint reads the addresses of services that liftoff tells about its runs, and
// says in words why one of them could not be told. Such an address may hold a token, so
// that nothing here repeats it.
package endpoint

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/url"
	"syscall"
)

// Parse returns the URL that a setting has. The error says what is wrong with it in words
// that follow "it", as in "it has no host".
func Parse(text string) (*url.URL, error) {
	address, err := url.Parse(text)
	switch {
	case err != nil:
		// The parser's error quotes the text.
		return nil, errors.New("it is not a valid URL")
	case address.Scheme != "http" && address.Scheme != "https":
		return nil, errors.New("it must begin with http:// or https://")
	case address.Hostname() == "":
		return nil, errors.New("it has no host")
	case address.User != nil:
		return nil, errors.New("it must not contain a user or password")
	}
	address.Fragment = ""
	return address, nil
}

// Reason says in a few words why a request got no answer. The texts of net and net/http
// are not used: most name the URL or its host.
func Reason(err error) string {
	where := ""
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "proxyconnect" {
		where = "the proxy: "
	}
	if timedOut, ok := errors.AsType[net.Error](err); (ok && timedOut.Timeout()) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return where + "no answer in time"
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return where + "its host has no address"
	}
	if number, ok := errors.AsType[syscall.Errno](err); ok {
		return where + number.Error()
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return where + "its certificate is not trusted"
	}
	return where + "no answer that is HTTP"
}
