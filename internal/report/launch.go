package report

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"liftoff"
	"liftoff/internal/table"
)

// LaunchDetails is the printed form of one launch.
type LaunchDetails struct {
	StoredLaunch

	LaunchpadName *string         `json:"launchpad_full_name"`
	FlightNumber  *int64          `json:"flight_number"`
	PayloadCount  int64           `json:"payload_count"`
	PayloadMassKg *float64        `json:"payload_mass_kg"`
	Payloads      []StoredPayload `json:"payloads"`
	// The next two are not real.
	SimulatedPayloadMassKg *int64     `json:"simulated_total_payload_mass_kg"`
	SimulatedDelayMinutes  *int64     `json:"simulated_delay_minutes"`
	SlipMinutes            *int64     `json:"slip_minutes"`
	FetchedAt              *time.Time `json:"fetched_at_timestamp"`
	RevisedAt              *time.Time `json:"revised_at"`
	Revisions              int64      `json:"revisions"`
	// Raw is the newest document; null if there is none.
	Raw jsontext.Value `json:"raw_data"`
}

// StoredPayload is the printed form of a payload.
type StoredPayload struct {
	ID     string   `json:"id"`
	Name   *string  `json:"name"`
	Type   *string  `json:"type"`
	Orbit  *string  `json:"orbit"`
	MassKg *float64 `json:"mass_kg"`
}

// WriteLaunch prints everything about one launch; only JSON has its document.
func WriteLaunch(w io.Writer, format Format, launch liftoff.LaunchDetails, options Options) error {
	l := NewLaunchDetails(launch)
	switch format {
	case FormatJSON:
		return WriteValue(w, l)
	case FormatCSV:
		return Write(w, format, []table.Table{l.full()}, options)
	case FormatMarkdown:
		return Write(w, format, append([]table.Table{l.fields().table("launch", l.title())}, l.payloadTables()...), options)
	default:
		if err := l.fields().write(w, l.title(), options); err != nil || len(l.Payloads) == 0 {
			return err
		}
		if _, err := io.WriteString(w, "\n"); err != nil {
			return err
		}
		return Write(w, format, l.payloadTables(), options)
	}
}

// NewLaunchDetails returns the printed form of one launch.
func NewLaunchDetails(l liftoff.LaunchDetails) LaunchDetails {
	d := LaunchDetails{
		StoredLaunch: NewStoredLaunch(l.StoredLaunch), LaunchpadName: orNil(l.LaunchpadName), FlightNumber: l.FlightNumber,
		PayloadCount: l.PayloadCount, PayloadMassKg: l.PayloadMassKg, Payloads: []StoredPayload{},
		SimulatedPayloadMassKg: l.SimulatedPayloadMassKg, SimulatedDelayMinutes: l.SimulatedDelayMinutes, SlipMinutes: l.SlipMinutes,
		FetchedAt: orNil(l.FetchedAt), RevisedAt: orNil(l.RevisedAt), Revisions: l.Revisions, Raw: l.Raw,
	}
	for _, p := range l.Payloads {
		d.Payloads = append(d.Payloads, StoredPayload{p.ID, orNil(p.Name), orNil(p.Type), orNil(p.Orbit), p.MassKg})
	}
	return d
}

// title names the launch.
func (l LaunchDetails) title() string {
	if l.Name == nil {
		return "Launch " + l.ID
	}
	return *l.Name
}

// fields are what people want to know of the launch.
func (l LaunchDetails) fields() fieldList {
	var f fieldList
	f.add("Id", l.ID)
	f.add("Date", l.dateWithPrecision())
	f.add("Status", l.outcome())
	if l.MissingSince != nil {
		f.add("Missing since", instant(l.MissingSince)+": the source no longer has it, and no query counts it")
	}
	if l.FlightNumber != nil {
		f.add("Flight number", strconv.FormatInt(*l.FlightNumber, 10))
	}
	f.add("Rocket", named(l.Rocket, l.RocketID))
	f.add("Launchpad", named(firstKnown(l.LaunchpadName, l.Launchpad), l.LaunchpadID))
	f.add("Payloads", strconv.FormatInt(l.PayloadCount, 10))
	if l.PayloadCount > 0 {
		f.add("Payload mass (real)", orWord(kilograms(l.PayloadMassKg), "not known"))
	}
	if l.SimulatedPayloadMassKg != nil {
		mass := float64(*l.SimulatedPayloadMassKg)
		f.add("Payload mass (simulated)", kilograms(&mass))
	}
	if l.SimulatedDelayMinutes != nil {
		f.add("Delay (simulated)", liftoff.Count(*l.SimulatedDelayMinutes, "minute", "minutes"))
	}
	if l.SlipMinutes != nil {
		f.add("Slip of the date (real)", thousands(*l.SlipMinutes)+" minutes")
	}
	details, links := l.texts()
	f.add("Details", details)
	for _, link := range links {
		f.add(link.Name, link.Value)
	}
	f.add("First fetched", instant(l.FetchedAt))
	f.add("Revisions", strconv.FormatInt(l.Revisions, 10))
	if l.Revisions > 1 {
		f.add("Newest revision", instant(l.RevisedAt))
	}
	return f
}

// dateWithPrecision is the date with its zone or precision.
func (l LaunchDetails) dateWithPrecision() string {
	switch {
	case l.LaunchedAt == nil:
		return "not known"
	case l.DatePrecision == nil:
		return l.date() + " (how precise is not known)"
	case *l.DatePrecision == "hour":
		return l.date() + " UTC"
	default:
		return l.date() + " (known to the " + *l.DatePrecision + ")"
	}
}

// texts returns the details and the links of the document.
func (l LaunchDetails) texts() (details string, links []field) {
	var document map[string]jsontext.Value
	if json.Unmarshal(l.Raw, &document) != nil {
		return "", nil // no document, or one of another program
	}
	var group map[string]jsontext.Value
	_ = json.Unmarshal(document["links"], &group) // not an object: no links
	for name, value := range group {
		if address := textOf(value); strings.HasPrefix(address, "http") {
			links = append(links, field{"Link: " + name, address})
		}
	}
	slices.SortFunc(links, func(a, b field) int { return strings.Compare(a.Name, b.Name) })
	return textOf(document["details"]), links
}

// textOf returns a JSON string, or nothing for another value.
func textOf(value jsontext.Value) (text string) {
	if json.Unmarshal(value, &text) != nil {
		return ""
	}
	return text
}

// payloadTables show the payloads, if there are any.
func (l LaunchDetails) payloadTables() []table.Table {
	if len(l.Payloads) == 0 {
		return nil
	}
	t := tableOf("payloads", l.Payloads, []column[StoredPayload]{
		{Column: table.Word("id"), value: func(p StoredPayload) any { return p.ID }},
		{Column: table.Text("payload"), value: func(p StoredPayload) any { return cell(p.Name) }},
		{Column: table.Text("type"), value: func(p StoredPayload) any { return cell(p.Type) }},
		{Column: table.Text("orbit"), value: func(p StoredPayload) any { return cell(p.Orbit) }},
		{Column: table.Float("mass_kg").In("kg"), value: func(p StoredPayload) any { return cell(p.MassKg) }},
	})
	t.Title = "Payloads with their real masses"
	return []table.Table{t}
}

// full is the launch as a table of one row, for programs.
func (l LaunchDetails) full() table.Table {
	columns := []column[LaunchDetails]{
		{Column: table.Text("launchpad_full_name"), value: func(l LaunchDetails) any { return cell(l.LaunchpadName) }},
		{Column: table.Integer("flight_number"), value: func(l LaunchDetails) any { return cell(l.FlightNumber) }},
		{Column: table.Integer("payload_count").In(table.Count), value: func(l LaunchDetails) any { return l.PayloadCount }},
		{Column: table.Float("payload_mass_kg").In("kg"), value: func(l LaunchDetails) any { return cell(l.PayloadMassKg) }},
		{Column: table.Integer("simulated_total_payload_mass_kg").In("kg"), value: func(l LaunchDetails) any { return cell(l.SimulatedPayloadMassKg) }},
		{Column: table.Integer("simulated_delay_minutes").In("minutes"), value: func(l LaunchDetails) any { return cell(l.SimulatedDelayMinutes) }},
		{Column: table.Integer("slip_minutes").In("minutes"), value: func(l LaunchDetails) any { return cell(l.SlipMinutes) }},
		{Column: table.Timestamp("fetched_at_timestamp"), value: func(l LaunchDetails) any { return cell(l.FetchedAt) }},
		{Column: table.Timestamp("revised_at"), value: func(l LaunchDetails) any { return cell(l.RevisedAt) }},
		{Column: table.Integer("revisions").In(table.Count), value: func(l LaunchDetails) any { return l.Revisions }},
	}
	t := tableOf("launch", []StoredLaunch{l.StoredLaunch}, storedLaunchColumns())
	more := tableOf("launch", []LaunchDetails{l}, columns)
	t.Columns = append(t.Columns, more.Columns...)
	t.Rows[0] = append(t.Rows[0], more.Rows[0]...)
	return t
}

// named is a name with its id, or the id alone.
func named(name, id *string) string {
	switch {
	case id == nil:
		return "not stated"
	case name == nil:
		return *id
	default:
		return fmt.Sprintf("%s (%s)", *name, *id)
	}
}

// instant shows a moment to people; empty for nil.
func instant(at *time.Time) string {
	if at == nil {
		return ""
	}
	return at.UTC().Format("2006-01-02 15:04:05 UTC")
}

// kilograms shows a mass to people; empty for nil.
func kilograms(mass *float64) string {
	if mass == nil {
		return ""
	}
	const tenth = 10 // the sum of fractions has digits that say nothing
	whole, fraction := math.Modf(math.Round(*mass*tenth) / tenth)
	text := thousands(int64(whole))
	if fraction > 0 {
		text += strings.TrimPrefix(strconv.FormatFloat(fraction, 'f', 1, 64), "0")
	}
	return text + " kg"
}

func orWord(text, word string) string {
	if text == "" {
		return word
	}
	return text
}
