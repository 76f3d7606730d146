package report

import (
	"fmt"
	"time"

	"liftoff"
	"liftoff/internal/table"
)

// StoredLaunch is the printed form of a launch in a list.
type StoredLaunch struct {
	ID            string     `json:"id"`
	Name          *string    `json:"name"`
	LaunchedAt    *time.Time `json:"launched_at"`
	DatePrecision *string    `json:"date_precision"`
	RocketID      *string    `json:"rocket_id"`
	Rocket        *string    `json:"rocket"`
	LaunchpadID   *string    `json:"launchpad_id"`
	Launchpad     *string    `json:"launchpad"`
	Upcoming      *bool      `json:"upcoming"`
	Success       *bool      `json:"success"`
	MissingSince  *time.Time `json:"missing_since"`
}

// NewStoredLaunch returns the printed form of a launch in a list.
func NewStoredLaunch(l liftoff.StoredLaunch) StoredLaunch {
	return StoredLaunch{
		ID: l.ID, Name: orNil(l.Name), LaunchedAt: orNil(l.LaunchedAt), DatePrecision: orNil(l.DatePrecision),
		RocketID: orNil(l.RocketID), Rocket: orNil(l.Rocket), LaunchpadID: orNil(l.LaunchpadID), Launchpad: orNil(l.Launchpad),
		Upcoming: l.Upcoming, Success: l.Success, MissingSince: orNil(l.MissingSince),
	}
}

// Launches lists launches in the given order. The note, such as that there are more,
// is for people only.
func Launches(launches []liftoff.StoredLaunch, note string) Listing {
	rows := make([]StoredLaunch, 0, len(launches))
	for _, l := range launches {
		rows = append(rows, NewStoredLaunch(l))
	}
	short := tableOf("launches", rows, []column[StoredLaunch]{
		{Column: table.Word("id"), value: func(l StoredLaunch) any { return l.ID }},
		{Column: table.Main("launch"), value: func(l StoredLaunch) any { return cell(l.Name) }},
		{Column: table.Word("date"), value: func(l StoredLaunch) any { return cell(orNil(l.date())) }},
		{Column: table.Word("status"), value: func(l StoredLaunch) any { return l.status() }},
		{Column: table.Text("rocket"), value: func(l StoredLaunch) any { return cell(firstKnown(l.Rocket, l.RocketID)) }},
		{Column: table.Text("launchpad"), value: func(l StoredLaunch) any { return cell(firstKnown(l.Launchpad, l.LaunchpadID)) }},
		{Column: table.Timestamp("missing_since"), value: func(l StoredLaunch) any { return cell(l.MissingSince) }, isOptional: true},
	})
	short.Title, short.Description = "Launches, the newest first", note
	full := tableOf("launches", rows, storedLaunchColumns())
	return Listing{Value: rows, Full: full, Tables: []table.Table{short}}
}

// storedLaunchColumns are all fields of a launch, named as in JSON.
func storedLaunchColumns() []column[StoredLaunch] {
	return []column[StoredLaunch]{
		{Column: table.Text("id"), value: func(l StoredLaunch) any { return l.ID }},
		{Column: table.Text("name"), value: func(l StoredLaunch) any { return cell(l.Name) }},
		{Column: table.Timestamp("launched_at"), value: func(l StoredLaunch) any { return cell(l.LaunchedAt) }},
		{Column: table.Text("date_precision"), value: func(l StoredLaunch) any { return cell(l.DatePrecision) }},
		{Column: table.Text("rocket_id"), value: func(l StoredLaunch) any { return cell(l.RocketID) }},
		{Column: table.Text("rocket"), value: func(l StoredLaunch) any { return cell(l.Rocket) }},
		{Column: table.Text("launchpad_id"), value: func(l StoredLaunch) any { return cell(l.LaunchpadID) }},
		{Column: table.Text("launchpad"), value: func(l StoredLaunch) any { return cell(l.Launchpad) }},
		{Column: table.Boolean("upcoming"), value: func(l StoredLaunch) any { return cell(l.Upcoming) }},
		{Column: table.Boolean("success"), value: func(l StoredLaunch) any { return cell(l.Success) }},
		{Column: table.Timestamp("missing_since"), value: func(l StoredLaunch) any { return cell(l.MissingSince) }},
	}
}

// status says in one word how the launch stands, for people.
func (l StoredLaunch) status() string {
	if l.MissingSince != nil {
		return "missing"
	}
	return l.outcome()
}

// outcome says in one word what became of the launch.
func (l StoredLaunch) outcome() string { return string(liftoff.OutcomeOf(l.Upcoming, l.Success)) }

// date shows the launch's date as precisely as it is known; empty if it is not.
func (l StoredLaunch) date() string {
	if l.LaunchedAt == nil {
		return ""
	}
	precision := ""
	if l.DatePrecision != nil {
		precision = *l.DatePrecision
	}
	return LaunchDate(*l.LaunchedAt, precision)
}

// LaunchDate shows a launch's date as precisely as it is known: 2022-10-05 16:00,
// 2022-10-05, 2022-10, 2022 Q4, 2022 H2 or 2022. Of an unknown precision it shows the
// day. The time is in UTC.
func LaunchDate(at time.Time, precision string) string {
	at = at.UTC()
	const monthsInQuarter, monthsInHalf = 3, 6
	switch month := int(at.Month()) - 1; precision {
	case "hour":
		return at.Format("2006-01-02 15:04")
	case "month":
		return at.Format("2006-01")
	case "quarter":
		return fmt.Sprintf("%04d Q%d", at.Year(), month/monthsInQuarter+1)
	case "half":
		return fmt.Sprintf("%04d H%d", at.Year(), month/monthsInHalf+1)
	case "year":
		return at.Format("2006")
	default:
		return at.Format(time.DateOnly)
	}
}

// firstKnown returns the first pointer that is not nil.
func firstKnown(pointers ...*string) *string {
	for _, p := range pointers {
		if p != nil {
			return p
		}
	}
	return nil
}
