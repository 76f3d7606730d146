package replay

import (
	"slices"
	"strconv"
)

// payloadSet is the payloads of a universe as documents, in the order of
// their launches; those that no launch lists come last.
type payloadSet struct{ universe *universe }

// Len returns the number of payloads.
func (s payloadSet) Len() int { return s.universe.payloads.total }

// Doc appends the payload at the position to scratch.
func (s payloadSet) Doc(position int, scratch []byte) []byte {
	owner, slot := s.universe.payloadAt(position)
	p := payloadWriter{
		encoder: encoder{dst: scratch}, u: s.universe, owner: owner, slot: slot,
		dice: newDice(s.universe.seed, kindPayload, owner<<5|slot),
	}
	p.write()
	return p.dst
}

// Find returns the position of the payload with the id.
func (s payloadSet) Find(id string) (int, bool) {
	u := s.universe
	owner, slot, ok := u.parseID(kindPayload, id)
	if !ok || owner >= u.count+u.orphans || slot >= u.ownedPayloads(owner) {
		return 0, false
	}
	return u.payloadStart(owner) + slot, true
}

// Field returns a field of the payload at the position; the id costs no
// rendering.
func (s payloadSet) Field(position int, name string) any {
	if name != "id" {
		return fieldOf(s.Doc(position, nil), name)
	}
	owner, slot := s.universe.payloadAt(position)
	return string(s.universe.appendID(nil, kindPayload, owner, slot))
}

// IsOrdered reports whether the field ascends over the payloads.
func (s payloadSet) IsOrdered(field string) bool { return field == "id" }

// payloadStart returns the position of the first payload of a launch.
func (u *universe) payloadStart(owner int) int {
	block := owner / payloadStep
	position := int(u.payloads.starts[block])
	for i := block * payloadStep; i < owner; i++ {
		position += u.ownedPayloads(i)
	}
	return position
}

// payloadAt returns the launch and the slot of the payload at a position.
func (u *universe) payloadAt(position int) (owner, slot int) {
	block, found := slices.BinarySearch(u.payloads.starts, int32(position))
	if !found {
		block--
	}
	// Blocks without payloads share their start with the next one.
	for block+1 < len(u.payloads.starts) && int(u.payloads.starts[block+1]) <= position {
		block++
	}
	rest := position - int(u.payloads.starts[block])
	for owner = block * payloadStep; rest >= u.ownedPayloads(owner); owner++ {
		rest -= u.ownedPayloads(owner)
	}
	return owner, rest
}

// payloadWriter writes the document of one payload.
type payloadWriter struct {
	encoder
	u           *universe
	owner, slot int
	dice        *dice
}

// mission is that of the launch; payloads without a launch are satellites.
func (p *payloadWriter) mission() mission {
	if p.owner >= p.u.count {
		return satellite
	}
	return p.u.missionOf(p.owner)
}

// write appends all 28 members in the order of the real API.
func (p *payloadWriter) write() {
	dragon := p.mission() <= cargoUnweighed
	p.open('{')
	p.dragon(dragon)
	p.name("name").text(p.payloadName())
	p.name("type").plain(payloadType(p.mission()))
	p.name("reused").boolean(dragon && p.dice.percent(60))
	p.name("launch").id(p.u, kindLaunch, p.launch(), 0)
	p.people()
	p.mass()
	p.orbit()
	p.name("id").id(p.u, kindPayload, p.owner, p.slot)
	p.shut('}')
}

func (p *payloadWriter) payloadName() string {
	name := "Synthetic payload " + strconv.Itoa(p.owner+1)
	if p.slot > 0 || p.mission() == pair || p.mission() == triple || p.mission() == sixteen {
		name += "-" + strconv.Itoa(p.slot+1)
	}
	return name
}

func payloadType(m mission) string {
	switch m {
	case crewed:
		return "Crew Dragon"
	case cargo, cargoUnweighed:
		return "Dragon 2.0"
	default:
		return "Satellite"
	}
}

// launch is the launch that the payload names, which is wrong for a few;
// payloads that no launch lists name one too.
func (p *payloadWriter) launch() int {
	if p.owner >= p.u.count {
		return p.u.count - 1
	}
	if wrong, _ := p.u.backwards.category(p.owner); wrong == 1 && p.owner > 0 {
		return p.owner - 1
	}
	return p.owner
}

func (p *payloadWriter) dragon(isDragon bool) {
	p.name("dragon").open('{')
	p.name("capsule").optional(isDragon, func() { p.id(p.u, kindCapsule, p.dice.below(capsuleCount), 0) })
	returned := int64(p.dice.between(600, 2400))
	weighed := isDragon && p.dice.percent(50)
	p.name("mass_returned_kg").optional(weighed, func() { p.number(returned) })
	p.name("mass_returned_lbs").optional(weighed, func() { p.tenths(pounds(returned * 10)) })
	p.name("flight_time_sec").optional(isDragon, func() { p.number(int64(p.dice.between(800_000, 17_000_000))) })
	p.name("manifest").null()
	p.name("water_landing").maybe(isDragon, true)
	p.name("land_landing").maybe(isDragon, false)
	p.shut('}')
}

// people appends the customers, trackers and builders of the payload.
func (p *payloadWriter) people() {
	countries := [...]string{"United States", "Luxembourg", "Türkiye", "Japan", "Argentina", "Republic of Korea"}
	number := strconv.Itoa(p.dice.between(1, 60))
	p.list("customers", p.dice.percent(98), "Synthetic customer "+number)
	p.name("norad_ids").open('[')
	if p.dice.percent(52) {
		p.comma().number(int64(p.dice.between(29_000, 54_000)))
	}
	p.shut(']')
	p.list("nationalities", p.dice.percent(98), countries[p.dice.below(len(countries))])
	p.list("manufacturers", p.dice.percent(95), "Synthetic works "+number)
}

// list appends an array of one text, or an empty one.
func (p *payloadWriter) list(name string, filled bool, text string) {
	p.name(name).open('[')
	if filled {
		p.comma().text(text)
	}
	p.shut(']')
}

// mass appends mass_kg and mass_lbs, which are both null or both not.
func (p *payloadWriter) mass() {
	tenths, known := p.massTenths()
	p.name("mass_kg").optional(known, func() { p.tenths(tenths) })
	p.name("mass_lbs").optional(known, func() { p.tenths(pounds(tenths)) })
}

// massTenths returns the mass in tenths of a kilogram.
func (p *payloadWriter) massTenths() (tenths int64, known bool) {
	switch p.mission() {
	case crewed, cargoUnweighed, classified, rideshare:
		return 0, false
	case batchSmall:
		return 132_600, true
	case batchLarge:
		return 156_000, true
	case cargo:
		return int64(p.dice.between(1300, 3400)) * 10, true
	case falconOne:
		return int64(p.dice.between(20, 400)) * 10, true
	case sixteen:
		return int64(p.dice.between(2, 400)) * 5, true
	default:
		if p.dice.percent(3) {
			return int64(p.dice.between(15_001, 69_999)), true
		}
		return int64(p.dice.between(70, 960)) * 100, true
	}
}

// pounds turns kilograms into pounds.
func pounds(kilograms int64) int64 { return (kilograms*22046 + 5000) / 10_000 }
