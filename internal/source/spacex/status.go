package spacex

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"liftoff"
)

// maxPause is the longest Retry-After that is waited for without MaxWait.
const maxPause = 60 * time.Second

// head is what an answer that is not 200 OK says before its body.
type head struct {
	status      int
	contentType string
	retryAfter  string
	// now is what a date in retryAfter is compared with.
	now time.Time
	// patience is the longest retryAfter that is waited for.
	patience time.Duration
}

// statusFault says what an answer that is not 200 OK means. text is the
// beginning of its body.
func statusFault(h head, text string) *fault {
	f := &fault{reason: h.describe(text)}
	switch {
	case h.isRefusal():
		f.category = liftoff.Privilege
		f.hint = "the API or a proxy before it asks for a login: check SPACEX_API_URL and the proxy settings"
	case h.status == http.StatusForbidden:
		f.hint = "the network in front of the API asks for a browser: try again later or from another address"
	case h.status == http.StatusNotFound:
		f.cause = ErrNotFound
		f.hint = "check the host and path of SPACEX_API_URL: /v4/launches/... is added to it"
	case h.status == http.StatusBadRequest:
		f.retry = isDatabaseTrouble(text)
	case isTransient(h.status):
		f.retry = true
		h.applyRetryAfter(f)
	}
	return f
}

// isTransient reports whether a status alone says that the trouble may pass.
// 520 to 524 are the answers of the CDN in front of the API when it cannot
// reach it.
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
// not: it is the challenge page of the CDN.
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

// meansNothing reports whether the answer says that there is no such record:
// a 204, or v4's habit of stumbling over the missing record and sending the
// JavaScript error as a 400.
func (h head) meansNothing(text string) bool {
	if h.status == http.StatusBadRequest {
		return strings.Contains(text, "TypeError") || strings.Contains(text, "Cannot read propert")
	}
	return h.status == http.StatusNoContent
}

// isDatabaseTrouble reports whether the text of a 400 is a failure of the
// API's own database: the API sends every error of a handler as 400.
func isDatabaseTrouble(text string) bool {
	text = strings.ToLower(text)
	for _, sign := range []string{
		"timed out", "mongoserver", "mongonetwork", "mongotimeout", "mongopool",
		"econnrefused", "econnreset", "topology is closed", "not primary",
	} {
		if strings.Contains(text, sign) {
			return true
		}
	}
	return strings.Contains(text, "connection") && strings.Contains(text, "closed")
}

// describe returns the status and what its body says, on one line.
func (h head) describe(text string) string {
	line := strings.TrimSpace(fmt.Sprintf("status %d %s", h.status, http.StatusText(h.status)))
	if h.contentType == "text/html" {
		return line + htmlTitle(text)
	}
	text = oneLine(text, maxSnippet)
	if text == "" || text == http.StatusText(h.status) {
		return line
	}
	return line + ": " + text
}

// applyRetryAfter takes over what the server says about when to come back.
// More than patience makes the fault final: somebody else should wait then.
func (h head) applyRetryAfter(f *fault) {
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
	f.retry, f.until = false, &until
	f.reason += "; retry at " + at
	f.hint = "the API asks to be left alone: run again at " + at
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
		// Anything longer than a Duration can hold is as good as for ever.
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
