package ingest_test

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"liftoff"
	"liftoff/internal/testkit/apitest"
)

// ownersSQL counts the launches that belong to each source.
const ownersSQL = `SELECT string_agg(url || ' ' || launches, ', ' ORDER BY url) FROM (
	SELECT replace(source.url, 'http://127.0.0.1:', '') AS url, count(*) AS launches
	FROM known_launches AS known INNER JOIN ingestion_sources AS source ON source.id = known.source_id GROUP BY 1) AS owned`

// A mirror of an API that was read before has a watermark of its own after its
// first run, and not only if it brings something new.
func TestO1_ASecondSourceBecomesIncremental(t *testing.T) {
	t.Parallel()
	launches := []string{document(0, `"a"`), document(1, `"b"`), document(2, `"c"`)}
	first := newSetup(t, newAPI(t, documents(t, launches...)).url)
	first.WithReferences = false
	first.succeed(t, selecting(liftoff.SelectAll))
	mirror := newAPI(t, documents(t, launches...))
	second := setupOn(t, first.db, mirror.url)
	second.WithReferences = false
	for n, fetched := range []int64{3, 0} {
		if got := second.succeed(t, selecting(liftoff.SelectNew)).Summary; got.Fetched != fetched || got.Inserted != 0 {
			t.Errorf("run %d of the mirror: %+v, want %d fetched", n+1, got.RunCounts, fetched)
		}
	}
	mirror.serve(documents(t, append(launches, document(3, `"d"`))...))
	if got := second.succeed(t, selecting(liftoff.SelectNew)).Summary; got.Fetched != 1 || got.Inserted != 1 {
		t.Errorf("run 3 of the mirror: %+v, want just the new launch", got.RunCounts)
	}
	// However often the other one is read in between.
	first.succeed(t, selecting(liftoff.SelectAll))
	if got := second.succeed(t, selecting(liftoff.SelectNew)).Summary; got.Fetched != 0 {
		t.Errorf("run 4 of the mirror: %+v, want nothing", got.RunCounts)
	}
}

// A launch belongs to the source that sent it last, so that the one that is read
// now can tell which are missing.
func TestO11_ASecondSourceTellsWhatIsMissing(t *testing.T) {
	t.Parallel()
	launches := []string{document(0, `"a"`), document(1, `"b"`), document(2, `"c"`), document(3, `"d"`)}
	first := newSetup(t, newAPI(t, documents(t, launches...)).url)
	first.WithReferences = false
	first.succeed(t, selecting(liftoff.SelectAll))
	mirror := newAPI(t, documents(t, launches...))
	second := setupOn(t, first.db, mirror.url)
	second.WithReferences = false
	dry := selecting(liftoff.SelectAll)
	dry.IsDry = true
	if got := second.succeed(t, dry).Summary; got.Unchanged != 4 || scan[string](t, first.db, ownersSQL) != strings.TrimPrefix(first.SourceKey, "http://127.0.0.1:")+" 4" {
		t.Errorf("a dry run: %+v, owners %s", got.RunCounts, scan[string](t, first.db, ownersSQL))
	}
	if got := second.succeed(t, selecting(liftoff.SelectAll)).Summary; got.Unchanged != 4 || got.Revised != 0 {
		t.Errorf("the mirror's first run: %+v", got.RunCounts)
	}
	if got := scan[string](t, first.db, ownersSQL); got != strings.TrimPrefix(mirror.url, "http://127.0.0.1:")+" 4" {
		t.Errorf("owners %s, want the mirror", got)
	}
	mirror.serve(documents(t, launches[0], launches[1], launches[3]))
	request := selecting(liftoff.SelectAll)
	request.AcceptsShrink = true
	if got := second.succeed(t, request).Summary; got.Missing != 1 {
		t.Errorf("the mirror without a launch: %+v, want it to be missing", got.RunCounts)
	}
	// The first source still has it.
	if got := first.succeed(t, selecting(liftoff.SelectAll)).Summary; got.Missing != 0 || got.Unchanged != 4 {
		t.Errorf("the first source: %+v", got.RunCounts)
	}
	if n := scan[int](t, first.db, "SELECT count(*) FROM known_launches WHERE missing_since IS NOT NULL"); n != 0 {
		t.Errorf("%d launches are marked, want the one that is back to have lost its mark", n)
	}
}

// The statement of docs/ingestion.md moves a source to another address with all
// that is known of it.
func TestO4_MovingToAMirrorKeepsTheWatermark(t *testing.T) {
	t.Parallel()
	s := newSetup(t, newAPI(t, synthetic(t, 40, 3)).url)
	s.succeed(t, selecting(liftoff.SelectAll))
	before, err := s.Store.Source(t.Context(), s.SourceKey)
	if err != nil {
		t.Fatal(err)
	}
	mirror := newAPI(t, synthetic(t, 40, 3))
	execute(t, s.db, documentedMove(t, s.SourceKey, mirror.url))
	moved := setupOn(t, s.db, mirror.url)
	after, err := moved.Store.Source(t.Context(), moved.SourceKey)
	if err != nil || !after.Watermark.Equal(before.Watermark) || after.MostLaunches != 40 || after.NewestID != before.NewestID {
		t.Errorf("the mirror's source is %+v, %v, want %+v", after, err, before)
	}
	if got := moved.succeed(t, selecting(liftoff.SelectNew)).Summary; got.Fetched != 0 {
		t.Errorf("the first run of the mirror: %+v, want nothing to be fetched", got.RunCounts)
	}
	mirror.serve(synthetic(t, 20, 3))
	_, err = moved.run(t, selecting(liftoff.SelectAll))
	wantError(t, err, liftoff.Guard, "the API announces 20 launches, fewer than 90 % of the 40")
}

// documentedMove returns the statement of docs/ingestion.md for these addresses.
func documentedMove(t *testing.T, from, to string) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/ingestion.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, isThere := strings.Cut(string(text), `liftoff psql -- -c "`)
	statement, _, isWhole := strings.Cut(rest, `"`)
	if !isThere || !isWhole {
		t.Fatal("docs/ingestion.md has no statement that moves a source")
	}
	return strings.NewReplacer("https://mirror.example.org", to, "https://api.spacexdata.com", from).Replace(statement)
}

// A run for new launches cannot tell which are gone; it says since when no other
// has looked.
func TestO8_NewLaunchesSayWhenMissingOnesWereLookedFor(t *testing.T) {
	t.Parallel()
	const sentence = "A run for new launches does not notice launches that the API has removed"
	api := newAPI(t, documents(t, document(0, `"a"`)))
	s := newSetup(t, api.url)
	s.WithReferences = false
	now := apitest.Noon()
	s.Now = func() time.Time { return now }
	s.succeed(t, selecting(liftoff.SelectAll))
	bad := []string{document(0, `"a"`), `{"id":"` + idOf(9) + `","payloads":"one"}`}
	for n, step := range []struct {
		after time.Duration
		says  string
	}{
		{time.Hour, "level=INFO msg=\"" + sentence},
		{29 * 24 * time.Hour, "level=INFO msg=\"" + sentence},
		{2 * 24 * time.Hour, "level=WARN msg=\"" + sentence},
	} {
		now = now.Add(step.after)
		api.serve(documents(t, append(bad[:1:1], document(n+1, `"new"`))...)) // the list has another tag
		s.log.text.Reset()
		s.succeed(t, selecting(liftoff.SelectNew))
		if log := s.log.String(); !strings.Contains(log, step.says) || !strings.Contains(log, "last_checked=2026-11-23T12:00:00Z") {
			t.Errorf("after %s more the log does not say %q:\n%s", step.after, step.says, log)
		}
	}
	// A run that quarantines a record does not look.
	api.serve(documents(t, append(bad, document(1, `"new"`), document(2, `"new"`), document(3, `"new"`))...))
	if result, err := s.run(t, selecting(liftoff.SelectAll)); err != nil || result.Summary.Quarantined != 1 {
		t.Fatalf("Run() = %+v, %v", result, err)
	}
	if got, err := s.Store.Source(t.Context(), s.SourceKey); err != nil || !got.MissingCheckedAt.Equal(apitest.Noon()) || got.MostLaunches != 5 {
		t.Errorf("source %+v, %v", got, err)
	}
}

// A list that has not changed since a run looked for missing launches has lost none;
// one that has changed before may have.
func TestO8_AnUnchangedListTellsToo(t *testing.T) {
	t.Parallel()
	const sentence = "A run for new launches does not notice launches that the API has removed"
	api := newAPI(t, documents(t, document(0, `"a"`), document(1, `"b"`)))
	s := newSetup(t, api.url)
	s.WithReferences = false
	now := apitest.Noon()
	s.Now = func() time.Time { return now }
	s.succeed(t, selecting(liftoff.SelectAll))
	for _, step := range []struct {
		name    string
		changes bool
		says    string // "" for no such sentence
		checked time.Duration
	}{
		{"unchanged", false, "", 31 * 24 * time.Hour},
		{"unchanged again", false, "", 62 * 24 * time.Hour},
		{"a launch vanishes", true, "level=WARN msg=\"" + sentence, 62 * 24 * time.Hour},
		{"unchanged since it vanished", false, "level=WARN msg=\"" + sentence, 62 * 24 * time.Hour},
	} {
		now = now.Add(31 * 24 * time.Hour)
		if step.changes {
			api.serve(documents(t, document(0, `"a"`)))
		}
		s.log.text.Reset()
		s.succeed(t, selecting(liftoff.SelectNew))
		log := s.log.String()
		if got := strings.Contains(log, "Nothing has changed at the API"); got == step.changes {
			t.Errorf("%s: the run fetches launches: %t", step.name, !got)
		}
		if says := strings.Contains(log, sentence); says != (step.says != "") || !strings.Contains(log, step.says) {
			t.Errorf("%s: the log says something else than %q:\n%s", step.name, step.says, log)
		}
		if got, err := s.Store.Source(t.Context(), s.SourceKey); err != nil || !got.MissingCheckedAt.Equal(apitest.Noon().Add(step.checked)) {
			t.Errorf("%s: source %+v, %v", step.name, got, err)
		}
	}
}

// A launch that is missing is asked for again, however old it is; one that was
// inserted by hand and has an id that the API cannot know does no harm.
func TestO9_ALaunchThatComesBackIsNoLongerMissing(t *testing.T) {
	t.Parallel()
	launches := []string{document(0, `"a"`), document(1, `"b"`), document(2, `"c"`)}
	api := newAPI(t, documents(t, launches...))
	api.breakWith(func(w http.ResponseWriter, r *http.Request) bool {
		body, _ := io.ReadAll(r.Body) // the API has read it before
		r.Body = io.NopCloser(bytes.NewReader(body))
		isBroken := strings.Contains(string(body), "by hand")
		if isBroken {
			http.Error(w, `Cast to ObjectId failed for value "by hand"`, http.StatusBadRequest)
		}
		return isBroken
	})
	s := newSetup(t, api.url)
	s.WithReferences = false
	s.succeed(t, selecting(liftoff.SelectAll))
	execute(t, s.db, `INSERT INTO raw_launches (id, raw_data) VALUES ('by hand', '{"upcoming": true}')`)
	api.serve(documents(t, launches[2]))
	request := selecting(liftoff.SelectAll)
	request.AcceptsShrink = true
	if got := s.succeed(t, request).Summary; got.Missing != 2 {
		t.Fatalf("without two launches: %+v", got.RunCounts)
	}
	const missingSQL = "SELECT count(*) FROM known_launches WHERE missing_since IS NOT NULL"
	api.serve(documents(t, launches[1:]...))
	s.succeed(t, selecting(liftoff.SelectNew))
	if n := scan[int](t, s.db, missingSQL); n != 1 {
		t.Errorf("one of two is back, and %d are missing", n)
	}
	// Its row may have been deleted meanwhile.
	execute(t, s.db, "DELETE FROM raw_launches WHERE id = '"+idOf(0)+"'")
	api.serve(documents(t, launches...))
	s.succeed(t, selecting(liftoff.SelectNew))
	if n := scan[int](t, s.db, missingSQL); n != 0 || scan[int](t, s.db, "SELECT count(*) FROM raw_launches") != 4 {
		t.Errorf("both are back, and %d are missing", n)
	}
}

// All workers of a backfill together are one reading.
func TestO7_ABackfillIsAReading(t *testing.T) {
	t.Parallel()
	api := newAPI(t, synthetic(t, 40, 3))
	s := newSetup(t, api.url)
	s.succeed(t, selecting(liftoff.SelectBackfill))
	got, err := s.Store.Source(t.Context(), s.SourceKey)
	if err != nil || got.MostLaunches != 40 || got.MissingCheckedAt.IsZero() {
		t.Errorf("source %+v, %v", got, err)
	}
	api.serve(synthetic(t, 20, 3))
	_, err = s.run(t, selecting(liftoff.SelectAll))
	wantError(t, err, liftoff.Guard, "the API announces 20 launches, fewer than 90 % of the 40")
}
