package records_test

import (
	"encoding/json"
	"fmt"
	"regexp"
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

// Times that no calendar has are read as NULL, in each column that is read.
func TestM3_TimesWithoutADate(t *testing.T) {
	t.Parallel()
	whole := captured(t)
	u, db := userOf(t, startSource(t, replaced(whole, 7, []byte(`{"id": ""}`))).url)
	wantEnd(t, u.Run(t, ingestAll()...), 3, "1 of 205 records went into quarantine")
	clitest.Execute(t, db,
		`CREATE TEMPORARY TABLE times AS SELECT number, moment FROM unnest(
			'{infinity,-infinity,294276-12-31 23:59:59.999999,10000-01-01,0001-12-31 23:59:59 BC,4714-11-24 BC}'::TIMESTAMP[]) WITH ORDINALITY AS t (moment, number);
		 UPDATE raw_launches SET fetched_at_timestamp = times.moment FROM times
			WHERE times.number = (SELECT count(*) FROM raw_launches AS before WHERE before.id <= raw_launches.id);
		 UPDATE known_launches SET missing_since = times.moment FROM times
			WHERE times.number + 10 = (SELECT count(*) FROM raw_launches AS before WHERE before.id <= known_launches.id);
		 INSERT INTO launch_revisions (launch_id, revision, content_sha256, first_seen_at, raw_data)
			SELECT min(raw_launches.id), number + 1, '', moment, '{}' FROM times, raw_launches GROUP BY number, moment;
		 UPDATE ingestion_runs SET started_at = '-infinity', finished_at = 'infinity';
		 UPDATE quarantined_records SET first_seen_at = 'infinity', resolved_at = '-infinity'`)
	id := clitest.Scan[string](t, db, "SELECT min(id) FROM raw_launches")
	marked := clitest.Scan[string](t, db, "SELECT max(id) FROM known_launches WHERE missing_since IS NOT NULL")
	for _, command := range []string{"export --format jsonl", "export --format csv", "history " + id, "history " + marked, "analyze data_freshness", "analyze", "runs", "quarantine list --resolved", "quarantine show 1"} {
		for _, format := range []string{"", "json", "csv", "markdown"} {
			arguments := strings.Fields(command)
			if format != "" {
				arguments = append(arguments, "-o", format)
			}
			if r := u.Run(t, arguments...); r.Code != 2 || format == "" { // not each command knows each format
				checkDated(t, command+" "+format, r)
			}
		}
	}
	u.Succeed(t, "export", "--output-file", "out.parquet")
	if got, want := u.Succeed(t, "analyze", "data_freshness", "-o", "csv").Stdout, clitest.Scan[string](t, db,
		"SELECT to_char(max(fetched_at_timestamp), 'YYYY-MM-DD') FROM raw_launches WHERE fetched_at_timestamp < '9999-01-01'"); !strings.Contains(got, ","+want) {
		t.Errorf("the newest fetch is not of %s:\n%s", want, got)
	}
}

// oddTime is a time whose year does not have four digits, or is zero.
var oddTime = regexp.MustCompile(`(?i)infinity|\b[0-9]{5,}-[0-9]{2}-[0-9]{2}|-[0-9]{4}-[0-9]{2}-[0-9]{2}|\b000[01]-[0-9]{2}-[0-9]{2}|2562047h`)

// checkDated wants that a command succeeds and prints no odd time.
func checkDated(t *testing.T, command string, r clitest.Result) {
	t.Helper()
	if odd := oddTime.FindString(r.Stdout); r.Code != 0 || odd != "" {
		t.Errorf("%s: exit code %d, it prints %q: %s", command, r.Code, odd, r.LastLine())
	}
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
