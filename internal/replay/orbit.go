package replay

import "fmt"

// orbitKind is a kind of orbit and how it is described.
type orbitKind struct {
	orbit, regime string
	// low and high bound the altitude in kilometres.
	low, high int
}

func (p *payloadWriter) orbitKind() orbitKind {
	switch p.mission() {
	case crewed, cargo, cargoUnweighed:
		return orbitKind{"ISS", "low-earth", 410, 425}
	case batchSmall, batchLarge:
		return orbitKind{"VLEO", "very-low-earth", 330, 550}
	case classified, falconOne, sixteen:
		return orbitKind{"LEO", "low-earth", 400, 900}
	case rideshare:
		return orbitKind{"SSO", "sun-synchronous", 500, 600}
	}
	kinds := [...]orbitKind{
		{"GTO", "geostationary", 35_700, 35_900},
		{"GTO", "geostationary", 35_700, 35_900},
		{"PO", "low-earth", 600, 800},
		{"SSO", "sun-synchronous", 500, 800},
		{"MEO", "medium-earth", 7800, 20_300},
	}
	return kinds[p.dice.below(len(kinds))]
}

// orbit appends the orbital members. Two thirds of the payloads have their
// elements, as if a tracking service had been asked.
func (p *payloadWriter) orbit() {
	kind := p.orbitKind()
	p.name("orbit").optional(!p.dice.percent(1), func() { p.plain(kind.orbit) })
	p.name("reference_system").plain("geocentric")
	p.name("regime").optional(!p.dice.percent(1), func() { p.plain(kind.regime) })
	tracked := p.dice.percent(64)
	altitude := p.dice.between(kind.low, kind.high)
	p.name("longitude").optional(kind.orbit == "GTO" && p.dice.percent(70), func() { p.decimal(p.dice.between(-180, 179), 1) })
	decimal := func(name string, there bool, whole, places int) {
		p.name(name).optional(there, func() { p.decimal(whole, places) })
	}
	decimal("semi_major_axis_km", tracked, 6371+altitude, 3)
	decimal("eccentricity", tracked, 0, 7)
	decimal("periapsis_km", tracked, altitude-3, 3)
	decimal("apoapsis_km", tracked, altitude+3, 3)
	decimal("inclination_deg", tracked, p.dice.between(0, 98), 4)
	decimal("period_min", tracked, p.dice.between(90, 1440), 3)
	p.name("lifespan_years").optional(p.dice.percent(40), func() { p.number(int64(p.dice.between(3, 16))) })
	p.name("epoch").optional(tracked, func() { p.utc(pastEnd().Unix() + int64(p.dice.below(400_000))) })
	decimal("mean_motion", tracked, p.dice.between(1, 15), 8)
	decimal("raan", tracked, p.dice.between(0, 359), 4)
	decimal("arg_of_pericenter", tracked, p.dice.between(0, 359), 4)
	decimal("mean_anomaly", tracked, p.dice.between(0, 359), 4)
}

// decimal appends a number with random digits behind the point, the last of
// them not zero.
func (p *payloadWriter) decimal(whole, places int) {
	limit := 1
	for range places {
		limit *= 10
	}
	p.dst = fmt.Appendf(p.dst, "%d.%0*d", whole, places, p.dice.below(limit/10)*10+p.dice.between(1, 9))
}
