package app_test

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"liftoff/internal/app"
	"liftoff/internal/config"
)

func TestReplay_SaysWhichTroubleItMakes(t *testing.T) {
	t.Parallel()
	for want, cfg := range map[string]config.Config{
		"[]":                         {},
		"[fault hang@5,html]":        {ReplayFault: []string{"hang@5", "html"}},
		"[damage nul latency 100ms]": {ReplayDamage: "nul", ReplayLatency: 100 * time.Millisecond},
	} {
		if got := fmt.Sprint(app.New(app.Options{Config: cfg, Logger: slog.New(slog.DiscardHandler)}).ReplayTrouble()); got != want {
			t.Errorf("the replay says %s, want %s", got, want)
		}
	}
}
