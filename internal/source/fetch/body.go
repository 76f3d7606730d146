package fetch

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

// startBytes is how much of a body is used to tell what it is, and how much of
// an error's body is read at all.
const startBytes = 4 << 10

// trustedLength is up to which announced length an answer gets its memory
// before it arrives.
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
	wire := &stallReader{ReadCloser: response.Body, idle: c.options.deadlines.idle, abort: abort}
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
		return nil, Unusable("the answer is encoded as %q, which was not asked for", OneLine(encoding, 40))
	}
}

// start reads and returns up to startBytes from the beginning, and ignores
// errors after them.
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
	// A server that announces too much gets no memory for it.
	if length > 0 && length <= trustedLength {
		all.Grow(int(length) + bytes.MinRead)
	}
	_, err := all.ReadFrom(b.buffer)
	return all.Bytes(), err
}

// close gives the connection back, or closes it if the body was not read to
// its end.
func (b *body) close() {
	_ = b.closer.Close() // nothing was written
}

// explain turns an error from reading this body into a failure.
func (b *body) explain(err error) *Failure {
	if f, ok := errors.AsType[*Failure](err); ok {
		return f
	}
	if b.err != nil {
		return readFailure(b.err)
	}
	if IsEnd(err) {
		return cutShort(err)
	}
	if _, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		return Unusable("the answer is not valid JSON: %s", SyntaxReason(err))
	}
	return asFailure(err)
}

// readFailure returns what an error from reading a body's bytes means.
func readFailure(err error) *Failure {
	if f, ok := errors.AsType[*Failure](err); ok {
		return f
	}
	if overrun, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return tooLarge(overrun.Limit)
	}
	_, isCorrupt := errors.AsType[flate.CorruptInputError](err)
	if isCorrupt || errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) {
		return Unusable("the answer is not valid gzip")
	}
	if IsEnd(err) {
		return cutShort(err)
	}
	return networkFailure(err)
}

// tooLarge returns the failure of an answer beyond the limit.
func tooLarge(limit int64) *Failure {
	return Unusable("the answer is larger than the limit of %s", size(limit))
}

// cutShort returns the failure of an answer that ends too early. A connection
// that a server or a proxy closes in the middle of an answer often looks like a
// clean end.
func cutShort(err error) *Failure {
	return &Failure{reason: "the answer is cut short", isTransient: true, cause: err}
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
		r.abort(&Failure{
			reason: fmt.Sprintf("the body stalled for %v", r.idle), isTransient: true,
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
