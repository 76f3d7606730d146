package replay_test

import (
	"context"
	"net/http"
	"testing"

	"liftoff/internal/replay"
	"liftoff/internal/testkit/startstop"
)

func TestListener_KeepsToTheContractOfLongRunningParts(t *testing.T) {
	startstop.Check(t, func(t *testing.T) startstop.Part {
		t.Helper()
		held := make(chan struct{}, 1)
		listener, err := replay.Listen(t.Context(), "127.0.0.1:0", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/held" {
				held <- struct{}{}
				<-r.Context().Done()
			}
		}))
		if err != nil {
			t.Fatal(err)
		}
		return startstop.Part{
			Stop: listener.Close,
			IsRunning: func() bool {
				_, err := fetch(context.WithoutCancel(t.Context()), t, listener.URL())
				return err == nil
			},
			Hold: func() func() {
				ended := make(chan struct{})
				go func() {
					defer close(ended)
					_, _ = fetch(context.WithoutCancel(t.Context()), t, listener.URL()+"/held") // it is cut off
				}()
				<-held
				return func() { <-ended }
			},
		}
	})
}
