package fault

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// kind is a kind of fault.
type kind struct {
	name string
	// value is the default.
	value  string
	help   string
	check  func(value string) error
	strike func(exchange)
}

// kinds returns all kinds of faults, in the order of the documentation.
func kinds() []kind {
	return []kind{
		{"status", "503", "a status; headers may follow, as in 429;Retry-After:7", checkStatus, status},
		{"redirect", "/", "a redirect (302) to a URL", checkURL, redirect},
		{"html", "text/html", "a maintenance page with status 200 and this content type", checkText, maintenance},
		{"type", "text/plain", "the answer with another content type", checkText, retype},
		{"hang", "", "no answer", checkNone, exchange.hang},
		{"drip", "200ms", "the answer byte by byte, with this pause between bytes", checkDuration, drip},
		{"stall", "100", "the answer, which stalls after this many bytes", checkSize, stall},
		{"cut", "100", "the answer with its length, cut off after this many bytes", checkSize, cut},
		{"cut-chunked", "100", "the answer in chunks, cut off after this many bytes", checkSize, cutChunked},
		{"truncate", "100", "only this many bytes, as if they were the whole answer", checkSize, truncate},
		{"reset", "0", "the answer, reset (RST) after so many bytes; 0: none", checkSize, reset},
		{"garbage", "<!-- -->", "the answer, followed by this text", checkText, garbage},
		{"twice", "", "the answer twice in a row", checkNone, twice},
		{"deep", "20000", "an answer of this many nested arrays", checkSize, deep},
		{"huge", "10240", "this many MiB of white space", checkSize, huge},
		{"bomb", "512", "a small gzip that unpacks to this many MiB", checkSize, bomb},
		{"bad-gzip", "", "the plain answer, labelled as gzip", checkNone, badGzip},
		{"double-gzip", "", "the answer compressed twice, labelled as compressed once", checkNone, doubleGzip},
		{"encoding", "br", "the plain answer, labelled with this encoding", checkText, reencode},
		{"headers", "1024", "this many KiB of headers before the answer", checkSize, headers},
	}
}

func checkNone(value string) error {
	if value != "" {
		return errors.New("it takes no value")
	}
	return nil
}

func checkText(value string) error {
	if value == "" {
		return errors.New("the value is empty")
	}
	return nil
}

func checkSize(value string) error {
	if n, err := strconv.Atoi(value); err != nil || n < 0 {
		return fmt.Errorf("%q is not a number of 0 or more", value)
	}
	return nil
}

func checkDuration(value string) error {
	if d, err := time.ParseDuration(value); err != nil || d <= 0 {
		return fmt.Errorf("%q is not a duration such as 200ms", value)
	}
	return nil
}

func checkURL(value string) error {
	_, err := url.Parse(value)
	return err
}

func checkStatus(value string) error {
	code, rest, hasHeaders := strings.Cut(value, ";")
	if n, err := strconv.Atoi(code); err != nil || n < 200 || n > 999 {
		return fmt.Errorf("%q is not a status", code)
	}
	for hasHeaders {
		var line string
		line, rest, hasHeaders = strings.Cut(rest, ";")
		if name, _, ok := strings.Cut(line, ":"); !ok || name == "" {
			return fmt.Errorf("%q is not a header such as Retry-After:7", line)
		}
	}
	return nil
}

// size returns the value of a fault as a number; Parse has checked it.
func (e exchange) size() int {
	n, err := strconv.Atoi(e.value)
	if err != nil {
		return 0
	}
	return n
}

// status answers with a status and headers.
func status(e exchange) {
	code, rest, hasHeaders := strings.Cut(e.value, ";")
	for hasHeaders {
		var line string
		line, rest, hasHeaders = strings.Cut(rest, ";")
		name, value, _ := strings.Cut(line, ":")
		e.w.Header().Add(name, strings.TrimSpace(value))
	}
	e.value = code
	if n := e.size(); n == http.StatusNotModified || n == http.StatusNoContent {
		e.w.WriteHeader(n)
		return
	}
	http.Error(e.w, "A fault was asked for.", e.size())
}

// redirect sends the client to a URL. http.Redirect would correct the URL.
func redirect(e exchange) {
	e.w.Header().Set("Location", e.value)
	e.w.WriteHeader(http.StatusFound)
}

func maintenance(e exchange) {
	e.w.Header().Set("Content-Type", e.value)
	e.write("<!DOCTYPE html><html><head><title>Down for maintenance</title></head><body></body></html>")
}
