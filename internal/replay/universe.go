package replay

import "encoding/hex"

// mission is what a launch carries.
type mission uint8

// The missions of past launches, in the order of their shares.
const (
	crewed mission = iota
	cargo
	cargoUnweighed
	classified
	rideshare
	batchSmall
	batchLarge
	satellite
	falconOne
	falconHeavy
	shared
	pair
	triple
	sixteen
	noPayload
)

// The real API's final state: 205 launches, 187 of them past.
const (
	realCount    = 205
	realUpcoming = 18
	realOrphans  = 5
)

// The kinds of document that ids are made for.
const (
	kindLaunch  = 'L'
	kindPayload = 'P'
	kindRocket  = 'R'
	kindPad     = 'A'
	kindCrew    = 'C'
	kindCore    = 'B'
	kindShip    = 'S'
	kindCapsule = 'D'
	kindLandpad = 'G'
)

// universe is a set of synthetic launches and all that belongs to them.
// Launch i is a function of seed, count and i alone, with no state between
// launches, so any part of the set can be made at any time. A later revision
// has a schedule for the launches that had not flown at revision 0: count and
// past keep their values of revision 0, size and flown are the current ones.
type universe struct {
	seed        uint64
	count, past int
	orphans     int

	missions, upcomingMissions spread
	outcomes, pads             spread
	pastDetails, windows       spread
	staticFires, localDates    spread
	unixDates, pastPrecision   spread
	library, manual, backwards spread
	upcomingPrecision          []int

	// dealt is the mission of each launch, kept because most fields need it.
	dealt    []mission
	payloads payloadIndex
	tally    tally
	// later is nil at revision 0.
	later *schedule
}

// newUniverse makes a set of count launches, with the shares of the real API's
// final state.
func newUniverse(count int, seed uint64) *universe {
	upcoming := count * realUpcoming / realCount
	past := count - upcoming
	u := &universe{seed: seed, count: count, past: past, orphans: count * realOrphans / realCount}
	salt := uint64(0)
	deal := func(size int, weights ...int) spread {
		salt += 2
		return newSpread(size, mix(seed)+salt, weights...)
	}
	u.missions = deal(past, 8, 19, 5, 9, 4, 34, 27, 56, 5, 5, 2, 10, 2, 1)
	u.upcomingMissions = deal(upcoming, 12, 1, 3, 2)
	u.outcomes = deal(past, 181, 5, 1)
	u.pads = deal(count, 112, 45, 30)
	u.pastDetails = deal(past, 53, 121, 10, 1, 2)
	u.windows = deal(past, 70, 75, 42)
	u.staticFires = deal(past, 66, 118, 2, 1)
	u.localDates = deal(past, 180, 2, 4, 1)
	u.unixDates = deal(past, 185, 2)
	u.pastPrecision = deal(past, 186, 1)
	u.library = deal(count, 133, 72)
	u.manual = deal(count, 202, 3)
	u.backwards = deal(count, 201, 4)
	u.dealt = make([]mission, count)
	for i := range u.dealt {
		u.dealt[i] = u.deal(i)
	}
	u.upcomingPrecision = []int{upcoming * 6 / 18, upcoming * 10 / 18}
	u.survey()
	return u
}

// missionOf returns what launch i carries.
func (u *universe) missionOf(i int) mission {
	// A launch that appears in a later revision has no payload yet.
	if i >= u.count {
		return noPayload
	}
	return u.dealt[i]
}

// deal chooses the mission of launch i.
func (u *universe) deal(i int) mission {
	if i >= u.past {
		kind, _ := u.upcomingMissions.category(i - u.past)
		return []mission{noPayload, batchLarge, satellite, classified}[kind]
	}
	kind, _ := u.missions.category(i)
	// The first launch has none before it to share a payload with.
	if mission(kind) == shared && i == 0 {
		return satellite
	}
	return mission(kind)
}

// payloadCount returns how many payloads launch i lists.
func (u *universe) payloadCount(i int) int {
	switch u.missionOf(i) {
	case noPayload:
		return 0
	case pair:
		return 2
	case triple:
		return 3
	case sixteen:
		return 16
	default:
		return 1
	}
}

// ownedPayloads is payloadCount without payloads of another launch.
func (u *universe) ownedPayloads(i int) int {
	// Payloads without a launch come after the last launch.
	if i >= u.count {
		return 1
	}
	if u.missionOf(i) == shared {
		return 0
	}
	return u.payloadCount(i)
}

// ownerOf returns the launch whose payloads launch i lists.
func (u *universe) ownerOf(i int) int {
	for u.missionOf(i) == shared {
		i--
	}
	return i
}

// idEpoch is where the creation time in the first launch's id starts.
const idEpoch = 0x5eb87cd9

// appendID appends an id of 24 hexadecimal digits: the creation time, which
// ascends with the number, then the slot and a hash by kind. parseID turns it
// back into number and slot, except for the ids of realID.
func (u *universe) appendID(dst []byte, kind byte, number, slot int) []byte {
	if id := realID(kind, number); id != "" {
		return append(dst, id...)
	}
	created := uint32(idEpoch + number)
	hash := mix(u.seed ^ mix(uint64(kind)<<56|uint64(slot)<<40|uint64(number)))
	raw := [12]byte{
		byte(created >> 24), byte(created >> 16), byte(created >> 8), byte(created), byte(slot), kind,
		byte(hash >> 40), byte(hash >> 32), byte(hash >> 24), byte(hash >> 16), byte(hash >> 8), byte(hash),
	}
	return hex.AppendEncode(dst, raw[:])
}

// realID returns the id that the real API has for a rocket or launchpad, and
// "" for everything else. Rockets and launchpads carry the real names too, and
// reports know them by these ids.
func realID(kind byte, number int) string {
	switch kind {
	case kindRocket:
		return [rocketCount]string{
			rocketOne:     "5e9d0d95eda69955f709d1eb",
			rocketNine:    "5e9d0d95eda69973a809d1ec",
			rocketHeavy:   "5e9d0d95eda69974db09d1ed",
			rocketUnflown: "5e9d0d96eda699382d09d1ee",
		}[number]
	case kindPad:
		return [padCount]string{
			padOldWest:    "5e9e4501f5090910d4566f83",
			padCape:       "5e9e4501f509094ba4566f84",
			padTexas:      "5e9e4502f5090927f8566f85",
			padAtoll:      "5e9e4502f5090995de566f86",
			padCalifornia: "5e9e4502f509092b78566f87",
			padKennedy:    "5e9e4502f509094188566f88",
		}[number]
	default:
		return ""
	}
}

func (u *universe) id(kind byte, number int) string {
	return string(u.appendID(nil, kind, number, 0))
}

// parseID turns an id back into number and slot. It reports false for an id
// that appendID would not make.
func (u *universe) parseID(kind byte, id string) (number, slot int, ok bool) {
	raw, err := hex.DecodeString(id)
	if err != nil || len(raw) != 12 {
		return 0, 0, false
	}
	created := int(raw[0])<<24 | int(raw[1])<<16 | int(raw[2])<<8 | int(raw[3])
	number, slot = created-idEpoch, int(raw[4])
	if number < 0 || string(u.appendID(nil, kind, number, slot)) != id {
		return 0, 0, false
	}
	return number, slot, true
}

// tally counts the launches of rockets and launchpads.
type tally struct {
	pads    [padCount]padTally
	rockets [rocketCount]rocketTally
}

type padTally struct {
	attempts, successes int
	// launches are the first past launches of the pad.
	launches []int
}

type rocketTally struct {
	flights, successes int
	// first is the first launch, or -1.
	first int
}

// maxPadLaunches bounds the list of launches in a launchpad's document.
const maxPadLaunches = 1000

// survey goes through all launches once, for what cannot be computed from one:
// where the payloads of each start, and the totals of rockets and launchpads.
func (u *universe) survey() {
	for i := range u.count + u.orphans {
		u.payloads.add(u.ownedPayloads(i))
	}
	u.takeTally()
}

// takeTally counts the launches of the past.
func (u *universe) takeTally() {
	u.tally = tally{}
	for k := range u.tally.rockets {
		u.tally.rockets[k].first = -1
	}
	for position := range u.flown() {
		u.tally.add(u, u.launchAt(position))
	}
}

// outcomeOf returns the outcome of launch i, which has flown, and its number
// among the launches with that outcome.
func (u *universe) outcomeOf(i int) (kind, number int) {
	kind, number = u.outcomes.category(i)
	// No launch that flies in a later revision has an unknown outcome.
	if i >= u.past && kind == outcomeUnknown {
		return outcomeSuccess, number
	}
	return kind, number
}

func (t *tally) add(u *universe, i int) {
	won := 0
	if outcome, _ := u.outcomeOf(i); outcome == outcomeSuccess {
		won = 1
	}
	pad := &t.pads[u.padOf(i)]
	pad.attempts++
	pad.successes += won
	if len(pad.launches) < maxPadLaunches {
		pad.launches = append(pad.launches, i)
	}
	rocket := &t.rockets[u.rocketOf(i)]
	rocket.flights++
	rocket.successes += won
	if rocket.first < 0 {
		rocket.first = i
	}
}

// payloadIndex finds the launch that a payload belongs to. It keeps one number for
// each payloadStep launches.
type payloadIndex struct {
	starts []int32
	added  int
	total  int
}

const payloadStep = 32

func (x *payloadIndex) add(owned int) {
	if x.added%payloadStep == 0 {
		x.starts = append(x.starts, int32(x.total))
	}
	x.added++
	x.total += owned
}
