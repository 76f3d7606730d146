package ingest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"liftoff"
	"liftoff/internal/ingest"
	"liftoff/internal/replay"
)

// fleet is a small API whose records a test writes down. Nothing about it
// changes unless the test says so.
type fleet struct{ launches, payloads, rockets, launchpads []string }

// serve serves the records byte for byte.
func (f fleet) serve(t *testing.T) *replay.Server {
	t.Helper()
	folder := t.TempDir()
	for name, records := range map[string][]string{
		"launches": f.launches, "payloads": f.payloads, "rockets": f.rockets, "launchpads": f.launchpads,
	} {
		if len(records) == 0 {
			continue
		}
		content := "[" + strings.Join(records, ",\n") + "]"
		if err := os.WriteFile(filepath.Join(folder, name+".json"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	server, err := replay.New(replay.Options{DataDir: folder})
	if err != nil {
		t.Fatal(err)
	}
	return server
}

// refID returns the id of reference n.
func refID(n int) string { return fmt.Sprintf("5eb0e4b5b6c3bb%010x", n) }

// flight returns launch n, which lists payloads; past ones flew in 2020.
func flight(n int, isUpcoming bool, details string, payloads ...string) string {
	listed, _ := json.Marshal(append([]string{}, payloads...)) // texts can always be written
	success, date := "true", "2020-01-31T12:00:00.000Z"
	if isUpcoming {
		success, date = "null", "2026-12-24T12:00:00.000Z"
	}
	return fmt.Sprintf(`{"id":%q,"name":"Flight %d","flight_number":%d,"date_utc":%q,"date_precision":"hour","upcoming":%t,`+
		`"success":%s,"rocket":%q,"launchpad":%q,"payloads":%s,"details":%q}`,
		idOf(n), n, n+1, date, isUpcoming, success, refID(901), refID(902), listed, details)
}

// payload returns a payload with its mass, which may be null.
func payload(id, mass string) string {
	return fmt.Sprintf(`{"id":%q,"name":"Payload","type":"Satellite","mass_kg":%s,"orbit":"ISS","regime":"low-earth"}`, id, mass)
}

// threeFlights are two past launches and an upcoming one, each with a payload.
func threeFlights() fleet {
	return fleet{
		launches:   []string{flight(0, false, "", refID(0)), flight(1, false, "", refID(1)), flight(2, true, "", refID(2))},
		payloads:   []string{payload(refID(0), "1000"), payload(refID(1), "null"), payload(refID(2), "500")},
		rockets:    []string{fmt.Sprintf(`{"id":%q,"name":"Falcon 9","type":"rocket"}`, refID(901))},
		launchpads: []string{fmt.Sprintf(`{"id":%q,"name":"LC","full_name":"Launch Complex","region":"Florida"}`, refID(902))},
	}
}

// masses are the stored payloads in the order of their ids.
func (s setup) masses(t *testing.T) string {
	t.Helper()
	return scan[string](t, s.db, "SELECT coalesce(string_agg(coalesce(mass_kg::TEXT, 'null'), ' ' ORDER BY id), '') FROM raw_payloads")
}

// unstored counts what launches refer to and is not stored.
func (s setup) unstored(t *testing.T) map[liftoff.ReferenceKind]int {
	t.Helper()
	own, others, err := s.Store.UnstoredReferences(t.Context(), s.SourceKey)
	if err != nil {
		t.Fatal(err)
	}
	counts := map[liftoff.ReferenceKind]int{}
	for _, lists := range []map[liftoff.ReferenceKind][]string{own, others} {
		for kind, ids := range lists {
			counts[kind] += len(ids)
		}
	}
	return counts
}

// wantAllStored wants that nothing is lacking.
func (s setup) wantAllStored(t *testing.T) {
	t.Helper()
	if lacking := s.unstored(t); len(lacking) > 0 {
		t.Errorf("not stored: %v", lacking)
	}
}

// fallShort does a run that is partial, and returns why.
func (s setup) fallShort(t *testing.T, request ingest.Request) error {
	t.Helper()
	result, err := s.run(t, request)
	if err != nil || result.Shortcoming == nil || result.Summary.Status != liftoff.RunPartial {
		t.Fatalf("Run(%s) = %+v, %v, want a partial run", request.Selection, result, err)
	}
	if !scan[bool](t, s.db, hasViewSQL) {
		t.Error("the view was not made")
	}
	return result.Shortcoming
}

// eachSelection returns a request of each kind that asks the API; none of them
// finds a launch that is new.
func eachSelection() []ingest.Request {
	ids, since := selecting(liftoff.SelectIDs), selecting(liftoff.SelectSince)
	since.Since = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
	requests := []ingest.Request{since}
	for _, selection := range []liftoff.Selection{
		liftoff.SelectLatest, liftoff.SelectNew, liftoff.SelectUpcoming, liftoff.SelectAll, liftoff.SelectBackfill,
	} {
		requests = append(requests, selecting(selection))
	}
	ids.IDs = []string{idOf(0)}
	return append(requests, ids)
}

// listens keeps what is logged from DEBUG on.
func (s *setup) listens() {
	s.Logger = slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

const searchSentence = "Searching all launches"

func TestN1_WhatAFailedRequestLeftOutIsFetchedByAnyRun(t *testing.T) {
	t.Parallel()
	for _, request := range eachSelection() {
		t.Run("N1 "+string(request.Selection), func(t *testing.T) {
			t.Parallel()
			api := newAPI(t, threeFlights().serve(t))
			api.breakWith(func(w http.ResponseWriter, r *http.Request) bool {
				isBroken := strings.Contains(r.URL.Path, "payloads") || strings.Contains(r.URL.Path, "rockets") || strings.Contains(r.URL.Path, "launchpads")
				if isBroken {
					http.Error(w, "broken", http.StatusServiceUnavailable)
				}
				return isBroken
			})
			s := newSetup(t, api.url)
			wantError(t, s.fallShort(t, selecting(liftoff.SelectAll)), liftoff.Source, "503")
			if diff := cmp.Diff(map[liftoff.ReferenceKind]int{liftoff.Payloads: 3, liftoff.Rockets: 1, liftoff.Launchpads: 1}, s.unstored(t)); diff != "" {
				t.Fatalf("not stored (-want +got):\n%s", diff)
			}
			// As long as the API fails, no run is called a success.
			wantError(t, s.fallShort(t, request), liftoff.Source, "503")
			api.breakPath("no such path")
			s.succeed(t, request)
			s.wantAllStored(t)
			if got := s.masses(t); got != "1000 null 500" {
				t.Errorf("masses %q", got)
			}
		})
	}
}

// The real API as it was in April 2021: 165 payloads that 142 launches list.
func TestN1_OfTheRealAPI(t *testing.T) {
	t.Parallel()
	folder := filepath.Join("..", "..", "..", "shared", "data", "spacex-v4-2021-04-22-exchanges")
	if _, err := os.Stat(folder); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("CI must have the captures: %v", err)
		}
		t.Skipf("no captures of the real API here: %v", err)
	}
	server, err := replay.New(replay.Options{DataDir: folder})
	if err != nil {
		t.Fatal(err)
	}
	api := newAPI(t, server)
	api.breakPath("payloads")
	s := newSetup(t, api.url)
	s.fallShort(t, selecting(liftoff.SelectAll))
	if diff := cmp.Diff(map[liftoff.ReferenceKind]int{liftoff.Payloads: 165}, s.unstored(t)); diff != "" {
		t.Fatalf("not stored (-want +got):\n%s", diff)
	}
	api.breakPath("no such path")
	s.succeed(t, selecting(liftoff.SelectNew))
	s.wantAllStored(t)
	if n := scan[int](t, s.db, "SELECT count(payload_mass_kg) FROM launches"); n != 123 {
		t.Errorf("%d launches have a real mass, want 123", n)
	}
}

func TestN3_AnAPIWithoutPayloadsIsNotASuccess(t *testing.T) {
	t.Parallel()
	all := threeFlights()
	bare := fleet{launches: all.launches, rockets: all.rockets, launchpads: all.launchpads}
	for _, request := range eachSelection() {
		t.Run("N3 "+string(request.Selection), func(t *testing.T) {
			t.Parallel()
			api := newAPI(t, bare.serve(t))
			s := newSetup(t, api.url)
			for _, each := range []ingest.Request{selecting(liftoff.SelectAll), request} {
				err := s.fallShort(t, each)
				wantError(t, err, liftoff.Source, "3 payloads that launches refer to cannot be fetched: fetch ")
				if !strings.Contains(err.Error(), "404") || !strings.Contains(liftoff.HintOf(err), "set REFERENCES=false; the launches are stored") {
					t.Errorf("%v with the hint %q", err, liftoff.HintOf(err))
				}
			}
			api.serve(all.serve(t))
			s.succeed(t, request)
			s.wantAllStored(t)
		})
	}
	t.Run("N3 they are stored", func(t *testing.T) {
		t.Parallel()
		api := newAPI(t, all.serve(t))
		s := newSetup(t, api.url)
		s.succeed(t, selecting(liftoff.SelectAll))
		api.serve(bare.serve(t))
		err := s.fallShort(t, selecting(liftoff.SelectAll))
		wantError(t, err, liftoff.Source, "the stored payloads cannot be read again: fetch ")
		s.wantAllStored(t)
	})
	t.Run("N3 no launch needs one", func(t *testing.T) {
		t.Parallel()
		without := fleet{launches: []string{flight(0, false, "")}, rockets: all.rockets, launchpads: all.launchpads}
		s := newSetup(t, newAPI(t, without.serve(t)).url)
		s.succeed(t, selecting(liftoff.SelectAll))
		s.succeed(t, selecting(liftoff.SelectNew))
	})
}

func TestN4_OneKindThatFailsDoesNotKeepTheOthers(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]map[liftoff.ReferenceKind]int{
		"payloads": {liftoff.Payloads: 3}, "rockets": {liftoff.Rockets: 1}, "launchpads": {liftoff.Launchpads: 1},
	} {
		for _, selection := range []liftoff.Selection{liftoff.SelectAll, liftoff.SelectNew} {
			t.Run("N4 "+kind+" "+string(selection), func(t *testing.T) {
				t.Parallel()
				api := newAPI(t, threeFlights().serve(t))
				api.breakPath("/" + kind)
				s := newSetup(t, api.url)
				s.fallShort(t, selecting(selection))
				if diff := cmp.Diff(want, s.unstored(t)); diff != "" {
					t.Errorf("not stored (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// Rows that no run wrote or deleted are seen by every run that is not about
// particular launches.
func TestN5_ChangesByHand(t *testing.T) {
	t.Parallel()
	later := threeFlights()
	later.payloads = append(later.payloads, payload(refID(3), "7"))
	insertSQL := "INSERT INTO raw_launches (id, raw_data) VALUES ('" + idOf(77) + `', '{"payloads": ["` + refID(3) + `"]}')`
	reviseSQL := "INSERT INTO launch_revisions (launch_id, revision, content_sha256, first_seen_at, raw_data) VALUES ('" +
		idOf(0) + `', 2, '', '2026-01-01', '{"payloads": ["` + refID(3) + `"]}')`
	for name, statements := range map[string][]string{
		"a launch is inserted":    {insertSQL},
		"a revision is inserted":  {reviseSQL},
		"a payload is deleted":    {"DELETE FROM raw_payloads WHERE id = '" + refID(0) + "'"},
		"rockets are deleted":     {"TRUNCATE raw_rockets"},
		"launchpads are deleted":  {"DELETE FROM raw_launchpads"},
		"the note is deleted":     {"DELETE FROM reference_checks", "TRUNCATE raw_payloads"},
		"only launches are there": {"TRUNCATE known_launches, raw_payloads, raw_rockets, raw_launchpads, reference_checks"},
	} {
		for _, request := range eachSelection() {
			if request.Selection != liftoff.SelectNew && request.Selection != liftoff.SelectSince && request.Selection != liftoff.SelectAll {
				continue
			}
			t.Run("N5 "+name+", "+string(request.Selection), func(t *testing.T) {
				t.Parallel()
				s := newSetup(t, newAPI(t, later.serve(t)).url)
				s.succeed(t, selecting(liftoff.SelectAll))
				for _, sql := range statements {
					execute(t, s.db, sql)
				}
				result, err := ingest.New(s.Options).Run(t.Context(), request)
				if err != nil || result.Shortcoming != nil {
					t.Fatalf("Run() = %+v, %v", result, err)
				}
				s.wantAllStored(t)
				if strings.Contains(name, "inserted") && !strings.HasSuffix(s.masses(t), " 7") {
					t.Errorf("masses %q", s.masses(t))
				}
			})
		}
	}
}

// A run that stores a new payload does not hide that another one was deleted, be it
// before that run or after it.
func TestN5_NewPayloadsDoNotHideDeletedOnes(t *testing.T) {
	t.Parallel()
	for _, request := range eachSelection() {
		for _, isBefore := range []bool{true, false} {
			t.Run(fmt.Sprintf("N5 %s, before it %t", request.Selection, isBefore), func(t *testing.T) {
				t.Parallel()
				api := newAPI(t, threeFlights().serve(t))
				s := newSetup(t, api.url)
				s.succeed(t, selecting(liftoff.SelectAll))
				later := threeFlights()
				later.launches = append(later.launches, flight(3, false, "", refID(3)))
				later.payloads = append(later.payloads, payload(refID(3), "7"))
				api.serve(later.serve(t))
				request.IDs, request.Since = nil, time.Time{}
				if request.Selection == liftoff.SelectIDs {
					request.IDs = []string{idOf(3)}
				}
				const deleteSQL = "DELETE FROM raw_payloads WHERE mass_kg = 1000"
				if isBefore {
					execute(t, s.db, deleteSQL)
				}
				s.succeed(t, request)
				if !isBefore {
					execute(t, s.db, deleteSQL)
				}
				s.succeed(t, selecting(liftoff.SelectNew))
				s.wantAllStored(t)
			})
		}
	}
}

func TestN6_RunsThatFetchNoReferencesLeaveThemToTheNext(t *testing.T) {
	t.Parallel()
	for _, request := range eachSelection() {
		t.Run("N6 "+string(request.Selection), func(t *testing.T) {
			t.Parallel()
			first, second := threeFlights(), threeFlights()
			second.launches = append(second.launches, flight(3, false, "", refID(3)))
			second.payloads = append(second.payloads, payload(refID(3), "7"))
			first.launches[0] = strings.Replace(first.launches[0], `"name":"Flight 0"`, `"name":"\u0000"`, 1)
			api := newAPI(t, first.serve(t))
			s := newSetup(t, api.url)
			result, err := ingest.New(s.Options).Run(t.Context(), selecting(liftoff.SelectAll))
			if err != nil || result.Summary.Quarantined != 1 {
				t.Fatalf("Run() = %+v, %v", result, err)
			}
			// A retry stores a launch, and a run without references another one.
			execute(t, s.db, "DELETE FROM raw_payloads")
			execute(t, s.db, `UPDATE quarantined_records SET body = convert_to(replace(convert_from(body, 'UTF8'), '\u0000', 'Flight'), 'UTF8')`)
			if _, err := ingest.New(s.Options).Run(t.Context(), selecting(liftoff.SelectQuarantine)); err != nil {
				t.Fatal(err)
			}
			api.serve(second.serve(t))
			s.WithReferences = false
			s.succeed(t, selecting(liftoff.SelectAll))
			if s.unstored(t)[liftoff.Payloads] == 0 {
				t.Fatal("nothing is left to fetch")
			}
			s.WithReferences = true
			s.succeed(t, request)
			s.wantAllStored(t)
		})
	}
}

func TestN7_APayloadThatTheAPIDoesNotHave(t *testing.T) {
	t.Parallel()
	for _, request := range eachSelection() {
		t.Run("N7 "+string(request.Selection), func(t *testing.T) {
			t.Parallel()
			lacking, whole := threeFlights(), threeFlights()
			lacking.payloads = slices.Clone(lacking.payloads[:2])
			api := newAPI(t, lacking.serve(t))
			s := newSetup(t, api.url)
			err := s.fallShort(t, selecting(liftoff.SelectAll))
			wantError(t, err, liftoff.Source, `the API does not have 1 payload that launches refer to: "`+refID(2)+`"`)
			if !strings.Contains(liftoff.HintOf(err), "the table reference_checks lists them") {
				t.Errorf("the hint is %q", liftoff.HintOf(err))
			}
			if got := scan[string](t, s.db, "SELECT missing_ids::TEXT FROM reference_checks WHERE kind = 'payloads'"); got != "{"+refID(2)+"}" {
				t.Errorf("missing %s", got)
			}
			// It is told once; after that the runs are good ones, which say so in the
			// log, and which read no document for it.
			s.listens()
			s.succeed(t, request)
			s.succeed(t, request)
			if text := s.log.String(); !strings.Contains(text, "the API still does not have") || !strings.Contains(text, refID(2)) || strings.Contains(text, searchSentence) {
				t.Errorf("the log says:\n%s", text)
			}
			api.serve(whole.serve(t))
			s.succeed(t, request)
			s.wantAllStored(t)
			if got := scan[string](t, s.db, "SELECT missing_ids::TEXT FROM reference_checks WHERE kind = 'payloads'"); got != "{}" {
				t.Errorf("missing %s", got)
			}
		})
	}
}

// The API answers 400 to a request with an id that none of its records can have.
func TestN8_AnIDThatNoRecordCanHave(t *testing.T) {
	t.Parallel()
	odd := threeFlights()
	odd.launches = append(odd.launches, flight(3, false, "", "no id", refID(0)), flight(4, false, "", strings.Repeat("f", 2000)))
	api := newAPI(t, odd.serve(t))
	api.breakWith(func(w http.ResponseWriter, r *http.Request) bool {
		body, _ := io.ReadAll(r.Body) // the API has read it before
		r.Body = io.NopCloser(bytes.NewReader(body))
		isBroken := strings.Contains(string(body), "no id") || strings.Contains(string(body), strings.Repeat("f", 2000))
		if isBroken {
			http.Error(w, `Cast to ObjectId failed for value "no id"`, http.StatusBadRequest)
		}
		return isBroken
	})
	s := newSetup(t, api.url)
	err := s.fallShort(t, selecting(liftoff.SelectNew))
	// What is too long to be an id is no reference.
	wantError(t, err, liftoff.Source, `the API does not have 1 payload that launches refer to: "no id"`)
	if got := s.masses(t); got != "1000 null 500" {
		t.Errorf("masses %q", got)
	}
	s.succeed(t, selecting(liftoff.SelectNew))
}

func TestN9_MassesThatComeInAroundTheFlight(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(f *fleet)
		want   string
	}{
		"a mass that was unknown":    {func(f *fleet) { f.payloads[1] = payload(refID(1), "3328") }, "1000 3328 500"},
		"that of an upcoming launch": {func(f *fleet) { f.payloads[2] = payload(refID(2), "670") }, "1000 null 670"},
		"that of a launch that has flown": {func(f *fleet) {
			f.launches[2], f.payloads[2] = flight(2, false, "", refID(2)), payload(refID(2), "670")
		}, "1000 null 670"},
		"that of a changed launch": {func(f *fleet) {
			f.launches[2] = flight(2, true, "changed", refID(2), refID(0))
			f.payloads[0] = payload(refID(0), "1001")
		}, "1001 null 500"},
		"that of a new launch, stored before": {func(f *fleet) {
			f.launches = append(f.launches, flight(3, false, "", refID(0)))
			f.payloads[0] = payload(refID(0), "1001")
		}, "1001 null 500"},
	}
	since, upcoming := selecting(liftoff.SelectSince), selecting(liftoff.SelectUpcoming)
	since.Since = time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, test := range tests {
		for _, request := range []ingest.Request{selecting(liftoff.SelectNew), since, upcoming, selecting(liftoff.SelectAll), selecting(liftoff.SelectBackfill)} {
			if request.Selection == liftoff.SelectUpcoming && !strings.Contains(name, "unknown") && !strings.Contains(name, "upcoming") {
				continue // it does not see such a launch
			}
			t.Run("N9 "+name+", "+string(request.Selection), func(t *testing.T) {
				t.Parallel()
				api := newAPI(t, threeFlights().serve(t))
				s := newSetup(t, api.url)
				s.succeed(t, selecting(liftoff.SelectAll))
				later := threeFlights()
				test.change(&later)
				api.serve(later.serve(t))
				s.succeed(t, request)
				if got := s.masses(t); got != test.want {
					t.Errorf("masses %q, want %q:\n%s", got, test.want, s.log)
				}
			})
		}
	}
}

// Nothing has changed in the list of launches, so none is fetched; a payload has.
func TestN9_AlsoIfNoLaunchHasChanged(t *testing.T) {
	t.Parallel()
	api := newAPI(t, threeFlights().serve(t))
	s := newSetup(t, api.url)
	s.succeed(t, selecting(liftoff.SelectAll))
	later := threeFlights()
	later.payloads[1], later.payloads[2] = payload(refID(1), "3328"), payload(refID(2), "670")
	api.serve(later.serve(t))
	if result := s.succeed(t, selecting(liftoff.SelectNew)); result.Summary.Fetched != 0 || !strings.Contains(s.log.String(), "no launch is fetched") {
		t.Errorf("Run() = %+v", result)
	}
	if got := s.masses(t); got != "1000 3328 670" {
		t.Errorf("masses %q", got)
	}
}

func TestN10_ARunForParticularLaunchesReadsTheirPayloadsAgain(t *testing.T) {
	t.Parallel()
	later := threeFlights()
	later.payloads[0], later.payloads[1] = payload(refID(0), "1001"), payload(refID(1), "3328")
	ids := selecting(liftoff.SelectIDs)
	ids.IDs = []string{idOf(0)}
	for want, request := range map[string]ingest.Request{"1000 3328 500": selecting(liftoff.SelectLatest), "1001 null 500": ids} {
		t.Run("N10 "+string(request.Selection), func(t *testing.T) {
			t.Parallel()
			api := newAPI(t, threeFlights().serve(t))
			s := newSetup(t, api.url)
			s.succeed(t, selecting(liftoff.SelectAll))
			api.serve(later.serve(t))
			s.succeed(t, request)
			if got := s.masses(t); got != want {
				t.Errorf("masses %q, want %q", got, want)
			}
		})
	}
}

// In the everyday run nothing is searched, and few requests are made.
func TestN11_TheEverydayRunReadsNoDocuments(t *testing.T) {
	t.Parallel()
	first := synthetic(t, 60, 3)
	api := newAPI(t, first)
	s := newSetup(t, api.url)
	s.succeed(t, selecting(liftoff.SelectLatest))
	s.succeed(t, selecting(liftoff.SelectAll))
	s.listens()
	for _, request := range eachSelection() {
		if request.Selection == liftoff.SelectIDs {
			request.IDs = list(t, s.db, "SELECT min(id) FROM launches")
		}
		s.succeed(t, request)
		s.succeed(t, request)
	}
	if err := first.SetRevision(2); err != nil { // launches that are new or changed
		t.Fatal(err)
	}
	result := s.succeed(t, selecting(liftoff.SelectNew))
	if result.Summary.Inserted == 0 || result.Summary.Revised == 0 {
		t.Fatalf("Run() = %+v", result)
	}
	s.succeed(t, selecting(liftoff.SelectLatest))
	s.succeed(t, selecting(liftoff.SelectNew))
	if text := s.log.String(); strings.Contains(text, searchSentence) {
		t.Errorf("all launches were searched:\n%s", text)
	}
	s.wantAllStored(t)
	if n := scan[int](t, s.db, "SELECT count(*) FROM ingestion_runs WHERE owes_references"); n != 0 {
		t.Errorf("%d runs owe references", n)
	}
}

// Another source's launches are no reason to call a run partial, nor to forget
// what they lack.
func TestN12_AnotherSourcesReferences(t *testing.T) {
	t.Parallel()
	api := newAPI(t, threeFlights().serve(t))
	api.breakPath("payloads")
	s := newSetup(t, api.url)
	s.fallShort(t, selecting(liftoff.SelectAll))
	other := fleet{launches: []string{flight(50, false, "", refID(50))}, payloads: []string{payload(refID(50), "50")}}
	other.rockets, other.launchpads = threeFlights().rockets, threeFlights().launchpads
	o := setupOn(t, s.db, newAPI(t, other.serve(t)).url)
	o.succeed(t, selecting(liftoff.SelectAll))
	o.succeed(t, selecting(liftoff.SelectNew))
	if got := s.unstored(t)[liftoff.Payloads]; got != 3 {
		t.Errorf("%d payloads are not stored, want 3", got)
	}
	// A copy of the first API at another address has them.
	c := setupOn(t, s.db, newAPI(t, threeFlights().serve(t)).url)
	c.succeed(t, selecting(liftoff.SelectLatest))
	c.wantAllStored(t)
}

func TestN13_WorkersOfABackfill(t *testing.T) {
	t.Parallel()
	server := synthetic(t, 60, 3)
	api := newAPI(t, server)
	s := newSetup(t, api.url)
	request := s.openParts(t, 10, time.Time{})
	var group sync.WaitGroup
	for range 3 {
		worker := setupOn(t, s.db, api.url)
		group.Go(func() {
			result, err := ingest.New(worker.Options).Run(t.Context(), request)
			if err != nil || result.Shortcoming != nil {
				t.Errorf("Run() = %+v, %v", result, err)
			}
		})
	}
	group.Wait()
	s.wantAllStored(t)
	if n := scan[int](t, s.db, "SELECT count(*) FROM ingestion_runs WHERE owes_references"); n != 0 {
		t.Errorf("%d runs owe references", n)
	}
	s.listens()
	s.succeed(t, selecting(liftoff.SelectNew))
	if text := s.log.String(); strings.Contains(text, searchSentence) {
		t.Errorf("all launches were searched:\n%s", text)
	}
	kinds := list(t, s.db, "SELECT kind FROM reference_checks")
	if diff := cmp.Diff([]string{"launchpads", "payloads", "rockets"}, kinds, cmpopts.SortSlices(strings.Compare)); diff != "" {
		t.Errorf("kinds (-want +got):\n%s", diff)
	}
}
