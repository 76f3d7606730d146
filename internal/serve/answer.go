package serve

import (
	"net/http"
	"strings"
	"time"
)

// contentSecurityPolicy allows nothing but the program's own style sheets, pictures,
// fonts and forms.
const contentSecurityPolicy = "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// permissionsPolicy turns off what a page may ask a browser for. It has only what all
// browsers know: they complain about the rest.
const permissionsPolicy = "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), fullscreen=(), " +
	"geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), picture-in-picture=(), " +
	"publickey-credentials-get=(), screen-wake-lock=(), usb=(), xr-spatial-tracking=()"

// setHeaders sets the headers that every answer has.
func setHeaders(header http.Header, isTLS bool) {
	header.Set("Content-Security-Policy", contentSecurityPolicy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	header.Set("Permissions-Policy", permissionsPolicy)
	if isTLS {
		header.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// answer is a ResponseWriter that knows what it has written, and sees to the headers that
// depend on that.
type answer struct {
	http.ResponseWriter

	base string
	// status is 0 until the header is written.
	status int
	bytes  int64
	// hasBody says that the request has a body that may still come.
	hasBody bool
}

// WriteHeader writes the header. Only an answer that went well may be kept, and only if
// its handler says so.
func (a *answer) WriteHeader(status int) {
	if a.status != 0 {
		return
	}
	a.status = status
	header := a.Header()
	if status >= http.StatusBadRequest || header.Get("Cache-Control") == "" {
		header.Set("Cache-Control", "no-store")
	}
	if to := header.Get("Location"); isOfThisServer(to) && to != a.base && !strings.HasPrefix(to, a.base+"/") {
		header.Set("Location", a.base+to)
	}
	if a.hasBody {
		// A moment that has passed: the rest of the body is not read.
		_ = http.NewResponseController(a.ResponseWriter).SetReadDeadline(time.Unix(1, 0)) // without it, it takes longer
	}
	a.ResponseWriter.WriteHeader(status)
}

// isOfThisServer reports whether a Location is a path of this server.
func isOfThisServer(to string) bool {
	return strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "//")
}

// Write writes a part of the answer.
func (a *answer) Write(text []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	n, err := a.ResponseWriter.Write(text)
	a.bytes += int64(n)
	return n, err
}

// Unwrap returns the writer inside, for http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
