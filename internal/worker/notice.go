package worker

import (
	"context"
	"maps"
	"slices"

	"liftoff"
	"liftoff/internal/schedule"
)

// notice logs which schedules of the source were added, paused, resumed or removed since
// the last look, so that users see that the workers know.
func (w *worker) notice(ctx context.Context, schedules []liftoff.Schedule) {
	seen := map[string]liftoff.Schedule{}
	for _, each := range schedules {
		if each.Source == w.Ingester.SourceKey {
			seen[each.Name] = each
		}
	}
	before := w.seen
	w.seen = seen
	if before == nil {
		return // those that were there at the start have been announced
	}
	for _, name := range slices.Sorted(maps.Keys(seen)) {
		now := seen[name]
		old, wasThere := before[name]
		switch {
		case !wasThere || !old.SameDefinition(now):
			w.Logger.InfoContext(ctx, "A schedule was added.", "schedule", name, "when", describe(now), "selection", string(now.Selection))
		case now.IsPaused && !old.IsPaused:
			w.Logger.InfoContext(ctx, "A schedule was paused.", "schedule", name)
		case old.IsPaused && !now.IsPaused:
			w.Logger.InfoContext(ctx, "A schedule was resumed.", "schedule", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if _, isThere := seen[name]; !isThere {
			w.Logger.InfoContext(ctx, "A schedule was removed.", "schedule", name)
		}
	}
}

// describe says when a schedule is due, as its author wrote it.
func describe(s liftoff.Schedule) string {
	timing, err := schedule.Parse(schedule.Spec{Every: s.Every, Cron: s.Cron, TimeZone: s.TimeZone}, s.NextDueAt)
	if err != nil {
		return "unusable" // which the worker says too
	}
	return timing.String()
}
