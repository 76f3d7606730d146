package replay

import (
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
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

// syntheticCatalogue is what a server without captures serves.
func syntheticCatalogue(u *universe) catalogue {
	return newCatalogue(map[string]documents{
		"launches":   newCache(launchSet{universe: u}),
		"payloads":   newCache(payloadSet{universe: u}),
		"rockets":    u.rockets(),
		"launchpads": u.launchpads(),
	}, newCache(launchSet{universe: u, crewObjects: true}))
}

type lengthJSON struct {
	Meters *float64 `json:"meters"`
	Feet   *float64 `json:"feet"`
}

type massJSON struct {
	Kg int `json:"kg"`
	Lb int `json:"lb"`
}

type thrustJSON struct {
	KN  int `json:"kN"`
	Lbf int `json:"lbf"`
}

type stageJSON struct {
	ThrustSeaLevel *thrustJSON    `json:"thrust_sea_level,omitempty"`
	ThrustVacuum   *thrustJSON    `json:"thrust_vacuum,omitempty"`
	Thrust         *thrustJSON    `json:"thrust,omitempty"`
	Payloads       jsontext.Value `json:"payloads,omitempty"`
	Reusable       bool           `json:"reusable"`
	Engines        int            `json:"engines"`
	FuelAmountTons float64        `json:"fuel_amount_tons"`
	BurnTimeSec    *int           `json:"burn_time_sec"`
}

type enginesJSON struct {
	Isp struct {
		SeaLevel int `json:"sea_level"`
		Vacuum   int `json:"vacuum"`
	} `json:"isp"`
	ThrustSeaLevel thrustJSON `json:"thrust_sea_level"`
	ThrustVacuum   thrustJSON `json:"thrust_vacuum"`
	Number         int        `json:"number"`
	Type           string     `json:"type"`
	Version        string     `json:"version"`
	Layout         *string    `json:"layout"`
	EngineLossMax  *int       `json:"engine_loss_max"`
	Propellant1    string     `json:"propellant_1"`
	Propellant2    string     `json:"propellant_2"`
	ThrustToWeight float64    `json:"thrust_to_weight"`
}

type legsJSON struct {
	Number   int     `json:"number"`
	Material *string `json:"material"`
}

type capacityJSON struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	massJSON
}

// rocketJSON has the members of a rocket in the order of the real API.
type rocketJSON struct {
	Height         lengthJSON     `json:"height"`
	Diameter       lengthJSON     `json:"diameter"`
	Mass           massJSON       `json:"mass"`
	FirstStage     stageJSON      `json:"first_stage"`
	SecondStage    stageJSON      `json:"second_stage"`
	Engines        enginesJSON    `json:"engines"`
	LandingLegs    legsJSON       `json:"landing_legs"`
	PayloadWeights []capacityJSON `json:"payload_weights"`
	FlickrImages   []string       `json:"flickr_images"`
	Name           string         `json:"name"`
	Type           string         `json:"type"`
	Active         bool           `json:"active"`
	Stages         int            `json:"stages"`
	Boosters       int            `json:"boosters"`
	CostPerLaunch  int            `json:"cost_per_launch"`
	SuccessRatePct int            `json:"success_rate_pct"`
	FirstFlight    string         `json:"first_flight"`
	Country        string         `json:"country"`
	Company        string         `json:"company"`
	Wikipedia      string         `json:"wikipedia"`
	Description    string         `json:"description"`
	ID             string         `json:"id"`
}

// rocketPlan is what tells the rockets apart.
type rocketPlan struct {
	name              string
	meters            float64
	tons, engines     int
	boosters, legs    int
	cost, lowOrbitKg  int
	active            bool
	propellant, model string
}

func rocketPlans() [rocketCount]rocketPlan {
	return [rocketCount]rocketPlan{
		{"Falcon 1", 22, 30, 1, 0, 0, 6_700_000, 450, false, "RP-1 kerosene", "merlin"},
		{"Falcon 9", 70, 549, 9, 0, 4, 50_000_000, 22_800, true, "RP-1 kerosene", "merlin"},
		{"Falcon Heavy", 70, 1420, 27, 2, 12, 90_000_000, 63_800, true, "RP-1 kerosene", "merlin"},
		{"Starship", 118, 5000, 37, 0, 6, 7_000_000, 150_000, false, "liquid methane", "raptor"},
	}
}

// rockets returns the rocket documents. They carry the real names, so that
// reports by rocket read well, and say in the description what they are.
func (u *universe) rockets() documents {
	set := newCaptured()
	for number, plan := range rocketPlans() {
		set.add(encode(plan.document(u, rocket(number))))
	}
	return set
}

func (p rocketPlan) document(u *universe, number rocket) rocketJSON {
	counts := u.tally.rockets[number]
	doc := rocketJSON{
		Height: meters(p.meters), Diameter: meters(3.5), Mass: kilograms(p.tons * 1000),
		FirstStage: p.stage(p.engines), SecondStage: p.upperStage(), Engines: p.engineSet(),
		LandingLegs:    legsJSON{Number: p.legs},
		PayloadWeights: []capacityJSON{{"leo", "Low Earth Orbit", kilograms(p.lowOrbitKg)}},
		FlickrImages:   []string{fmt.Sprintf("https://live.synthetic.example/rockets/%d.jpg", number)},
		Name:           p.name, Type: "rocket", Active: p.active, Stages: 2, Boosters: p.boosters,
		CostPerLaunch: p.cost, SuccessRatePct: percentOf(counts.successes, counts.flights),
		FirstFlight: "2023-12-01", Country: "United States", Company: "Synthetic Rockets",
		Wikipedia:   fmt.Sprintf("https://encyclopedia.synthetic.example/wiki/Rocket_%d", number),
		Description: "A synthetic rocket, made up for tests, under the name of a real one.",
		ID:          u.id(kindRocket, int(number)),
	}
	if p.legs > 0 {
		material := "carbon fiber"
		doc.LandingLegs.Material = &material
	}
	if counts.first >= 0 {
		doc.FirstFlight = time.Unix(u.seconds(counts.first), 0).UTC().Format(time.DateOnly)
	}
	return doc
}

func (p rocketPlan) stage(engines int) stageJSON {
	stage := stageJSON{
		ThrustSeaLevel: &thrustJSON{845 * engines, 190_000 * engines},
		ThrustVacuum:   &thrustJSON{914 * engines, 205_500 * engines},
		Reusable:       p.legs > 0, Engines: engines, FuelAmountTons: float64(p.tons) * 0.7,
	}
	// What has not flown has no burn time.
	if p.model == "merlin" {
		seconds := 162
		stage.BurnTimeSec = &seconds
	}
	return stage
}

func (p rocketPlan) upperStage() stageJSON {
	stage := p.stage(1)
	stage.ThrustSeaLevel, stage.ThrustVacuum = nil, nil
	stage.Thrust = &thrustJSON{934, 210_000}
	stage.Payloads = jsontext.Value(`{"composite_fairing":{"height":{"meters":13.1,"feet":43},` +
		`"diameter":{"meters":5.2,"feet":17.1}},"option_1":"composite fairing"}`)
	stage.Reusable = false
	return stage
}

func (p rocketPlan) engineSet() enginesJSON {
	set := enginesJSON{
		ThrustSeaLevel: thrustJSON{845, 190_000}, ThrustVacuum: thrustJSON{914, 205_500},
		Number: p.engines, Type: p.model, Version: "1S",
		Propellant1: "liquid oxygen", Propellant2: p.propellant, ThrustToWeight: 107.5,
	}
	set.Isp.SeaLevel, set.Isp.Vacuum = 288, 312
	if p.model == "merlin" {
		layout, loss := "octaweb", p.engines/5
		set.Layout, set.EngineLossMax = &layout, &loss
	}
	return set
}

func meters(value float64) lengthJSON {
	feet := float64(int(value*32.808+0.5)) / 10
	return lengthJSON{&value, &feet}
}

func kilograms(value int) massJSON { return massJSON{value, value * 22046 / 10_000} }

func percentOf(part, whole int) int {
	if whole == 0 {
		return 0
	}
	return part * 100 / whole
}

// encode returns the JSON of a value that always has one.
func encode(value any) jsontext.Value {
	doc, err := json.Marshal(value)
	if err != nil {
		return jsontext.Value("{}")
	}
	return doc
}
