package app

import (
	"context"
	"fmt"
	"time"

	"liftoff"
	"liftoff/internal/ingest"
	"liftoff/internal/ping"
)

// pingPatience is how long the end of the program waits for the last ping.
const pingPatience = time.Second

// newMonitor returns the monitor that PING_URL names; nil if none, or if the URL cannot be
// used, which is a warning. Call it before anything that Stop has to stop: what is
// stopped first gives the last ping time.
func (a *App) newMonitor(ctx context.Context) *ping.Monitor {
	if a.Config.PingURL == "" {
		return nil
	}
	setting := "PING_URL"
	if a.Config.PingURLFile != "" {
		setting += "_FILE"
	}
	monitor, err := ping.New(ping.Options{
		URL: a.Config.PingURL.Reveal(), Setting: a.Config.Origin(setting), UserAgent: "liftoff/" + a.Version, Logger: a.loggerOf("ping"),
	})
	if err != nil {
		a.Logger.WarnContext(ctx, "The URL to ping cannot be used, so that no monitor is told about runs.",
			"setting", a.Config.Origin(setting), "error", err.Error(), "next", "copy the whole URL of the check, such as https://hc-ping.com/UUID")
		return nil
	}
	a.onStop("the pings", func(context.Context) error {
		monitor.Close(pingPatience)
		return nil
	})
	return monitor
}

// monitored does the one run of a command, and tells the monitor how the command ends.
func (a *App) monitored(ctx context.Context, do func(*ping.Monitor) (ingest.Result, error)) error {
	monitor := a.newMonitor(ctx)
	var result ingest.Result
	err := liftoff.Safely(func() (err error) {
		result, err = do(monitor)
		return err
	})
	if !result.IsSkipped {
		a.tellEnd(ctx, monitor, result, err)
	}
	return err
}

// tellEnd tells the monitor how a run has ended, unless another run is at work instead,
// which has to tell.
func (a *App) tellEnd(ctx context.Context, monitor *ping.Monitor, result ingest.Result, err error) {
	if monitor == nil || liftoff.CategoryOf(err) == liftoff.Locked {
		return
	}
	if cause := context.Cause(ctx); cause != nil && liftoff.CategoryOf(err) == liftoff.Interrupted {
		err = cause // the signal, which decides the exit code
	}
	monitor.End(liftoff.WithRunID(ctx, result.Summary.RunID), ping.Outcome{ExitCode: a.ExitCode(err), Line: a.lastLine(result, err)})
}

// lastLine says how a run has ended: what the user sees of an error, or what was stored.
func (a *App) lastLine(result ingest.Result, err error) string {
	s := result.Summary
	switch {
	case err != nil && liftoff.HintOf(err) != "":
		return liftoff.OneLine(err) + ". Next: " + a.AsCalled(liftoff.HintOf(err))
	case err != nil:
		return liftoff.OneLine(err)
	case s.RunID == 0:
		return "There was nothing to do."
	default:
		return fmt.Sprintf("Run %d %s: fetched %d, inserted %d, revised %d, unchanged %d.", s.RunID, s.Status, s.Fetched, s.Inserted, s.Revised, s.Unchanged)
	}
}
