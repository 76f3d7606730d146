package app

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"liftoff"
	"liftoff/internal/postgres"
	"liftoff/internal/report"
	"liftoff/internal/schedule"
)

const (
	// nextSlots is how many slots ScheduledSlots shows, and previewedSlots how many a
	// schedule that is only tried.
	nextSlots      = 5
	previewedSlots = 3
)

// scheduleName is what a schedule may be called: it stands in commands, log lines and the
// ledger.
var scheduleName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$`)

// hasSchedule reports whether the settings define a schedule, right or wrong.
func (a *App) hasSchedule() bool {
	return a.Config.ScheduleCron != "" || a.Config.ScheduleEvery != 0 || a.Config.IsSet("SCHEDULE_EVERY")
}

// scheduleFlags returns the flags that were given of the schedule that a worker adds.
func (a *App) scheduleFlags() (flags []string) {
	for _, env := range []string{"SCHEDULE_EVERY", "SCHEDULE_CRON", "SCHEDULE_TIME_ZONE", "SCHEDULE_SELECTION", "SCHEDULE_NAME"} {
		if flag := a.Config.Origin(env); strings.HasPrefix(flag, "--") {
			flags = append(flags, flag)
		}
	}
	return flags
}

// strayScheduleSettings returns the settings that say more about a schedule although none
// is defined.
func (a *App) strayScheduleSettings() (stray []string) {
	for _, env := range []string{"SCHEDULE_TIME_ZONE", "SCHEDULE_SELECTION", "SCHEDULE_NAME"} {
		if a.Config.IsSet(env) && !a.hasSchedule() {
			stray = append(stray, a.Config.Origin(env))
		}
	}
	return stray
}

// configuredSchedule returns the schedule that the settings define, and its timing. Errors
// are liftoff.Usage.
func (a *App) configuredSchedule(name string) (liftoff.Schedule, schedule.Schedule, error) {
	c := a.Config
	if !scheduleName.MatchString(name) {
		return liftoff.Schedule{}, schedule.Schedule{}, liftoff.NewError(liftoff.Usage, fmt.Errorf("%q cannot be the name of a schedule", name),
			"use up to 63 letters, digits, dots, hyphens and underscores, as in hourly")
	}
	if c.IsSet("SCHEDULE_EVERY") && c.ScheduleCron != "" {
		return liftoff.Schedule{}, schedule.Schedule{}, liftoff.NewError(liftoff.Usage,
			fmt.Errorf("%s and %s are both set", c.Origin("SCHEDULE_EVERY"), c.Origin("SCHEDULE_CRON")), "leave out one of them")
	}
	timing, err := a.configuredTiming()
	if err != nil {
		return liftoff.Schedule{}, schedule.Schedule{}, err
	}
	client, err := a.newClient(c.SpaceXAPIURL, a.patience())
	if err != nil {
		return liftoff.Schedule{}, schedule.Schedule{}, err
	}
	spec := timing.Spec()
	return liftoff.Schedule{
		Name: name, Source: client.Address(), Selection: liftoff.Selection(c.ScheduleSelection),
		Every: spec.Every, Cron: spec.Cron, TimeZone: spec.TimeZone,
	}, timing, nil
}

// configuredTiming returns when the schedule of the settings is due. An error names the
// setting that is wrong.
func (a *App) configuredTiming() (timing schedule.Schedule, err error) {
	c := a.Config
	spec := schedule.Spec{Every: c.ScheduleEvery, Cron: c.ScheduleCron, TimeZone: c.ScheduleTimeZone}
	wrong := c.Origin("SCHEDULE_TIME_ZONE")
	if err = schedule.CheckZone(spec.TimeZone); err == nil {
		timing, err = schedule.Parse(spec, a.Now())
		switch {
		case c.ScheduleCron != "":
			wrong = c.Origin("SCHEDULE_CRON")
		case c.IsSet("SCHEDULE_EVERY"):
			wrong = c.Origin("SCHEDULE_EVERY")
		default:
			return timing, err // none is given
		}
	}
	if err != nil {
		return timing, fmt.Errorf("%s: %w", wrong, err)
	}
	return timing, nil
}

// AddSchedule adds the schedule that the settings define. One that is there already with
// the same definition is left as it is; with another one it is a liftoff.Usage error. A
// dry one only prints its next slots.
func (a *App) AddSchedule(ctx context.Context, name string, isDry bool) error {
	wanted, timing, err := a.configuredSchedule(name)
	if err != nil {
		return err
	}
	if isDry {
		return a.previewSchedule(ctx, wanted, timing)
	}
	store, err := a.openConfiguredStore(ctx)
	if err != nil {
		return err
	}
	if err := store.PrepareSchema(ctx, a.Config.AutoMigrate); err != nil {
		return err
	}
	isAdded, err := a.ensureSchedule(ctx, store, wanted, timing)
	if err != nil {
		return err
	}
	word := "is there already"
	if isAdded {
		word = "added"
	}
	_, err = fmt.Fprintf(a.Stdout, "Schedule %s %s: %s, selection %s. Workers do it: %s\n", name, word, timing, wanted.Selection, a.command("worker"))
	return err
}

// ensureSchedule adds a schedule, unless it is there with the same definition.
func (a *App) ensureSchedule(ctx context.Context, store *postgres.Store, wanted liftoff.Schedule, timing schedule.Schedule) (isAdded bool, err error) {
	isAdded, err = store.AddSchedule(ctx, wanted, timing.First)
	if err != nil || isAdded {
		return isAdded, err
	}
	schedules, now, err := store.Schedules(ctx)
	if err != nil {
		return false, err
	}
	at := slices.IndexFunc(schedules, func(s liftoff.Schedule) bool { return s.Name == wanted.Name })
	if at < 0 { // removed a moment ago
		return store.AddSchedule(ctx, wanted, timing.First)
	}
	found := schedules[at]
	if found.SameDefinition(wanted) {
		return false, nil
	}
	return false, liftoff.NewError(liftoff.Usage,
		fmt.Errorf("the schedule %q is %s in the database, and not %s", wanted.Name, describeSchedule(found, now), describeSchedule(wanted, now)),
		fmt.Sprintf("`liftoff schedules remove %s` removes the old one; or give this one another name", wanted.Name))
}

// describeSchedule says when a schedule is due and what it fetches from where.
func describeSchedule(s liftoff.Schedule, now time.Time) string {
	when := "unusable"
	if timing, err := timingOf(s, now); err == nil {
		when = timing.String()
	}
	return fmt.Sprintf("%s, selection %s, from %s", when, s.Selection, s.Source)
}

func timingOf(s liftoff.Schedule, now time.Time) (schedule.Schedule, error) {
	return schedule.Parse(schedule.Spec{Every: s.Every, Cron: s.Cron, TimeZone: s.TimeZone}, now)
}

// previewSchedule prints the next slots of a schedule that is not in the database.
func (a *App) previewSchedule(ctx context.Context, s liftoff.Schedule, timing schedule.Schedule) error {
	format, err := report.ParseFormat(a.Config.Output)
	if err != nil {
		return err
	}
	now := a.Now().UTC()
	slots := slotsOf(s.Name, timing, timing.Upcoming(timing.First(now), previewedSlots), now)
	title := fmt.Sprintf("The next slots of %s (%s, selection %s), if it were added now; the database is not asked", s.Name, timing, s.Selection)
	return a.show(ctx, format, func(out io.Writer) error { return report.Slots(slots, title).Write(out, format, a.reportOptions()) })
}

func slotsOf(name string, timing schedule.Schedule, dueAt []time.Time, now time.Time) []report.Slot {
	slots := make([]report.Slot, 0, len(dueAt))
	for _, at := range dueAt {
		slots = append(slots, report.Slot{Schedule: name, DueAt: at, Words: timing.Words(at, now)})
	}
	return slots
}

// ListSchedules prints all schedules.
func (a *App) ListSchedules(ctx context.Context) error {
	format, store, err := a.openToPrint(ctx)
	if err != nil {
		return err
	}
	schedules, now, err := store.Schedules(ctx)
	if err != nil {
		return err
	}
	if len(schedules) == 0 {
		a.Logger.InfoContext(ctx, "There is no schedule yet.", "next", a.command("schedules add hourly --cron \"7 * * * *\""))
	}
	return a.show(ctx, format, func(out io.Writer) error {
		return report.Schedules(schedules, now).Write(out, format, a.reportOptions())
	})
}

// ScheduledSlots prints the next slots of a schedule, or of all for an empty name.
func (a *App) ScheduledSlots(ctx context.Context, name string) error {
	format, store, err := a.openToPrint(ctx)
	if err != nil {
		return err
	}
	schedules, now, err := store.Schedules(ctx)
	if err != nil {
		return err
	}
	if name != "" {
		schedules = slices.DeleteFunc(schedules, func(s liftoff.Schedule) bool { return s.Name != name })
		if len(schedules) == 0 {
			return postgres.NoSchedule(name)
		}
	}
	var slots []report.Slot
	for _, each := range schedules {
		timing, err := timingOf(each, now)
		if err != nil && name == "" {
			a.Logger.WarnContext(ctx, "A schedule cannot be used; it is left out.", "schedule", each.Name, "error", liftoff.OneLine(err))
			continue
		}
		if err != nil {
			return fmt.Errorf("schedule %q: %w", each.Name, err)
		}
		first := each.NextDueAt
		if each.IsPaused { // what passes meanwhile is not made up for
			first = timing.Due(first, now).Next
		}
		found := slotsOf(each.Name, timing, timing.Upcoming(first, nextSlots), now)
		for i := range found {
			if each.IsPaused {
				found[i].Words += ", but paused"
			}
		}
		slots = append(slots, found...)
	}
	return a.show(ctx, format, func(out io.Writer) error {
		return report.Slots(slots, "Next slots").Write(out, format, a.reportOptions())
	})
}

// PauseSchedule keeps workers from beginning runs of a schedule.
func (a *App) PauseSchedule(ctx context.Context, name string) error {
	store, err := a.openCurrentStore(ctx)
	if err == nil {
		err = store.PauseSchedule(ctx, name)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.Stdout, "Schedule %s is paused. A run under way goes on.\n", name)
	return err
}

// ResumeSchedule ends the pause of a schedule: the next slot from now on is the next one.
func (a *App) ResumeSchedule(ctx context.Context, name string) error {
	store, err := a.openCurrentStore(ctx)
	if err != nil {
		return err
	}
	schedules, now, err := store.Schedules(ctx)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(schedules, func(s liftoff.Schedule) bool { return s.Name == name })
	if at < 0 {
		return postgres.NoSchedule(name)
	}
	timing, err := timingOf(schedules[at], now)
	if err != nil {
		return fmt.Errorf("schedule %q: %w", name, err)
	}
	if !schedules[at].IsPaused {
		_, err = fmt.Fprintf(a.Stdout, "Schedule %s is not paused.\n", name)
		return err
	}
	next := timing.Due(schedules[at].NextDueAt, now).Next
	if err := store.ResumeSchedule(ctx, name, next); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.Stdout, "Schedule %s goes on; next due %s\n", name, timing.Words(next, now))
	return err
}

// RemoveSchedule removes a schedule; its runs stay in the ledger.
func (a *App) RemoveSchedule(ctx context.Context, name string) error {
	store, err := a.openCurrentStore(ctx)
	if err == nil {
		err = store.RemoveSchedule(ctx, name)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.Stdout, "Schedule %s is removed. Its runs stay in the ledger.\n", name)
	return err
}
