package postgres

import (
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// limitUnconfirmed makes the connection fail if data is not confirmed in time.
// The default is to send it again for a quarter of an hour.
func limitUnconfirmed(network, _ string, conn syscall.RawConn) error {
	if !strings.HasPrefix(network, "tcp") {
		return nil // a Unix socket has no such option and needs none
	}
	var optionErr error
	err := conn.Control(func(descriptor uintptr) {
		optionErr = unix.SetsockoptInt(int(descriptor), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(unconfirmedLimit.Milliseconds()))
	})
	if err != nil {
		return err
	}
	return optionErr
}
