package pipeline_test

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"strings"
	"testing"
	"time"

	"liftoff"
	"liftoff/internal/pipeline"
	"liftoff/internal/testkit/pgtest"
)

// The other work and the launches go on at once, and both are over before the run
// is completed.
func TestExecute_DoesOtherWorkBesideTheLaunches(t *testing.T) {
	t.Parallel()
	p := newParts(t, synthetic(t, 25))
	p.batches(10)
	conn, began, isOver := pgtest.Connect(t, p.db.DSN), make(chan struct{}), false
	p.api.breakWith(func(_ http.ResponseWriter, r *http.Request, offset int) bool {
		if offset > 0 { // the second page comes only when the other work has begun
			select {
			case <-began:
			case <-r.Context().Done():
			}
		}
		return false
	})
	p.options.Beside = func(ctx context.Context) {
		close(began)
		for count := 0; count < 25; { // until the launches are stored
			err := conn.QueryRow(ctx, "SELECT count(*) FROM raw_launches").Scan(&count)
			if err != nil || liftoff.Sleep(ctx, time.Millisecond) != nil {
				return
			}
		}
		isOver = true
	}
	complete := p.options.Complete
	p.options.Complete = func(ctx context.Context, summary liftoff.RunSummary) error {
		if !isOver || summary.Inserted != 25 {
			t.Errorf("completed with %d launches; the other work is over: %t", summary.Inserted, isOver)
		}
		return complete(ctx, summary)
	}
	p.succeed(t)
}

// A run that is refused, or that gets no page, does nothing else either.
func TestExecute_DoesNoOtherWorkBeforeThePagesAreAccepted(t *testing.T) {
	t.Parallel()
	p := newParts(t, synthetic(t, 60))
	p.succeed(t)
	p.options.Source = p.source(t)
	p.options.Beside = func(context.Context) { t.Error("it has begun") }
	p.api.serve(synthetic(t, 20))
	p.fail(t, liftoff.Guard, liftoff.RunFailed, "the API announces 20 launches")
	p.api.breakAt(func(int) bool { return true })
	p.fail(t, liftoff.Source, liftoff.RunFailed, "502")
}

// Launches that fail end the other work, and the run waits for that.
func TestExecute_LaunchesThatFailEndTheOtherWork(t *testing.T) {
	t.Parallel()
	p := newParts(t, synthetic(t, 60))
	isOver := false
	p.options.Beside = func(ctx context.Context) {
		<-ctx.Done()
		_ = liftoff.Sleep(t.Context(), 10*time.Millisecond)
		isOver = true
	}
	p.api.breakAt(func(offset int) bool { return offset > 0 })
	p.fail(t, liftoff.Source, liftoff.RunPartial, "502")
	if !isOver {
		t.Error("the run has not waited")
	}
}

func TestExecute_OtherWorkEndsWithTheContext(t *testing.T) {
	t.Parallel()
	p := newParts(t, synthetic(t, 25))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	p.options.Beside = func(ctx context.Context) {
		cancel()
		<-ctx.Done()
	}
	p.options.Complete = func(ctx context.Context, _ liftoff.RunSummary) error { return ctx.Err() }
	summary, err := p.execute(ctx, t)
	if !errors.Is(err, context.Canceled) || summary.Status != liftoff.RunInterrupted {
		t.Errorf("Execute() = %+v, %v", summary, err)
	}
}

// A bug in the other work makes the run fail; the launches are stored.
func TestExecute_APanicOfTheOtherWork(t *testing.T) {
	t.Parallel()
	p := newParts(t, synthetic(t, 25))
	p.options.Beside = func(context.Context) { panic("beside") }
	p.options.Complete = func(context.Context, liftoff.RunSummary) error {
		t.Error("the run was completed")
		return nil
	}
	p.fail(t, liftoff.Internal, liftoff.RunFailed, "a bug in liftoff: beside")
	if n := p.count(t); n != 25 {
		t.Errorf("%d launches are stored, want 25", n)
	}
}

// Without a page there is nothing to wait for.
func TestExecute_OtherWorkOfARunWithoutParts(t *testing.T) {
	t.Parallel()
	p := newParts(t, synthetic(t, 25))
	p.options.Parts = func(context.Context) iter.Seq2[pipeline.Part, error] {
		return func(func(pipeline.Part, error) bool) {}
	}
	var steps []string
	p.options.Beside = func(context.Context) { steps = append(steps, "beside") }
	p.options.Complete = func(context.Context, liftoff.RunSummary) error {
		steps = append(steps, "complete")
		return nil
	}
	p.succeed(t)
	if got := strings.Join(steps, " "); got != "beside complete" {
		t.Errorf("steps %q", got)
	}
}
