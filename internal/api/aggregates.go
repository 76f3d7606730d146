package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"
)

// Aggregates is the row of launch_aggregates_view.
type Aggregates struct {
	TotalLaunches           int64 `json:"total_launches" minimum:"0" doc:"How many launches the source has"`
	TotalSuccessfulLaunches int64 `json:"total_successful_launches" minimum:"0" doc:"How many of them succeeded"`
	// The next two are not real.
	AveragePayloadMass        *float64 `json:"average_payload_mass" doc:"The average payload mass in kg. Simulated; null without launches"`
	AverageLaunchDelayMinutes *float64 `json:"average_launch_delay_minutes" doc:"The average delay in minutes. Simulated; null without launches"`
}

func (a *API) registerAggregates(api huma.API) {
	huma.Register(api, operation("getAggregates", "/api/v1/aggregates", "Analytics", "All launches in one line: launch_aggregates_view"),
		func(ctx context.Context, q *Conditional) (*reply[Aggregates], error) {
			return replyWith(ctx, a, *q, func(c *call) (Aggregates, error) {
				found, err := c.store.Aggregates(ctx)
				return Aggregates{found.TotalLaunches, found.TotalSuccessfulLaunches, found.AveragePayloadMassKg, found.AverageDelayMinutes}, err
			})
		})
}
