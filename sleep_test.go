package liftoff_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"liftoff"
)

func TestSleep_EndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := liftoff.Sleep(ctx, time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("Sleep() = %v after the context had ended", err)
	}
	if err := liftoff.Sleep(t.Context(), time.Nanosecond); err != nil {
		t.Error(err)
	}
}
