package fetch_test

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"liftoff"
	"liftoff/internal/source/fetch"
	"liftoff/internal/testkit/apitest"
)

// The frames of HTTP/2 that a server in trouble sends.
const (
	frameData     = 0
	frameHeaders  = 1
	frameReset    = 3
	frameSettings = 4
	frameGoAway   = 7
)

// frame returns a frame of HTTP/2.
func frame(kind, flags byte, stream uint32, payload []byte) []byte {
	length := len(payload)
	head := []byte{byte(length >> 16), byte(length >> 8), byte(length), kind, flags}
	return append(binary.BigEndian.AppendUint32(head, stream), payload...)
}

// beginning is the head of an answer 200 that says JSON, and a part of its body.
func beginning() []byte {
	const contentType = "application/json"
	fields := append([]byte{0x88, 0x0f, 0x10, byte(len(contentType))}, contentType...)
	return append(frame(frameHeaders, 4, 1, fields), frame(frameData, 0, 1, []byte(document[:20]))...)
}

// serveFrames answers a connection's first request with frames.
func serveFrames(conn net.Conn, frames []byte) {
	defer func() { _ = conn.Close() }()
	const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
	head := make([]byte, 9)
	if _, err := io.ReadFull(conn, make([]byte, len(preface))); err != nil {
		return
	}
	_, _ = conn.Write(frame(frameSettings, 0, 0, nil)) // The client may have left.
	for {
		if _, err := io.ReadFull(conn, head); err != nil {
			return
		}
		length := int64(head[0])<<16 | int64(head[1])<<8 | int64(head[2])
		if _, err := io.CopyN(io.Discard, conn, length); err != nil {
			return
		}
		if head[3] == frameHeaders {
			_, _ = conn.Write(frames)
			_, _ = io.Copy(io.Discard, conn) // until the client hangs up
			return
		}
	}
}

// serveBroken starts a server that takes one connection and answers the request
// on it with frames. It returns its address.
func serveBroken(t *testing.T, certificates []tls.Certificate, frames []byte) string {
	t.Helper()
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: certificates, NextProtos: []string{"h2"}, MinVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if conn, err := listener.Accept(); err == nil {
			serveFrames(conn, frames)
		}
	}()
	t.Cleanup(func() {
		_ = listener.Close()
		<-done
	})
	return listener.Addr().String()
}

// An HTTP/2 server that breaks a stream off, or says that it goes away, is
// asked again.
func TestA48_HTTP2StreamsThatBreakOff(t *testing.T) {
	code := func(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }
	goAway := frame(frameGoAway, 0, 0, append(code(0), code(0)...)) // after no stream at all
	cases := map[string][]byte{
		"A48 RST_STREAM, refused":           frame(frameReset, 0, 1, code(7)),
		"A48 RST_STREAM, internal error":    frame(frameReset, 0, 1, code(2)),
		"A48 RST_STREAM in mid-body":        append(beginning(), frame(frameReset, 0, 1, code(2))...),
		"A48 silence":                       nil,
		"A48 GOAWAY":                        goAway,
		"A48 GOAWAY, enhance your calm":     frame(frameGoAway, 0, 0, append(code(0), code(11)...)),
		"A48 GOAWAY in mid-body, then gone": append(beginning(), goAway...),
	}
	for rule, frames := range cases {
		t.Run(rule, func(t *testing.T) {
			var connections, requests atomic.Int32
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				requests.Add(1)
				apitest.WriteJSON(w, document)
			}))
			server.EnableHTTP2 = true
			server.StartTLS()
			t.Cleanup(server.Close)
			broken := serveBroken(t, server.TLS.Certificates, frames)
			options, pauses := testOptions(server.URL)
			options.RootCAs = apitest.AuthorityOf(server)
			options = fetch.WithDeadlines(options, fetch.Deadlines{Connect: 300 * time.Millisecond, Idle: 300 * time.Millisecond})
			options = fetch.WithDial(options, func(ctx context.Context, network, address string) (net.Conn, error) {
				if connections.Add(1) == 1 {
					address = broken
				}
				return (&net.Dialer{}).DialContext(ctx, network, address)
			})
			launch, err := latest(t.Context(), newClient(t, options))
			if err != nil || string(launch) != document || requests.Load() != 1 {
				t.Errorf("launch %q, error %v after %d connections, %d pauses", launch, err, connections.Load(), len(pauses.Recorded()))
			}
		})
	}
}

// A server that breaks every stream off is given up after the usual attempts.
func TestA48_HTTP2ThatAlwaysBreaksOff(t *testing.T) {
	var requests atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		requests.Add(1)
		panic(http.ErrAbortHandler)
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	options, _ := testOptions(server.URL)
	options.RootCAs = apitest.AuthorityOf(server)
	_, err := latest(t.Context(), newClient(t, options))
	apitest.WantError(t, err, liftoff.Source, "after 6 attempts")
	if requests.Load() != 6 {
		t.Errorf("%d requests, want 6", requests.Load())
	}
}
