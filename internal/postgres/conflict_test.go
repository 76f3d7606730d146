package postgres_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"liftoff"
	"liftoff/internal/postgres"
	"liftoff/internal/testkit/pgtest"
)

// model is what the tables should hold, kept in the simplest way.
type model struct {
	prefix string
	// states are the contents of each launch, the first one first.
	states  map[string][]int
	missing map[string]bool
	minute  int
}

// batch draws a batch of launches with some content each, and returns what
// should become of it.
func (m *model) batch(rt *rapid.T) (liftoff.Batch, liftoff.BatchResult) {
	var launches []liftoff.EnrichedLaunch
	var want liftoff.BatchResult
	m.minute++
	for n := range 5 {
		content := rapid.IntRange(0, 3).Draw(rt, "content")
		id := fmt.Sprintf("%s%d", m.prefix, n)
		known, isKnown := m.states[id]
		if content == 0 {
			if isKnown && !m.missing[id] {
				want.MissingIDs = append(want.MissingIDs, id)
			}
			continue
		}
		// The same content in several spellings.
		raw := rapid.SampledFrom([]string{`{"v": %d, "w": 1}`, `{"w":1,"v":%d}`, `{"w": 1.0, "v": %d.0}`}).Draw(rt, "spelling")
		launches = append(launches, launchAt(m.minute, id, fmt.Sprintf(raw, content)))
		delete(m.missing, id)
		switch {
		case !isKnown:
			want.InsertedIDs = append(want.InsertedIDs, id)
		case known[len(known)-1] != content:
			want.RevisedIDs = append(want.RevisedIDs, id)
		default:
			want.Unchanged++
			continue
		}
		m.states[id] = append(known, content)
	}
	batch := batchOf(launches...)
	batch.Range = &liftoff.IDRange{After: m.prefix, UpTo: m.prefix + "~"}
	for range rapid.IntRange(0, 2).Draw(rt, "bad records") {
		batch.Rejected = append(batch.Rejected, liftoff.RejectedRecord{Reason: liftoff.MissingID, Body: []byte(m.prefix)})
	}
	want.Pages, want.Bytes, want.Quarantined = batch.Pages, batch.Bytes, int64(len(batch.Rejected))
	want.Inserted, want.Revised = int64(len(want.InsertedIDs)), int64(len(want.RevisedIDs))
	want.Fetched = want.Inserted + want.Unchanged + want.Revised + want.Quarantined
	return batch, want
}

// Whatever comes in whatever order, the tables hold what a list for each launch
// would hold.
func TestStoreBatch_IsLikeItsModel(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	conn := pgtest.Connect(t, db.DSN)
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		m := &model{prefix: fmt.Sprintf("%06d-", round), states: map[string][]int{}, missing: map[string]bool{}}
		options := exclusive()
		options.Source = m.prefix
		for range rapid.IntRange(1, 5).Draw(rt, "runs") {
			m.run(rt, store, options)
		}
		want := map[string]string{}
		for id, states := range m.states {
			want[id] = fmt.Sprint(states, m.missing[id])
		}
		rows, err := conn.Query(context.Background(), `
			SELECT first.id, '[' || concat_ws(' ', first.raw_data -> 'v', string_agg((revised.raw_data -> 'v')::text, ' ' ORDER BY revision))
				|| '] ' || (known.missing_since IS NOT NULL)
			FROM raw_launches AS first
			INNER JOIN known_launches AS known ON known.id = first.id
			LEFT JOIN launch_revisions AS revised ON revised.launch_id = first.id
			WHERE first.id LIKE $1 || '%'
			GROUP BY first.id, known.id`, m.prefix)
		if err != nil {
			rt.Fatal(err)
		}
		got := map[string]string{}
		for rows.Next() {
			var id, states string
			if err := rows.Scan(&id, &states); err != nil {
				rt.Fatal(err)
			}
			got[id] = strings.ReplaceAll(states, ".0", "")
		}
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Errorf("contents of each launch, and whether it is missing (-model +tables):\n%s", diff)
		}
	})
}

// run stores some batches in a run that ends well.
func (m *model) run(rt *rapid.T, store *postgres.Store, options postgres.RunOptions) {
	ctx := context.Background()
	run, err := store.BeginRun(ctx, options)
	if err != nil {
		rt.Fatal(err)
	}
	defer run.Abandon(ctx)
	batch, want := m.batch(rt)
	got, err := run.StoreBatch(ctx, batch)
	if err != nil {
		rt.Fatal(err)
	}
	slices.Sort(got.InsertedIDs)
	slices.Sort(got.RevisedIDs)
	if diff := cmp.Diff(fmt.Sprintf("%+v", want), fmt.Sprintf("%+v", got)); diff != "" {
		rt.Errorf("the result of a batch (-model +store):\n%s", diff)
	}
	for _, id := range got.MissingIDs {
		m.missing[id] = true
	}
	if err := run.Finish(ctx, liftoff.Ending{Status: liftoff.RunSucceeded, MissingIDs: got.MissingIDs}); err != nil {
		rt.Fatal(err)
	}
}

// Eight processes with overlapping ranges and contents that change all the
// time: nothing waits for ever, comes twice or is lost.
func TestC8_EightProcessesOnTheSameLaunches(t *testing.T) {
	t.Parallel()
	_, db := openMigrated(t)
	const ids = 60
	// Some are there already by other ways.
	execute(t, db, `INSERT INTO raw_launches (id, raw_data) SELECT to_char(n, 'FM000'), '{"v": 0}' FROM generate_series(0, 9) AS n`)
	var clock atomic.Int64
	var mutex sync.Mutex
	sent := map[string]map[string]bool{}
	var sum liftoff.RunCounts
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	var group sync.WaitGroup
	for worker := range 8 {
		store := open(t, db)
		random := rand.New(rand.NewPCG(uint64(worker), 5))
		group.Go(func() {
			run, err := store.BeginRun(ctx, runOptions())
			if err != nil {
				t.Error(err)
				return
			}
			defer run.Abandon(ctx)
			for range 15 {
				from := random.IntN(ids - 20)
				var launches []liftoff.EnrichedLaunch
				for n := from; n < from+20; n++ {
					l := launch(fmt.Sprintf("%03d", n), fmt.Sprintf(`{"v": %d}`, random.IntN(4)))
					l.FetchedAt = l.FetchedAt.Add(time.Duration(clock.Add(1)) * time.Millisecond)
					launches = append(launches, l)
				}
				batch := batchOf(launches...)
				batch.Rejected = []liftoff.RejectedRecord{{Reason: liftoff.MissingID, Body: []byte{byte(random.IntN(10))}}, {Reason: liftoff.MissingID, Body: []byte{byte(random.IntN(10))}}}
				result, err := run.StoreBatch(ctx, batch)
				if err != nil {
					t.Error(err)
					return
				}
				mutex.Lock()
				sum.Add(result.RunCounts)
				for _, l := range launches {
					if sent[l.ID] == nil {
						sent[l.ID] = map[string]bool{}
					}
					sent[l.ID][string(l.Raw)] = true
				}
				mutex.Unlock()
			}
			if err := run.Finish(ctx, liftoff.Ending{Status: liftoff.RunSucceeded}); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	for id, contents := range sent {
		all := states(t, db, id)
		for raw := range contents {
			if !slices.Contains(all, raw) {
				t.Errorf("launch %s has no state %s: %v", id, raw, all)
			}
		}
		if len(slices.Compact(slices.Clone(all))) != len(all) {
			t.Errorf("launch %s has a revision that is none: %v", id, all)
		}
	}
	got := scan[string](t, db, `SELECT concat_ws(' ', (SELECT count(*) FROM raw_launches) - 10, (SELECT count(*) FROM launch_revisions), count(*), sum(pages), sum(fetched),
		sum(inserted), sum(unchanged), sum(revised), sum(quarantined), sum(bytes)) FROM ingestion_runs WHERE status = 'succeeded'`)
	want := fmt.Sprint(sum.Inserted, sum.Revised, 8, sum.Pages, sum.Fetched, sum.Inserted, sum.Unchanged, sum.Revised, sum.Quarantined, sum.Bytes)
	if got != want {
		t.Errorf("new rows, revisions, and the ledger's sums are\n%s, the batches' results\n%s", got, want)
	}
}

// Several writers of one run share its row in the ledger.
func TestStoreBatch_WritersOfOneRun(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabaseFrom(t, migrated)
	opts := options(db)
	opts.Writers = 4
	run := begin(t, openWith(t, opts), exclusive())
	var group sync.WaitGroup
	for writer := range 4 {
		group.Go(func() {
			for i := range 10 {
				first := launch(fmt.Sprintf("%d%02d", writer, i), "{}")
				if _, err := run.StoreBatch(t.Context(), batchOf(first, launch("shared", fmt.Sprintf(`{"v": %d}`, i)))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	finish(t, run, liftoff.Ending{Status: liftoff.RunSucceeded})
	if got := scan[string](t, db, "SELECT concat_ws(' ', status, pages, fetched, inserted, quarantined) FROM ingestion_runs"); got != "succeeded 40 80 41 0" {
		t.Errorf("the ledger says %s", got)
	}
}
