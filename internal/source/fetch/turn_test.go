package fetch_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"liftoff"
	"liftoff/internal/testkit/apitest"
)

// Each request waits for its turn, repeated ones included.
func TestTurn_BeforeEachRequest(t *testing.T) {
	turns, requests := 0, 0
	server := apitest.Serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if requests++; requests != turns {
			t.Errorf("request %d came after %d turns", requests, turns)
		}
		if requests < 3 {
			http.Error(w, "busy", http.StatusServiceUnavailable)
			return
		}
		apitest.WriteJSON(w, document)
	})
	options, _ := testOptions(server.URL)
	options.MaxRequestsPerSecond = 0 // would let none through
	options.Turn = func(context.Context) error {
		turns++
		return nil
	}
	if _, err := latest(t.Context(), newClient(t, options)); err != nil || turns != 3 {
		t.Errorf("%d turns, error %v", turns, err)
	}
}

// What keeps a request from its turn is no failure of the API: it is not tried again and
// keeps its category.
func TestTurn_AnErrorEndsTheCall(t *testing.T) {
	options, pauses := testOptions("http://127.0.0.1:1")
	away := liftoff.NewError(liftoff.Database, errors.New("the database is away"), "start it")
	options.Turn = func(context.Context) error { return away }
	_, err := latest(t.Context(), newClient(t, options))
	if !errors.Is(err, away) || liftoff.CategoryOf(err) != liftoff.Database || liftoff.HintOf(err) != "start it" || len(pauses.Recorded()) != 0 {
		t.Errorf("error %v after %d pauses", err, len(pauses.Recorded()))
	}
}

// A wait for a turn that is interrupted is an interruption of the call.
func TestTurn_IsInterrupted(t *testing.T) {
	ctx, cancel := contextWithCancel(t)
	options, _ := testOptions("http://127.0.0.1:1")
	options.Turn = func(ctx context.Context) error {
		cancel()
		<-ctx.Done()
		return ctx.Err()
	}
	if _, err := latest(ctx, newClient(t, options)); liftoff.CategoryOf(err) != liftoff.Interrupted {
		t.Errorf("error %v, want an interruption", err)
	}
}
