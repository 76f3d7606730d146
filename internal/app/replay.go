package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"liftoff"
	"liftoff/internal/replay"
	"liftoff/internal/replay/damage"
	"liftoff/internal/replay/fault"
)

// replayCheckTimeout bounds CheckReplay: a health check must not hang.
const replayCheckTimeout = 3 * time.Second

// Replay serves a SpaceX-v4-compatible API until ctx ends.
func (a *App) Replay(ctx context.Context) error {
	damaged, err := a.damage()
	if err != nil {
		return err
	}
	server, err := replay.New(replay.Options{
		Damage:       damaged,
		Count:        a.Config.ReplayCount,
		Seed:         a.Config.ReplaySeed,
		Revision:     a.Config.ReplayRevision,
		DataDir:      a.Config.ReplayData,
		Latency:      a.Config.ReplayLatency,
		Uncompressed: !a.Config.ReplayCompress,
		Logger:       a.loggerOf("replay"),
	})
	if err != nil && a.Config.ReplayData != "" {
		return fmt.Errorf("%s: %w", a.Config.Origin("REPLAY_DATA"), err)
	}
	if err != nil {
		return err
	}
	faults, err := a.parseFaults(a.Config.ReplayFault)
	if err != nil {
		return err
	}
	listener, err := replay.Listen(ctx, a.Config.ReplayListen, fault.New(server, faults...))
	if err != nil {
		return err
	}
	a.onStop("the replay", listener.Close)
	a.Logger.InfoContext(ctx, "The replay is serving. Ctrl-C stops it.",
		append([]any{"url", listener.URL(), "data", server.Description()}, a.replayTrouble()...)...)
	a.Logger.InfoContext(ctx, "To store its launches, run this command.", "command",
		a.command(fmt.Sprintf("ingest --all --spacex-api-url %s --postgres-db %s", listener.URL(), syntheticDatabase)))
	<-ctx.Done()
	return ctx.Err()
}

// replayTrouble returns the trouble that the replay makes on purpose, as
// attributes of the log: a forgotten REPLAY_FAULT must not look like a bug.
func (a *App) replayTrouble() []any {
	var trouble []any
	if len(a.Config.ReplayFault) > 0 {
		trouble = append(trouble, "fault", strings.Join(a.Config.ReplayFault, ","))
	}
	if a.Config.ReplayDamage != "" {
		trouble = append(trouble, "damage", a.Config.ReplayDamage)
	}
	if a.Config.ReplayLatency > 0 {
		trouble = append(trouble, "latency", a.Config.ReplayLatency)
	}
	return trouble
}

// FaultKinds lists the kinds of --fault, one a line.
func FaultKinds() string { return fault.Usage() }

// parseFaults reads the values of --fault.
func (a *App) parseFaults(texts []string) ([]fault.Fault, error) {
	faults, err := fault.ParseAll(texts...)
	if err != nil {
		return nil, liftoff.NewError(liftoff.Usage, fmt.Errorf("%s: %w", a.Config.Origin("REPLAY_FAULT"), err), "see `liftoff replay --help` for the list of faults")
	}
	return faults, nil
}

// damage returns the function that --damage asks for; nil without --damage.
func (a *App) damage() (func(int, []byte) []byte, error) {
	if a.Config.ReplayDamage == "" {
		return nil, nil
	}
	plan, err := damage.ParsePlan(a.Config.ReplayDamage)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", a.Config.Origin("REPLAY_DAMAGE"), err)
	}
	plan.Seed = a.Config.ReplaySeed
	return plan.Record, nil
}

// CheckReplay checks that the replay at the configured address answers. It is
// the health check of a container that has neither a shell nor curl. No answer,
// or one that is not OK, is a liftoff.Source error.
func (a *App) CheckReplay(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, replayCheckTimeout)
	defer cancel()
	url := replay.URLOf(a.Config.ReplayListen)
	if err := wantOK(ctx, url+"/v4/admin/health"); err != nil {
		return liftoff.NewError(liftoff.Source, fmt.Errorf("no replay answers at %s: %w", url, err),
			"start it with `liftoff replay --listen "+a.Config.ReplayListen+"`")
	}
	return nil
}

func wantOK(ctx context.Context, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		// The outer errors repeat the address.
		for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
			err = inner
		}
		return err
	}
	defer func() { _ = response.Body.Close() }() // nothing is written
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s has status %s", request.URL.Path, response.Status)
	}
	return nil
}
