package app

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"liftoff"
	"liftoff/internal/metrics"
	"liftoff/internal/postgres"
	"liftoff/internal/worker"
)

const (
	// pushPatience is how long a run waits for a Pushgateway at its end.
	pushPatience = 5 * time.Second
	// scrapePatience is how long an answer to Prometheus waits for the database.
	scrapePatience = 5 * time.Second
	// serverPatience is how long the end of a process that stays waits for answers under way, and for
	// the database when it ships metrics for the last time.
	serverPatience = time.Second
)

// exportMetrics writes the metrics to the file, pushes them to the Pushgateway, and ships
// them to the receiver that the settings name. What fails is a warning and changes nothing.
//
// Without a store, the database does not say how the ingestion is going.
func (a *App) exportMetrics(ctx context.Context, store *postgres.Store, run liftoff.RunSummary, err error) {
	if a.Config.MetricsFile == "" && a.Config.MetricsPush == "" && !a.Shipper.ShipsMetrics() {
		return
	}
	collected := metrics.New(a.Version)
	collected.NoteRun(run, a.ExitCode(err))
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), pushPatience)
	defer cancel()
	if store != nil {
		collected.NoteState(readState(ctx, store))
	}
	a.shipMetrics(ctx, collected, nil)
	if file := a.Config.MetricsFile; file != "" {
		if err := collected.WriteFile(file); err != nil {
			a.Logger.WarnContext(ctx, "The metrics cannot be written.", "setting", a.Config.Origin("METRICS_FILE"), "error", err.Error())
		}
	}
	if address := a.Config.MetricsPush; address != "" {
		if err := collected.Push(ctx, address, http.DefaultClient); err != nil {
			a.Logger.WarnContext(ctx, "The metrics cannot be pushed.", "setting", a.Config.Origin("METRICS_PUSH"), "error", err.Error())
		}
	}
}

// readState returns how the ingestion is going; nil if the database does not say.
func readState(ctx context.Context, store *postgres.Store) *metrics.State {
	health, err := store.Health(ctx)
	if err != nil {
		return nil
	}
	schedules, now, err := store.Schedules(ctx)
	if err != nil {
		return nil
	}
	state := metrics.State{Health: health, Schedules: schedules, IsOverdue: worker.Check(schedules, now) != nil}
	if newest, err := newestLaunch(ctx, store); err == nil {
		state.NewestLaunchAt = newest.NewestAt
	}
	return &state
}

// offerMetrics returns the metrics of a process that stays. They are shipped, and served
// to Prometheus, where the settings say so, until the App is stopped.
func (a *App) offerMetrics(ctx context.Context, store *postgres.Store) *metrics.Metrics {
	collected := metrics.New(a.Version)
	if a.Config.MetricsListen == "" && !a.Shipper.ShipsMetrics() {
		return collected
	}
	collected.AddProcess()
	refresh := func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, scrapePatience)
		defer cancel()
		collected.NoteState(readState(ctx, store))
	}
	a.shipMetrics(ctx, collected, refresh)
	if a.Config.MetricsListen != "" {
		a.serveMetrics(ctx, collected.Handler(refresh))
	}
	return collected
}

// serveMetrics serves /metrics at the configured address until the App is stopped. An
// address that cannot be used is a warning: runs, and pages, are more important.
func (a *App) serveMetrics(ctx context.Context, handler http.Handler) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", a.Config.MetricsListen)
	if err != nil {
		a.Logger.WarnContext(ctx, "The metrics cannot be served.", "setting", a.Config.Origin("METRICS_LISTEN"), "error", err.Error())
		return
	}
	routes := http.NewServeMux()
	routes.Handle("GET /metrics", handler)
	server := &http.Server{Handler: routes, ReadHeaderTimeout: scrapePatience}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			a.Logger.WarnContext(ctx, "The metrics are no longer served.", "error", err.Error())
		}
	}()
	a.onStop("the metrics", func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), serverPatience)
		defer cancel()
		err := server.Shutdown(ctx)
		if err != nil {
			err = server.Close()
		}
		<-done
		return err
	})
	a.Logger.InfoContext(ctx, "Serving metrics.", "url", "http://"+listener.Addr().String()+"/metrics")
}
