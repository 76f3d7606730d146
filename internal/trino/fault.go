package analytics

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/trinodb/trino-go-client/trino"

	"liftoff"
)

// repeat says whether a query that went wrong is worth asking again.
type repeat int

const (
	// repeatNever is for what will not change by itself.
	repeatNever repeat = iota
	// repeatFewTimes is for what is over within a second or not at all.
	repeatFewTimes
	// repeatWhileWaiting is for a Trino that is not ready yet.
	repeatWhileWaiting
)

// maxTrinoTries bounds repeatFewTimes.
const maxTrinoTries = 3

// trinoFault is what went wrong, in words for the user.
type trinoFault struct {
	category liftoff.Category
	err      error
	hint     string
	repeat   repeat
	// where is the query's id and web page; "" when Trino has given it none.
	where string
}

// mayPass reports whether the query should be asked again after a pause;
// waiting ends when the user's patience does.
func (f trinoFault) mayPass(waiting context.Context, try int) bool {
	switch f.repeat {
	case repeatFewTimes:
		return try < maxTrinoTries
	case repeatWhileWaiting:
		return waiting.Err() == nil
	case repeatNever:
	}
	return false
}

// toError returns the one line that the user sees.
func (f trinoFault) toError(query Query) error {
	err := fmt.Errorf("run analytics query %q on Trino: %w%s", query.Name, f.err, f.where)
	// Whoever cancelled knows why, and a wrong type is a bug of ours.
	if f.category == liftoff.Interrupted || f.category == liftoff.Internal {
		return err
	}
	return liftoff.NewError(f.category, err, f.hint)
}

// explain finds out what an error of the client library means.
func (r *trinoRun) explain(ctx context.Context, err error, id string) trinoFault {
	fault := r.explainCause(ctx, err)
	if id != "" {
		fault.where = fmt.Sprintf(" (query %s, %s/ui/query.html?%s)", id, r.options.URL, id)
	}
	return fault
}

func (r *trinoRun) explainCause(ctx context.Context, err error) trinoFault {
	if errors.Is(ctx.Err(), context.Canceled) {
		return trinoFault{category: liftoff.Interrupted, err: context.Canceled}
	}
	if errors.Is(err, errUnreadable) {
		return trinoFault{category: liftoff.Internal, err: err}
	}
	if errors.Is(err, errTooManyRows) {
		return trinoFault{category: liftoff.QueryEngine, err: err, hint: hintTooManyRows}
	}
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return trinoFault{
			category: liftoff.QueryEngine, err: fmt.Errorf("no answer within %s", trinoQueryTimeout),
			hint: "try again when Trino is less busy",
		}
	}
	if errors.Is(err, errElsewhere) {
		return trinoFault{
			category: liftoff.QueryEngine, err: innermost(err),
			hint: "set TRINO_URL to that address, or http-server.process-forwarded=true if Trino is behind a proxy",
		}
	}
	if refusal, ok := errors.AsType[*trino.ErrTrino](err); ok {
		return r.explainRefusal(refusal)
	}
	if errors.Is(err, trino.ErrQueryCancelled) {
		return killedFault(errors.New("the query was cancelled on Trino"))
	}
	if failed, ok := errors.AsType[*trino.ErrQueryFailed](err); ok && failed.StatusCode != 0 {
		return r.explainStatus(failed)
	}
	return r.explainNetwork(err)
}

// explainStatus explains an HTTP status that is no answer of Trino's.
func (r *trinoRun) explainStatus(failed *trino.ErrQueryFailed) trinoFault {
	fault := trinoFault{
		category: liftoff.QueryEngine,
		err:      fmt.Errorf("%s answers %d %s", r.options.URL, failed.StatusCode, http.StatusText(failed.StatusCode)),
		hint:     "check that TRINO_URL is the address of a Trino coordinator",
	}
	switch failed.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden:
		fault.category = liftoff.Privilege
		fault.err = fmt.Errorf("%w to user %q", fault.err, r.options.User)
		fault.hint = "check TRINO_USER and TRINO_PASSWORD"
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		fault.repeat = repeatWhileWaiting
		fault.hint = "check that Trino runs; TRINO_WAIT says how long to wait for it"
	case http.StatusNotFound, http.StatusGone:
		// The coordinator has been restarted and does not know the query.
		fault.repeat = repeatFewTimes
	}
	return fault
}

// explainNetwork explains why there was no answer at all.
func (r *trinoRun) explainNetwork(err error) trinoFault {
	fault := trinoFault{
		category: liftoff.QueryEngine,
		err:      fmt.Errorf("ask %s: %w", r.options.URL, innermost(err)),
		hint:     "check that TRINO_URL is the address of a Trino coordinator",
	}
	var certificate *tls.CertificateVerificationError
	var network net.Error
	switch {
	case errors.As(err, &certificate):
		fault.category = liftoff.Privilege
		fault.hint = "name the authority of Trino's certificate with TRINO_CA_FILE"
	case errors.As(err, &network) && !isProtocolError(err):
		fault.hint = "check that Trino runs and TRINO_URL is its address; TRINO_WAIT says how long to wait for it"
		fault.repeat = repeatWhileWaiting
	}
	return fault
}

// isProtocolError reports whether something did answer, but not in HTTP.
func isProtocolError(err error) bool {
	var header tls.RecordHeaderError
	return errors.As(err, &header) || strings.Contains(err.Error(), "malformed HTTP") ||
		strings.Contains(err.Error(), "server gave HTTP response to HTTPS client")
}

// innermost returns the cause below the library's counts of tries and the
// addresses that net/http adds.
func innermost(err error) error {
	if request, ok := errors.AsType[*url.Error](err); ok {
		return request.Err
	}
	return oneLine(err.Error())
}

// oneLine returns a text as an error that fits into one log line.
func oneLine(text string) error {
	return errors.New(strings.Join(strings.Fields(text), " "))
}
