package replay

import (
	"bytes"
	"compress/gzip"
	"crypto/sha1" //nolint:gosec // the Etags of the real API are SHA-1
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// maxTagged is the size in bytes up to which a body is kept until it is
// complete, so that it can get an Etag. A longer one is streamed, without an
// Etag, in memory that does not grow.
const maxTagged = 8 << 20

// maxTaggedQuery is maxTagged for the answer to a query whose length is known
// before it is sent. A query cannot be made conditional on a tag, so a large
// answer is sent without computing one.
const maxTaggedQuery = 512 << 10

// proxyMinimum is the size in bytes from which the real API's own proxy
// compresses. Below it only the outer one (Cloudflare) does, which weakens the
// Etag and leaves Accept-Encoding out of Vary, as the recorded exchanges show.
const proxyMinimum = 512

// errEnough stops the writing of a body that is not sent.
var errEnough = errors.New("no more of the body is needed")

// reply is the answer to one request. It keeps the body until finish, or
// starts to stream once the body is longer than maxTagged.
type reply struct {
	w http.ResponseWriter
	r *http.Request
	// maxAge is in seconds.
	maxAge int
	// plain keeps the body uncompressed whatever the client accepts.
	plain bool

	kept bytes.Buffer
	// length is that of a streamed body, 0 when it is not known.
	length  int64
	squeeze *gzip.Writer
	// status is 0 until the head is sent.
	status int
}

// Write takes the next part of a JSON body.
func (p *reply) Write(part []byte) (int, error) {
	if p.status != 0 {
		return p.send(part)
	}
	if p.kept.Len()+len(part) <= maxTagged {
		return p.kept.Write(part)
	}
	if err := p.stream(); err != nil {
		return 0, err
	}
	return p.send(part)
}

// expect takes the length of the whole body, in bytes. Call it before Write.
func (p *reply) expect(size int64) error {
	limit := int64(maxTagged)
	if p.r.Method == http.MethodPost {
		limit = maxTaggedQuery
	}
	if size <= limit {
		p.kept.Grow(int(size))
		return nil
	}
	p.length = size
	return p.stream()
}

// stream sends the head and what was kept so far.
func (p *reply) stream() error {
	p.jsonHeaders()
	if p.acceptsGzip() {
		p.w.Header().Set("Content-Encoding", "gzip")
		p.squeeze, _ = gzip.NewWriterLevel(p.w, gzip.BestSpeed)
	} else if p.length > 0 {
		p.w.Header().Set("Content-Length", strconv.FormatInt(p.length, 10))
	}
	p.head(http.StatusOK)
	if p.r.Method == http.MethodHead {
		return errEnough
	}
	_, err := p.send(p.kept.Bytes())
	p.kept = bytes.Buffer{}
	return err
}

func (p *reply) send(part []byte) (int, error) {
	if p.squeeze != nil {
		return p.squeeze.Write(part)
	}
	return p.w.Write(part) // #nosec G705 -- JSON with nosniff, never HTML
}

// noContent sends a 204 without a body.
func (p *reply) noContent() {
	p.commonHeaders()
	p.head(http.StatusNoContent)
}

// finish sends what has not been sent yet.
func (p *reply) finish() error {
	switch {
	case p.squeeze != nil:
		return p.squeeze.Close()
	case p.status != 0:
		return nil
	default:
		return p.whole(p.kept.Bytes())
	}
}

// whole sends a complete body.
func (p *reply) whole(body []byte) error {
	p.jsonHeaders()
	header := p.w.Header()
	squeezed := p.acceptsGzip()
	tag := strongTag(body)
	switch {
	case len(body) >= proxyMinimum:
		header.Set("Vary", "Accept-Encoding, Origin")
	case squeezed:
		tag = "W/" + tag
	}
	header.Set("Etag", tag)
	if p.isFresh(tag) {
		header.Del("Content-Type")
		p.head(http.StatusNotModified)
		return nil
	}
	if squeezed {
		header.Set("Content-Encoding", "gzip")
		body = compress(body)
	}
	header.Set("Content-Length", strconv.Itoa(len(body)))
	p.head(http.StatusOK)
	if p.r.Method == http.MethodHead {
		return nil
	}
	_, err := p.w.Write(body) // #nosec G705 -- JSON with nosniff, never HTML
	return err
}

// settle sends a refusal to the client, and returns any other error for the log.
// If a part of the body was sent already, it cuts the connection instead.
func (p *reply) settle(err error) error {
	why, isRefusal := errors.AsType[*refusal](err)
	switch {
	case isRefusal && p.status == 0:
		p.refuse(why)
		return nil
	case errors.Is(err, errEnough):
		return nil
	case err != nil:
		p.cut()
	}
	return err
}

// cut closes the connection, so that an incomplete body cannot look complete to
// the client. It does nothing where a connection serves several requests (HTTP/2).
func (p *reply) cut() {
	if connection, _, err := http.NewResponseController(p.w).Hijack(); err == nil {
		_ = connection.Close() // the request has failed already
	}
}

// refuse sends an error as text/plain, as the real API does.
func (p *reply) refuse(why *refusal) {
	p.commonHeaders()
	header := p.w.Header()
	header.Del("Cache-Control")
	header.Set("Content-Type", "text/plain; charset=utf-8")
	header.Set("Content-Length", strconv.Itoa(len(why.text)))
	p.head(why.status)
	// The client may have left.
	_, _ = p.w.Write([]byte(why.text)) // #nosec G705 -- plain text with nosniff, never HTML
}

func (p *reply) jsonHeaders() {
	p.commonHeaders()
	p.w.Header().Set("Content-Type", "application/json; charset=utf-8")
}

func (p *reply) commonHeaders() {
	header := p.w.Header()
	header.Set("Access-Control-Allow-Origin", "*")
	header.Set("Access-Control-Expose-Headers", "spacex-api-cache,spacex-api-response-time")
	header.Set("Cache-Control", fmt.Sprintf("max-age=%d", p.maxAge))
	header.Set("Server", "liftoff-replay")
	header.Set("Spacex-Api-Cache", "MISS")
	header.Set("Spacex-Api-Cache-Online", "true")
	header.Set("Spacex-Api-Response-Time", "0ms")
	header.Set("Vary", "Origin")
	header.Set("X-Content-Type-Options", "nosniff")
}

func (p *reply) head(status int) {
	p.status = status
	p.w.WriteHeader(status)
}

// isFresh reports whether the client already has the body with this tag. Only GET
// and HEAD requests can say so.
func (p *reply) isFresh(tag string) bool {
	if p.r.Method != http.MethodGet && p.r.Method != http.MethodHead {
		return false
	}
	if strings.Contains(p.r.Header.Get("Cache-Control"), "no-cache") {
		return false
	}
	for known := range strings.SplitSeq(p.r.Header.Get("If-None-Match"), ",") {
		known = strings.TrimSpace(known)
		if known == "*" || strings.TrimPrefix(known, "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}

func (p *reply) acceptsGzip() bool {
	if p.plain {
		return false
	}
	for _, line := range p.r.Header.Values("Accept-Encoding") {
		for offer := range strings.SplitSeq(line, ",") {
			name, weight, _ := strings.Cut(strings.TrimSpace(offer), ";")
			if strings.EqualFold(strings.TrimSpace(name), "gzip") {
				return !refusesWeight(weight)
			}
		}
	}
	return false
}

// refusesWeight reports whether a quality such as "q=0.0" means never.
func refusesWeight(weight string) bool {
	text, ok := strings.CutPrefix(strings.TrimSpace(weight), "q=")
	if !ok {
		return false
	}
	q, err := strconv.ParseFloat(text, 64)
	return err == nil && q == 0
}

// strongTag returns the tag that the real API gives a body: its length in
// hexadecimal and the first 27 characters of its SHA-1 in base64.
func strongTag(body []byte) string {
	sum := sha1.Sum(body) //nolint:gosec // a tag is no secret
	return fmt.Sprintf(`"%x-%.27s"`, len(body), base64.StdEncoding.EncodeToString(sum[:]))
}

func compress(body []byte) []byte {
	var out bytes.Buffer
	squeeze := gzip.NewWriter(&out)
	// Writes to a buffer cannot fail.
	_, _ = squeeze.Write(body)
	_ = squeeze.Close()
	return out.Bytes()
}
