package shipping

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// caller hears what receivers answer over gRPC, as a listener does over HTTP.
type caller struct {
	tally *tally
	// ended ends when the program does, and with it what is still on its way.
	ended context.Context //nolint:containedctx // the SDK gives its calls contexts of its own
}

// call calls a receiver and notes why that failed.
func (c *caller) call(ctx context.Context, method string, request, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, options ...grpc.CallOption) error { //nolint:revive // the form of gRPC's interceptors
	c.tally.waiting.Add(1)
	defer c.tally.waiting.Add(-1)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(c.ended, cancel)() //nolint:contextcheck // it is the program's, beside the call's
	err := invoke(ctx, method, request, reply, conn, options...)
	if c.ended.Err() == nil {
		c.tally.note(grpcReason(err))
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
