package app

import (
	"context"
	"crypto/x509"
	"fmt"
	"iter"
	"os"
	"time"

	"liftoff"
	"liftoff/internal/analytics"
	"liftoff/internal/enrich"
	"liftoff/internal/pipeline"
	"liftoff/internal/postgres"
	"liftoff/internal/report"
	"liftoff/internal/spacex"
)

// fetchFunc yields a source's launches page by page.
type fetchFunc func(context.Context) iter.Seq2[liftoff.Page, error]

// Ingest fetches the latest launch, stores it, re-creates the aggregate view
// and prints the analytics.
func (a *App) Ingest(ctx context.Context) error {
	format, err := report.ParseFormat(a.Config.Output)
	if err != nil {
		return err
	}
	client, err := a.newClient(a.Config.SpaceXAPIURL, a.Config.SpaceXTimeout, a.Config.SpaceXMaxAttempts)
	if err != nil {
		return err
	}
	defer client.CloseIdle()
	store, err := a.openConfiguredStore(ctx)
	if err != nil {
		return err
	}
	engine, err := a.engineOver(store)
	if err != nil {
		return err
	}
	a.Logger.InfoContext(ctx, "Fetching the latest launch of "+a.Config.SpaceXAPIURL+" into PostgreSQL at "+store.Target()+".")
	return a.run(ctx, runOptions{fetch: client.Latest, source: "latest launch data", store: store, engine: engine, format: format})
}

// runOptions are what differs between the runs of the commands.
type runOptions struct {
	fetch  fetchFunc
	source string
	store  *postgres.Store
	engine Engine
	format report.Format
}

// run prepares the schema, does one run of the pipeline and logs what it did.
func (a *App) run(ctx context.Context, opts runOptions) error {
	if err := a.prepareSchema(ctx, opts.store); err != nil {
		return err
	}
	summary, err := pipeline.Run(ctx, pipeline.Options{
		Fetch:      opts.fetch,
		SourceName: opts.source,
		Enrich:     enrich.NewSimulator(a.Config.SimulationSeed).Enrich,
		Store:      opts.store,
		Analyze: func(ctx context.Context) error {
			return a.analyze(ctx, opts.engine, nil, opts.format)
		},
		Now:    a.Now,
		Logger: a.Logger,
	})
	a.logSummary(ctx, summary, err)
	return err
}

// logSummary says what a run did, also when it ended early: the pages before
// the fault are stored.
func (a *App) logSummary(ctx context.Context, summary liftoff.RunSummary, err error) {
	ending := "finished"
	if err != nil {
		if summary.Pages == 0 {
			return
		}
		ending = "ended early"
	}
	a.Logger.InfoContext(ctx, fmt.Sprintf("Run %s after %s: %d fetched, %d inserted, %d unchanged; pages %d, bytes %d.",
		ending, summary.FinishedAt.Sub(summary.StartedAt).Round(time.Millisecond),
		summary.Fetched, summary.Inserted, summary.Unchanged, summary.Pages, summary.Bytes))
}

// analyze runs the named queries, or all, on an engine and prints them.
func (a *App) analyze(ctx context.Context, engine Engine, names []string, format report.Format) error {
	queries, err := analytics.Load()
	if err != nil {
		return err
	}
	queries, err = analytics.Select(queries, names)
	if err != nil {
		return err
	}
	results, err := engine.Run(ctx, queries)
	if err != nil {
		return err
	}
	return a.write(format, results...)
}

// write prints results as the terminal can show them.
func (a *App) write(format report.Format, results ...analytics.Result) error {
	return report.Write(a.Stdout, format, results, report.Options{
		Width: a.Terminal.Width, ASCII: a.Terminal.ASCII, Color: a.Terminal.Color,
	})
}

// newClient returns a client of the API at a base URL.
func (a *App) newClient(baseURL string, timeout time.Duration, attempts int) (*spacex.Client, error) {
	roots, err := certificatePool("SPACEX_CA_FILE", a.Config.SpaceXCAFile)
	if err != nil {
		return nil, err
	}
	return spacex.New(spacex.Options{
		BaseURL:      baseURL,
		UserAgent:    "liftoff/" + a.Version,
		Timeout:      timeout,
		MaxAttempts:  attempts,
		MaxBodyBytes: a.Config.SpaceXMaxBodyMiB << 20,
		RootCAs:      roots,
		Clock:        a.Now,
		Logger:       a.Logger,
	})
}

// certificatePool returns the system's authorities and those of the PEM file
// that a setting names; nil, which means the system's, without a file.
func certificatePool(setting, file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, liftoff.NewError(liftoff.Usage, fmt.Errorf("read %s: %w", setting, err), "name a PEM file that this user can read")
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, liftoff.NewError(liftoff.Usage, fmt.Errorf("read %s: no certificate in %s", setting, file), "name a file with PEM certificates")
	}
	return pool, nil
}
