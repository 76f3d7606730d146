package trino

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	client "github.com/trinodb/trino-go-client/trino"

	"liftoff"
	"liftoff/internal/analytics"
)

// retry says whether to retry a failed query.
type retry int

const (
	// retryNever is for failures that will not pass by themselves.
	retryNever retry = iota
	// retryFewTimes is for failures that pass within a second or not at all.
	retryFewTimes
	// retryWhileWaiting is for a Trino that is not ready yet.
	retryWhileWaiting
)

// maxTries bounds retryFewTimes.
const maxTries = 3

// fault is a failure, explained to the user.
type fault struct {
	category liftoff.Category
	err      error
	hint     string
	retry    retry
	// where is the query's id and web page; "" if Trino has not assigned an id.
	where string
	// line is the one of the statement that Trino complains of; 0 if it names none.
	line int
	// isQuerys says that the query itself is the cause.
	isQuerys bool
}

// mayPass reports whether to retry the query after a pause; waiting ends after
// Options.Wait.
func (f fault) mayPass(waiting context.Context, try int) bool {
	switch f.retry {
	case retryFewTimes:
		return try < maxTries
	case retryWhileWaiting:
		return waiting.Err() == nil
	case retryNever:
	}
	return false
}

// placeInStatement is how Trino's messages begin that are about a place.
var placeInStatement = regexp.MustCompile(`^line \d+:\d+: `)

// toError returns the one line that the user sees.
func (f fault) toError(query analytics.Query) error {
	if query.IsOwn() && f.category == liftoff.Usage {
		return liftoff.NewError(f.category, f.err, f.hint) // it names the file
	}
	if query.IsOwn() && f.isQuerys {
		f.category, f.hint, f.where = liftoff.Usage, "correct the query", ""
	}
	if query.IsOwn() {
		f.err = errors.New(placeInStatement.ReplaceAllString(f.err.Error(), "")) // At has the line of the file
	}
	return liftoff.NewError(f.category, fmt.Errorf("run %s on Trino: %w%s", query.At(max(1, f.line)), f.err, f.where), f.hint)
}

// explain says what an error of the client library means.
func (s *session) explain(ctx context.Context, err error, id string) fault {
	f := s.explainCause(ctx, err)
	if id != "" {
		f.where = fmt.Sprintf(" (query %s, %s/ui/query.html?%s)", id, s.options.URL, id)
	}
	return f
}

func (s *session) explainCause(ctx context.Context, err error) fault {
	if errors.Is(ctx.Err(), context.Canceled) {
		return fault{category: liftoff.Interrupted, err: context.Canceled}
	}
	if known, ok := errors.AsType[*liftoff.Error](err); ok {
		return fault{category: known.Category, err: known.Err, hint: known.Hint}
	}
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return fault{
			category: liftoff.QueryEngine, err: fmt.Errorf("no answer within %s", queryTimeout),
			hint: fmt.Sprintf("a query may take %s on Trino: ask for less, or try again when Trino is less busy", queryTimeout),
		}
	}
	if errors.Is(err, errElsewhere) {
		return fault{
			category: liftoff.QueryEngine, err: innermost(err),
			hint: "set TRINO_URL to that address, or set http-server.process-forwarded=true if Trino is behind a proxy",
		}
	}
	if refusal, ok := errors.AsType[*client.ErrTrino](err); ok {
		return s.explainRefusal(refusal)
	}
	if errors.Is(err, client.ErrQueryCancelled) {
		return killedFault(errors.New("the query was cancelled on Trino"))
	}
	if failed, ok := errors.AsType[*client.ErrQueryFailed](err); ok && failed.StatusCode != 0 {
		return s.explainStatus(failed)
	}
	return s.explainNetwork(err)
}

// explainStatus explains an HTTP status instead of an answer.
func (s *session) explainStatus(failed *client.ErrQueryFailed) fault {
	fault := fault{
		category: liftoff.QueryEngine,
		err:      fmt.Errorf("%s answers %d %s", s.options.URL, failed.StatusCode, http.StatusText(failed.StatusCode)),
		hint:     "check that TRINO_URL is the address of a Trino coordinator",
	}
	switch failed.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden:
		fault.category = liftoff.Privilege
		fault.err = fmt.Errorf("%w to user %q", fault.err, s.options.User)
		fault.hint = "check TRINO_USER and TRINO_PASSWORD"
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		fault.retry = retryWhileWaiting
		fault.hint = "check that Trino is running; TRINO_WAIT sets how long to wait for it"
	case http.StatusNotFound, http.StatusGone:
		// The coordinator was restarted and does not know the query.
		fault.retry = retryFewTimes
	}
	return fault
}

// explainNetwork explains why there was no answer at all.
func (s *session) explainNetwork(err error) fault {
	fault := fault{
		category: liftoff.QueryEngine,
		err:      fmt.Errorf("ask %s: %w", s.options.URL, innermost(err)),
		hint:     "check that TRINO_URL is the address of a Trino coordinator",
	}
	_, isDistrusted := errors.AsType[*tls.CertificateVerificationError](err)
	_, isNetwork := errors.AsType[net.Error](err)
	switch {
	case isDistrusted:
		fault.category = liftoff.Privilege
		fault.hint = "set TRINO_CA_FILE to the authority of Trino's certificate"
	case isNetwork && !isProtocolError(err):
		fault.hint = "check that Trino is running and TRINO_URL is its address; TRINO_WAIT sets how long to wait for it"
		fault.retry = retryWhileWaiting
	}
	return fault
}

// isProtocolError reports whether something answered, but not in HTTP.
func isProtocolError(err error) bool {
	_, isNotTLS := errors.AsType[tls.RecordHeaderError](err)
	return isNotTLS || strings.Contains(err.Error(), "malformed HTTP") ||
		strings.Contains(err.Error(), "server gave HTTP response to HTTPS client")
}

// innermost returns the cause without the tries that the library counts and the
// addresses that net/http adds.
func innermost(err error) error {
	if request, ok := errors.AsType[*url.Error](err); ok {
		return request.Err
	}
	return oneLine(err.Error())
}

// oneLine returns a text of several lines as an error of one line.
func oneLine(text string) error {
	return errors.New(strings.Join(strings.Fields(text), " "))
}
