package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"liftoff"
	"liftoff/internal/ingest"
	"liftoff/internal/ping"
	"liftoff/internal/pipeline"
	"liftoff/internal/postgres"
	"liftoff/internal/progress"
	"liftoff/internal/report"
)

// backfillPoll is how often a backfill that is waited for is looked at.
const backfillPoll = time.Second

// BackfillFlags are the flags of `liftoff backfill`.
type BackfillFlags struct {
	// Since is as in IngestFlags; empty for all launches.
	Since string
	// Workers is how many are expected.
	Workers int
	// AcceptsShrink accepts a source that has lost many launches.
	AcceptsShrink bool
}

// OpenBackfill opens a backfill for workers to join, or finds the one that is open, and
// prints it with the commands to go on with.
func (a *App) OpenBackfill(ctx context.Context, flags BackfillFlags) error {
	format, err := report.ParseFormat(a.Config.Output)
	if err != nil {
		return err
	}
	request := ingest.BackfillRequest{Workers: flags.Workers, AcceptsShrink: flags.AcceptsShrink}
	if flags.Since != "" {
		if request.Since, err = parseSince(flags.Since, a.Now()); err != nil {
			return err
		}
	}
	ingester, err := a.openSharingIngester(ctx)
	if err != nil {
		return err
	}
	backfill, isNew, err := ingester.OpenBackfill(ctx, request)
	if errors.Is(err, pipeline.ErrShrunk) {
		return liftoff.NewError(liftoff.CategoryOf(err), err, liftoff.HintOf(err)+" with `liftoff backfill --accept-shrink`")
	}
	if err != nil {
		return err
	}
	if !isNew {
		a.Logger.InfoContext(ctx, "A backfill is open already; no other one is opened.", "backfill", backfill.ID, "parts_left", backfill.PartsLeft())
	}
	return a.printBackfill(ctx, format, backfill)
}

// WorkOnBackfill works on a backfill until no part of it is left to claim, which is one
// run for a monitor.
func (a *App) WorkOnBackfill(ctx context.Context, id int64) error {
	return a.monitored(ctx, func(monitor *ping.Monitor) (ingest.Result, error) { return a.workOnBackfill(ctx, id, monitor) })
}

func (a *App) workOnBackfill(ctx context.Context, id int64, monitor *ping.Monitor) (ingest.Result, error) {
	ingester, err := a.openSharingIngester(ctx)
	if err != nil {
		return ingest.Result{}, err
	}
	request := ingest.Request{
		Query: liftoff.Query{Selection: liftoff.SelectBackfill}, BackfillID: id, Command: fmt.Sprintf("worker --backfill %d", id),
		IfLocked:   ingest.LockPolicy(a.Config.IfLocked),
		LockedHint: "try again when it has finished (see `liftoff runs`), or let this worker wait with --if-locked wait",
		Began:      monitor.Start,
	}
	result, err := a.ingestAndAnalyze(ctx, ingester, request, nil)
	return result, withFlags(err)
}

// openSharingIngester opens the configured database and returns an Ingester of the
// configured source that keeps to SPACEX_RATE_LIMIT together with those of all other
// processes. Stop closes what it opens.
func (a *App) openSharingIngester(ctx context.Context) (*ingest.Ingester, error) {
	rate := &sharedRate{perSecond: a.Config.SpaceXRateLimit}
	client, err := a.newClientInTurn(a.Config.SpaceXAPIURL, a.patience(), rate.wait)
	if err != nil {
		return nil, err
	}
	a.onStop("the connections to the API", func(context.Context) error {
		client.CloseIdle()
		return nil
	})
	rate.source = client.Address()
	if rate.store, err = a.openConfiguredStore(ctx); err != nil {
		return nil, err
	}
	return a.newIngester(client, rate.source, rate.store), nil
}

// BackfillStatus prints how far a backfill has come, for the number 0 the newest. If it
// waits, it shows the progress until the backfill is not open any more and its last worker
// has ended, which stores what the launches refer to; one that was closed unfinished is a
// liftoff.Source error then.
func (a *App) BackfillStatus(ctx context.Context, id int64, waits bool) error {
	format, store, err := a.openToPrint(ctx)
	if err != nil {
		return err
	}
	backfill, err := store.Backfill(ctx, id)
	if err == nil && waits {
		backfill, err = a.awaitBackfill(ctx, store, backfill)
	}
	if err != nil {
		return err
	}
	if waits && backfill.State == liftoff.BackfillClosed {
		return ingest.ClosedBackfill(liftoff.Source, backfill)
	}
	return a.printBackfill(ctx, format, backfill)
}

// awaitBackfill shows the progress of a backfill until it is not open any more, and nobody
// works on it.
func (a *App) awaitBackfill(ctx context.Context, store *postgres.Store, backfill liftoff.Backfill) (liftoff.Backfill, error) {
	reporter := progress.NewReporter(progress.Options{Bar: a.Progress, Logger: a.loggerOf("progress"), Now: a.Now})
	defer reporter.Close()
	hadWorkers, hasParts := true, true
	for backfill.State == liftoff.BackfillOpen || backfill.State == liftoff.BackfillFinished && backfill.Workers > 0 {
		if hasParts && backfill.PartsLeft() == 0 {
			hasParts = false
			a.Logger.InfoContext(ctx, "All parts of the backfill are done; its last worker stores payloads, rockets and launchpads.", "backfill", backfill.ID)
		}
		if hasWorkers := backfill.Workers > 0; hasWorkers != hadWorkers {
			hadWorkers = hasWorkers
			if !hasWorkers {
				a.Logger.WarnContext(ctx, "Nobody works on the backfill.", "backfill", backfill.ID, "next", a.workOn(backfill))
			}
		}
		reporter.UpdateBackfill(ctx, backfill)
		if err := liftoff.Sleep(ctx, backfillPoll); err != nil {
			return backfill, err
		}
		var err error
		if backfill, err = store.Backfill(ctx, backfill.ID); err != nil {
			return backfill, err
		}
	}
	return backfill, nil
}

// printBackfill prints a backfill with the commands to go on with.
func (a *App) printBackfill(ctx context.Context, format report.Format, backfill liftoff.Backfill) error {
	shown := report.Backfill{Backfill: backfill}
	switch backfill.State {
	case liftoff.BackfillOpen:
		shown.Next = []string{a.workOn(backfill), a.command(fmt.Sprintf("backfill status %d --wait", backfill.ID))}
	case liftoff.BackfillClosed:
		shown.Next = []string{a.command("backfill")}
	}
	return a.show(ctx, format, func(out io.Writer) error { return report.WriteBackfill(out, format, shown, a.reportOptions()) })
}

// workOn returns the command that works on a backfill. It needs the API's address.
func (a *App) workOn(backfill liftoff.Backfill) string {
	words := fmt.Sprintf("worker --backfill %d", backfill.ID)
	if strings.HasPrefix(a.Config.Origin("SPACEX_API_URL"), "--") {
		words += " --spacex-api-url " + backfill.Source
	}
	return a.command(words)
}
