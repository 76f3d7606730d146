package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// revisionsQuery counts the changes that were stored.
const revisionsQuery = "SELECT count(*) FROM launch_revisions"

// measureWhole measures the program with its defaults: all launches, beside the
// COPY of the launches alone; the same again; and the latest launch into the
// database that has the others, and into a small one.
func (b *bench) measureWhole(ctx context.Context) error {
	api, err := b.startReplay(ctx, b.whole)
	if err != nil {
		return err
	}
	defer func() { api.stop() }()
	if err := b.makeCopyFile(ctx, b.whole, api); err != nil {
		return err
	}
	for rep := range b.reps {
		for _, c := range []contender{b.ownWhole(), copyContender{bench: b, seed: true}} {
			if b.exhausted(turns{c.name(), whole, b.whole}) {
				continue
			}
			j := job{kind: whole, n: b.whole, rep: rep + 1, api: api.url, again: true}
			j.keep = c.name() == ownWhole && b.kept[filling{whole, b.whole}] == ""
			if err := b.runOne(ctx, c, j); err != nil {
				return fmt.Errorf("%s, run %d: %w", c.name(), rep+1, err)
			}
		}
	}
	if err := b.measureLatestInto(ctx, &api); err != nil {
		return fmt.Errorf("the latest launch: %w", err)
	}
	if b.large == b.whole {
		return nil
	}
	return b.wholeAt(ctx, b.large, b.largeReps)
}

// wholeAt makes whole runs at a size; the first database stays.
func (b *bench) wholeAt(ctx context.Context, n, reps int) error {
	api, err := b.startReplay(ctx, n)
	if err != nil {
		return err
	}
	defer api.stop()
	for rep := range reps {
		j := job{kind: whole, n: n, rep: rep + 1, api: api.url, keep: rep == 0}
		if err := b.runOne(ctx, b.ownWhole(), j); err != nil {
			return err
		}
	}
	return nil
}

// wholeDatabase is a database that a whole run has filled.
func (b *bench) wholeDatabase(ctx context.Context, n int) (string, error) {
	if b.kept[filling{whole, n}] == "" {
		if err := b.wholeAt(ctx, n, 1); err != nil {
			return "", err
		}
	}
	database := b.kept[filling{whole, n}]
	if database == "" {
		return "", errors.New("no whole run has filled a database")
	}
	return database, nil
}

// measureLatestInto stores the latest launch, all defaults, in a database of
// many launches and in one of few, in turn. Each time the API has one more
// launch that has flown; each database knows its API by the address it was
// filled from. The API of the many runs already.
func (b *bench) measureLatestInto(ctx context.Context, many **replay) error {
	few, err := b.startReplay(ctx, latestCount)
	if err != nil {
		return err
	}
	defer func() { few.stop() }()
	j := job{kind: whole, n: latestCount, rep: 1, api: few.url, keep: true}
	if err := b.runOne(ctx, b.ownWhole(), j); err != nil {
		return err
	}
	for rep := range min(b.reps, mostRevisions) {
		for _, each := range []struct {
			n   int
			api **replay
		}{{b.whole, many}, {latestCount, &few}} {
			database := b.kept[filling{whole, each.n}]
			if database == "" {
				return errors.New("no whole run has filled a database")
			}
			if err := b.advance(ctx, each.api, each.n, rep+1); err != nil {
				return err
			}
			j := job{n: each.n, rep: rep + 1, api: (*each.api).url, database: database}
			if err := b.storeLatest(ctx, j); err != nil {
				return err
			}
		}
	}
	return nil
}

// advance restarts an API at the same address with a later revision of its launches.
// It also requests what a run requests, so that the API's caches are filled.
func (b *bench) advance(ctx context.Context, api **replay, n, revision int) error {
	(*api).stop()
	address := strings.TrimPrefix((*api).url, "http://")
	next, err := b.startReplay(ctx, n, "--listen", address, "--revision", strconv.Itoa(revision))
	if err != nil {
		return err
	}
	*api = next
	for _, path := range []string{"/v4/launches/latest", "/v4/rockets", "/v4/launchpads"} {
		if err := b.get(ctx, next, path, discard); err != nil {
			return err
		}
	}
	return nil
}

// storeLatest is one run of `liftoff ingest`. It must store one change.
func (b *bench) storeLatest(ctx context.Context, j job) error {
	before, err := b.server.number(ctx, j.database, revisionsQuery)
	if err != nil {
		return err
	}
	m := measured{kind: latestInto, command: b.ownCommand(j, b.liftoff, "ingest")}
	if _, err := b.measureOnce(ctx, b.ownWhole(), j, m); err != nil {
		return err
	}
	after, err := b.server.number(ctx, j.database, revisionsQuery)
	if err == nil && after != before+1 {
		b.fail("the latest launch into %d, run %d: %d changes were stored", j.n, j.rep, after-before)
	}
	return err
}
