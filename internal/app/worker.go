package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"liftoff"
	"liftoff/internal/ingest"
	"liftoff/internal/schedule"
	"liftoff/internal/worker"
)

// WorkerFlags are the flags of Work.
type WorkerFlags struct {
	// IsDry prints the next slots of the schedule that the settings define, and does
	// nothing else.
	IsDry bool
	// Check only asks whether workers keep up with the schedules.
	Check bool
	// BackfillID is the backfill to work on, and on nothing else; 0 for none.
	BackfillID int64
}

// Work adds the schedule that the settings define, if they do, and then works on all
// schedules of the source until ctx ends, which is no error. On a backfill it works until
// nothing of it is left.
func (a *App) Work(ctx context.Context, flags WorkerFlags) error {
	if err := a.checkWorkerFlags(flags); err != nil {
		return err
	}
	switch {
	case flags.BackfillID != 0:
		return a.WorkOnBackfill(ctx, flags.BackfillID)
	case flags.Check:
		return a.checkWorkers(ctx)
	case flags.IsDry:
		return a.AddSchedule(ctx, a.Config.ScheduleName, true)
	}
	if err := a.work(ctx); ctx.Err() == nil {
		return err
	}
	a.Logger.InfoContext(ctx, "Worker stopped.", "cause", context.Cause(ctx).Error())
	return nil
}

// checkWorkerFlags returns a liftoff.Usage error for flags that do not go together, or have
// no effect. The environment may have more than one command needs.
func (a *App) checkWorkerFlags(flags WorkerFlags) error {
	ofSchedule := strings.Join(a.scheduleFlags(), " and ")
	switch {
	case flags.BackfillID != 0 && (flags.IsDry || flags.Check):
		return liftoff.NewError(liftoff.Usage, errors.New("--backfill goes with neither --dry-run nor --check"), "leave out one of them")
	case flags.BackfillID != 0 && ofSchedule != "":
		return liftoff.NewError(liftoff.Usage, errors.New("a worker of one backfill adds no schedule"), "leave out "+ofSchedule+", or --backfill")
	case flags.BackfillID != 0:
		return nil
	case flags.Check && ofSchedule != "":
		return liftoff.NewError(liftoff.Usage, errors.New("--check looks at the schedules in the database and adds none"), "leave out "+ofSchedule)
	case flags.Check:
		return nil
	case a.Config.Origin("IF_LOCKED") == "--if-locked":
		return liftoff.NewError(liftoff.Usage, errors.New("--if-locked goes with --backfill; any other worker looks again every few seconds while another run has the lock"), "leave it out")
	case flags.IsDry && !a.hasSchedule():
		return liftoff.NewError(liftoff.Usage, errors.New("--dry-run shows the schedule that --every or --cron defines"),
			"add one of them; `liftoff schedules next` shows those in the database")
	case ofSchedule != "" && !a.hasSchedule():
		return liftoff.NewError(liftoff.Usage,
			fmt.Errorf("without --every or --cron there is no use for %s: the schedules in the database have their own", ofSchedule),
			"add --every or --cron, or leave it out")
	}
	return nil
}

// work works until ctx ends, and then returns any error.
func (a *App) work(ctx context.Context) error {
	monitor := a.newMonitor(ctx)
	if stray := a.strayScheduleSettings(); len(stray) > 0 {
		a.Logger.WarnContext(ctx, "Settings of a schedule have no effect without SCHEDULE_EVERY or SCHEDULE_CRON: the schedules in the database have their own.",
			"settings", strings.Join(stray, ", "))
	}
	ingester, err := a.prepareWork(ctx)
	if err != nil {
		return err
	}
	schedules, now, err := ingester.Store.Schedules(ctx)
	if err != nil {
		return err
	}
	if err := a.announceWork(ctx, ingester.SourceKey, schedules, now); err != nil {
		return err
	}
	collected := a.offerMetrics(ctx, ingester.Store)
	err = worker.Run(ctx, worker.Options{
		Store: ingester.Store, Ingester: ingester, Logger: a.loggerOf("worker"), EndsWithDatabase: a.Config.UsesEmbedded(), Began: monitor.Start,
		Ended: func(ctx context.Context, result ingest.Result, err error) {
			a.tellEnd(ctx, monitor, result, err)
			collected.NoteRun(result.Summary, a.ExitCode(err))
		},
	})
	if a.Config.UsesEmbedded() && ctx.Err() == nil && liftoff.CategoryOf(err) == liftoff.Database {
		return liftoff.NewError(liftoff.Database, fmt.Errorf("the embedded PostgreSQL is gone; it ends with the process that has started it: %w", err),
			"start the worker again; `"+a.command("db start")+"` keeps the server running for several workers")
	}
	return err
}

// prepareWork opens the database, brings its schema up to date, adds the schedule that the
// settings define, and returns what ingests.
func (a *App) prepareWork(ctx context.Context) (*ingest.Ingester, error) {
	var wanted liftoff.Schedule
	var timing schedule.Schedule
	if a.hasSchedule() {
		var err error
		// A wrong schedule should be reported before a server is started.
		if wanted, timing, err = a.configuredSchedule(a.Config.ScheduleName); err != nil {
			return nil, err
		}
	}
	ingester, err := a.openSharingIngester(ctx)
	if err != nil {
		return nil, err
	}
	if err := ingester.Store.PrepareSchema(ctx, a.Config.AutoMigrate); err != nil {
		return nil, err
	}
	// Else it would be found out when the first slot is due, which may be at night.
	if err := ingester.Store.RequireOwnSession(ctx); err != nil {
		return nil, err
	}
	if a.hasSchedule() {
		_, err = a.ensureSchedule(ctx, ingester.Store, wanted, timing)
	}
	return ingester, err
}

// announceWork says what the worker is going to do. Schedules that are all for other
// sources are a liftoff.Usage error.
func (a *App) announceWork(ctx context.Context, source string, schedules []liftoff.Schedule, now time.Time) error {
	var own, others []string
	for _, s := range schedules {
		if s.Source == source {
			own = append(own, s.Name)
		} else {
			others = append(others, fmt.Sprintf("%s (%s)", s.Name, s.Source))
		}
	}
	if len(own) == 0 && len(others) > 0 {
		return liftoff.NewError(liftoff.Usage,
			fmt.Errorf("this worker fetches from %s, but all schedules are for other sources: %s", source, strings.Join(others, ", ")),
			"set SPACEX_API_URL to one of them, or add a schedule for this one")
	}
	a.Logger.InfoContext(ctx, "Worker started.", "source", source, "schedules", strings.Join(own, ","))
	if len(others) > 0 {
		a.Logger.WarnContext(ctx, "Schedules for other sources need a worker of their own.", "schedules", strings.Join(others, ", "))
	}
	if len(own) == 0 {
		a.Logger.WarnContext(ctx, "There is no schedule yet; the worker waits for one.", "next", a.command("schedules add hourly --cron \"7 * * * *\""))
	}
	for _, s := range schedules {
		timing, err := timingOf(s, now)
		if s.Source != source || err != nil {
			continue
		}
		state := "next due " + timing.Words(s.NextDueAt, now)
		if s.IsPaused {
			state = "paused"
		}
		a.Logger.InfoContext(ctx, "Schedule "+s.Name+": "+timing.String()+", selection "+string(s.Selection)+", "+state+".") //nolint:sloglint // a sentence for people
	}
	return nil
}

// checkWorkers returns an error if a schedule of the source is overdue and nobody works on
// it. It prints what it has found.
func (a *App) checkWorkers(ctx context.Context) error {
	client, err := a.newClient(a.Config.SpaceXAPIURL, a.patience())
	if err != nil {
		return err
	}
	store, err := a.openCurrentStore(ctx)
	if err != nil {
		return err
	}
	schedules, now, err := store.Schedules(ctx)
	if err != nil {
		return err
	}
	// Those of other sources are not for the workers of this one.
	schedules = slices.DeleteFunc(schedules, func(s liftoff.Schedule) bool { return s.Source != client.Address() })
	if err := worker.Check(schedules, now); err != nil {
		return err
	}
	_, err = fmt.Fprintln(a.Stdout, describeSchedules(schedules, now))
	return err
}

// describeSchedules says in a line how the schedules are: the last good run, and when
// the next one is due.
func describeSchedules(schedules []liftoff.Schedule, now time.Time) string {
	active := slices.DeleteFunc(slices.Clone(schedules), func(s liftoff.Schedule) bool { return s.IsPaused })
	text := liftoff.Count(int64(len(schedules)), "schedule", "schedules")
	if paused := len(schedules) - len(active); paused > 0 {
		text += fmt.Sprintf(", %d paused", paused)
	}
	if len(schedules) == 0 {
		return "no schedule"
	}
	last := slices.MaxFunc(schedules, func(a, b liftoff.Schedule) int { return a.LastFinishedAt.Compare(b.LastFinishedAt) })
	if last.LastRunID != 0 {
		text += fmt.Sprintf("; last good run %d (%s) ended %s UTC", last.LastRunID, last.Name, last.LastFinishedAt.Format(time.DateTime))
	} else {
		text += "; no good run yet"
	}
	if len(active) == 0 {
		return text
	}
	next := slices.MinFunc(active, func(a, b liftoff.Schedule) int { return a.ActsAt().Compare(b.ActsAt()) })
	if next.IsDue(now) {
		return text + fmt.Sprintf("; %s is due since %s UTC", next.Name, next.ActsAt().Format(time.DateTime))
	}
	return text + fmt.Sprintf("; next due is %s at %s UTC", next.Name, next.ActsAt().Format(time.DateTime))
}
