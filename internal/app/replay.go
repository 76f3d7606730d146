package app

import (
	"context"
	"fmt"

	"liftoff/internal/replay"
)

// Replay serves a SpaceX-v4-compatible API until ctx ends.
func (a *App) Replay(ctx context.Context) error {
	server, err := replay.New(replay.Options{
		Count:   a.Config.ReplayCount,
		Seed:    a.Config.ReplaySeed,
		DataDir: a.Config.ReplayData,
		Now:     a.Now,
		Logger:  a.Logger,
	})
	if err != nil {
		return err
	}
	listener, err := replay.Listen(ctx, a.Config.ReplayListen, server)
	if err != nil {
		return err
	}
	a.onStop("the replay", listener.Close)
	a.Logger.InfoContext(ctx, fmt.Sprintf("Serving %s at %s (Ctrl-C stops it).", server.Description(), listener.URL()))
	a.Logger.InfoContext(ctx, fmt.Sprintf("Try: %s ingest --spacex-api-url %s --postgres-db %s", a.Program, listener.URL(), syntheticDatabase))
	<-ctx.Done()
	return ctx.Err()
}
