package spacex

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/cenkalti/backoff/v5"

	"liftoff"
)

// call is one thing to fetch; it may take several attempts.
type call struct {
	// what is fetched, for messages: "latest launch".
	what string
	url  string
	// body is what a POST sends; nil means GET.
	body []byte
	// read takes the whole answer and may keep it. It runs once for each
	// attempt, so it must start afresh every time.
	read func(answer []byte) error
	// head makes the request a HEAD request and takes the answer, of any status
	// that another attempt would not change.
	head func(response *http.Response)
	// ifNoneMatch is the tag of what the caller has already; empty for none.
	ifNoneMatch string
	// nothing is the reason to give when the API says that what was asked for
	// does not exist; empty when it has no such answer.
	nothing string
}

// do makes a call, and makes it again as long as that may help.
func (c *Client) do(ctx context.Context, call call) error {
	pauses, me, started := newBackoff(), c.circuit.join(), c.options.Clock()
	defer c.circuit.leave(me)
	for attempt := 1; ; attempt++ {
		isLast, err := c.circuit.enter(ctx, me)
		if err == nil && c.waitForTurn(ctx) == nil {
			err = c.attempt(ctx, call)
		}
		if ctx.Err() != nil {
			return interrupted(ctx, call)
		}
		if err == nil {
			c.answered(ctx, me)
			return nil
		}
		f := asFault(err)
		c.note(ctx, me, f)
		pause, goesOn := c.pauseAfter(f, attempt, pauses)
		if isLast || !goesOn {
			return failure(call, f, c.effort(attempt, started))
		}
		c.warn(ctx, f, attempt, pause)
		if c.options.Wait(ctx, pause) != nil {
			return interrupted(ctx, call)
		}
	}
}

// answered notes that the API answers, and says so when it was said to be away.
func (c *Client) answered(ctx context.Context, me *probe) {
	if away, wasTold := c.circuit.answered(me); wasTold {
		c.options.Logger.InfoContext(ctx, "The SpaceX API answers again.", "after", away.Round(time.Millisecond).String())
	}
}

// note tells the circuit what came of a request.
func (c *Client) note(ctx context.Context, me *probe, f *fault) {
	switch {
	case f.retry:
		c.circuit.failed(me, f)
		// The next attempt shall not meet the same dead connection or backend.
		c.http.CloseIdleConnections()
	case f.until != nil:
		c.circuit.refuse(f)
	default:
		c.answered(ctx, me) // It is no good, but it is an answer.
	}
}

// pauseAfter returns how long to wait before the next attempt, and whether
// there is to be one.
func (c *Client) pauseAfter(f *fault, attempt int, pauses *backoff.ExponentialBackOff) (pause time.Duration, goesOn bool) {
	pause = pauses.NextBackOff()
	if f.pause != nil {
		// "At once" again and again would use up all attempts in an instant.
		pause = max(pause, *f.pause)
	}
	if !f.retry || attempt < c.options.MaxAttempts {
		return pause, f.retry
	}
	left := c.circuit.left()
	if f.pause != nil && *f.pause > left {
		return 0, false
	}
	return min(pause, left), left > 0
}

// warn logs that a request is tried again, unless enough was said about it.
func (c *Client) warn(ctx context.Context, f *fault, attempt int, pause time.Duration) {
	isDue, unshown := c.circuit.warn()
	if !isDue {
		return
	}
	logger := c.options.Logger.With("attempt", attempt)
	if c.options.MaxWait > 0 {
		logger = logger.With("patience_left", c.circuit.left().Round(time.Second).String())
	} else {
		logger = logger.With("of", c.options.MaxAttempts)
	}
	if unshown > 0 {
		logger = logger.With("not_shown", unshown)
	}
	logger.WarnContext(ctx, "A request to the SpaceX API did not succeed and is tried again.",
		"reason", f.reason, "wait", pause.Round(time.Millisecond).String())
}

// effort says what was done in vain: " after 6 attempts", with the time where
// it was the time that ended it.
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
// before an attempt and is no part of it: many fetchers may wait longer here
// than an answer may take.
func (c *Client) waitForTurn(ctx context.Context) error {
	turn := c.limiter.Reserve()
	delay := turn.Delay()
	if delay == 0 {
		return ctx.Err()
	}
	err := wait(ctx, delay)
	if err != nil {
		turn.Cancel()
	}
	return err
}

// newBackoff returns the pauses between attempts: from nothing up to 0.5 s,
// then 1 s, 2 s and so on. The whole range is random so that clients which
// were cut off together do not come back together.
func newBackoff() *backoff.ExponentialBackOff {
	pauses := &backoff.ExponentialBackOff{
		// With a factor of 1 the library draws from zero to twice the interval.
		InitialInterval:     250 * time.Millisecond,
		RandomizationFactor: 1,
		Multiplier:          2,
		MaxInterval:         15 * time.Second,
	}
	pauses.Reset()
	return pauses
}

// wait returns after d, or with the context's error when that ends first.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// interrupted returns the error for a call whose context has ended. A
// cancelled one has no category (that makes it liftoff.Interrupted); a
// deadline of the caller means that the source was too slow for it.
func interrupted(ctx context.Context, call call) error {
	reason := ctx.Err()
	if cause := context.Cause(ctx); !errors.Is(reason, cause) {
		reason = fmt.Errorf("%w: %w", reason, cause)
	}
	err := fmt.Errorf("fetch %s from %s: %w", call.what, call.url, reason)
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return liftoff.NewError(liftoff.Source, err, generalHint)
	}
	return err
}

// attempt sends a call's request once and reads the answer.
func (c *Client) attempt(ctx context.Context, call call) error {
	ctx, cancel := context.WithTimeoutCause(ctx, c.options.Timeout, &fault{
		reason: fmt.Sprintf("no complete answer within %v", c.options.Timeout), retry: true,
		cause: context.DeadlineExceeded,
	})
	defer cancel()
	ctx, abort := context.WithCancelCause(ctx)
	defer abort(nil)
	err := c.exchange(ctx, abort, call)
	if cause := context.Cause(ctx); err != nil && cause != nil {
		// What failed is only the echo of a deadline; the cause says which.
		return cause
	}
	return err
}

// exchange does the work of attempt; abort ends ctx early.
func (c *Client) exchange(ctx context.Context, abort context.CancelCauseFunc, call call) error {
	request, err := c.newRequest(ctx, call)
	if err != nil {
		return err
	}
	response, err := c.http.Do(request) //nolint:bodyclose // body.close, below, closes it
	if err != nil {
		return networkFault(err)
	}
	body := c.newBody(response, abort)
	defer body.close()
	if response.StatusCode == http.StatusOK && call.head == nil {
		return c.readAnswer(ctx, call, response, body)
	}
	f := c.refusal(call, response, body)
	if call.head != nil && !f.retry {
		call.head(response)
		return nil
	}
	return f
}

// refusal returns the fault for an answer that is not 200 OK.
func (c *Client) refusal(call call, response *http.Response, body *body) *fault {
	h := head{
		status:      response.StatusCode,
		contentType: mediaType(response),
		retryAfter:  response.Header.Get("Retry-After"),
		now:         c.options.Clock(),
		patience:    max(maxPause, c.circuit.left()),
	}
	text := body.start()
	if call.nothing != "" && h.meansNothing(text) {
		return contentFault("%s", call.nothing)
	}
	return statusFault(h, text)
}

// asFault returns err as the fault it is or wraps; any other error becomes
// one that is not retried.
func asFault(err error) *fault {
	if f, ok := errors.AsType[*fault](err); ok {
		return f
	}
	return &fault{reason: oneLine(err.Error(), maxReason), cause: err}
}
