package postgres

import (
	"context"
	_ "embed"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

//go:embed queries/typed_counters.sql
var typedCountersSQL string

//go:embed queries/typed_counters_are_reliable.sql
var typedCountersAreReliableSQL string

//go:embed queries/typed_check.sql
var typedCheckSQL string

//go:embed queries/stale_launches.sql
var staleLaunchesSQL string

//go:embed queries/type_launches.sql
var typeLaunchesSQL string

//go:embed queries/delete_typed_launches.sql
var deleteTypedLaunchesSQL string

//go:embed queries/add_masses.sql
var addMassesSQL string

//go:embed queries/note_typed_check.sql
var noteTypedCheckSQL string

//go:embed queries/forget_typed_transactions.sql
var forgetTypedTransactionsSQL string

const (
	// typedLock is the key of the advisory lock that a transaction shares while it
	// writes launches and their rows of typed_launches, before it locks any row. Who
	// looks for rows that are not right, or puts them right, has it alone: then
	// nobody is about to commit what that would not see.
	typedLock      = migrationLock + 2
	shareTypedSQL  = "SELECT pg_advisory_xact_lock_shared($1)"
	takeTypedSQL   = "SELECT pg_advisory_xact_lock($1)"
	maxStale       = 100_000 // bounds the ids in memory
	maxTypedAtOnce = 2_000   // bounds a transaction, for which others wait
)

// RefreshOptions say how typed_launches is refreshed.
type RefreshOptions struct {
	// IfTouched does nothing if the server's counters show that nothing was written
	// since the last refresh.
	IfTouched bool
	// All computes every row again, and not only those that may not be right.
	All bool
	// Progress is told how many launches have been looked at; may be nil.
	Progress func(ctx context.Context, launches int64)
}

// RefreshTypedLaunches makes typed_launches, and so the view launches, what the
// stored documents, payloads and marks say, whoever has written those or
// typed_launches itself. Runs keep it in step with what they write; this is for
// the rest: what other programs and hands have changed, and payloads. Only what
// was written since the last refresh is computed again, and only rows that were
// not right are written. It may be called while runs are under way, and survives a lost
// connection.
func (s *Store) RefreshTypedLaunches(ctx context.Context, options RefreshOptions) (changed Refreshed, err error) {
	payloads, hasNewPayloads := s.newPayloads.take()
	r := &refresh{store: s, options: options, hasNewPayloads: hasNewPayloads}
	if err := s.retry(ctx, maxTries, func() error { return r.do(ctx) }); err != nil {
		if hasNewPayloads {
			s.newPayloads.begin()
			s.newPayloads.end(payloads...)
		}
		return r.changed, s.failure("bring typed_launches up to date", s.blamingRules(ctx, err))
	}
	return r.changed, nil
}

// Refreshed is how many rows of typed_launches were not right.
type Refreshed struct {
	// Foreign is because of something else than a run.
	Foreign int64
	// Left is because a run that was stopped, or is under way in another process, had not
	// added the masses of payloads that it has stored.
	Left int64
}

// AddMasses lets the view launches show the masses of payloads that this store has
// changed since, whichever run stored their launches. It does nothing if there are
// none, and survives a lost connection.
func (s *Store) AddMasses(ctx context.Context) error {
	payloads, hasNewPayloads := s.newPayloads.take()
	if !hasNewPayloads {
		return nil
	}
	r := &refresh{store: s, payloads: payloads}
	if err := s.retry(ctx, maxTries, func() error { return r.conclude(ctx) }); err != nil {
		s.newPayloads.begin()
		s.newPayloads.end(payloads...)
		return s.failure("add up the masses of payloads", s.blamingRules(ctx, err))
	}
	return nil
}

// refresh is one refresh of typed_launches.
type refresh struct {
	store          *Store
	options        RefreshOptions
	hasNewPayloads bool
	// payloads are the transactions that have written into raw_payloads, if only the
	// masses follow them. A look needs none: it counts all that was written before.
	payloads []ownWrites
	// after is the last launch that was done.
	after string
	seen  int64
	// changed is how many rows were not right.
	changed Refreshed
	// moment is what the first look found.
	moment *typedMoment
}

// typedMoment is a moment up to which typed_launches was looked at.
type typedMoment struct {
	// identity says which counters the server has, and counted are their numbers.
	// knownIdentity is that of the last refresh, and explained are the numbers then with
	// what the program's own transactions have written since. All may be NULL.
	identity, knownIdentity *string
	counted, explained      rowCounts
	isReliable              bool
	// oldestUnchecked and nextTransaction are numbers of transactions.
	oldestUnchecked, nextTransaction string
}

// do goes on where the last try has ended.
func (r *refresh) do(ctx context.Context) error {
	if r.moment == nil {
		moment, err := r.store.typedMoment(ctx)
		if err != nil {
			return err
		}
		if r.options.IfTouched && !r.store.hasTyped.Load() && !r.hasNewPayloads && moment.isUntouched() {
			return nil
		}
	}
	for {
		ids, err := r.look(ctx)
		if err != nil {
			return err
		}
		for from := 0; from < len(ids); from += maxTypedAtOnce {
			if err := r.typeAgain(ctx, ids[from:min(from+maxTypedAtOnce, len(ids))]); err != nil {
				return err
			}
		}
		if len(ids) < maxStale {
			break
		}
	}
	return r.conclude(ctx)
}

// isUntouched reports whether nobody else has written since the last refresh.
func (m typedMoment) isUntouched() bool {
	return m.isReliable && m.identity != nil && m.knownIdentity != nil && *m.identity == *m.knownIdentity &&
		len(m.counted) > 0 && slices.Equal(m.counted, m.explained)
}

// typedMoment asks for the counters.
func (s *Store) typedMoment(ctx context.Context) (m typedMoment, err error) {
	batch := &pgx.Batch{}
	s.queueTypedMoment(batch, &m)
	return m, s.pool.SendBatch(ctx, batch).Close()
}

func (s *Store) queueTypedMoment(batch *pgx.Batch, m *typedMoment) {
	// The order matters: see the first one.
	batch.Queue(typedCountersAreReliableSQL, s.connections.pids()).QueryRow(func(row pgx.Row) error { return row.Scan(&m.isReliable) })
	batch.Queue(typedCountersSQL).QueryRow(func(row pgx.Row) error { return row.Scan(&m.identity, &m.counted) })
	batch.Queue(typedCheckSQL).QueryRow(func(row pgx.Row) error {
		return row.Scan(&m.knownIdentity, &m.explained, &m.oldestUnchecked, &m.nextTransaction)
	})
}

// look returns the next launches whose rows may not be right. The first look says
// from which moment on the next refresh has to look.
func (r *refresh) look(ctx context.Context) (ids []string, err error) {
	tx, _, err := r.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer rollback(ctx, tx)
	var moment typedMoment
	batch := &pgx.Batch{}
	r.store.queueTypedMoment(batch, &moment)
	batch.Queue(staleLaunchesSQL, r.after, maxStale, r.options.All).Query(collectInto(&ids))
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return nil, err
	}
	if r.moment == nil {
		r.moment = &moment
	}
	return ids, nil
}

// begin begins a transaction that has the lock; before is what its session had written.
func (r *refresh) begin(ctx context.Context) (tx pgx.Tx, before rowCounts, err error) {
	tx, err = r.store.pool.BeginTx(ctx, pgx.TxOptions{BeginQuery: r.store.timeouts.begin(0)})
	if err != nil {
		return nil, nil, err
	}
	batch := &pgx.Batch{}
	// A statement of its own, so that the next ones see what others have committed
	// while it waited.
	r.store.queueTypedLock(batch, takeTypedSQL, &before)
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		rollback(ctx, tx)
		return nil, nil, err
	}
	return tx, before, nil
}

// typeAgain computes the rows of some launches again.
func (r *refresh) typeAgain(ctx context.Context, ids []string) error {
	tx, before, err := r.begin(ctx)
	if err != nil {
		return err
	}
	defer rollback(ctx, tx)
	batch := &pgx.Batch{}
	// The COMMIT waits for the disk: after a crash of the server the next try goes on
	// behind these launches.
	batch.Queue(useIndexesSQL)
	changed := queueTyping(batch, ids, before)
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return err
	}
	if err := tx.Commit(ctx); err != nil {
		return err
	}
	r.changed.Foreign += *changed
	r.seen += int64(len(ids))
	r.after = ids[len(ids)-1]
	if r.options.Progress != nil {
		r.options.Progress(ctx, r.seen)
	}
	return nil
}

// queueTyping adds the statements that compute the rows of some launches, in a
// transaction that has the lock or shares it, and has written nothing since before but
// what these rows follow from. When the batch is closed, it is known how many rows have
// changed.
func queueTyping(batch *pgx.Batch, ids []string, before rowCounts) (changed *int64) {
	changed = new(int64)
	batch.Queue(deleteTypedLaunchesSQL, ids).Exec(addAffected(changed))
	batch.Queue(typeLaunchesSQL, ids).Exec(addAffected(changed))
	queueTypedNote(batch, before)
	return changed
}

// addAffected returns a function that adds the number of rows that a statement has
// written.
func addAffected(sum *int64) func(pgconn.CommandTag) error {
	return func(tag pgconn.CommandTag) error {
		*sum += tag.RowsAffected()
		return nil
	}
}

// conclude settles the masses, and notes the moment of the first look if there was
// one.
func (r *refresh) conclude(ctx context.Context) error {
	tx, before, err := r.begin(ctx)
	if err != nil {
		return err
	}
	defer rollback(ctx, tx)
	var masses, foreign int64
	batch := &pgx.Batch{}
	batch.Queue(addMassesSQL, r.moment != nil).QueryRow(func(row pgx.Row) error { return row.Scan(&masses, &foreign) })
	queueTypedNote(batch, before)
	for _, payloads := range r.payloads {
		batch.Queue(forgetPayloadsSQL, payloads.transactionID)
		batch.Queue(notePayloadWritesSQL, payloads.transactionID, []int64(payloads.written))
	}
	if r.moment != nil {
		m := r.moment
		batch.Queue(noteTypedCheckSQL, m.oldestUnchecked, m.nextTransaction, m.identity, []int64(m.counted))
		batch.Queue(forgetTypedTransactionsSQL)
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return err
	}
	if err := tx.Commit(ctx); err != nil {
		return err
	}
	r.changed.Foreign += foreign
	r.changed.Left += masses - foreign
	return nil
}
