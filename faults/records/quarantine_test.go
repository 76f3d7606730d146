package records_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"liftoff/internal/replay/damage"
	"liftoff/internal/testkit/clitest"
)

// What can be seen of a record in quarantine: all of it, and nothing of it can
// drive a terminal.
func TestA24_A30_TheQuarantineShowsWhatItHolds(t *testing.T) {
	t.Parallel()
	whole := captured(t)
	bad := bytes.Replace(damage.Kind("control-id").Apply(whole[5], nil), []byte(`"name":"`), []byte("\"name\":\"\u009b31m\u202e\xff"), 1)
	other := damage.Kind("nul").Apply(whole[6], nil)
	u, db := userOf(t, startSource(t, replaced(replaced(whole, 5, bad), 6, other)).url)
	wantEnd(t, u.Run(t, ingestAll()...), 3, "2 of 205 records went into quarantine")
	id := clitest.Scan[int](t, db, "SELECT id FROM quarantined_records WHERE body = $1", bad)

	shown := u.Succeed(t, "quarantine", "show", fmt.Sprint(id)).Stdout
	if strings.ContainsAny(shown, "\x1b\u009b\u202e\x00") || !strings.Contains(shown, `\xff`) || !strings.Contains(shown, "Reason      invalid_json") {
		t.Errorf("show prints %q", shown)
	}
	if raw := u.Succeed(t, "quarantine", "show", fmt.Sprint(id), "-o", "raw").Stdout; raw != string(bad) {
		t.Errorf("-o raw prints other bytes than were received: %q", raw)
	}
	list := u.With("COLUMNS=250").Succeed(t, "quarantine", "list").Stdout
	if !strings.Contains(list, "invalid_json") || !strings.Contains(list, "not_storable") || strings.ContainsAny(list, "\x1b\u009b\u202e") {
		t.Errorf("list prints\n%s", list)
	}
	var listed []struct {
		ID     int
		Reason string
		Length int `json:"body_length"`
	}
	if err := json.Unmarshal([]byte(u.Succeed(t, "quarantine", "list", "--reason", "not_storable", "--run", "1", "-o", "json").Stdout), &listed); err != nil {
		t.Fatal(err)
	}
	if len(listed) != 1 || listed[0].Reason != "not_storable" || listed[0].Length != len(other) {
		t.Errorf("listed %+v", listed)
	}
	for _, format := range []string{"csv", "markdown"} {
		if text := u.Succeed(t, "quarantine", "list", "-o", format).Stdout; strings.Count(text, "\n") < 3 {
			t.Errorf("as %s it prints\n%s", format, text)
		}
	}
	u.Succeed(t, "quarantine", "export", "--output-file", "out.jsonl")
	exported := u.Succeed(t, "quarantine", "export").Stdout
	if exported != u.ReadFile(t, "out.jsonl") {
		t.Error("the file differs from stdout")
	}
	var bodies []string
	for line := range strings.Lines(exported) {
		var record struct {
			Body string `json:"body_base64"`
		}
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatal(err)
		}
		body, err := base64.StdEncoding.DecodeString(record.Body)
		if err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, string(body))
	}
	want := []string{string(bad), string(other)}
	slices.Sort(bodies)
	slices.Sort(want)
	if diff := cmp.Diff(want, bodies); diff != "" {
		t.Errorf("exported bodies (-want +got):\n%s", diff)
	}
	clitest.WantFailure(t, u.Run(t, "quarantine", "show", "999"), 2, "there is no record 999 in quarantine")
	clitest.WantFailure(t, u.Run(t, "quarantine", "show", "x"), 2, `"x" is not a record number`)
	clitest.WantFailure(t, u.Run(t, "quarantine", "list", "--reason", "bad"), 2, `--reason "bad" is not a known reason`)
	clitest.WantFailure(t, u.Run(t, "quarantine", "retry", "999"), 2, "only 0 of the 1 records named are in quarantine")
}

// A record beyond the limit keeps its first part, its length and its hash.
func TestA29_AHugeRecordKeepsItsFirstPart(t *testing.T) {
	t.Parallel()
	whole := captured(t)
	huge := damage.Kind("null-id").Apply(whole[5], nil)
	huge = append(huge[:len(huge)-1], []byte(`,"padding":"`+strings.Repeat("x", 1<<20)+`"}`)...)
	u, db := userOf(t, startSource(t, replaced(whole, 5, huge)).url)
	for range 2 {
		wantEnd(t, u.Run(t, ingestAll()...), 3, "1 of 205 records went into quarantine")
	}
	got := clitest.Scan[string](t, db, `SELECT concat_ws(' ', count(*), bool_and(is_truncated), min(body_length), bool_and(body_sha256 = sha256($1)),
		bool_and(body = substr($1, 1, 1048576))) FROM quarantined_records`, huge)
	if want := fmt.Sprintf("1 t %d t t", len(huge)); got != want {
		t.Errorf("records, truncated, length, hash, first part = %s, want %s", got, want)
	}
	r := u.Run(t, "quarantine", "retry")
	wantEnd(t, r, 3, "1 record stays in quarantine")
	if !strings.Contains(r.Stdout, "1 skipped because they were too long to keep whole") {
		t.Errorf("retry says %q", r.Stdout)
	}
}

// What an older program or another setting refused is put through; what still
// fails stays.
func TestA32_A29_RetryPutsThroughWhatPassesNow(t *testing.T) {
	t.Parallel()
	whole := captured(t)
	drifted := damage.Kind("drift").Apply(whole[7], nil)
	bad := damage.Kind("missing-id").Apply(whole[8], nil)
	api := startSource(t, replaced(replaced(whole, 7, drifted), 8, bad))
	u, db := userOf(t, api.url)
	strict := u.With("CONTRACT=quarantine")
	wantEnd(t, strict.Run(t, ingestAll()...), 3, "2 of 205 records went into quarantine")
	firstSeen := clitest.Scan[string](t, db, "SELECT first_seen_at::TEXT FROM quarantined_records WHERE body = $1", drifted)

	wantEnd(t, strict.Run(t, "quarantine", "retry"), 3, "2 records stay in quarantine")
	wantLedger(t, db, "succeeded 2 0 0 0 2")
	wantRows(t, db, 203, 0, 2)

	r := u.Run(t, "quarantine", "retry")
	wantEnd(t, r, 3, "1 record stays in quarantine")
	if want := "2 records retried: 1 inserted, 0 revised, 0 unchanged, 1 still in quarantine.\n"; r.Stdout != want {
		t.Errorf("retry prints %q, want %q", r.Stdout, want)
	}
	wantLedger(t, db, "succeeded 2 1 0 0 1")
	wantRows(t, db, 204, 0, 1)
	got := clitest.Scan[string](t, db, `SELECT concat_ws('|', run.selection, run.command, record.retries, launch.fetched_at_timestamp)
		FROM quarantined_records AS record JOIN ingestion_runs AS run ON run.id = record.resolved_run_id
		JOIN raw_launches AS launch ON launch.id = $1`, idOf(whole[7]))
	if want := "quarantine|quarantine retry|2|" + firstSeen; got != want {
		t.Errorf("selection, command, retries, fetched at = %s, want %s", got, want)
	}
	if list := u.Succeed(t, "quarantine", "list", "-o", "json", "--resolved").Stdout; strings.Count(list, `"id"`) != 2 {
		t.Errorf("--resolved lists\n%s", list)
	}
	// Rejected again, it is in quarantine again.
	wantEnd(t, strict.Run(t, ingestAll()...), 3, "2 of 205 records went into quarantine")
	wantRows(t, db, 204, 0, 2)
}

// What is old is not taken for a change, and in a conflict somebody has to say
// who is right.
func TestA28_RetryOfOldAndConflictingRecords(t *testing.T) {
	t.Parallel()
	whole := captured(t)
	drifted := damage.Kind("drift").Apply(whole[7], nil)
	other := damage.Kind("unknown-field").Apply(whole[9], nil)
	api := startSource(t, slices.Insert(replaced(whole, 7, drifted), 9, other))
	u, db := userOf(t, api.url)
	wantEnd(t, u.Run(t, ingestAll("--contract", "quarantine")...), 3, "3 of 206 records went into quarantine")
	api.serve(slices.Delete(slices.Clone(whole), 9, 10))
	u.Succeed(t, ingestAll("--accept-shrink")...)
	wantRows(t, db, 204, 0, 3)

	r := u.Run(t, "quarantine", "retry")
	if want := "1 record retried: 0 inserted, 0 revised, 0 unchanged, 0 still in quarantine, 1 older than what is stored, 2 skipped because they conflict (name the one to keep).\n"; r.Code != 3 || r.Stdout != want {
		t.Errorf("exit code %d, %q, want %q\n%s", r.Code, r.Stdout, want, r.Stderr)
	}
	wantRows(t, db, 204, 0, 2)
	holds := clitest.Scan[int](t, db, "SELECT id FROM quarantined_records WHERE body = $1", other)
	u.Succeed(t, "quarantine", "retry", fmt.Sprint(holds))
	wantRows(t, db, 205, 0, 1)
	if n := clitest.Scan[int](t, db, "SELECT count(*) FROM raw_launches WHERE raw_data ? 'invented_field'"); n != 1 {
		t.Error("the one that was named is not stored")
	}
}
