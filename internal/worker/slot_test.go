package worker_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"liftoff"
	"liftoff/internal/schedule"
	"liftoff/internal/worker"
)

// due is a schedule of each quarter of an hour whose slot of 12:00 is due.
func due(failures int) liftoff.Schedule {
	return liftoff.Schedule{Name: "quarterly", Every: 15 * time.Minute, NextDueAt: at("12:00:00"), Failures: failures, Missed: 5}
}

// at returns a time of the day of all tests.
func at(clock string) time.Time {
	moment, err := time.Parse(time.DateTime, "2024-04-27 "+clock)
	if err != nil {
		panic(err)
	}
	return moment
}

// What becomes of a schedule, by how its run ended.
func TestSettle(t *testing.T) {
	t.Parallel()
	good := liftoff.Ending{Status: liftoff.RunSucceeded}
	failed := func(category liftoff.Category) liftoff.Ending {
		return liftoff.Ending{Status: liftoff.RunFailed, Error: "no luck", Category: category}
	}
	for name, test := range map[string]struct {
		failures int
		now      string
		ending   liftoff.Ending
		want     liftoff.Schedule
	}{
		"a good run":                              {0, "12:00:30", good, liftoff.Schedule{NextDueAt: at("12:15:00"), Missed: 5}},
		"a good run after failures":               {3, "12:00:30", good, liftoff.Schedule{NextDueAt: at("12:15:00"), Missed: 5}},
		"a run that is longer than the interval":  {0, "12:31:00", good, liftoff.Schedule{NextDueAt: at("12:45:00"), Missed: 7}},
		"a run that ends as the next slot is due": {0, "12:15:00", good, liftoff.Schedule{NextDueAt: at("12:30:00"), Missed: 6}},
		"a clock that was set back":               {0, "11:00:00", good, liftoff.Schedule{NextDueAt: at("12:15:00"), Missed: 5}},
		"records in quarantine (3)": {
			0, "12:00:30",
			liftoff.Ending{Status: liftoff.RunSucceeded, Error: "odd", Category: liftoff.Quarantined},
			liftoff.Schedule{NextDueAt: at("12:15:00"), Missed: 5, Note: "exit code 3: odd"},
		},
		"a source that is away (4)": {
			0, "12:00:30", failed(liftoff.Source),
			liftoff.Schedule{NextDueAt: at("12:00:00"), RetryAt: at("12:00:45"), Failures: 1, Missed: 5, Note: "exit code 4: no luck"},
		},
		"a partial run (4)": {
			0, "12:00:30",
			liftoff.Ending{Status: liftoff.RunPartial, Error: "gaps", Category: liftoff.Source},
			liftoff.Schedule{NextDueAt: at("12:00:00"), RetryAt: at("12:00:45"), Failures: 1, Missed: 5, Note: "exit code 4: gaps"},
		},
		"a source that stays away": {
			4, "12:00:30", failed(liftoff.Source),
			liftoff.Schedule{NextDueAt: at("12:00:00"), RetryAt: at("12:04:30"), Failures: 5, Missed: 5, Note: "exit code 4: no luck"},
		},
		"until the next slot": {
			4, "12:12:00", failed(liftoff.Source),
			liftoff.Schedule{NextDueAt: at("12:15:00"), Failures: 5, Missed: 6, Note: "exit code 4: no luck"},
		},
		"many failures": {
			4000, "12:00:00", failed(liftoff.Source),
			liftoff.Schedule{NextDueAt: at("12:15:00"), Failures: 4001, Missed: 6, Note: "exit code 4: no luck"},
		},
		"the database (5)":                {0, "12:00:30", failed(liftoff.Database), liftoff.Schedule{NextDueAt: at("12:00:00"), RetryAt: at("12:00:45"), Failures: 1, Missed: 5, Note: "exit code 5: no luck"}},
		"the query engine (6)":            {0, "12:00:30", failed(liftoff.QueryEngine), liftoff.Schedule{NextDueAt: at("12:00:00"), RetryAt: at("12:00:45"), Failures: 1, Missed: 5, Note: "exit code 6: no luck"}},
		"a bug (1)":                       {0, "12:00:30", failed(liftoff.Internal), liftoff.Schedule{NextDueAt: at("12:00:00"), RetryAt: at("12:00:45"), Failures: 1, Missed: 5, Note: "exit code 1: no luck"}},
		"a bug again (1)":                 {1, "12:00:30", failed(liftoff.Internal), liftoff.Schedule{NextDueAt: at("12:15:00"), Failures: 2, Missed: 6, Note: "exit code 1: no luck"}},
		"wrong usage (2)":                 {0, "12:00:30", failed(liftoff.Usage), liftoff.Schedule{NextDueAt: at("12:15:00"), Failures: 1, Missed: 6, Note: "exit code 2: no luck"}},
		"a privilege (7)":                 {0, "12:00:30", failed(liftoff.Privilege), liftoff.Schedule{NextDueAt: at("12:15:00"), Failures: 1, Missed: 6, Note: "exit code 7: no luck"}},
		"a guard (8)":                     {0, "12:31:00", failed(liftoff.Guard), liftoff.Schedule{NextDueAt: at("12:45:00"), Failures: 1, Missed: 8, Note: "exit code 8: no luck"}},
		"a signal":                        {2, "12:00:30", liftoff.Ending{Status: liftoff.RunInterrupted, Error: "stopped by SIGTERM", Category: liftoff.Interrupted}, due(2)},
		"another run that took over (75)": {2, "12:00:30", failed(liftoff.Locked), due(2)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			timing, err := schedule.Parse(schedule.Spec{Every: 15 * time.Minute}, at("11:00:00"))
			if err != nil {
				t.Fatal(err)
			}
			test.want.Name, test.want.Every = "quarterly", 15*time.Minute
			got := worker.Settle(due(test.failures), timing, test.ending, at(test.now))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("the schedule (-want +got):\n%s", diff)
			}
		})
	}
}

// A health check must not fail because a run takes long, or the source is away.
func TestCheck(t *testing.T) {
	t.Parallel()
	now := at("12:06:00")
	paused, running, retrying, later := due(0), due(0), due(1), due(0)
	paused.IsPaused, running.IsRunning, retrying.RetryAt, later.NextDueAt = true, true, at("12:10:00"), at("12:15:00")
	if err := worker.Check([]liftoff.Schedule{paused, running, retrying, later}, now); err != nil {
		t.Errorf("Check() = %v for schedules that are well", err)
	}
	if err := worker.Check([]liftoff.Schedule{due(0)}, at("12:04:00")); err != nil {
		t.Errorf("Check() = %v after four minutes", err)
	}
	older := due(0)
	older.Name, older.NextDueAt = "older", at("11:00:00")
	err := worker.Check([]liftoff.Schedule{due(0), older, paused}, now)
	var shown *liftoff.Error
	if !errors.As(err, &shown) || shown.Category != liftoff.Guard || shown.Hint == "" || shown.Error() != `the schedule "older" is overdue since 2024-04-27 11:00:00 UTC, and no run is under way` {
		t.Errorf("Check() = %v", err)
	}
}

// A run that was done while the database's clock was ahead leaves a schedule that waits
// for years. A clock that is put right by seconds does not.
func TestCheck_AClockThatWasAhead(t *testing.T) {
	t.Parallel()
	nightly := liftoff.Schedule{Name: "nightly", Cron: "30 2 * * *", TimeZone: "Europe/Berlin", NextDueAt: at("00:30:00").AddDate(0, 0, 3)}
	for name, test := range map[string]struct {
		now  string
		s    liftoff.Schedule
		says string
	}{
		"a minute":         {"11:44:00", due(0), ""},
		"an hour":          {"11:00:00", due(0), `the schedule "quarterly" waits until 2024-04-27 12:00:00 UTC, much longer than every 15m, as if the database's clock had been ahead`},
		"a cron's minute":  {"00:29:00", nightly, `the schedule "nightly" waits until 2024-04-30 00:30:00 UTC, much longer than cron "30 2 * * *" in Europe/Berlin, as if the database's clock had been ahead`},
		"a cron's second":  {"00:31:00", nightly, ""},
		"a broken one too": {"00:31:00", liftoff.Schedule{Name: "broken", Cron: "x", NextDueAt: at("23:00:00")}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := worker.Check([]liftoff.Schedule{test.s}, at(test.now))
			if text := fmt.Sprint(err); text != test.says && (test.says != "" || err != nil) {
				t.Errorf("Check() = %v, want %q", err, test.says)
			}
		})
	}
}
