package replay

import (
	"strconv"
	"time"
)

// launchSet is the launches of a universe as documents.
type launchSet struct {
	universe *universe
	// crewObjects selects the v5 shape, in which crew have roles.
	crewObjects bool
}

// Len returns the number of launches.
func (s launchSet) Len() int { return s.universe.size() }

// Doc appends the launch at the position to scratch.
func (s launchSet) Doc(position int, scratch []byte) []byte {
	i := s.universe.launchAt(position)
	l := launchWriter{
		encoder: encoder{dst: scratch}, u: s.universe, i: i,
		dice:    newDice(s.universe.seed, kindLaunch, i),
		mission: s.universe.missionOf(i), past: position < s.universe.flown(), crewObjects: s.crewObjects,
	}
	l.write()
	return l.dst
}

// Find returns the position of the launch with the id.
func (s launchSet) Find(id string) (int, bool) {
	i, slot, ok := s.universe.parseID(kindLaunch, id)
	position, found := s.universe.positionOf(i)
	return position, ok && slot == 0 && found
}

// Field returns a field of the launch at the position. Those by which launches
// are mostly searched cost no rendering.
func (s launchSet) Field(position int, name string) any {
	u, i := s.universe, s.universe.launchAt(position)
	switch name {
	case "id":
		return u.id(kindLaunch, i)
	case "flight_number":
		return float64(u.flightNumber(i))
	case "date_unix":
		return float64(u.unixSeconds(i))
	case "date_utc":
		return utcText(u.seconds(i))
	case "upcoming":
		return position >= u.flown()
	default:
		return fieldOf(s.Doc(position, make([]byte, 0, 4<<10)), name)
	}
}

// IsOrdered reports whether the field ascends over the launches.
func (s launchSet) IsOrdered(field string) bool {
	switch field {
	case "id", "flight_number", "date_utc", "date_unix", "upcoming":
		return true
	default:
		return false
	}
}

// launchWriter writes the document of one launch.
type launchWriter struct {
	encoder
	u           *universe
	i           int
	dice        *dice
	mission     mission
	past        bool
	crewObjects bool
}

// write appends all 27 members in the order of the real API.
func (l *launchWriter) write() {
	l.open('{')
	l.fairings()
	l.links()
	l.staticFire()
	l.name("net").boolean(false)
	l.window()
	l.name("rocket").id(l.u, kindRocket, int(l.u.rocketOf(l.i)), 0)
	l.outcome()
	l.name("details")
	l.details()
	l.crew()
	l.craft()
	l.payloads()
	l.name("launchpad").id(l.u, kindPad, int(l.u.padOf(l.i)), 0)
	l.name("flight_number").number(int64(l.u.flightNumber(l.i)))
	l.name("name").text(l.u.launchName(l.i))
	l.dates()
	l.name("upcoming").boolean(!l.past)
	l.cores()
	manual, _ := l.u.manual.category(l.i)
	l.name("auto_update").boolean(manual == 0)
	l.name("tbd").boolean(false)
	l.name("launch_library_id")
	l.libraryID()
	l.name("id").id(l.u, kindLaunch, l.i, 0)
	l.shut('}')
}

func (l *launchWriter) isDragon() bool {
	return l.mission == crewed || l.mission == cargo || l.mission == cargoUnweighed
}

func (l *launchWriter) fairings() {
	l.name("fairings")
	if l.isDragon() || l.mission == rideshare {
		l.null()
		return
	}
	known := l.past && l.dice.percent(65)
	tried := known && l.dice.percent(50)
	ships := 0
	if tried {
		ships = l.dice.between(0, 2)
	}
	l.open('{')
	l.name("reused").maybe(known && l.dice.percent(80), l.dice.percent(30))
	l.name("recovery_attempt").maybe(known, tried)
	l.name("recovered").maybe(known && l.dice.percent(75), tried && l.dice.percent(60))
	l.name("ships")
	l.ids(kindShip, ships, shipCount)
	l.shut('}')
}

// ids appends an array of count different ids out of a set.
func (l *launchWriter) ids(kind byte, count, of int) {
	l.open('[')
	first := l.dice.below(of)
	for k := range count {
		l.comma().id(l.u, kind, (first+k)%of, 0)
	}
	l.shut(']')
}

func (l *launchWriter) staticFire() {
	kind := 0
	if l.past {
		kind, _ = l.u.staticFires.category(l.i)
	}
	const hour = 3600
	at := l.u.seconds(l.i)
	unix := int64(0)
	switch kind {
	case 1:
		at -= int64(l.dice.between(24, 12*24)) * hour
	case 2:
		// A static fire months after the launch: a mistake in the real data.
		at += int64(l.dice.between(200, 520)) * 24 * hour
	case 3:
		at -= 5 * 24 * hour
		unix = -hour
	}
	l.name("static_fire_date_utc").optional(kind != 0, func() { l.utc(at) })
	l.name("static_fire_date_unix").optional(kind != 0, func() { l.number(at + unix) })
}

func (l *launchWriter) window() {
	l.name("window")
	kind := 0
	if l.past {
		kind, _ = l.u.windows.category(l.i)
	}
	switch kind {
	case 0:
		l.null()
	case 1:
		l.number(0)
	default:
		l.number(int64(l.dice.between(2, 240)) * 60)
	}
}

func (l *launchWriter) outcome() {
	kind, number := outcomeUnknown, 0
	if l.past {
		kind, number = l.u.outcomeOf(l.i)
	}
	l.name("success").maybe(kind != outcomeUnknown, kind == outcomeSuccess)
	l.name("failures").open('[')
	if kind == outcomeFailure {
		l.comma()
		l.failure(number)
	}
	l.shut(']')
}

// failure appends one failure; of five, one happened before the launch and
// one at an unknown altitude.
func (l *launchWriter) failure(number int) {
	seconds, altitude := l.dice.between(30, 320), l.dice.between(1, 290)
	if number%5 == 4 {
		seconds, altitude = -l.dice.between(60, 170_000), 0
	}
	l.open('{')
	l.name("time").number(int64(seconds))
	l.name("altitude").optional(number%5 != 0, func() { l.number(int64(altitude)) })
	l.name("reason").text(failureReason(l.dice))
	l.shut('}')
}

func (l *launchWriter) crew() {
	l.name("crew").open('[')
	if l.mission == crewed {
		seats := 4
		if _, number := l.u.missions.category(l.i); number == 0 {
			seats = 2
		}
		first := l.dice.below(crewCount)
		for k := range seats {
			l.comma()
			l.crewMember((first+k)%crewCount, k)
		}
	}
	l.shut(']')
}

func (l *launchWriter) crewMember(number, seat int) {
	if !l.crewObjects {
		l.id(l.u, kindCrew, number, 0)
		return
	}
	roles := [...]string{"Commander", "Pilot", "Mission Specialist 1", "Mission Specialist 2"}
	l.open('{')
	l.name("crew").id(l.u, kindCrew, number, 0)
	l.name("role").text(roles[seat])
	l.shut('}')
}

// craft appends the ships and the capsules.
func (l *launchWriter) craft() {
	ships := 0
	if l.past && l.dice.percent(65) {
		ships = l.dice.between(1, 5)
	}
	l.name("ships")
	l.ids(kindShip, ships, shipCount)
	l.name("capsules")
	capsules := 0
	if l.isDragon() {
		capsules = 1
	}
	l.ids(kindCapsule, capsules, capsuleCount)
}

func (l *launchWriter) payloads() {
	owner := l.u.ownerOf(l.i)
	l.name("payloads").open('[')
	for slot := range l.u.payloadCount(l.i) {
		l.comma().id(l.u, kindPayload, owner, slot)
	}
	l.shut(']')
}

func (l *launchWriter) dates() {
	l.name("date_utc").utc(l.u.seconds(l.i))
	l.name("date_unix").number(l.u.unixSeconds(l.i))
	l.name("date_local")
	l.dst = append(l.dst, '"')
	l.dst = l.u.localDate(l.i).AppendFormat(l.dst, time.RFC3339)
	l.dst = append(l.dst, '"')
	l.name("date_precision").plain(l.u.precision(l.i).word())
}

func (l *launchWriter) cores() {
	count := 1
	if l.u.rocketOf(l.i) == rocketHeavy {
		count = 3
	}
	l.name("cores").open('[')
	first := l.dice.below(coreCount)
	for k := range count {
		l.comma()
		l.core((first + k) % coreCount)
	}
	l.shut(']')
}

func (l *launchWriter) core(number int) {
	landing := l.u.rocketOf(l.i) != rocketOne && l.dice.percent(82)
	flight := 1
	if landing {
		flight = 1 + l.dice.below(1+l.dice.below(10))
	}
	ocean := l.dice.percent(75)
	l.open('{')
	l.name("core").optional(l.past, func() { l.id(l.u, kindCore, number, 0) })
	l.name("flight").optional(l.past, func() { l.number(int64(flight)) })
	l.name("gridfins").boolean(landing)
	l.name("legs").boolean(landing)
	l.name("reused").boolean(flight > 1)
	l.name("landing_attempt").maybe(l.past, landing)
	l.name("landing_success").maybe(l.past && landing, !l.dice.percent(8))
	l.name("landing_type").optional(landing, func() { l.plain(landingType(ocean)) })
	l.name("landpad").optional(l.past && landing, func() { l.id(l.u, kindLandpad, l.dice.below(landpadCount), 0) })
	l.shut('}')
}

func landingType(ocean bool) string {
	if ocean {
		return "ASDS"
	}
	return "RTLS"
}

// libraryID appends a version 4 UUID, or null.
func (l *launchWriter) libraryID() {
	if set, _ := l.u.library.category(l.i); set == 0 {
		l.null()
		return
	}
	high, low := l.dice.next(), l.dice.next()
	hexOf := func(value uint64, digits int) string {
		text := strconv.FormatUint(1<<60|value>>4, 16)
		return text[len(text)-digits:]
	}
	l.plain(hexOf(high, 8), "-", hexOf(high>>32, 4), "-4", hexOf(low, 3), "-a", hexOf(low>>16, 3), "-",
		hexOf(l.dice.next(), 12))
}
