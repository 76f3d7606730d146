package metrics

import (
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// family is one metric with all its labels.
type family = dto.MetricFamily

// stateMetrics are how the ingestion is going. All but the first are not there while the
// database does not say.
type stateMetrics struct{ state *State }

func newStateMetrics() *stateMetrics { return &stateMetrics{} }

// The metrics of the state. All are gauges.
//
//nolint:gochecknoglobals // never changes
var (
	databaseUp       = describe("liftoff_database_up", "Whether the database says how the ingestion is going: 1 or 0.")
	lastSuccess      = describe("liftoff_last_success_timestamp_seconds", "When the last good run ended, of any process.")
	lastChange       = describe("liftoff_last_change_timestamp_seconds", "When a run ended that last found something new or changed at its source.")
	newestLaunch     = describe("liftoff_newest_launch_timestamp_seconds", "When the newest launch flew.")
	quarantined      = describe("liftoff_quarantined_records", "Records in quarantine.")
	scheduleOverdue  = describe("liftoff_schedule_overdue", "Whether a schedule is overdue and nobody works on it: 1 or 0.")
	scheduleNextDue  = describe("liftoff_schedule_next_due_timestamp_seconds", "When the schedule is due next.", "schedule")
	scheduleMissed   = describe("liftoff_schedule_missed_slots", "Slots of the schedule that had no good run, since it was added.", "schedule")
	scheduleFailures = describe("liftoff_schedule_failures", "Runs of the schedule that failed since its last good one.", "schedule")
	stateDescriptors = []*prometheus.Desc{
		databaseUp, lastSuccess, lastChange, newestLaunch, quarantined, scheduleOverdue, scheduleNextDue, scheduleMissed, scheduleFailures,
	}
)

func (m *stateMetrics) note(state *State) { m.state = state }

// Describe sends the descriptors of all metrics.
func (m *stateMetrics) Describe(to chan<- *prometheus.Desc) {
	for _, each := range stateDescriptors {
		to <- each
	}
}

// Collect sends the metrics.
func (m *stateMetrics) Collect(to chan<- prometheus.Metric) {
	if m.state == nil {
		to <- gauge(databaseUp, 0)
		return
	}
	s := *m.state
	to <- gauge(databaseUp, 1)
	for desc, at := range map[*prometheus.Desc]time.Time{
		lastSuccess: s.LastGood.FinishedAt, lastChange: s.LastChange.FinishedAt, newestLaunch: s.NewestLaunchAt,
	} {
		if !at.IsZero() {
			to <- gauge(desc, seconds(at))
		}
	}
	to <- gauge(quarantined, float64(s.Quarantined))
	if len(s.Schedules) == 0 {
		return
	}
	isOverdue := 0.0
	if s.IsOverdue {
		isOverdue = 1
	}
	to <- gauge(scheduleOverdue, isOverdue)
	for _, each := range s.Schedules {
		if !each.IsPaused {
			to <- gauge(scheduleNextDue, seconds(each.NextDueAt), each.Name)
		}
		to <- gauge(scheduleMissed, float64(each.Missed), each.Name)
		to <- gauge(scheduleFailures, float64(each.Failures), each.Name)
	}
}

// seconds returns a moment as Prometheus has it.
func seconds(at time.Time) float64 { return float64(at.UnixMilli()) / 1000 }

// hideURL returns the error of a request to an address without it.
func hideURL(err error, address string) error {
	if err == nil {
		return nil
	}
	if request, ok := errors.AsType[*url.Error](err); ok {
		return errors.New("the Pushgateway cannot be reached: " + request.Err.Error())
	}
	// What follows is the address and what the gateway says.
	text, _, _ := strings.Cut(err.Error(), " while pushing to ")
	return errors.New("the Pushgateway: " + strings.ReplaceAll(text, strings.TrimSuffix(address, "/"), "its address"))
}
