package records_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"liftoff/internal/replay/damage"
	"liftoff/internal/source/spacex"
	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/launchtest"
	"liftoff/internal/testkit/pgtest"
)

const (
	mutationSeed = 20260117
	// mutations is how many there are unless MUTATIONS says otherwise.
	mutations = 2000
)

// Whatever happens to a record, it ends stored or in quarantine, byte for byte,
// and the counts add up.
func TestA29_MutatedRecordsAreStoredOrInQuarantine(t *testing.T) {
	t.Parallel()
	count := mutations
	if text := os.Getenv("MUTATIONS"); text != "" {
		var err error
		if count, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	records, kinds := mutants(captured(t), count)
	u, db := userOf(t, startSource(t, records).url)
	r := u.With("SPACEX_RATE_LIMIT=1000").Run(t, ingestAll("--accept-drift")...)
	wantEnd(t, r, 3, fmt.Sprintf("of %d records went into quarantine", count))
	stored, kept := contents(t, db)
	isStored, isKept := 0, 0
	var ids, documents []string
	for i, record := range records {
		launch, err := spacex.DecodeLaunch(record)
		_, inLaunches := stored[launch.ID]
		inLaunches = inLaunches && err == nil
		inQuarantine := kept[string(record)]
		if inLaunches == inQuarantine {
			t.Errorf("record %d (%s) is stored: %t, in quarantine: %t; %.200q", i, kinds[i], inLaunches, inQuarantine, record)
		}
		if inLaunches {
			isStored++
			ids, documents = append(ids, launch.ID), append(documents, string(record))
		} else {
			isKept++
		}
	}
	wantLedger(t, db, fmt.Sprintf("succeeded %d %d 0 0 %d", count, len(stored), count-len(stored)))
	if isStored != len(stored) || isStored+isKept != count {
		t.Errorf("%d records are stored and %d in quarantine, of %d; the table has %d", isStored, isKept, count, len(stored))
	}
	same := clitest.Scan[int](t, db, `SELECT count(*) FROM unnest($1::TEXT[], $2::TEXT[]) AS sent (id, document)
		JOIN raw_launches AS launch ON launch.id = sent.id AND launch.raw_data = sent.document::JSONB`, ids, documents)
	if same != isStored {
		t.Errorf("%d of %d launches are stored as they were sent", same, isStored)
	}
	launchtest.WantTyped(t, db.DSN)
	t.Logf("seed %d: %d damaged records in %d ways: %d stored, %d in quarantine (%d different), none lost",
		mutationSeed, count, len(damage.Kinds()), isStored, isKept, len(kept))
}

// mutants returns so many damaged variants of launches, in the order of their
// ids, and how each was damaged.
func mutants(launches [][]byte, count int) (records [][]byte, kinds []damage.Kind) {
	random := rand.New(rand.NewPCG(mutationSeed, 0))
	type mutant struct {
		order         string
		whole, record []byte
		kind          damage.Kind
	}
	var all []mutant
	for n := range count {
		original := launches[n%len(launches)]
		id := fmt.Sprintf("5eb87cd9ffd86e%010x", n*1000)
		whole := bytes.Replace(original, []byte(idOf(original)), []byte(id), 1)
		kind := damage.Kinds()[random.IntN(len(damage.Kinds()))]
		m := mutant{order: id, whole: whole, record: kind.Apply(whole, random), kind: kind}
		if launch, err := spacex.DecodeLaunch(m.record); err == nil {
			m.order = launch.ID // the API sorts by it
		}
		all = append(all, m)
	}
	slices.SortStableFunc(all, func(a, b mutant) int { return strings.Compare(a.order, b.order) })
	for i, m := range all {
		if i > 0 && kinds[i-1].BreaksJSON() && (m.kind.BreaksJSON() || m.kind == "not-an-object") {
			// Where a broken record ends is told by how the next one begins.
			m.kind = "number-id"
			m.record = m.kind.Apply(m.whole, random)
		}
		records, kinds = append(records, m.record), append(kinds, m.kind)
	}
	return records, kinds
}

// contents returns the ids of the launches and the bodies in quarantine.
func contents(t *testing.T, db pgtest.Database) (stored, kept map[string]bool) {
	t.Helper()
	stored, kept = map[string]bool{}, map[string]bool{}
	conn := pgtest.Connect(t, db.DSN)
	read := func(sql string, into map[string]bool) {
		rows, err := conn.Query(context.WithoutCancel(t.Context()), sql)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var value []byte
			if err := rows.Scan(&value); err != nil {
				t.Fatal(err)
			}
			into[string(value)] = true
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
	}
	read("SELECT convert_to(id, 'UTF8') FROM raw_launches", stored)
	read("SELECT body FROM quarantined_records", kept)
	return stored, kept
}
