package shipping

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"liftoff/internal/endpoint"
)

// httpObserver notes why requests to a receiver fail. The SDK's errors cannot say it: they
// have the answer's text, which may repeat a key.
type httpObserver struct {
	tally *tally
	next  http.RoundTripper
	// isPatient makes of a receiver that cannot be reached one that is not ready, so that
	// the SDK tries again.
	isPatient bool
	// ended ends when the program does, and with it what is still on its way.
	ended context.Context //nolint:containedctx // the SDK gives its requests contexts of its own
}

// RoundTrip sends a request and notes why it failed.
func (o *httpObserver) RoundTrip(request *http.Request) (*http.Response, error) {
	o.tally.waiting.Add(1)
	defer o.tally.waiting.Add(-1)
	ctx, cancel := context.WithCancel(request.Context())
	stop := context.AfterFunc(o.ended, cancel) //nolint:contextcheck // it is the program's, beside the request's
	answer, err := o.next.RoundTrip(request.WithContext(ctx))
	if err != nil {
		stop()
		cancel()
		if o.ended.Err() == nil {
			o.tally.note(endpoint.Reason(err))
			if o.isPatient && isUnreachable(err) {
				return &http.Response{StatusCode: http.StatusServiceUnavailable, Header: http.Header{}, Body: http.NoBody, Request: request}, nil
			}
		}
		return nil, err
	}
	answer.Body = &body{answer.Body, func() { stop(); cancel() }}
	reason := ""
	if answer.StatusCode >= http.StatusMultipleChoices {
		reason = "it answers with status " + strconv.Itoa(answer.StatusCode)
	}
	o.tally.note(reason)
	return answer, nil
}

// isUnreachable reports whether no connection could be made: nothing was sent yet.
func isUnreachable(err error) bool {
	failed, ok := errors.AsType[*net.OpError](err)
	return ok && failed.Op == "dial"
}

// body is an answer's, whose context ends when it is closed.
type body struct {
	io.ReadCloser

	closed func()
}

// Close closes the answer.
func (b *body) Close() error {
	defer b.closed()
	return b.ReadCloser.Close()
}

// grpcObserver is an httpObserver for calls over gRPC.
type grpcObserver struct {
	tally *tally
	// ended ends when the program does, and with it what is still on its way.
	ended context.Context //nolint:containedctx // the SDK gives its calls contexts of its own
}

// call calls a receiver and notes why that failed.
func (o *grpcObserver) call(ctx context.Context, method string, request, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, options ...grpc.CallOption) error { //nolint:revive // the form of gRPC's interceptors
	o.tally.waiting.Add(1)
	defer o.tally.waiting.Add(-1)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(o.ended, cancel)() //nolint:contextcheck // it is the program's, beside the call's
	err := invoke(ctx, method, request, reply, conn, options...)
	if o.ended.Err() == nil {
		o.tally.note(grpcReason(err))
	}
	return err
}

// grpcReason says in a few words why a call failed; "" if it did not. gRPC's own text
// holds addresses, and the receiver's.
func grpcReason(err error) string {
	switch code := status.Code(err); code {
	case codes.OK:
		return ""
	case codes.Unavailable:
		return "it cannot be reached, or is not ready"
	case codes.DeadlineExceeded:
		return "no answer in time"
	default:
		return "it answers with the gRPC status " + code.String()
	}
}
