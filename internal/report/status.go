package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"liftoff"
	"liftoff/internal/table"
)

// The states of a Status.
const (
	StateWell       = "well"
	StateQuarantine = "quarantine"
	StateOverdue    = "overdue"
)

// Status is how the ingestion is going.
type Status struct {
	liftoff.Health

	// State is one of the constants, and Problem says what is wrong; empty for nothing.
	State, Problem string
	// NextSchedule is the schedule that is due next, at NextDueAt; empty without one.
	NextSchedule string
	NextDueAt    time.Time
	// AreAllPaused says that there are schedules, and all are paused.
	AreAllPaused bool
	// Newest is the newest launch that has flown, if there is one, and AgeDays how many
	// whole days ago.
	Newest   string
	NewestAt time.Time
	AgeDays  int64
	// ProgramVersion is that of this program.
	ProgramVersion string
	// Database says where the launches are stored.
	Database string
}

// status is the printed form of a Status.
type status struct {
	State   string  `json:"state"`
	Problem *string `json:"problem"`
	// The ages are in whole units of their names.
	LastGoodRunID      *int64     `json:"last_good_run_id"`
	LastGoodRunAt      *time.Time `json:"last_good_run_at"`
	LastGoodRunAge     *int64     `json:"last_good_run_age_seconds"`
	RunningIDs         []int64    `json:"running_run_ids"`
	NextSchedule       *string    `json:"next_schedule"`
	NextDueAt          *time.Time `json:"next_due_at"`
	Quarantined        int64      `json:"quarantined"`
	Newest             *string    `json:"newest_launch"`
	NewestAt           *time.Time `json:"newest_launch_at"`
	NewestAgeDays      *int64     `json:"newest_launch_age_days"`
	LastChangeRunID    *int64     `json:"last_change_run_id"`
	LastChangeAt       *time.Time `json:"last_change_at"`
	LastChangeInserted *int64     `json:"last_change_inserted"`
	LastChangeRevised  *int64     `json:"last_change_revised"`
	LastChangeMissing  *int64     `json:"last_change_missing"`
	ProgramVersion     string     `json:"program_version"`
	SchemaVersion      int64      `json:"schema_version"`
	ServerVersion      string     `json:"server_version"`
	Database           string     `json:"database"`
}

// WriteStatus prints how the ingestion is going: at most 23 lines of 80 columns for people,
// so that it and a prompt fit a terminal of 24, unless a name is very long.
func WriteStatus(w io.Writer, format Format, s Status, options Options) error {
	switch format {
	case FormatJSON:
		return WriteValue(w, newStatus(s))
	case FormatCSV:
		return Write(w, format, []table.Table{tableOf("status", []status{newStatus(s)}, statusColumns())}, options)
	case FormatMarkdown:
		return Write(w, format, []table.Table{s.fields().table("status", "How the ingestion is going")}, options)
	default:
		return writeFields(w, s.fields(), options)
	}
}

func newStatus(s Status) status {
	printed := status{
		State: s.State, Problem: orNil(s.Problem), RunningIDs: []int64{}, NextSchedule: orNil(s.NextSchedule), NextDueAt: orNil(s.NextDueAt),
		Quarantined: s.Quarantined, Newest: orNil(s.Newest), NewestAt: orNil(s.NewestAt),
		ProgramVersion: s.ProgramVersion, SchemaVersion: s.SchemaVersion, ServerVersion: s.ServerVersion, Database: s.Database,
	}
	for _, run := range s.Running {
		printed.RunningIDs = append(printed.RunningIDs, run.ID)
	}
	if good := s.LastGood; good.ID != 0 {
		age := int64(s.Now.Sub(good.FinishedAt) / time.Second)
		printed.LastGoodRunID, printed.LastGoodRunAt, printed.LastGoodRunAge = &good.ID, &good.FinishedAt, &age
	}
	if change := s.LastChange; change.ID != 0 {
		printed.LastChangeRunID, printed.LastChangeAt = &change.ID, &change.FinishedAt
		printed.LastChangeInserted, printed.LastChangeRevised, printed.LastChangeMissing = &change.Inserted, &change.Revised, &change.Missing
	}
	if !s.NewestAt.IsZero() {
		printed.NewestAgeDays = &s.AgeDays
	}
	return printed
}

// statusColumns are everything that is known, named as in JSON.
func statusColumns() []column[status] {
	return []column[status]{
		{Column: table.Word("state"), value: func(s status) any { return s.State }},
		{Column: table.Text("problem"), value: func(s status) any { return cell(s.Problem) }},
		{Column: table.Integer("last_good_run_id"), value: func(s status) any { return cell(s.LastGoodRunID) }},
		{Column: table.Timestamp("last_good_run_at"), value: func(s status) any { return cell(s.LastGoodRunAt) }},
		{Column: table.Integer("last_good_run_age_seconds"), value: func(s status) any { return cell(s.LastGoodRunAge) }},
		{Column: table.Text("running_run_ids"), value: func(s status) any { return cell(orNil(strings.Trim(fmt.Sprint(s.RunningIDs), "[]"))) }},
		{Column: table.Word("next_schedule"), value: func(s status) any { return cell(s.NextSchedule) }},
		{Column: table.Timestamp("next_due_at"), value: func(s status) any { return cell(s.NextDueAt) }},
		{Column: table.Integer("quarantined"), value: func(s status) any { return s.Quarantined }},
		{Column: table.Text("newest_launch"), value: func(s status) any { return cell(s.Newest) }},
		{Column: table.Timestamp("newest_launch_at"), value: func(s status) any { return cell(s.NewestAt) }},
		{Column: table.Integer("newest_launch_age_days"), value: func(s status) any { return cell(s.NewestAgeDays) }},
		{Column: table.Integer("last_change_run_id"), value: func(s status) any { return cell(s.LastChangeRunID) }},
		{Column: table.Timestamp("last_change_at"), value: func(s status) any { return cell(s.LastChangeAt) }},
		{Column: table.Integer("last_change_inserted"), value: func(s status) any { return cell(s.LastChangeInserted) }},
		{Column: table.Integer("last_change_revised"), value: func(s status) any { return cell(s.LastChangeRevised) }},
		{Column: table.Integer("last_change_missing"), value: func(s status) any { return cell(s.LastChangeMissing) }},
		{Column: table.Text("program_version"), value: func(s status) any { return s.ProgramVersion }},
		{Column: table.Integer("schema_version"), value: func(s status) any { return s.SchemaVersion }},
		{Column: table.Text("server_version"), value: func(s status) any { return s.ServerVersion }},
		{Column: table.Text("database"), value: func(s status) any { return s.Database }},
	}
}

// fields are what people read.
func (s Status) fields() fieldList {
	var f fieldList
	f.add("State", s.State)
	f.add("Problem", s.Problem)
	f.add("Last good run", s.lastGood())
	f.add("Running now", s.running())
	f.add("Next due", s.nextDue())
	f.add("Quarantine", liftoff.Count(s.Quarantined, "record", "records"))
	f.add("Newest launch", s.newest())
	f.add("Last change", s.lastChange())
	f.add("Versions", fmt.Sprintf("liftoff %s, schema %d, PostgreSQL %s", s.ProgramVersion, s.SchemaVersion, s.ServerVersion))
	f.add("Database", s.Database)
	return f
}

func (s Status) lastGood() string {
	if s.LastGood.ID == 0 {
		return "none yet"
	}
	return fmt.Sprintf("%s, %s, ended %s (%s)", describeRun(s.LastGood), s.LastGood.Source, instant(&s.LastGood.FinishedAt), s.away(s.LastGood.FinishedAt))
}

// describeRun names a run by its number, and by its schedule or what it asked for.
func describeRun(run liftoff.LedgerRow) string {
	name := "run " + strconv.FormatInt(run.ID, 10) + " for " + string(run.Selection)
	if run.Schedule != "" {
		name += " by schedule " + run.Schedule
	}
	return name
}

func (s Status) running() string {
	const shown = 3
	var names []string
	for _, run := range s.Running[:min(shown, len(s.Running))] {
		names = append(names, describeRun(run)+", begun "+s.away(run.StartedAt))
	}
	if more := len(s.Running) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return orWord(strings.Join(names, "; "), "nothing")
}

func (s Status) nextDue() string {
	switch {
	case s.AreAllPaused:
		return "all schedules are paused"
	case s.NextSchedule == "":
		return "no schedule"
	}
	return fmt.Sprintf("%s at %s (%s)", s.NextSchedule, instant(&s.NextDueAt), s.away(s.NextDueAt))
}

func (s Status) newest() string {
	if s.NewestAt.IsZero() {
		return "no launch with a date has flown"
	}
	return fmt.Sprintf("%s, %s (%s days ago)", orWord(s.Newest, "without a name"), instant(&s.NewestAt), thousands(s.AgeDays))
}

func (s Status) lastChange() string {
	if s.LastChange.ID == 0 {
		return "none yet"
	}
	return fmt.Sprintf("run %d: %s new, %s revised, %s missing (%s)", s.LastChange.ID,
		thousands(s.LastChange.Inserted), thousands(s.LastChange.Revised), thousands(s.LastChange.Missing), s.away(s.LastChange.FinishedAt))
}

// away says how far a moment is from now, in one unit: "3 hours ago", "in 5 minutes".
func (s Status) away(at time.Time) string {
	distance := s.Now.Sub(at)
	text := ""
	switch d := distance.Abs(); {
	case d < 2*time.Minute:
		text = liftoff.Count(int64(d/time.Second), "second", "seconds")
	case d < 2*time.Hour:
		text = liftoff.Count(int64(d/time.Minute), "minute", "minutes")
	case d < 2*24*time.Hour:
		text = liftoff.Count(int64(d/time.Hour), "hour", "hours")
	default:
		text = thousands(int64(d/(24*time.Hour))) + " days"
	}
	if distance < 0 {
		return "in " + text
	}
	return text + " ago"
}
