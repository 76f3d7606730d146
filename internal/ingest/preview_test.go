package ingest_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"liftoff"
	"liftoff/internal/ingest"
	"liftoff/internal/revision"
)

// dryRun does a dry run for all launches, which must write nothing.
func (s setup) dryRun(t *testing.T) ingest.Result {
	t.Helper()
	request := selecting(liftoff.SelectAll)
	request.IsDry = true
	before := scan[string](t, s.db, writtenSQL)
	result, err := ingest.New(s.Options).Run(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	if after := scan[string](t, s.db, writtenSQL); after != before {
		t.Errorf("a dry run wrote: %s before and %s after", before, after)
	}
	return result
}

func TestRun_PreviewSaysWhatARunWouldChange(t *testing.T) {
	t.Parallel()
	bad := `{"id":"` + idOf(7) + `","payloads":"one"}`
	api := newAPI(t, documents(t, document(0, `"a"`), document(1, `"b"`), document(2, `"c"`), document(3, `"d"`)))
	s := newSetup(t, api.url)
	s.WithReferences = false
	s.succeed(t, selecting(liftoff.SelectAll))
	revised := ingest.PreviewedRevision{ID: idOf(0), Changes: []revision.Change{{Path: "name", Before: `"a"`, After: `"new"`}}}
	tests := []struct {
		name   string
		serves []string
		counts liftoff.RunCounts
		want   ingest.Preview
	}{
		{
			"nothing",
			[]string{document(0, `"a"`), document(1, `"b"`), document(2, `"c"`), document(3, `"d"`)},
			liftoff.RunCounts{Fetched: 4, Unchanged: 4},
			ingest.Preview{},
		},
		{
			"one of each",
			[]string{document(0, `"new"`), document(2, `"c"`), document(3, `"d"`), document(5, `"e"`)},
			liftoff.RunCounts{Fetched: 4, Inserted: 1, Unchanged: 2, Revised: 1, Missing: 1},
			ingest.Preview{InsertedIDs: []string{idOf(5)}, MissingIDs: []string{idOf(1)}, Revised: []ingest.PreviewedRevision{revised}},
		},
		{
			"a bad record",
			[]string{document(0, `"a"`), document(1, `"b"`), document(2, `"c"`), document(3, `"d"`), bad},
			liftoff.RunCounts{Fetched: 5, Unchanged: 4, Quarantined: 1},
			ingest.Preview{Rejected: []liftoff.RejectedRecord{{Reason: liftoff.InvalidPayloads, LaunchID: idOf(7), Body: []byte(bad)}}},
		},
	}
	for _, test := range tests {
		api.serve(documents(t, test.serves...))
		result := s.dryRun(t)
		if result.Preview == nil || result.Summary.RunID != 0 {
			t.Fatalf("%s: Run() = %+v", test.name, result)
		}
		ignored := cmp.Options{
			cmpopts.EquateEmpty(), cmpopts.IgnoreUnexported(ingest.PreviewedRevision{}),
			cmpopts.IgnoreFields(liftoff.RejectedRecord{}, "Detail", "URL"), cmpopts.IgnoreFields(liftoff.RunCounts{}, "Pages", "Bytes"),
		}
		if diff := cmp.Diff(test.want, *result.Preview, ignored); diff != "" {
			t.Errorf("%s: the preview (-want +got):\n%s", test.name, diff)
		}
		if diff := cmp.Diff(test.counts, result.Summary.RunCounts, ignored); diff != "" {
			t.Errorf("%s: the counts (-want +got):\n%s", test.name, diff)
		}
	}
}

// A real run does what the dry run before it said.
func TestRun_ADryRunSaysTheSameAsTheRealOne(t *testing.T) {
	t.Parallel()
	server := synthetic(t, 205, 3)
	s := newSetup(t, newAPI(t, server).url)
	s.succeed(t, selecting(liftoff.SelectAll))
	if err := server.SetRevision(1); err != nil {
		t.Fatal(err)
	}
	dry := s.dryRun(t)
	result := s.succeed(t, selecting(liftoff.SelectAll))
	if diff := cmp.Diff(result.Summary.RunCounts, dry.Summary.RunCounts); diff != "" {
		t.Errorf("real and dry run differ (-real +dry):\n%s", diff)
	}
	want := list(t, s.db, fmt.Sprintf("SELECT launch_id FROM launch_revisions WHERE run_id = %d ORDER BY launch_id LIMIT 50", result.Summary.RunID))
	var got []string
	for _, launch := range dry.Preview.Revised {
		got = append(got, launch.ID)
		if len(launch.Changes) == 0 {
			t.Errorf("no field of %s changes", launch.ID)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" || len(want) == 0 {
		t.Errorf("revised (-want +got):\n%s", diff)
	}
}

func TestRun_ADryRunThatEndsEarlyHasNoPreview(t *testing.T) {
	t.Parallel()
	api := newAPI(t, synthetic(t, 5, 3))
	api.breakPath("launches/query")
	s := newSetup(t, api.url)
	request := selecting(liftoff.SelectAll)
	request.IsDry = true
	result, err := ingest.New(s.Options).Run(t.Context(), request)
	wantError(t, err, liftoff.Source, "502")
	if result.Preview != nil {
		t.Errorf("Run() = %+v", result)
	}
}
