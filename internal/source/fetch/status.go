package fetch

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"liftoff"
)

// maxPause is the longest Retry-After that a call waits for without MaxWait.
const maxPause = 60 * time.Second

// head is what an answer that is not 200 OK says before its body.
type head struct {
	status      int
	contentType string
	retryAfter  string
	// now is what a date in retryAfter is compared with.
	now time.Time
	// patience is the longest retryAfter that a call waits for.
	patience time.Duration
}

// statusFailure returns what an answer that is not 200 OK means. text is the
// beginning of its body.
func statusFailure(h head, text string) *Failure {
	f := &Failure{reason: h.describe(text)}
	switch {
	case h.isRefusal():
		f.category = liftoff.Privilege
		f.hint = "the API or a proxy in front of it asks for a login: check $url and the proxy settings"
	case h.status == http.StatusForbidden:
		f.hint = "the network in front of the API asks for a browser: try again later or from another address"
	case h.status == http.StatusNotFound:
		f.cause = liftoff.ErrNotFound
		f.hint = "check the host and path of $url, to which the routes of the API are added"
	case isTransient(h.status):
		f.isTransient = true
		h.applyRetryAfter(f)
	}
	return f
}

// isTransient reports whether a status says by itself that the trouble may
// pass. A CDN answers 520 to 524 when it cannot reach the API behind it.
func isTransient(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests,
		http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	default:
		return status >= 520 && status <= 524
	}
}

// isRefusal reports whether the answer asks for a login. A 403 in HTML does
// not: it is a CDN's challenge page.
func (h head) isRefusal() bool {
	switch h.status {
	case http.StatusUnauthorized, http.StatusProxyAuthRequired:
		return true
	case http.StatusForbidden:
		return h.contentType != "text/html"
	default:
		return false
	}
}

// describe returns the status and what its body says, on one line.
func (h head) describe(text string) string {
	line := strings.TrimSpace(fmt.Sprintf("status %d %s", h.status, http.StatusText(h.status)))
	if h.contentType == "text/html" {
		return line + htmlTitle(text)
	}
	text = OneLine(text, maxSnippet)
	if text == "" || text == http.StatusText(h.status) {
		return line
	}
	return line + ": " + text
}

// applyRetryAfter takes over what the server says about when to come back.
// A pause beyond patience makes the failure final.
func (h head) applyRetryAfter(f *Failure) {
	pause, ok := parseRetryAfter(h.retryAfter, h.now)
	if !ok {
		return
	}
	if pause <= h.patience {
		f.pause = &pause
		return
	}
	until := h.now.Add(pause).UTC()
	at := until.Format(time.RFC3339)
	f.isTransient, f.until = false, &until
	f.reason += "; retry at " + at
	f.hint = "the API asks clients to wait: run again at " + at
}

// parseRetryAfter reads a Retry-After header in seconds or as an HTTP date; a
// date in the past means at once. ok is false when there is none or it is
// neither.
func parseRetryAfter(value string, now time.Time) (pause time.Duration, ok bool) {
	value = strings.TrimSpace(value)
	if value == "" {
		return 0, false
	}
	if strings.Trim(value, "0123456789") == "" {
		// Longer than a Duration can hold is for ever.
		const forever = 1<<63 - 1
		seconds, err := strconv.ParseInt(value, 10, 64)
		if err != nil || seconds > int64(forever/time.Second) {
			return forever, true
		}
		return time.Duration(seconds) * time.Second, true
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	return max(at.Sub(now), 0), true
}
