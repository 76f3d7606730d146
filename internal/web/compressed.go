package web

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"

	"github.com/klauspost/compress/gzip"
)

// minCompressed is how many bytes are worth compressing.
const minCompressed = 1 << 10

// compressed is an answer's body, as it is and compressed.
type compressed struct {
	plain []byte
	// gzip is nil if it would not be shorter.
	gzip []byte
}

// compress returns a body with its compressed form.
func compress(body []byte) compressed {
	if len(body) < minCompressed {
		return compressed{plain: body}
	}
	var out bytes.Buffer
	writer, err := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	if err == nil {
		_, err = writer.Write(body)
	}
	if err == nil {
		err = writer.Close()
	}
	if err != nil || out.Len() >= len(body) {
		return compressed{plain: body}
	}
	return compressed{plain: body, gzip: out.Bytes()}
}

// send sends the body with status 200, in the form that the client takes.
func (c compressed) send(w http.ResponseWriter, r *http.Request, contentType string) {
	c.sendAs(w, r, contentType, http.StatusOK)
}

func (c compressed) sendAs(w http.ResponseWriter, r *http.Request, contentType string, status int) {
	header := w.Header()
	header.Set("Content-Type", contentType)
	body := c.plain
	if c.gzip != nil {
		header.Add("Vary", "Accept-Encoding")
		if takesGzip(r) {
			header.Set("Content-Encoding", "gzip")
			body = c.gzip
		}
	}
	header.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the client has gone
	}
}

// takesGzip reports whether the client accepts gzip.
func takesGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		coding, quality, _ := strings.Cut(strings.TrimSpace(part), ";")
		quality = strings.ReplaceAll(quality, " ", "")
		if (coding == "gzip" || coding == "*") && quality != "q=0" && quality != "q=0.0" {
			return true
		}
	}
	return false
}
