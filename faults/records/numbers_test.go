package records_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"liftoff/internal/testkit/clitest"
)

// poisoned returns a launch with numbers of a few bytes, whose text in the
// database would have 1.2 GB.
func poisoned(launch []byte) []byte {
	return append(launch[:len(launch)-1:len(launch)-1], []byte(`,"poison":[`+strings.Repeat("1e131071,", 9000)+`0]}`)...)
}

// It costs itself, and everything that is stored can be read.
func TestM1_NumbersThatUnfoldToAGigabyte(t *testing.T) {
	t.Parallel()
	whole := captured(t)
	bad := poisoned(whole[7])
	u, db := userOf(t, startSource(t, replaced(whole, 7, bad)).url)
	for range 2 {
		wantEnd(t, u.Run(t, ingestAll()...), 3, "1 of 205 records went into quarantine (first reason: the launch is longer than 4 MiB once its numbers are written without exponents)")
		wantRows(t, db, 204, 0, 1)
	}
	if got := clitest.Scan[string](t, db, "SELECT reason || ' ' || (body = $1) FROM quarantined_records", bad); got != "not_storable true" {
		t.Errorf("reason, same bytes = %s", got)
	}
	for _, format := range []string{"jsonl", "csv", "parquet"} {
		u.Succeed(t, "export", "--raw", "--format", format, "--output-file", "out."+format)
	}
	u.Succeed(t, "history", idOf(whole[8]))
	wantEnd(t, u.Run(t, "quarantine", "retry"), 3, "1 record stays in quarantine")
	t.Run("M1 as a change of a launch", func(t *testing.T) {
		good := u.With("SPACEX_API_URL=" + startSource(t, whole).url)
		good.Succeed(t, ingestAll()...)
		wantEnd(t, u.Run(t, ingestAll()...), 3, "1 of 205 records went into quarantine")
		wantRows(t, db, 205, 0, 1)
		u.Succeed(t, "history", idOf(whole[7]))
	})
}

// A document that an earlier version or another program has stored: each command
// that would need its text says so at once, and all others work.
func TestM3_AnUnreadableDocumentIsStoredAlready(t *testing.T) {
	t.Parallel()
	whole := captured(t)
	u, db := userOf(t, startSource(t, whole).url)
	u.Succeed(t, ingestAll()...)
	bad := idOf(whole[7])
	clitest.Execute(t, db, "UPDATE raw_launches SET raw_data = raw_data || jsonb_build_object('poison', (SELECT jsonb_agg(1e131071) FROM generate_series(1, 9000))) WHERE id = '"+bad+"'")
	clitest.WantFailure(t, u.Run(t, "history", bad), 2, fmt.Sprintf("the history of launch %q cannot be shown: up to revision 1 its documents are longer than 64 MiB", bad))
	for _, format := range []string{"jsonl", "csv", "parquet"} {
		clitest.WantFailure(t, u.Run(t, "export", "--raw", "--format", format, "--output-file", "out"), 2,
			fmt.Sprintf("the document of launch %q is longer than 96 MiB as text. Next: export without --raw", bad))
		u.Succeed(t, "export", "--format", format, "--output-file", "out."+format)
	}
	u.Succeed(t, "analyze")
	u.Succeed(t, "history", idOf(whole[8]))
	// The stored document differs from what the API sends, which is a change.
	u.Succeed(t, ingestAll()...)
	clitest.Execute(t, db, "UPDATE known_launches SET newest_sha256 = '' WHERE id = '"+bad+"'")
	u.Succeed(t, ingestAll()...)
	wantRows(t, db, 205, 1, 0)
	u.Succeed(t, "export", "--raw", "--output-file", "newest.jsonl")
}

// A page says how a number is spelt, and the columns what it is worth.
func TestM4_ANumberSpeltOtherwise(t *testing.T) {
	t.Parallel()
	var records [][]byte
	spelt := []string{"1", "1.0", "1e0", "10e-1", "-0", "2022.0"}
	for n, number := range spelt {
		document := strings.Replace(clitest.LaunchDocument("flight_number", number), "5eb87cd9ffd86e000604b32a", fmt.Sprintf("5eb87cd9ffd86e%010x", n), 1)
		records = append(records, []byte(document))
	}
	u, _ := userOf(t, startSource(t, records).url)
	u.Succeed(t, ingestAll()...)
	var got []string
	for line := range strings.Lines(u.Succeed(t, "export").Stdout) {
		var launch struct {
			FlightNumber json.Number `json:"flight_number"`
		}
		if err := json.Unmarshal([]byte(line), &launch); err != nil {
			t.Fatal(err)
		}
		got = append(got, launch.FlightNumber.String())
	}
	if want := "1 1 1 1 0 2022"; strings.Join(got, " ") != want {
		t.Errorf("flight numbers %v, want %s", got, want)
	}
}
