package replay

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

// padJSON has the members of a launchpad in the order of the real API.
type padJSON struct {
	Images struct {
		Large []string `json:"large"`
	} `json:"images"`
	Name            string   `json:"name"`
	FullName        string   `json:"full_name"`
	Locality        string   `json:"locality"`
	Region          string   `json:"region"`
	Latitude        float64  `json:"latitude"`
	Longitude       float64  `json:"longitude"`
	LaunchAttempts  int      `json:"launch_attempts"`
	LaunchSuccesses int      `json:"launch_successes"`
	Rockets         []string `json:"rockets"`
	Timezone        string   `json:"timezone"`
	Launches        []string `json:"launches"`
	Status          string   `json:"status"`
	Details         string   `json:"details"`
	ID              string   `json:"id"`
}

// padPlan is what tells the launchpads apart.
type padPlan struct {
	name, locality, region, timezone, status string
	latitude, longitude                      float64
	rockets                                  []rocket
}

func padPlans() [padCount]padPlan {
	nineAndHeavy := []rocket{rocketNine, rocketHeavy}
	const east, west = "America/New_York", "America/Los_Angeles"
	return [padCount]padPlan{
		{"VAFB SLC 3W", "Vandenberg", "California", west, "retired", 34.64, -120.59, []rocket{rocketOne}},
		{"CCSFS SLC 40", "Cape Canaveral", "Florida", east, "active", 28.56, -80.57, []rocket{rocketNine}},
		{"STLS", "Boca Chica", "Texas", "America/Chicago", "under construction", 25.99, -97.15, []rocket{rocketUnflown}},
		{"Kwajalein Atoll", "Omelek Island", "Marshall Islands", "Pacific/Kwajalein", "retired", 9.04, 167.74, []rocket{rocketOne}},
		{"VAFB SLC 4E", "Vandenberg", "California", west, "active", 34.63, -120.61, nineAndHeavy},
		{"KSC LC 39A", "Cape Canaveral", "Florida", east, "active", 28.60, -80.60, nineAndHeavy},
	}
}

// launchpads returns the launchpad documents. They carry the real names, so
// that reports by launchpad read well, and say in details what they are.
func (u *universe) launchpads() documents {
	set := newCaptured()
	for number, plan := range padPlans() {
		set.add(encode(plan.document(u, pad(number))))
	}
	return set
}

func (p padPlan) document(u *universe, number pad) padJSON {
	counts := u.tally.pads[number]
	doc := padJSON{
		Name: p.name, FullName: "Synthetic " + p.name, Locality: p.locality, Region: p.region,
		Latitude: p.latitude, Longitude: p.longitude, Timezone: p.timezone, Status: p.status,
		LaunchAttempts: counts.attempts, LaunchSuccesses: counts.successes,
		Rockets: []string{}, Launches: []string{},
		Details: "A synthetic launchpad, made up for tests, under the name of a real one. " +
			"Its list of launches holds the first thousand.",
		ID: u.id(kindPad, int(number)),
	}
	doc.Images.Large = []string{"https://images.synthetic.example/pads/" + doc.ID + ".png"}
	for _, each := range p.rockets {
		doc.Rockets = append(doc.Rockets, u.id(kindRocket, int(each)))
	}
	for _, i := range counts.launches {
		doc.Launches = append(doc.Launches, u.id(kindLaunch, i))
	}
	return doc
}
