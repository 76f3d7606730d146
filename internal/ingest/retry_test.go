package ingest_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"liftoff"
	"liftoff/internal/ingest"
	"liftoff/internal/pipeline"
)

// quarantine fills a setup's quarantine with launches that drift, by a run that
// puts such launches there, and lets later runs store them.
func quarantine(t *testing.T, s *setup, launches int64) {
	t.Helper()
	s.WithReferences, s.Contract = false, pipeline.ContractQuarantine
	request := selecting(liftoff.SelectAll)
	request.AcceptsDrift = true
	result, err := ingest.New(s.Options).Run(t.Context(), request)
	if err != nil || result.Summary.Quarantined != launches {
		t.Fatalf("Run() = %+v, %v", result, err)
	}
	s.Contract = pipeline.ContractStore
}

// odd returns launches whose name is a number.
func odd(count int) []string {
	var all []string
	for n := range count {
		all = append(all, document(n, strconv.Itoa(100+n)))
	}
	return all
}

func TestRun_RetryCountsWhatBecameOfEachRecord(t *testing.T) {
	t.Parallel()
	api := newAPI(t, documents(t, slices.Concat(odd(5), []string{`{"id":"` + idOf(7) + `","payloads":"one"}`})...))
	s := newSetup(t, api.url)
	quarantine(t, &s, 6)
	// Launch 0 is stored in a newer state, 1 is cut off, and 2 came twice.
	api.serve(documents(t, document(0, `"newer"`)))
	request := selecting(liftoff.SelectAll)
	request.AcceptsShrink = true
	s.succeed(t, request)
	execute(t, s.db, "UPDATE quarantined_records SET body_length = body_length + 1 WHERE position(convert_to('"+idOf(1)+"', 'UTF8') IN body) > 0")
	execute(t, s.db, "UPDATE quarantined_records SET reason = 'conflicting_duplicate' WHERE position(convert_to('"+idOf(2)+"', 'UTF8') IN body) > 0")

	result, err := ingest.New(s.Options).Run(t.Context(), selecting(liftoff.SelectQuarantine))
	if err != nil {
		t.Fatal(err)
	}
	wantError(t, result.Shortcoming, liftoff.Quarantined, "3 records stay in quarantine")
	want := ingest.Result{
		Summary:     liftoff.RunSummary{RunCounts: liftoff.RunCounts{Fetched: 3, Inserted: 2, Quarantined: 1}, RunID: 3},
		Shortcoming: result.Shortcoming,
		Retry:       ingest.RetryCounts{Superseded: 1, Truncated: 1, Conflicting: 1},
	}
	if diff := cmp.Diff(want, result, cmpopts.IgnoreFields(liftoff.RunCounts{}, "Pages", "Bytes"), cmpopts.EquateErrors()); diff != "" {
		t.Errorf("Run() (-want +got):\n%s", diff)
	}
	if row := scan[string](t, s.db, ledgerSQL); row != "3 quarantine succeeded" {
		t.Errorf("the ledger has %q", row)
	}
	if left := list(t, s.db, "SELECT reason FROM quarantined_records WHERE resolved_at IS NULL ORDER BY reason"); strings.Join(left, " ") != "conflicting_duplicate invalid_payloads off_contract" {
		t.Errorf("in quarantine are %q", left)
	}

	// A conflicting record is retried when it is named.
	named := selecting(liftoff.SelectQuarantine)
	named.RecordIDs = []int64{scan[int64](t, s.db, "SELECT id FROM quarantined_records WHERE reason = 'conflicting_duplicate'")}
	if result := s.succeed(t, named); result.Summary.Inserted != 1 || result.Retry != (ingest.RetryCounts{}) {
		t.Errorf("Run() = %+v", result)
	}
}

// More records than one transaction takes, of two URLs of the API.
func TestRun_RetryOfManyRecordsOfTwoSources(t *testing.T) {
	t.Parallel()
	first := newSetup(t, newAPI(t, documents(t, odd(40)[:25]...)).url)
	other := setupOn(t, first.db, newAPI(t, documents(t, odd(40)[25:]...)).url)
	quarantine(t, &first, 25)
	quarantine(t, &other, 15)
	if result := first.succeed(t, selecting(liftoff.SelectQuarantine)); result.Summary.Inserted != 40 {
		t.Errorf("Run() = %+v", result)
	}
	const sql = "SELECT concat_ws(' ', selection, inserted, status) FROM ingestion_runs ORDER BY id"
	if diff := cmp.Diff([]string{"all 0 succeeded", "all 0 succeeded", "quarantine 15 succeeded", "quarantine 25 succeeded"}, list(t, first.db, sql), cmpopts.SortSlices(strings.Compare)); diff != "" {
		t.Errorf("the ledger (-want +got):\n%s", diff)
	}
	if again := first.succeed(t, selecting(liftoff.SelectQuarantine)); again.Summary.Fetched != 0 {
		t.Errorf("again: %+v", again)
	}
}
