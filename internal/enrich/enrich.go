// Package enrich adds the simulated values to a launch: its total payload
// mass and its delay. It is pure: no I/O, no clock, no shared state; real
// masses are none of its business. The rule for a caller: with a seed the
// values are a function of the seed and the launch's id alone (and its number
// of payloads), so launches may come in any order and on any worker.
package enrich

import (
	"math"
	"time"

	"liftoff"
)

const (
	minPayloadMassKg = 2_000
	maxPayloadMassKg = 6_000
	maxDelayMinutes  = 120
)

// MaxPayloads is the largest number of payloads whose total mass fits the
// database's INTEGER column whatever the draw.
const MaxPayloads = math.MaxInt32 / maxPayloadMassKg

// Simulator makes the simulated values. Its zero value is a Simulator
// without a seed. It is safe for concurrent use.
type Simulator struct {
	seed string
}

// NewSimulator returns a Simulator whose values follow from seed. With an
// empty seed they are random and differ from call to call.
func NewSimulator(seed string) Simulator {
	return Simulator{seed: seed}
}

// Enrich returns launch with a simulated mass of 2,000 to 6,000 kg for each
// payload, summed (0 without payloads), a simulated delay of 0 to 120
// minutes, and fetchedAt in UTC. Payloads beyond MaxPayloads are not counted,
// so that the sum always fits its column; the source refuses such a launch
// before it gets here.
func (s Simulator) Enrich(launch liftoff.Launch, fetchedAt time.Time) liftoff.EnrichedLaunch {
	draw := s.stream(launch.ID)
	// The delay is drawn first: a launch that gains a payload keeps its delay
	// and the masses of the payloads it already had.
	delay := draw.between(0, maxDelayMinutes)
	mass := 0
	for range min(launch.PayloadCount, MaxPayloads) {
		mass += draw.between(minPayloadMassKg, maxPayloadMassKg)
	}
	return liftoff.EnrichedLaunch{
		Launch:                 launch,
		FetchedAt:              fetchedAt.UTC(),
		SimulatedPayloadMassKg: mass,
		SimulatedDelayMinutes:  delay,
	}
}
