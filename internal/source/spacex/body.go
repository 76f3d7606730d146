package spacex

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// startBytes is how much of a body is looked at to tell what it is, and how
// much of an error's body is read at all.
const startBytes = 4 << 10

// trustedLength is how large an answer may say that it is and get its memory
// before it comes.
const trustedLength = 8 << 20

// body is an answer's body: unpacked, bounded in size before and after, and
// given up when it stalls.
type body struct {
	buffer *bufio.Reader
	closer io.Closer
	// err is the first error of the bytes themselves. It tells a cut
	// connection from bad JSON, which look alike to a decoder.
	err error
}

// newBody returns the body of response; abort ends the attempt when the body
// stalls.
func (c *Client) newBody(response *http.Response, abort context.CancelCauseFunc) *body {
	wire := &stallReader{ReadCloser: response.Body, idle: c.options.limits.idle, abort: abort}
	limited := http.MaxBytesReader(nil, wire, c.options.MaxBodyBytes)
	b := &body{closer: limited}
	unpacked, err := unpack(response.Header.Get("Content-Encoding"), limited)
	if err != nil {
		unpacked = failedReader{err}
	}
	unpacked = http.MaxBytesReader(nil, unpacked, c.options.MaxBodyBytes)
	b.buffer = bufio.NewReaderSize(&rememberingReader{Reader: unpacked, first: &b.err}, startBytes)
	return b
}

// unpack undoes a Content-Encoding; only gzip was asked for.
func unpack(encoding string, r io.ReadCloser) (io.ReadCloser, error) {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "", "identity":
		return r, nil
	case "gzip", "x-gzip":
		return gzip.NewReader(r)
	default:
		return nil, contentFault("the answer is encoded as %q, which was not asked for", oneLine(encoding, 40))
	}
}

// start reads and returns up to startBytes from the beginning, whatever goes
// wrong after them.
func (b *body) start() string {
	text, _ := io.ReadAll(io.LimitReader(b.buffer, startBytes))
	return string(text)
}

// peek returns up to startBytes from the beginning and leaves them to be read.
func (b *body) peek() string {
	text, _ := b.buffer.Peek(startBytes)
	return string(text)
}

// readAll returns all of the body; length is what the server says, or less
// than 0. The size is bounded by the readers below.
func (b *body) readAll(length int64) ([]byte, error) {
	var all bytes.Buffer
	// A server that promises too much gets no memory for it.
	if length > 0 && length <= trustedLength {
		all.Grow(int(length) + bytes.MinRead)
	}
	_, err := all.ReadFrom(b.buffer)
	return all.Bytes(), err
}

// close gives the connection back, or closes it when the body was not read to
// its end.
func (b *body) close() {
	_ = b.closer.Close() // Nothing was written, so nothing can be lost.
}

// explain turns the error that came out of reading this body into a fault.
func (b *body) explain(err error) *fault {
	if f, ok := errors.AsType[*fault](err); ok {
		return f
	}
	if b.err != nil {
		return readFault(b.err)
	}
	if isEnd(err) {
		return cutShort(err)
	}
	if _, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		return contentFault("the answer is not valid JSON: %s", syntaxReason(err))
	}
	return asFault(err)
}

// readFault says what an error from reading a body's bytes means.
func readFault(err error) *fault {
	if f, ok := errors.AsType[*fault](err); ok {
		return f
	}
	if overrun, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return tooLarge(overrun.Limit)
	}
	_, isCorrupt := errors.AsType[flate.CorruptInputError](err)
	if isCorrupt || errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) {
		return contentFault("the answer is not valid gzip")
	}
	if isEnd(err) {
		return cutShort(err)
	}
	return networkFault(err)
}

// tooLarge is an answer beyond the limit.
func tooLarge(limit int64) *fault {
	return contentFault("the answer is larger than the limit of %s", size(limit))
}

// cutShort is an answer that ends too early. A connection that a server or a
// proxy closes in the middle of an answer often looks like a clean end.
func cutShort(err error) *fault {
	return &fault{reason: "the answer is cut short", retry: true, cause: err}
}

// size returns a number of bytes in MiB where that is exact.
func size(bytes int64) string {
	const mebibyte = 1 << 20
	if bytes%mebibyte == 0 {
		return fmt.Sprintf("%d MiB", bytes/mebibyte)
	}
	return fmt.Sprintf("%d bytes", bytes)
}

// stallReader ends the attempt when a single read takes longer than idle.
type stallReader struct {
	io.ReadCloser
	idle  time.Duration
	abort context.CancelCauseFunc
}

// Read reads once, under the deadline.
func (r *stallReader) Read(p []byte) (int, error) {
	timer := time.AfterFunc(r.idle, func() {
		r.abort(&fault{
			reason: fmt.Sprintf("the body stalled for %v", r.idle), retry: true,
			cause: context.DeadlineExceeded,
		})
	})
	defer timer.Stop()
	return r.ReadCloser.Read(p)
}

// rememberingReader keeps the first error other than the end of the data.
type rememberingReader struct {
	io.Reader
	first *error
}

// Read reads and remembers.
func (r *rememberingReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) && *r.first == nil {
		*r.first = err
	}
	return n, err
}

// failedReader is a body that cannot be read at all.
type failedReader struct{ err error }

// Read returns the error.
func (r failedReader) Read([]byte) (int, error) { return 0, r.err }

// Close does nothing.
func (r failedReader) Close() error { return nil }
