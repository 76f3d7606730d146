package ingest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"liftoff"
	"liftoff/internal/ingest"
	"liftoff/internal/testkit/pgtest"
)

// offsetOf returns where the page of launches begins that is asked for, and whether
// it is one. The body can be read again.
func offsetOf(r *http.Request) (offset int, isOfLaunches bool) {
	body, _ := io.ReadAll(r.Body) // the API has read it before
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	var query struct{ Options struct{ Offset int } }
	_ = json.Unmarshal(body, &query)
	return query.Options.Offset, strings.HasSuffix(r.URL.Path, "launches/query")
}

// isOfReferences reports whether a request with this path is for what launches refer
// to.
func isOfReferences(path string) bool {
	return path != "/v4/launches" && path != "/v4/launches/query"
}

// The launches' last pages come only once payloads are stored.
func TestRun_ForAllStoresReferencesBesideTheLaunches(t *testing.T) {
	t.Parallel()
	api := newAPI(t, synthetic(t, 60, 3))
	s := newSetup(t, api.url)
	s.fetchAtOnce(t, 8) // more than there are pages of launches, which wait here
	conn, stored := pgtest.Connect(t, s.db.DSN), make(chan struct{})
	go func() {
		defer close(stored)
		for isStored := false; !isStored; {
			err := conn.QueryRow(t.Context(), "SELECT EXISTS (SELECT FROM raw_payloads)").Scan(&isStored)
			if err != nil || liftoff.Sleep(t.Context(), time.Millisecond) != nil {
				return
			}
		}
	}()
	api.breakWith(func(_ http.ResponseWriter, r *http.Request) bool {
		if offset, isOfLaunches := offsetOf(r); isOfLaunches && offset > 0 {
			select {
			case <-stored:
			case <-r.Context().Done():
			}
		}
		return false
	})
	if result := s.succeed(t, selecting(liftoff.SelectAll)); result.Summary.Inserted != 60 {
		t.Errorf("Run() = %+v", result)
	}
	s.wantAllStored(t)
}

// A run that asks for one page at a time, or stores one batch at a time, does one
// thing after the other.
func TestRun_ForAllOneThingAfterTheOther(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]func(t *testing.T, s *setup){
		"one page at a time": func(t *testing.T, s *setup) { s.fetchAtOnce(t, 1) }, "one batch at a time": func(_ *testing.T, s *setup) { s.Writers = 1 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := newAPI(t, synthetic(t, 60, 3))
			s := newSetup(t, api.url)
			set(t, &s)
			var paths []string
			var mutex sync.Mutex
			api.breakWith(func(_ http.ResponseWriter, r *http.Request) bool {
				mutex.Lock()
				defer mutex.Unlock()
				paths = append(paths, r.URL.Path)
				return false
			})
			s.succeed(t, selecting(liftoff.SelectAll))
			s.wantAllStored(t)
			first := slices.IndexFunc(paths, isOfReferences)
			if first < 0 || slices.Contains(paths[first:], "/v4/launches/query") {
				t.Errorf("requests %q", paths)
			}
		})
	}
}

// A run for the latest launch asks for its own payloads, and for the rocket and the
// launchpad that are not stored.
func TestRun_OneLaunchAsksOnlyForWhatItNeeds(t *testing.T) {
	t.Parallel()
	fleet := threeFlights()
	api := newAPI(t, fleet.serve(t))
	s := newSetup(t, api.url)
	asks := func(want ...string) {
		t.Helper()
		var asked []string
		api.breakWith(func(_ http.ResponseWriter, r *http.Request) bool {
			asked = append(asked, strings.TrimPrefix(r.URL.Path, "/v4/"))
			return false
		})
		s.succeed(t, selecting(liftoff.SelectLatest))
		if diff := cmp.Diff(want, asked); diff != "" {
			t.Errorf("requests (-want +got):\n%s", diff)
		}
	}
	asks("launches/latest", "payloads/query", "rockets/query", "launchpads/query")
	asks("launches/latest", "payloads/query")
	fleet.launches = append(fleet.launches, flight(3, false, ""))
	api.serve(fleet.serve(t))
	asks("launches/latest")
}

// A run that a guard refuses, or whose first page does not come, asks for nothing
// else and writes nothing else.
func TestRun_ARefusedRunAsksForNoReferences(t *testing.T) {
	t.Parallel()
	api := newAPI(t, synthetic(t, 60, 3))
	s := newSetup(t, api.url)
	s.succeed(t, selecting(liftoff.SelectAll))
	execute(t, s.db, "TRUNCATE raw_payloads")
	api.serve(synthetic(t, 20, 3))
	isDown := atomic.Bool{}
	api.breakWith(func(w http.ResponseWriter, r *http.Request) bool {
		if isOfReferences(r.URL.Path) {
			t.Errorf("%s is asked for", r.URL.Path)
		}
		if _, isOfLaunches := offsetOf(r); isOfLaunches && isDown.Load() {
			http.Error(w, "broken", http.StatusBadGateway)
			return true
		}
		return false
	})
	_, err := s.run(t, selecting(liftoff.SelectAll))
	wantError(t, err, liftoff.Guard, "the API announces 20 launches")
	isDown.Store(true)
	_, err = s.run(t, selecting(liftoff.SelectAll))
	wantError(t, err, liftoff.Source, "502")
	if n := scan[int](t, s.db, "SELECT count(*) FROM raw_payloads"); n != 0 {
		t.Errorf("%d payloads are stored", n)
	}
}

// Launches that fail end the requests for what they refer to; the next run makes
// up for both.
func TestRun_LaunchesThatFailEndTheReferences(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		sql, mend string
		category  liftoff.Category
		status    liftoff.RunStatus
	}{
		"the API fails": {"SELECT", "SELECT", liftoff.Source, liftoff.RunPartial},
		"PostgreSQL fails": {
			`CREATE FUNCTION fails() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN RAISE disk_full; END $$;
			CREATE TRIGGER fails BEFORE INSERT ON raw_launches FOR EACH STATEMENT EXECUTE FUNCTION fails()`,
			"DROP FUNCTION fails() CASCADE", liftoff.Database, liftoff.RunFailed,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := newAPI(t, synthetic(t, 60, 3))
			s := newSetup(t, api.url)
			s.fetchAtOnce(t, 8) // more than there are pages of launches, which wait here
			execute(t, s.db, test.sql)
			asked := make(chan struct{}, 10)
			api.breakWith(func(w http.ResponseWriter, r *http.Request) bool {
				offset, isOfLaunches := offsetOf(r)
				switch {
				case isOfReferences(r.URL.Path): // it never comes
					asked <- struct{}{}
					<-r.Context().Done()
					return true
				case isOfLaunches && offset > 0:
					select {
					case <-asked:
						asked <- struct{}{}
					case <-r.Context().Done():
					}
					if test.category == liftoff.Source {
						http.Error(w, "broken", http.StatusBadGateway)
						return true
					}
				}
				return false
			})
			result, err := s.run(t, selecting(liftoff.SelectAll))
			wantError(t, err, test.category, "")
			if result.Summary.Status != test.status {
				t.Errorf("Run() = %+v", result)
			}
			api.breakPath("no such path")
			execute(t, s.db, test.mend)
			s.succeed(t, selecting(liftoff.SelectNew))
			s.wantAllStored(t)
			if n := scan[int](t, s.db, "SELECT count(*) FROM raw_launches"); n != 60 {
				t.Errorf("%d launches are stored", n)
			}
		})
	}
}

// What keeps payloads from being stored does not keep launches from it: the run
// fails once they are stored.
func TestRun_ReferencesThatFailDoNotCostLaunches(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		body     string
		category liftoff.Category
	}{
		"they are dropped": {"RETURN NULL", liftoff.Guard}, "an error": {"RAISE disk_full", liftoff.Database},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSetup(t, newAPI(t, synthetic(t, 60, 3)).url)
			execute(t, s.db, "CREATE FUNCTION odd() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN "+test.body+"; END $$;"+
				"CREATE TRIGGER odd BEFORE INSERT ON raw_payloads FOR EACH ROW EXECUTE FUNCTION odd()")
			result, err := s.run(t, selecting(liftoff.SelectAll))
			wantError(t, err, test.category, "raw_payloads")
			if result.Summary.Status != liftoff.RunFailed || result.Summary.Inserted != 60 {
				t.Errorf("Run() = %+v", result)
			}
			execute(t, s.db, "DROP FUNCTION odd() CASCADE")
			s.succeed(t, selecting(liftoff.SelectNew))
			s.wantAllStored(t)
		})
	}
}

func TestRun_EndsWithItsContextAmidTheReferences(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	api := newAPI(t, synthetic(t, 60, 3))
	api.breakWith(func(_ http.ResponseWriter, r *http.Request) bool {
		if !isOfReferences(r.URL.Path) {
			return false
		}
		cancel()
		<-r.Context().Done()
		return true
	})
	s := newSetup(t, api.url)
	result, err := ingest.New(s.Options).Run(ctx, selecting(liftoff.SelectAll))
	wantError(t, err, liftoff.Interrupted, "canceled")
	if result.Summary.Status != liftoff.RunInterrupted {
		t.Errorf("Run() = %+v", result)
	}
}

// The numbers that a run notes are those of the tables, whether the references were
// stored beside the launches or after them, and whatever was deleted before.
func TestRun_NotesTheNumbersOfReferences(t *testing.T) {
	t.Parallel()
	api := newAPI(t, threeFlights().serve(t))
	s := newSetup(t, api.url)
	want := func(t *testing.T, step string) {
		t.Helper()
		noted := list(t, s.db, "SELECT concat_ws(' ', kind, launches, revisions, stored, missing_ids) FROM reference_checks ORDER BY kind")
		counted := list(t, s.db, `SELECT concat_ws(' ', kind, (SELECT count(*) FROM raw_launches), (SELECT count(*) FROM launch_revisions), stored, '{}')
			FROM (SELECT 'launchpads' AS kind, count(*) AS stored FROM raw_launchpads UNION ALL SELECT 'payloads', count(*) FROM raw_payloads
			UNION ALL SELECT 'rockets', count(*) FROM raw_rockets) AS counted ORDER BY kind`)
		if diff := cmp.Diff(counted, noted); diff != "" {
			t.Errorf("%s: counted and noted (-want +got):\n%s", step, diff)
		}
	}
	s.succeed(t, selecting(liftoff.SelectAll))
	want(t, "the first run")
	for n := 3; n < 9; n++ {
		later := threeFlights()
		for m := 3; m <= n; m++ {
			later.launches = append(later.launches, flight(m, false, "", refID(m)))
			later.payloads = append(later.payloads, payload(refID(m), "7"))
		}
		api.serve(later.serve(t))
		selection := liftoff.SelectAll
		if n%3 == 0 {
			selection = liftoff.SelectNew
		}
		if n%2 == 0 {
			execute(t, s.db, "DELETE FROM raw_payloads WHERE mass_kg = 1000")
		}
		s.succeed(t, selecting(selection))
		s.wantAllStored(t)
		want(t, fmt.Sprintf("a run for %s with launch %d", selection, n))
	}
}
