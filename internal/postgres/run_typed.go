package postgres

import (
	"context"
	_ "embed"

	"github.com/jackc/pgx/v5"

	"liftoff"
)

//go:embed queries/masses_of_payloads.sql
var massesOfPayloadsSQL string

// typedColumns are the columns of typed_launches that a new launch fills.
func typedColumns() []string {
	return []string{
		"launched_at", "fetched_at_timestamp", "revised_at", "payload_mass_kg", "flight_number", "payload_count",
		"simulated_total_payload_mass_kg", "simulated_delay_minutes", "revisions", "upcoming", "success",
		"id", "rocket_id", "launchpad_id", "date_precision", "name", "payload_ids",
	}
}

// masses are the known masses of payloads, in kg.
type masses map[string]float64

// sum adds up the masses of some payloads in their order, as launches_from_documents
// does; nil when there is none, or when one is not known.
func (m masses) sum(payloadIDs []string) *float64 {
	if len(payloadIDs) == 0 {
		return nil
	}
	sum := 0.0
	for _, id := range payloadIDs {
		mass, isKnown := m[id]
		if !isKnown {
			return nil
		}
		sum += mass
	}
	return &sum
}

// queueMasses adds the question for the masses of the launches' payloads.
func queueMasses(batch *pgx.Batch, launches []liftoff.EnrichedLaunch) masses {
	found := masses{}
	var ids []string
	for _, launch := range launches {
		if launch.Fields != nil {
			ids = append(ids, launch.Fields.PayloadIDs...)
		}
	}
	if len(ids) == 0 {
		return found
	}
	batch.Queue(massesOfPayloadsSQL, textArray(ids)).Query(func(rows pgx.Rows) error {
		var id string
		var mass float64
		_, err := pgx.ForEachRow(rows, []any{&id, &mass}, func() error {
			found[id] = mass
			return nil
		})
		return err
	})
	return found
}

// typeNew stores the rows of typed_launches for launches that are all new, with the
// fields of their documents. Those of unusual documents the server computes.
func (m *merge) typeNew(ctx context.Context, launches []liftoff.EnrichedLaunch, known masses) error {
	usual := make([]liftoff.EnrichedLaunch, 0, len(launches))
	var unusual []string
	for _, launch := range launches {
		if launch.Fields == nil {
			unusual = append(unusual, launch.ID)
		} else {
			usual = append(usual, launch)
		}
	}
	err := copyRows(ctx, m.tx, copying{
		"typed_launches", typedColumns(),
		pgx.CopyFromSlice(len(usual), func(i int) ([]any, error) { return typedRow(usual[i], known), nil }),
	})
	if err != nil {
		return err
	}
	return m.typeByDocument(ctx, unusual, false)
}

// typedRow returns the row of a new launch, in the order of typedColumns.
func typedRow(launch liftoff.EnrichedLaunch, known masses) []any {
	fields, fetchedAt := launch.Fields, launch.FetchedAt.UTC()
	var launchedAt any
	if !fields.LaunchedAt.IsZero() {
		launchedAt = fields.LaunchedAt
	}
	payloadIDs := fields.PayloadIDs
	if payloadIDs == nil {
		payloadIDs = []string{} // nil would be NULL
	}
	return []any{
		launchedAt, fetchedAt, fetchedAt, known.sum(fields.PayloadIDs), fields.FlightNumber, int32(launch.PayloadCount),
		int32(launch.SimulatedPayloadMassKg), int32(launch.SimulatedDelayMinutes), int32(0), fields.Upcoming, fields.Success,
		launch.ID, fields.RocketID, fields.LaunchpadID, fields.DatePrecision, fields.Name, payloadIDs,
	}
}

// typeByDocument has the server compute the rows of some launches, and if they may
// differ reads them back.
func (m *merge) typeByDocument(ctx context.Context, ids []string, mayDiffer bool) error {
	var lost []string
	batch := &pgx.Batch{}
	batch.Queue(useIndexesSQL)
	if len(ids) > 0 {
		queueTyping(batch, ids, m.writtenBefore)
	} else {
		queueTypedNote(batch, m.writtenBefore)
	}
	if mayDiffer && len(ids) > 0 {
		batch.Queue(wrongLaunchesSQL, ids, maxCountedLost).Query(collectInto(&lost))
	}
	if err := m.tx.SendBatch(ctx, batch).Close(); err != nil {
		return err
	}
	if len(lost) > 0 {
		return notKept(ctx, m.tx, "typed_launches", lost)
	}
	return nil
}
