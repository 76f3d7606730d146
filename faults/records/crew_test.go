package records_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"liftoff/internal/testkit/clitest"
)

// inShapeOf4 returns launches as version 4 of the API has them: crew is a list of
// ids. Nothing else differs between its versions.
func inShapeOf4(t *testing.T, launches [][]byte) (converted [][]byte, crewed int) {
	t.Helper()
	for _, launch := range launches {
		var fields struct {
			Crew json.RawMessage
		}
		if err := json.Unmarshal(launch, &fields); err != nil {
			t.Fatal(err)
		}
		var crew []struct{ Crew string }
		if err := json.Unmarshal(fields.Crew, &crew); err != nil {
			t.Fatalf("crew of another shape than v5: %s", fields.Crew)
		}
		ids := []string{}
		for _, member := range crew {
			ids = append(ids, member.Crew)
		}
		text, err := json.Marshal(ids)
		if err != nil {
			t.Fatal(err)
		}
		if len(crew) > 0 {
			crewed++
			launch = bytes.Replace(launch, fields.Crew, text, 1)
		}
		converted = append(converted, launch)
	}
	return converted, crewed
}

// The contract looks at the fields that a view or a query reads. Crew is not among
// them: both shapes are stored whole, under each contract.
func TestM11_CrewInTheShapesOfBothVersions(t *testing.T) {
	t.Parallel()
	v5 := captured(t)
	v4, _ := inShapeOf4(t, v5)
	for _, contract := range []string{"store", "quarantine", "freeze"} {
		for version, records := range map[string][][]byte{"v4": v4, "v5": v5} {
			u, db := userOf(t, startSource(t, records).url)
			u.Succeed(t, ingestAll("--contract", contract)...)
			wantLedger(t, db, "succeeded 205 205 0 0 0")
			same := clitest.Scan[int](t, db, "SELECT count(*) FROM raw_launches JOIN unnest($1::TEXT[]) AS sent (document) ON raw_data = document::JSONB", texts(records))
			if same != launchCount {
				t.Errorf("%s, %s: %d launches are stored as they were sent", version, contract, same)
			}
		}
	}
}

// The whole document is compared, so a source that alternates between the shapes
// makes a revision of each launch with a crew, each time. Their history says why,
// and no figure changes but the slips, which are 0 once there are two states, and
// revised_at.
func TestM11_ASourceThatAlternatesItsShape(t *testing.T) {
	t.Parallel()
	v5 := captured(t)
	v4, crewed := inShapeOf4(t, v5)
	if crewed != 8 {
		t.Fatalf("%d launches have a crew, docs/revisions.md says 8", crewed)
	}
	api := startSource(t, v4)
	u, db := userOf(t, api.url)
	const figures = `SELECT md5(string_agg((to_jsonb(l) - 'slip_minutes' - 'slip_days' - 'revised_at')::TEXT, ' ' ORDER BY id)) FROM launches AS l`
	var first string
	for run, records := range [][][]byte{v4, v5, v4, v5} {
		api.serve(records)
		u.Succeed(t, ingestAll()...)
		wantRows(t, db, launchCount, run*crewed, 0)
		now := clitest.Scan[string](t, db, figures)
		if first == "" {
			first = now
		}
		if now != first {
			t.Errorf("after run %d the view launches shows something else", run+1)
		}
	}
	last := slices.IndexFunc(v5, func(launch []byte) bool { return !bytes.Contains(launch, []byte(`"crew":[]`)) })
	history := u.Succeed(t, "history", idOf(v5[last]), "-o", "csv").Stdout
	for line := range strings.Lines(history) {
		if fields := strings.Split(line, ","); len(fields) > 3 && fields[3] != "field" && fields[3] != "" && !strings.HasPrefix(fields[3], "crew") {
			t.Errorf("something else has changed: %s", line)
		}
	}
	if !strings.Contains(history, "crew[0]") {
		t.Errorf("the history does not name the crew:\n%s", history)
	}
}

func texts(records [][]byte) []string {
	var all []string
	for _, record := range records {
		all = append(all, string(record))
	}
	return all
}
