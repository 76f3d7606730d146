package export

import (
	"encoding/csv"
	"io"
	"strconv"
	"time"
)

// csvHeader is the first line: the columns of the view launches.
func csvHeader() []string {
	return []string{
		"id", "name", "flight_number", "launched_at", "date_precision",
		"upcoming", "success", "rocket_id", "launchpad_id", "payload_count",
		"payload_mass_kg", "simulated_total_payload_mass_kg", "simulated_delay_minutes",
		"slip_minutes", "fetched_at_timestamp",
	}
}

// csvLines writes CSV with a header line. NULL is an empty field.
type csvLines struct {
	out    *csv.Writer
	record []string
	text   func(string) string
	raw    bool
}

func newCSV(out io.Writer, opts Options) (*csvLines, error) {
	c := &csvLines{out: csv.NewWriter(out), text: opts.CSVText, raw: opts.Raw}
	if c.text == nil {
		c.text = func(text string) string { return text }
	}
	header := csvHeader()
	if c.raw {
		header = append(header, "raw_data")
	}
	return c, c.out.Write(header)
}

func (c *csvLines) write(l *document) error {
	c.record = append(c.record[:0],
		c.text(l.ID), c.textOf(l.Name), integer(l.FlightNumber), moment(l.LaunchedAt), c.textOf(l.DatePrecision),
		boolean(l.Upcoming), boolean(l.Success), c.textOf(l.RocketID), c.textOf(l.LaunchpadID), integer(l.PayloadCount),
		float(l.PayloadMassKg), integer(l.SimulatedTotalPayloadMassKg), integer(l.SimulatedDelayMinutes),
		integer(l.SlipMinutes), moment(l.FetchedAt),
	)
	if c.raw {
		// JSON begins no formula: a number is a number, and a text has quotes.
		c.record = append(c.record, string(l.RawData))
	}
	return c.out.Write(c.record)
}

func (c *csvLines) finish() error {
	c.out.Flush()
	return c.out.Error()
}

func (c *csvLines) textOf(value *string) string {
	if value == nil {
		return ""
	}
	return c.text(*value)
}

func integer(value *int32) string {
	if value == nil {
		return ""
	}
	return strconv.FormatInt(int64(*value), 10)
}

func float(value *float64) string {
	if value == nil {
		return ""
	}
	return strconv.FormatFloat(*value, 'f', -1, 64)
}

func boolean(value *bool) string {
	if value == nil {
		return ""
	}
	return strconv.FormatBool(*value)
}

func moment(value *time.Time) string {
	if value == nil {
		return ""
	}
	return value.Format(time.RFC3339Nano)
}
