package export

import (
	"reflect"
	"strings"
	"time"
)

// launch is one row of the view launches. Its fields are in the order of the
// view's columns; only the id is never NULL. Times are in UTC. This is the one
// list of the exported columns: the targets of the reader, the keys of JSON, the
// header of CSV and the schema of Parquet all come from the tags.
type launch struct {
	ID                          string     `parquet:"id"`
	Name                        *string    `parquet:"name"`
	FlightNumber                *int32     `parquet:"flight_number"`
	LaunchedAt                  *time.Time `parquet:"launched_at,timestamp(microsecond)"`
	DatePrecision               *string    `parquet:"date_precision,dict"`
	Upcoming                    *bool      `parquet:"upcoming"`
	Success                     *bool      `parquet:"success"`
	RocketID                    *string    `parquet:"rocket_id,dict"`
	LaunchpadID                 *string    `parquet:"launchpad_id,dict"`
	PayloadCount                *int32     `parquet:"payload_count"`
	PayloadMassKg               *float64   `parquet:"payload_mass_kg"`
	SimulatedTotalPayloadMassKg *int32     `parquet:"simulated_total_payload_mass_kg"`
	SimulatedDelayMinutes       *int32     `parquet:"simulated_delay_minutes"`
	SlipMinutes                 *int32     `parquet:"slip_minutes"`
	FetchedAt                   *time.Time `parquet:"fetched_at_timestamp,timestamp(microsecond)"`
	MissingSince                *time.Time `parquet:"missing_since,timestamp(microsecond)"`
	RevisedAt                   *time.Time `parquet:"revised_at,timestamp(microsecond)"`
	SlipDays                    *int32     `parquet:"slip_days"`
}

// document is a launch with its newest document, as JSON. The document is only
// valid until the next row is read.
type document struct {
	launch

	RawData []byte `parquet:"raw_data,optional,string"`
}

// fields are pointers to the fields of one document, which each launch
// overwrites.
type fields struct {
	names  []string
	values []any
}

// fields returns pointers to the fields in their order, raw_data only if raw.
func (d *document) fields(raw bool) fields {
	var f fields
	value := reflect.ValueOf(d).Elem()
	for _, field := range reflect.VisibleFields(value.Type()) {
		name, _, _ := strings.Cut(field.Tag.Get("parquet"), ",")
		if field.Anonymous || (name == "raw_data" && !raw) {
			continue
		}
		f.names = append(f.names, name)
		f.values = append(f.values, value.FieldByIndex(field.Index).Addr().Interface())
	}
	return f
}

// byName returns the pointers by the names of the columns.
func (f fields) byName() map[string]any {
	targets := map[string]any{}
	for i, name := range f.names {
		targets[name] = f.values[i]
	}
	return targets
}
