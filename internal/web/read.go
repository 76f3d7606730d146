package web

import (
	"context"
	"slices"
	"time"

	"liftoff"
	"liftoff/internal/analytics"
	"liftoff/internal/postgres"
)

const (
	latestLaunches = 6
	latestRuns     = 5
	// askAgainAfter is how long an engine that did not answer is left alone: pages wait for
	// those who ask it.
	askAgainAfter = 15 * time.Second
)

// read returns the newest snapshot: the one from before if nothing has changed since.
func (s *Site) read(ctx context.Context, before *snapshot) (*snapshot, error) {
	store, err := s.Store(ctx)
	if err != nil {
		return nil, err
	}
	version, err := store.DataVersion(ctx)
	if err != nil {
		return nil, err
	}
	if before != nil && before.version == version && (!before.hasFailed() || s.Now().Sub(before.readAt) < askAgainAfter) {
		return before, nil
	}
	began := s.Now()
	found := &snapshot{version: version, readAt: began}
	if err := s.readStored(ctx, store, found); err != nil {
		return nil, err
	}
	found.answers = s.ask(ctx)
	found.engine = s.EngineName()
	found.took = s.Now().Sub(began)
	return found, nil
}

// hasFailed reports whether any answer is missing, which another look may change.
func (s *snapshot) hasFailed() bool {
	return slices.ContainsFunc(s.answers, func(a answer) bool { return a.err != nil })
}

// readStored reads what does not come from the analytics.
func (s *Site) readStored(ctx context.Context, store *postgres.Store, found *snapshot) (err error) {
	if found.health, err = store.Health(ctx); err != nil {
		return err
	}
	if found.runs, err = store.Runs(ctx, postgres.RunFilter{Limit: latestRuns}); err != nil {
		return err
	}
	if found.latest, err = latest(ctx, store); err != nil {
		return err
	}
	if found.choices, err = store.LaunchChoices(ctx); err != nil {
		return err
	}
	first, err := store.LaunchPage(ctx, liftoff.LaunchPageRequest{Limit: 1})
	found.isEmpty = len(first.Launches) == 0
	return err
}

// latest returns the launches that flew last, whatever became of them.
func latest(ctx context.Context, store *postgres.Store) ([]liftoff.StoredLaunch, error) {
	var flown []liftoff.StoredLaunch
	for _, outcome := range []liftoff.Outcome{liftoff.OutcomeSuccess, liftoff.OutcomeFailure, liftoff.OutcomeUnknown} {
		page, err := store.LaunchPage(ctx, liftoff.LaunchPageRequest{LaunchFilter: liftoff.LaunchFilter{Outcome: outcome}, Limit: latestLaunches})
		if err != nil {
			return nil, err
		}
		flown = append(flown, page.Launches...)
	}
	slices.SortStableFunc(flown, func(a, b liftoff.StoredLaunch) int { return b.LaunchedAt.Compare(a.LaunchedAt) })
	return flown[:min(len(flown), latestLaunches)], nil
}

// ask asks all queries. One of the user's own that cannot be answered does not take the
// others along.
func (s *Site) ask(ctx context.Context) []answer {
	answers, err := s.askTogether(ctx, s.Queries)
	isOwn := func(q analytics.Query) bool { return q.IsOwn() }
	if err == nil || !slices.ContainsFunc(s.Queries, isOwn) {
		return answers
	}
	builtIn, _ := s.askTogether(ctx, slices.DeleteFunc(slices.Clone(s.Queries), isOwn))
	for i, query := range s.Queries {
		if query.IsOwn() {
			own, _ := s.askTogether(ctx, s.Queries[i:i+1])
			answers[i] = own[0]
		} else {
			answers[i], builtIn = builtIn[0], builtIn[1:]
		}
	}
	return answers
}

// askTogether asks queries of one moment. Each answer has the error if there is one.
func (s *Site) askTogether(ctx context.Context, queries []analytics.Query) ([]answer, error) {
	answers := make([]answer, len(queries))
	tables, err := s.Answer(ctx, queries)
	for i := range answers {
		if err != nil {
			answers[i].err = err
		} else {
			answers[i].table = tables[i]
		}
	}
	return answers, err
}
