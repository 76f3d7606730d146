package ingest_test

import (
	"strings"
	"testing"

	"liftoff"
	"liftoff/internal/ingest"
	"liftoff/internal/pipeline"
)

// fillQuarantine does a run that puts so many records into quarantine.
func (s setup) fillQuarantine(t *testing.T, selection liftoff.Selection, records int64) {
	t.Helper()
	request := selecting(selection)
	request.AcceptsShrink = true
	if result, err := s.run(t, request); err != nil || result.Summary.Quarantined != records {
		t.Fatalf("Run(%s) = %+v, %v", selection, result, err)
	}
}

// namesSQL are the names that each launch has had, in the order of its revisions.
const namesSQL = `SELECT coalesce(string_agg(name, ' ' ORDER BY id, revision), '') FROM (
	SELECT id, 1 AS revision, raw_data ->> 'name' AS name FROM raw_launches
	UNION ALL SELECT launch_id, revision, raw_data ->> 'name' FROM launch_revisions) AS states`

// A launch that was new and could not be stored is old when the API has corrected
// it: its id is not beyond the largest one, and its date may be long ago.
func TestO14_ALaunchInQuarantineIsAskedForAgain(t *testing.T) {
	t.Parallel()
	for name, bad := range map[string]string{
		"invalid payloads": `{"id":"` + idOf(1) + `","payloads":"oops","date_utc":"2020-01-31T12:00:00.000Z"}`,
		"not storable":     document(1, `"\u0000"`),
		"twice the name":   `{"id":"` + idOf(1) + `","name":"b","name":"c"}`,
		"off contract":     document(1, "7"),
	} {
		t.Run("O14 "+name, func(t *testing.T) {
			t.Parallel()
			api := newAPI(t, documents(t, document(0, `"a"`)))
			s := newSetup(t, api.url)
			s.WithReferences, s.Contract = false, pipeline.ContractQuarantine
			s.succeed(t, selecting(liftoff.SelectAll))
			api.serve(documents(t, document(0, `"a"`), bad, document(2, `"d"`)))
			s.fillQuarantine(t, liftoff.SelectNew, 1)
			api.serve(documents(t, document(0, `"a"`), document(1, `"good"`), document(2, `"d"`)))
			if got := s.succeed(t, selecting(liftoff.SelectNew)).Summary; got.Inserted != 1 || got.Fetched != 1 {
				t.Errorf("once it is corrected: %+v, want it to be stored", got.RunCounts)
			}
			// It is not asked for any more.
			api.serve(documents(t, document(0, `"a"`), document(1, `"good"`), document(2, `"d"`), document(3, `"e"`)))
			if got := s.succeed(t, selecting(liftoff.SelectNew)).Summary; got.Fetched != 1 || scan[string](t, s.db, namesSQL) != "a good d e" {
				t.Errorf("after that: %+v, names %s", got.RunCounts, scan[string](t, s.db, namesSQL))
			}
		})
	}
	t.Run("O14 refused by PostgreSQL", func(t *testing.T) {
		t.Parallel()
		s := newSetup(t, newAPI(t, documents(t, document(0, `"a"`), document(1, `"b"`))).url)
		s.WithReferences = false
		execute(t, s.db, "ALTER TABLE raw_launches ADD CONSTRAINT odd CHECK (id <> '"+idOf(1)+"')")
		s.fillQuarantine(t, liftoff.SelectAll, 1)
		s.fillQuarantine(t, liftoff.SelectNew, 1)
		execute(t, s.db, "ALTER TABLE raw_launches DROP CONSTRAINT odd")
		// The list is the same as before.
		for _, inserted := range []int64{1, 0} {
			if got := s.succeed(t, selecting(liftoff.SelectNew)).Summary; got.Inserted != inserted || got.Fetched != inserted {
				t.Errorf("without the constraint: %+v, want %d", got.RunCounts, inserted)
			}
		}
	})
}

// A retry stores a record only if no other state of its launch has come since.
func TestO15_ARetryPutsNoOldStateBeforeANewerOne(t *testing.T) {
	t.Parallel()
	good, odd, newer := document(0, `"a"`), document(0, "7"), document(0, `"b"`)
	for name, test := range map[string]struct {
		// states are what the API sends, one after the other; odd ones are put into
		// quarantine.
		states []string
		// change is done before the retry.
		change     string
		superseded int64
		names      string
	}{
		"the newest":                    {[]string{good, odd}, "", 0, "a 7"},
		"the only one":                  {[]string{odd}, "", 0, "7"},
		"stored again":                  {[]string{good, odd, good}, "", 1, "a"},
		"another one stored":            {[]string{good, odd, newer}, "", 1, "a b"},
		"it came back":                  {[]string{good, odd, newer, odd}, "", 0, "a b 7"},
		"it came back and went":         {[]string{good, odd, newer, odd, newer}, "", 1, "a b"},
		"kept by an earlier version":    {[]string{good, odd}, "UPDATE quarantined_records SET launch_id = NULL", 1, "a"},
		"the only one, of such version": {[]string{odd}, "UPDATE quarantined_records SET launch_id = NULL", 0, "7"},
	} {
		t.Run("O15 "+name, func(t *testing.T) {
			t.Parallel()
			api := newAPI(t, documents(t, test.states[0]))
			s := newSetup(t, api.url)
			s.WithReferences, s.Contract = false, pipeline.ContractQuarantine
			for _, state := range test.states {
				api.serve(documents(t, state))
				quarantined := int64(strings.Count(state, `"name":7`))
				s.fillQuarantine(t, liftoff.SelectAll, quarantined)
			}
			if test.change != "" {
				execute(t, s.db, test.change)
			}
			// What still fails was not received again.
			if result, err := s.run(t, selecting(liftoff.SelectQuarantine)); err != nil || result.Summary.Quarantined != 1-test.superseded {
				t.Fatalf("the first retry: %+v, %v", result, err)
			}
			s.Contract = pipeline.ContractStore
			want := ingest.RetryCounts{Superseded: test.superseded}
			if test.superseded > 0 {
				want = ingest.RetryCounts{} // it was dropped already
			}
			result, err := s.run(t, selecting(liftoff.SelectQuarantine))
			if err != nil || result.Retry != want || result.Summary.Quarantined != 0 {
				t.Errorf("the retry: %+v, %v, want %+v", result, err, want)
			}
			if got := scan[string](t, s.db, namesSQL); got != test.names {
				t.Errorf("names %q, want %q", got, test.names)
			}
			// The next run asks the API, although its list has not changed.
			if result, err := s.run(t, selecting(liftoff.SelectNew)); err != nil || result.Summary.Fetched != 1 {
				t.Errorf("the next run: %+v, %v", result, err)
			}
			last := test.states[len(test.states)-1]
			if got := scan[string](t, s.db, "SELECT name FROM (SELECT coalesce(newest.raw_data, first.raw_data) ->> 'name' AS name FROM raw_launches AS first LEFT JOIN launch_revisions AS newest ON newest.launch_id = first.id ORDER BY newest.revision DESC LIMIT 1) AS found"); !strings.Contains(last, `"name":"`+got+`"`) && !strings.Contains(last, `"name":`+got) {
				t.Errorf("the newest name is %q, want that of %s", got, last)
			}
			if got := s.succeed(t, selecting(liftoff.SelectNew)).Summary; got.Fetched != 0 {
				t.Errorf("and once more: %+v", got.RunCounts)
			}
		})
	}
}
