package records_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"liftoff/internal/testkit/clitest"
)

// What docs/payload-masses.md says of real launches, as far as the captures have it.
func TestM13_NominalMassesAndALaunchThatNeverWas(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile(filepath.Join(clitest.Captures(t, "spacex-v4-2021-04-22-exchanges"), "bodies", "payloads.json"))
	if err != nil {
		t.Fatal(err)
	}
	var payloads []struct {
		ID   string
		Mass *float64 `json:"mass_kg"`
	}
	if err := json.Unmarshal(content, &payloads); err != nil {
		t.Fatal(err)
	}
	isNominal, records := map[string]bool{}, 0
	for _, payload := range payloads {
		if payload.Mass != nil && *payload.Mass == 15_600 {
			isNominal[payload.ID] = true
			records++
		}
	}
	listing, alone := 0, 0
	for _, raw := range captured(t) {
		var launch struct {
			Name     string
			Payloads []string
			Success  *bool
			Upcoming bool
			Date     string `json:"date_utc"`
			Failures []struct{ Time int }
		}
		if err := json.Unmarshal(raw, &launch); err != nil {
			t.Fatal(err)
		}
		for _, id := range launch.Payloads {
			if isNominal[id] {
				listing++
				if len(launch.Payloads) == 1 {
					alone++
				}
			}
		}
		if launch.Name != "Amos-6" {
			continue
		}
		hasFailed := !launch.Upcoming && launch.Success != nil && !*launch.Success && launch.Date == "2016-09-01T13:07:00.000Z"
		if !hasFailed || len(launch.Failures) != 1 || launch.Failures[0].Time > -24*60*60 {
			t.Errorf("Amos-6 is %s", raw)
		}
	}
	if records != 28 || listing != 28 || alone != 26 {
		t.Errorf("%d records of 15,600 kg, listed by %d launches, as the only payload by %d; want 28, 28 and 26", records, listing, alone)
	}
}
