package replay

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"time"
)

// rocket is the number of a rocket, in the order of first flights.
type rocket int

const (
	rocketOne rocket = iota
	rocketNine
	rocketHeavy
	rocketUnflown
	rocketCount
)

// pad is the number of a launchpad.
type pad int

const (
	padOldWest pad = iota
	padCape
	padTexas
	padAtoll
	padCalifornia
	padKennedy
	padCount
)

// How many there are of what only ids are made for.
const (
	crewCount    = 30
	shipCount    = 29
	capsuleCount = 25
	coreCount    = 83
	landpadCount = 7
)

// rocketOf returns the rocket that launch i flies on.
func (u *universe) rocketOf(i int) rocket {
	switch u.missionOf(i) {
	case falconOne:
		return rocketOne
	case falconHeavy:
		return rocketHeavy
	default:
		return rocketNine
	}
}

// padOf returns the launchpad that launch i flies from.
func (u *universe) padOf(i int) pad {
	switch u.missionOf(i) {
	case falconOne:
		return padAtoll
	case falconHeavy, crewed:
		return padKennedy
	}
	kind, _ := u.pads.category(i)
	return [...]pad{padCape, padKennedy, padCalifornia}[kind]
}

// The documents of rockets and launchpads, one a line, in the order of their
// numbers, as they are before any launch. They carry the real names, so that
// reports read well, and say that they are synthetic.
var (
	//go:embed documents/rockets.jsonl
	rocketLines string
	//go:embed documents/launchpads.jsonl
	launchpadLines string
)

// syntheticCatalogue is what a server without captures serves.
func syntheticCatalogue(u *universe, damage func(int, []byte) []byte) catalogue {
	return newCatalogue(map[string]documents{
		pathLaunches:    newCache(launchSet{universe: u}),
		pathLaunchesV5:  newCache(launchSet{universe: u, crewObjects: true}),
		"v4/payloads":   newCache(payloadSet{universe: u}),
		"v4/rockets":    u.rockets(),
		"v4/launchpads": u.launchpads(),
	}, damage)
}

// rockets returns the rocket documents with what has flown counted in.
func (u *universe) rockets() documents {
	set := newCaptured()
	for number, line := range slices.Collect(strings.Lines(rocketLines)) {
		counts := u.tally.rockets[number]
		line = replaceOnce(line, `"success_rate_pct":0`,
			fmt.Sprintf(`"success_rate_pct":%d`, counts.successes*100/max(counts.flights, 1)))
		if counts.first >= 0 {
			first := time.Unix(u.seconds(counts.first), 0).UTC().Format(time.DateOnly)
			line = replaceOnce(line, `"first_flight":"2023-12-01"`, `"first_flight":"`+first+`"`)
		}
		set.add([]byte(strings.TrimSpace(line)))
	}
	return set
}

// launchpads returns the launchpad documents with what has flown counted in.
func (u *universe) launchpads() documents {
	set := newCaptured()
	for number, line := range slices.Collect(strings.Lines(launchpadLines)) {
		counts := u.tally.pads[number]
		line = replaceOnce(line, `"launch_attempts":0,"launch_successes":0`,
			fmt.Sprintf(`"launch_attempts":%d,"launch_successes":%d`, counts.attempts, counts.successes))
		list := encoder{dst: []byte(`"launches":`)}
		list.open('[')
		for _, i := range counts.launches {
			list.comma().id(u, kindLaunch, i, 0)
		}
		list.shut(']')
		line = replaceOnce(line, `"launches":[]`, string(list.dst))
		set.add([]byte(strings.TrimSpace(line)))
	}
	return set
}

func replaceOnce(text, old, replacement string) string {
	return strings.Replace(text, old, replacement, 1)
}
