package ping

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"syscall"
)

var (
	// errReplaced is why a ping is given up for the next one.
	errReplaced = errors.New("the next ping took its place")
	// errTooSlow is why a ping is given up at the end of the program.
	errTooSlow = errors.New("no answer before the program's end")
	// errFinal is in the chain of an error that another try does not mend.
	errFinal = errors.New("not to be tried again")
)

// failure is an answer that says no.
type failure struct {
	text    string
	isFinal bool
}

func (f failure) Error() string { return f.text }

// Is makes a final failure an errFinal.
func (f failure) Is(target error) bool { return f.isFinal && target == errFinal }

// reason says in a few words why a ping failed. The texts of net and net/http are not
// used: most name the URL or its host.
func reason(ctx context.Context, err error) string {
	if errors.Is(context.Cause(ctx), errTooSlow) {
		return errTooSlow.Error()
	}
	if f, ok := errors.AsType[failure](err); ok {
		return f.text
	}
	where := ""
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "proxyconnect" {
		where = "the proxy: "
	}
	if timedOut, ok := errors.AsType[net.Error](err); ok && timedOut.Timeout() {
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
