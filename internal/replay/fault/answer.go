package fault

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// answer is what the handler behind a fault answers.
type answer struct {
	status int
	header http.Header
	body   bytes.Buffer
}

// Header returns the headers of the answer.
func (a *answer) Header() http.Header { return a.header }

// Write keeps a part of the body.
func (a *answer) Write(p []byte) (int, error) { return a.body.Write(p) }

// WriteHeader keeps the status.
func (a *answer) WriteHeader(status int) { a.status = status }

// ask returns the uncompressed answer of the handler behind the fault.
func (e exchange) ask() *answer {
	plain := e.r.Clone(e.r.Context())
	plain.Header.Del("Accept-Encoding")
	a := &answer{status: http.StatusOK, header: http.Header{}}
	e.next.ServeHTTP(a, plain)
	// They would be wrong for the body that is sent.
	a.header.Del("Content-Length")
	a.header.Del("Etag")
	return a
}

// begin sends the status and the headers of an answer.
func (e exchange) begin(a *answer) {
	for name, values := range a.header {
		e.w.Header()[name] = values
	}
	e.w.WriteHeader(a.status)
}

// write sends a part of a body.
func (e exchange) write(text string) {
	_, _ = io.WriteString(e.w, text) // The client may have left.
}

// send sends an answer with another body.
func (e exchange) send(a *answer, body []byte) {
	a.header.Set("Content-Length", strconv.Itoa(len(body)))
	e.begin(a)
	_, _ = e.w.Write(body) // The client may have left.
}

// first returns the first bytes of the answer, as many as the value says.
func (e exchange) first(a *answer) []byte {
	return a.body.Bytes()[:min(e.size(), a.body.Len())]
}

func retype(e exchange) {
	a := e.ask()
	a.header.Set("Content-Type", e.value)
	e.send(a, a.body.Bytes())
}

func reencode(e exchange) {
	a := e.ask()
	a.header.Set("Content-Encoding", e.value)
	e.send(a, a.body.Bytes())
}

func garbage(e exchange) {
	a := e.ask()
	e.send(a, append(a.body.Bytes(), e.value...))
}

func twice(e exchange) {
	a := e.ask()
	e.send(a, bytes.Repeat(a.body.Bytes(), 2))
}

func truncate(e exchange) {
	a := e.ask()
	e.send(a, e.first(a))
}

func headers(e exchange) {
	a := e.ask()
	for i := range e.size() {
		a.header.Add("X-Flood-"+strconv.Itoa(i), strings.Repeat("x", 1<<10))
	}
	e.send(a, a.body.Bytes())
}

func badGzip(e exchange) {
	a := e.ask()
	a.header.Set("Content-Encoding", "gzip")
	e.send(a, a.body.Bytes())
}

func doubleGzip(e exchange) {
	a := e.ask()
	a.header.Set("Content-Encoding", "gzip")
	e.send(a, packed(packed(a.body.Bytes())))
}

func packed(body []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(body) // Writes to memory cannot fail.
	_ = w.Close()
	return b.Bytes()
}

// drip sends one byte after the other, with a pause between them.
func drip(e exchange) {
	pause, err := time.ParseDuration(e.value)
	if err != nil {
		return
	}
	a := e.ask()
	e.begin(a)
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for _, b := range a.body.Bytes() {
		e.write(string([]byte{b}))
		e.flush()
		select {
		case <-ticker.C:
		case <-e.r.Context().Done():
			return
		}
	}
}

func stall(e exchange) {
	a := e.ask()
	e.begin(a)
	e.write(string(e.first(a)))
	e.flush()
	e.hang()
}

const mebibyte = 1 << 20

// sayJSON sets the content type of JSON.
func (e exchange) sayJSON() {
	e.w.Header().Set("Content-Type", "application/json; charset=utf-8")
}

func deep(e exchange) {
	e.sayJSON()
	n := e.size()
	e.write(`{"totalDocs":1,"docs":[{"id":"deep","payloads":[],"a":` + strings.Repeat("[", n) + strings.Repeat("]", n) + `}]}`)
}

func huge(e exchange) {
	e.sayJSON()
	e.w.Header().Set("Content-Length", strconv.Itoa(e.size()*mebibyte))
	block := bytes.Repeat([]byte(" "), mebibyte)
	for range e.size() {
		if _, err := e.w.Write(block); err != nil {
			return
		}
	}
}

// bomb sends a gzip of many small members, one for each MiB.
func bomb(e exchange) {
	e.sayJSON()
	e.w.Header().Set("Content-Encoding", "gzip")
	e.write(strings.Repeat(string(packed(bytes.Repeat([]byte(" "), mebibyte))), e.size()))
}
