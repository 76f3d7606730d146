package fetch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"liftoff"
	"liftoff/internal/span"
)

// Call is one thing to fetch; it may take several attempts.
type Call struct {
	// What is fetched, for messages: "latest launch".
	What string
	URL  string
	// Body is what a POST sends; nil means GET.
	Body []byte
	// Read takes the whole answer, which it may keep. It runs once for each
	// attempt, so it must start afresh every time. Its error is a Failure, or
	// one of reading JSON.
	Read func(answer []byte) error
	// Head makes the request a HEAD request and takes the answer, of any status
	// that another attempt would not change.
	Head func(response *http.Response)
	// IfNoneMatch is the tag of what the caller has already; empty for none.
	IfNoneMatch string
	// Refused takes the status of an answer other than 200 and the beginning of
	// its text, and may return the failure that it means for this call; nil
	// keeps the general meaning. May be nil.
	Refused func(status int, text string) *Failure
}

// Do makes a call, and makes it again as long as that may help. Errors are
// liftoff.Source, or liftoff.Privilege when the API asks for a login; those of
// Options.Turn are returned as they are; a cancelled context has no category.
// Calls only read, so Do may be repeated.
func (c *Client) Do(ctx context.Context, call Call) error {
	me, started := c.circuit.join(), c.options.Clock()
	defer c.circuit.leave(me)
	for attempt := 1; ; attempt++ {
		isLast, err := c.circuit.enter(ctx, me)
		if err == nil {
			switch turnErr := c.waitForTurn(ctx); {
			case turnErr == nil:
				err = c.measured(ctx, call, attempt)
			case ctx.Err() == nil:
				return turnErr
			}
		}
		if ctx.Err() != nil {
			return c.Interrupted(ctx, call)
		}
		if err == nil {
			c.noteAnswer(ctx, me)
			return nil
		}
		f := asFailure(err)
		c.note(ctx, me, f)
		pause, goesOn := c.pauseAfter(f, attempt)
		if isLast || !goesOn {
			return c.fail(call, f, c.effort(attempt, started))
		}
		c.warn(ctx, f, attempt, pause)
		if c.options.Wait(ctx, pause) != nil {
			return c.Interrupted(ctx, call)
		}
	}
}

// noteAnswer notes that the API answers, and logs it when its outage was logged.
func (c *Client) noteAnswer(ctx context.Context, me *probe) {
	if away, wasLogged := c.circuit.answered(me); wasLogged {
		c.options.Logger.InfoContext(ctx, "The API answers again.", "after", away.Round(time.Millisecond))
	}
}

// note tells the circuit what came of a request.
func (c *Client) note(ctx context.Context, me *probe, f *Failure) {
	switch {
	case f.isTransient:
		c.circuit.failed(me, f)
		// The next attempt must not meet the same dead connection or backend.
		c.http.CloseIdleConnections()
	case f.until != nil:
		c.circuit.refuse(f)
	default:
		c.noteAnswer(ctx, me) // Even an unusable answer proves that the API is up.
	}
}

// pauseAfter returns how long to wait before the next attempt, and whether
// there is to be one.
func (c *Client) pauseAfter(f *Failure, attempt int) (pause time.Duration, goesOn bool) {
	pause = backoff(attempt)
	if f.pause != nil {
		// "At once" again and again would use up all attempts in an instant.
		pause = max(pause, *f.pause)
	}
	if !f.isTransient || attempt < c.options.MaxAttempts {
		return pause, f.isTransient
	}
	left := c.circuit.left()
	if f.pause != nil && *f.pause > left {
		return 0, false
	}
	return min(pause, left), left > 0
}

// backoff returns the pause after an attempt: from nothing up to 0.5 s, then
// 1 s, 2 s and so on up to 30 s. The whole range is random so that clients
// that were cut off together do not come back together.
func backoff(attempt int) time.Duration {
	return rand.N(min(500*time.Millisecond<<min(attempt-1, 6), 30*time.Second))
}

// warn logs that a request is tried again, unless enough was said about it.
func (c *Client) warn(ctx context.Context, f *Failure, attempt int, pause time.Duration) {
	isDue, unshown := c.circuit.warn()
	if !isDue {
		return
	}
	attributes := []any{"attempt", attempt}
	if c.options.MaxWait > 0 {
		attributes = append(attributes, "patience_left", c.circuit.left().Round(time.Second))
	} else {
		attributes = append(attributes, "of", c.options.MaxAttempts)
	}
	if unshown > 0 {
		attributes = append(attributes, "not_shown", unshown)
	}
	attributes = append(attributes, "error", f.reason, "wait", pause.Round(time.Millisecond))
	c.options.Logger.WarnContext(ctx, "A request to the API failed and is tried again.", attributes...)
}

// effort says what was done in vain: " after 6 attempts", with the time if it
// was the time that ended it.
func (c *Client) effort(attempts int, started time.Time) string {
	switch {
	case attempts == 1:
		return ""
	case attempts > c.options.MaxAttempts:
		return fmt.Sprintf(" after %d attempts in %v", attempts, c.options.Clock().Sub(started).Round(time.Second))
	default:
		return fmt.Sprintf(" after %d attempts", attempts)
	}
}

// waitForTurn waits for the next request that the rate limit allows. It comes
// before an attempt and is no part of it: many calls may wait longer here than
// an answer may take.
func (c *Client) waitForTurn(ctx context.Context) error {
	if c.options.Turn != nil {
		return c.options.Turn(ctx)
	}
	turn := c.limiter.Reserve()
	delay := turn.Delay()
	if delay == 0 {
		return ctx.Err()
	}
	err := liftoff.Sleep(ctx, delay)
	if err != nil {
		turn.Cancel()
	}
	return err
}

// Interrupted returns the error for a call whose context has ended. A
// cancelled one has no category (that makes it liftoff.Interrupted); a
// deadline of the caller means that the source was too slow for it.
func (c *Client) Interrupted(ctx context.Context, call Call) error {
	reason := ctx.Err()
	if cause := context.Cause(ctx); !errors.Is(reason, cause) {
		reason = fmt.Errorf("%w: %w", reason, cause)
	}
	err := fmt.Errorf("fetch %s from %s: %w", call.What, call.URL, reason)
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return liftoff.NewError(liftoff.Source, err, c.options.hint(generalHint))
	}
	return err
}

// measured is attempt, and counts what it took.
func (c *Client) measured(ctx context.Context, call Call, attempt int) error {
	var decoding time.Duration
	if read := call.Read; read != nil {
		call.Read = func(answer []byte) error {
			elapsed := liftoff.Stopwatch()
			defer func() { decoding += elapsed() }()
			return read(answer)
		}
	}
	elapsed := liftoff.Stopwatch()
	err := c.traced(ctx, call, attempt)
	c.counts.noteRequest(elapsed(), decoding, attempt > 1)
	return err
}

// traced is attempt as a span.
func (c *Client) traced(ctx context.Context, call Call, attempt int) error {
	ctx, tracing := span.StartClient(ctx, "request", "", span.Count("http.request.resend_count", attempt-1))
	var failure error
	defer tracing.End(&failure)
	err := c.attempt(ctx, call)
	if err != nil {
		failure = err
		if f := asFailure(err); !errors.Is(err, context.Canceled) {
			failure = liftoff.NewError(cmp.Or(f.category, liftoff.Source), f, "")
		}
	}
	return err
}

// attempt sends a call's request once and reads the answer.
func (c *Client) attempt(ctx context.Context, call Call) error {
	ctx, cancel := context.WithTimeoutCause(ctx, c.options.Timeout, &Failure{
		reason: fmt.Sprintf("no complete answer within %v", c.options.Timeout), isTransient: true,
		cause: context.DeadlineExceeded,
	})
	defer cancel()
	ctx, abort := context.WithCancelCause(ctx)
	defer abort(nil)
	err := c.exchange(ctx, abort, call)
	if cause := context.Cause(ctx); err != nil && cause != nil {
		// The error only reflects an expired deadline; the cause says which.
		return cause
	}
	return err
}

// exchange does the work of attempt; abort ends ctx early.
func (c *Client) exchange(ctx context.Context, abort context.CancelCauseFunc, call Call) error {
	request, err := c.newRequest(ctx, call)
	if err != nil {
		return err
	}
	tracing := span.Of(ctx)
	tracing.Set(span.Text("http.request.method", request.Method), span.Text("url.path", request.URL.Path),
		span.Text("server.address", request.URL.Hostname()), span.Port(port(request.URL)))
	span.Inject(ctx, request.Header)
	response, err := c.http.Do(request) //nolint:bodyclose // body.close, below, closes it
	if err != nil {
		return networkFailure(err)
	}
	c.counts.noteStatus(response.StatusCode)
	tracing.Set(span.Count("http.response.status_code", response.StatusCode))
	body := c.newBody(response, abort)
	defer body.close()
	if response.StatusCode == http.StatusOK && call.Head == nil {
		return c.readAnswer(ctx, call, response, body)
	}
	f := c.refusal(call, response, body)
	if call.Head != nil && !f.isTransient {
		call.Head(response)
		return nil
	}
	return f
}

// refusal returns the failure for an answer that is not 200 OK.
func (c *Client) refusal(call Call, response *http.Response, body *body) *Failure {
	text := body.start()
	if call.Refused != nil {
		if f := call.Refused(response.StatusCode, text); f != nil {
			return f
		}
	}
	f := statusFailure(head{
		status:      response.StatusCode,
		contentType: MediaType(response),
		retryAfter:  response.Header.Get("Retry-After"),
		now:         c.options.Clock(),
		patience:    max(maxPause, c.circuit.left()),
	}, text)
	if c.options.IsTransient != nil && c.options.IsTransient(response.StatusCode, text) {
		f.isTransient = true
	}
	return f
}
