package export

import (
	"time"

	"github.com/jackc/pgx/v5/pgtype"
)

// launch is one row of the view launches. Its fields stand in the order of the
// view's columns; only the id is never NULL. Times are in UTC.
type launch struct {
	ID                          string     `json:"id" parquet:"id"`
	Name                        *string    `json:"name" parquet:"name"`
	FlightNumber                *int32     `json:"flight_number" parquet:"flight_number"`
	LaunchedAt                  *time.Time `json:"launched_at" parquet:"launched_at,timestamp(microsecond)"`
	DatePrecision               *string    `json:"date_precision" parquet:"date_precision,dict"`
	Upcoming                    *bool      `json:"upcoming" parquet:"upcoming"`
	Success                     *bool      `json:"success" parquet:"success"`
	RocketID                    *string    `json:"rocket_id" parquet:"rocket_id,dict"`
	LaunchpadID                 *string    `json:"launchpad_id" parquet:"launchpad_id,dict"`
	PayloadCount                *int32     `json:"payload_count" parquet:"payload_count"`
	PayloadMassKg               *float64   `json:"payload_mass_kg" parquet:"payload_mass_kg"`
	SimulatedTotalPayloadMassKg *int32     `json:"simulated_total_payload_mass_kg" parquet:"simulated_total_payload_mass_kg"`
	SimulatedDelayMinutes       *int32     `json:"simulated_delay_minutes" parquet:"simulated_delay_minutes"`
	SlipMinutes                 *int32     `json:"slip_minutes" parquet:"slip_minutes"`
	FetchedAt                   *time.Time `json:"fetched_at_timestamp" parquet:"fetched_at_timestamp,timestamp(microsecond)"`
}

// document is a launch with its newest document, as JSON. The document is only
// valid until the next row is read.
type document struct {
	launch

	RawData []byte `parquet:"raw_data,optional,string"`
}

// targets returns where the columns of a row go.
func (d *document) targets(raw bool) []any {
	targets := []any{
		&d.ID, &d.Name, &d.FlightNumber, &d.LaunchedAt, &d.DatePrecision,
		&d.Upcoming, &d.Success, &d.RocketID, &d.LaunchpadID, &d.PayloadCount,
		&d.PayloadMassKg, &d.SimulatedTotalPayloadMassKg, &d.SimulatedDelayMinutes,
		&d.SlipMinutes, &d.FetchedAt,
	}
	if raw {
		targets = append(targets, (*pgtype.DriverBytes)(&d.RawData))
	}
	return targets
}
