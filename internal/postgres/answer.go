package postgres

import (
	"context"
	_ "embed"
	"errors"
	"math"
	"strconv"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"liftoff/internal/analytics"
	"liftoff/internal/table"
)

//go:embed queries/share_snapshot.sql
var shareSnapshotSQL string

// answerLimits bound the answers to analytics queries.
type answerLimits struct {
	// statement ends a query that hangs behind a lock or reads a huge table; each
	// built-in one takes milliseconds at a hundred thousand launches.
	statement time.Duration
	// rows is the maximum length of one answer.
	rows int
	// bytes is the maximum size of one answer, and of one message of the server.
	bytes int
	// sharedFrom is the number of launches from which two connections share the
	// queries.
	sharedFrom int
}

const (
	// sharedFromLaunches is where a second connection, a login that takes several
	// milliseconds, begins to pay.
	sharedFromLaunches = 10_000
	// aheadWhenShared is how many queries a connection that shares them takes at
	// once: the server does not wait for the network between two of them.
	aheadWhenShared = 2
)

// analyticsRelations are what the analytics queries read. A view needs no
// privilege on the tables beneath it.
const analyticsRelations = "launches, rockets, launchpads, launch_aggregates_view"

// Answer answers all queries, in their order, and only reads. All answers are of
// one moment: they come from one read-only transaction or, if there are many
// launches and a second connection can be had, from two that share a snapshot.
// Either every query is answered or there is an error, which names the query; its
// category is Database, Privilege, Usage (a table is missing, or a query of the user's
// is wrong) or QueryEngine (an answer is too long). It survives a lost connection.
func (s *Store) Answer(ctx context.Context, queries []analytics.Query) ([]table.Table, error) {
	return s.answer(ctx, queries, answerLimits{s.timeouts.statement, analytics.MaxRows, analytics.MaxBytes, sharedFromLaunches})
}

func (s *Store) answer(ctx context.Context, queries []analytics.Query, limits answerLimits) ([]table.Table, error) {
	if len(queries) == 0 {
		return nil, nil
	}
	var answers []table.Table
	isShared := len(queries) > 1 && s.pool.Stat().MaxConns() > 1
	err := s.retry(ctx, maxTries, func() (err error) {
		answers, err = s.answerOnce(ctx, queries, limits, isShared)
		if _, isRefused := errors.AsType[notShared](err); isRefused && !isLost(err) && ctx.Err() == nil {
			isShared = false
			answers, err = s.answerOnce(ctx, queries, limits, isShared)
		}
		return err
	})
	if err != nil {
		return nil, s.answerFailure(ctx, err, reading{relations: analyticsRelations, timeout: limits.statement})
	}
	return answers, nil
}

// answerOnce tries it once. It shares the queries with a second connection only
// if isShared and there are enough launches.
func (s *Store) answerOnce(ctx context.Context, queries []analytics.Query, limits answerLimits, isShared bool) ([]table.Table, error) {
	group, ctx := errgroup.WithContext(ctx)
	untilTaken, allTaken := context.WithCancel(ctx)
	defer allTaken()
	work := &answerWork{queries: queries, limits: limits, answers: make([]table.Table, len(queries)), allTaken: allTaken}
	var share func(snapshot string)
	if isShared {
		share = func(snapshot string) {
			group.Go(func() error { return s.helpAnswering(ctx, untilTaken, work, snapshot) })
		}
	}
	group.Go(func() error { return s.leadAnswering(ctx, work, share) })
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return work.answers, nil
}

// leadAnswering answers queries in a transaction of its own. With a function
// share it asks for a snapshot, and hands it to that function if it gets one. It
// never waits for the second connection: behind a pooler that one may get its
// session only when this transaction has ended.
func (s *Store) leadAnswering(ctx context.Context, work *answerWork, share func(snapshot string)) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return s.connectFailure(err)
	}
	defer conn.Release()
	opening := append([]string{beginAnsweringSQL}, work.settings()...)
	return work.on(ctx, conn.Conn(), func(session *answerSession) error {
		session.send(opening...)
		if share == nil {
			session.ahead = math.MaxInt
		} else {
			session.sendWith(shareSnapshotSQL, strconv.Itoa(work.limits.sharedFrom))
		}
		// The first queries do not wait for what the opening returns.
		if err := session.sendAhead(); err != nil {
			return err
		}
		if err := session.readOpening(len(opening)); err != nil {
			return err
		}
		if share != nil {
			if err := session.shareOrTakeAll(share); err != nil {
				return err
			}
		}
		return session.answerAll(ctx)
	})
}

// helpAnswering answers queries on a second connection, which sees the snapshot
// of the first. If it cannot begin, it leaves all queries to the first, without
// an error: the server may have no connection left, or the first may be done. It
// waits for a connection only until all queries are taken.
func (s *Store) helpAnswering(ctx, untilTaken context.Context, work *answerWork, snapshot string) error {
	conn, err := s.pool.Acquire(untilTaken)
	if err != nil {
		return nil
	}
	defer conn.Release()
	opening := append([]string{beginAnsweringSQL, importSnapshot(snapshot)}, work.settings()...)
	return work.on(ctx, conn.Conn(), func(session *answerSession) error {
		session.send(opening...)
		err := session.pipeline.Flush()
		if err == nil {
			err = session.readOpening(len(opening))
		}
		if err != nil {
			return nil //nolint:nilerr // see above
		}
		return session.answerAll(ctx)
	})
}

// notShared is the server's refusal to share a snapshot.
type notShared struct{ error }

func (e notShared) Unwrap() error { return e.error }

// answerWork is a list of queries that one or two connections answer.
type answerWork struct {
	queries []analytics.Query
	limits  answerLimits
	// answers has a place for each query.
	answers []table.Table
	taken   atomic.Int64
	// allTaken is called when no query is left to be taken.
	allTaken func()
}

// take returns the place of the next query that nobody has taken. They are taken
// one by one because they differ in cost.
func (w *answerWork) take() (place int, ok bool) {
	place = int(w.taken.Add(1)) - 1
	if place >= len(w.queries) {
		w.allTaken()
		return 0, false
	}
	return place, true
}
