package spacex

import (
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"liftoff"
	"liftoff/internal/source/fetch"
)

// maxMassKg is the largest mass that the view payloads shows, in kg.
const maxMassKg = 10_000_000

// readPayloadMember reads the value of a member of a payload. Of a member that the
// view payloads shows it keeps what that view makes of it.
func (r *documentReader) readPayloadMember(name []byte) (err error) {
	shown := r.read.payload
	switch string(name) {
	case "name":
		shown.Name, err = readText(r.decoder)
	case "type":
		shown.Type, err = readText(r.decoder)
	case "orbit":
		shown.Orbit, err = readText(r.decoder)
	case "regime":
		shown.Regime, err = readText(r.decoder)
	case "mass_kg":
		shown.MassKg, err = r.readMass()
	default:
		err = r.decoder.SkipValue()
	}
	return err
}

// readMass reads the value of mass_kg; nil stands for no mass. The database keeps it
// as a DOUBLE PRECISION too, and refuses one that is too small for that.
func (r *documentReader) readMass() (*float64, error) {
	value, err := r.decoder.ReadValue()
	if err != nil || value.Kind() != jsontext.KindNumber {
		return nil, err
	}
	// What is too large for a float is infinite here.
	mass, _ := strconv.ParseFloat(string(value), 64)
	mantissa, _, _ := strings.Cut(strings.ToLower(string(value)), "e")
	switch {
	case mass == 0 && strings.ContainsAny(mantissa, "123456789"):
		return nil, rejected(liftoff.NotStorable, "the %s's mass_kg is %s, which the database cannot store", r.noun, fetch.OneLine(string(value), 40))
	case mass < 0 || mass > maxMassKg:
		return nil, nil
	default:
		return &mass, nil
	}
}
