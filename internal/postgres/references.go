package postgres

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"liftoff"
)

//go:embed queries/stage_references.sql
var stageReferencesSQL string

//go:embed queries/upsert_payloads.sql
var upsertPayloadsSQL string

//go:embed queries/lost_payloads.sql
var lostPayloadsSQL string

//go:embed queries/upsert_rockets.sql
var upsertRocketsSQL string

//go:embed queries/lost_rockets.sql
var lostRocketsSQL string

//go:embed queries/upsert_launchpads.sql
var upsertLaunchpadsSQL string

//go:embed queries/lost_launchpads.sql
var lostLaunchpadsSQL string

//go:embed queries/unstored_references.sql
var unstoredReferencesSQL string

//go:embed queries/refers_to.sql
var refersToSQL string

//go:embed queries/payloads_of_launches.sql
var payloadsOfLaunchesSQL string

//go:embed queries/unsettled_payloads.sql
var unsettledPayloadsSQL string

// noJITSQL keeps the server from compiling a query that is done once: that takes
// as long as the query.
const noJITSQL = "SELECT set_config('jit', 'off', TRUE)"

// referenceStatements are the statements that store references of one kind, and
// that read them back.
type referenceStatements struct{ upsert, lost string }

// statementsFor returns the statements for references of a kind.
func statementsFor(kind liftoff.ReferenceKind) (referenceStatements, error) {
	switch kind {
	case liftoff.Payloads:
		return referenceStatements{upsertPayloadsSQL, lostPayloadsSQL}, nil
	case liftoff.Rockets:
		return referenceStatements{upsertRocketsSQL, lostRocketsSQL}, nil
	case liftoff.Launchpads:
		return referenceStatements{upsertLaunchpadsSQL, lostLaunchpadsSQL}, nil
	default:
		return referenceStatements{}, fmt.Errorf("no table keeps references of kind %q", kind)
	}
}

// maxRefusedShare is how many references of a batch the server may refuse: one in
// so many. A batch of fewer than maxRefusedShare may lose one.
const maxRefusedShare = 5

// UpsertedReferences is what became of a batch of references.
type UpsertedReferences struct {
	// Inserted is how many were new, and Changed how many were new or have changed.
	Inserted, Changed int
	// Refused are those that the server refused for their data, such as a document
	// that JSONB cannot hold. They are not stored.
	Refused []RefusedReference
}

// RefusedReference is a reference that the server refused, and why.
type RefusedReference struct{ ID, Detail string }

// UpsertReferences stores a batch of references. A reference that would look the
// same in its view (payloads, rockets, launchpads) is left unchanged, so that it
// is safe to repeat. If an id comes twice, the last one counts. Those that the
// server refuses are left out; if that is more than a fifth of the batch, the
// error is liftoff.Guard.
//
// All is read back before the COMMIT. If a trigger, rule, policy or collation
// discards or changes what is written, the error is liftoff.Guard too.
func (s *Store) UpsertReferences(ctx context.Context, kind liftoff.ReferenceKind, refs []liftoff.Reference, fetchedAt time.Time) (UpsertedReferences, error) {
	statements, err := statementsFor(kind)
	if err != nil {
		return UpsertedReferences{}, err
	}
	u := &upsert{store: s, kind: kind, statements: statements, fetchedAt: fetchedAt.UTC(), tolerated: max(1, len(refs)/maxRefusedShare)}
	if len(refs) > 0 {
		err = u.storeOrSplit(ctx, refs)
	}
	return u.result, err
}

// upsert is the work of storing a batch of references.
type upsert struct {
	store      *Store
	kind       liftoff.ReferenceKind
	statements referenceStatements
	fetchedAt  time.Time
	// tolerated is how many references the server may refuse.
	tolerated int
	// stagesAll says that payloads cannot be copied straight into their table.
	stagesAll bool
	result    UpsertedReferences
}

// storeOrSplit stores some references in one transaction. If the server refuses
// one of them, it stores each half on its own.
func (u *upsert) storeOrSplit(ctx context.Context, refs []liftoff.Reference) error {
	var written []bool
	err := u.store.retry(ctx, maxTries, func() (err error) {
		written, err = u.storeAll(ctx, refs)
		return err
	})
	if isConflict(err) && !u.stagesAll {
		u.stagesAll = true
		return u.storeOrSplit(ctx, refs)
	}
	err = u.store.blamingRules(ctx, err)
	action := fmt.Sprintf("store %s in raw_%s", nameReferences(u.kind, refs), u.kind)
	switch {
	case err == nil:
		u.result.Changed += len(written)
		for _, isNew := range written {
			if isNew {
				u.result.Inserted++
			}
		}
		return nil
	case liftoff.CategoryOf(err) == liftoff.Guard:
		return fmt.Errorf("%s: %w", action, err)
	case !isRefusal(err):
		return u.store.failure(action, err)
	case len(refs) > 1:
		middle := len(refs) / 2
		if err := u.storeOrSplit(ctx, refs[:middle]); err != nil {
			return err
		}
		return u.storeOrSplit(ctx, refs[middle:])
	}
	if _, err := u.storeAll(ctx, nil); isRefusal(err) {
		return fmt.Errorf("%s: %w", action, refusesAll(err))
	}
	u.result.Refused = append(u.result.Refused, RefusedReference{ID: refs[0].ID, Detail: reason(err)})
	if len(u.result.Refused) > u.tolerated {
		return liftoff.NewError(liftoff.Guard, fmt.Errorf("%s: PostgreSQL refuses too many of them: %w", action, shortened{err}),
			fmt.Sprintf("check the constraints and triggers of raw_%s, and what the source sends for its %s; the launches stay stored", u.kind, u.kind))
	}
	return nil
}

// storeAll stores references in one transaction. For each that was new or has changed
// it returns whether it was new.
func (u *upsert) storeAll(ctx context.Context, refs []liftoff.Reference) (written []bool, err error) {
	refs = lastOfEach(refs)
	tx, err := u.store.pool.BeginTx(ctx, pgx.TxOptions{BeginQuery: u.store.timeouts.begin(0)})
	if err != nil {
		return nil, err
	}
	defer rollback(ctx, tx)
	if u.kind != liftoff.Payloads {
		if written, err = u.merge(ctx, tx, refs); err != nil {
			return nil, asRefusal(err)
		}
		return written, tx.Commit(ctx)
	}
	written, own, err := u.storePayloads(ctx, tx, refs)
	if err != nil {
		return nil, asRefusal(err)
	}
	if len(written) == 0 {
		return nil, tx.Commit(ctx)
	}
	u.store.newPayloads.begin()
	if err := tx.Commit(ctx); err != nil {
		return nil, err
	}
	u.store.newPayloads.end(own)
	return written, nil
}

// merge stores references by way of the session's staging table. The result is that
// of storeAll.
func (u *upsert) merge(ctx context.Context, tx pgx.Tx, refs []liftoff.Reference) (written []bool, err error) {
	if _, err := tx.Exec(ctx, stageReferencesSQL); err != nil {
		return nil, err
	}
	if err := u.copyInto(ctx, tx, "staged_references", refs); err != nil {
		return nil, err
	}
	var lost []string
	batch := &pgx.Batch{}
	batch.Queue(useIndexesSQL)
	batch.Queue(u.statements.upsert).Query(collectInto(&written))
	batch.Queue(u.statements.lost).Query(collectInto(&lost))
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return nil, err
	}
	if len(lost) > 0 {
		return nil, notKept(ctx, tx, "raw_"+string(u.kind), lost)
	}
	return written, nil
}

// copyInto copies references into a table.
func (u *upsert) copyInto(ctx context.Context, tx pgx.Tx, table string, refs []liftoff.Reference) error {
	return copyRows(ctx, tx, copying{
		table,
		[]string{"id", "fetched_at_timestamp", "raw_data"},
		pgx.CopyFromSlice(len(refs), func(i int) ([]any, error) { return []any{refs[i].ID, u.fetchedAt, refs[i].Raw}, nil }),
	})
}

// lastOfEach returns references with the last one of each id.
func lastOfEach(refs []liftoff.Reference) []liftoff.Reference {
	seen := make(map[string]bool, len(refs))
	last := make([]liftoff.Reference, 0, len(refs))
	for _, each := range slices.Backward(refs) {
		if !seen[each.ID] {
			seen[each.ID] = true
			last = append(last, each)
		}
	}
	return last
}

// UnstoredReferences returns the ids that the newest state of any launch refers
// to and that are not stored, in ascending order: those of launches that the
// source with this base URL may have, and those of other sources' launches. It
// reads every launch; for a few of them, UnstoredReferencesOf is much cheaper.
func (s *Store) UnstoredReferences(ctx context.Context, url string) (own, others map[liftoff.ReferenceKind][]string, err error) {
	return s.unstoredReferences(ctx, nil, url)
}

// UnstoredReferencesOf returns those of the given launches, whichever source they
// belong to.
func (s *Store) UnstoredReferencesOf(ctx context.Context, launchIDs []string) (map[liftoff.ReferenceKind][]string, error) {
	if len(launchIDs) == 0 {
		return map[liftoff.ReferenceKind][]string{}, nil
	}
	unstored, others, err := s.unstoredReferences(ctx, launchIDs, "")
	for kind, ids := range others {
		unstored[kind] = append(unstored[kind], ids...)
		slices.Sort(unstored[kind])
	}
	return unstored, err
}

// unstoredReferences takes nil for all launches: it arrives as NULL.
func (s *Store) unstoredReferences(ctx context.Context, launchIDs []string, url string) (own, others map[liftoff.ReferenceKind][]string, err error) {
	read := func(rows pgx.Rows) error {
		own, others = map[liftoff.ReferenceKind][]string{}, map[liftoff.ReferenceKind][]string{}
		var kind liftoff.ReferenceKind
		var id string
		var isOwn bool
		_, err := pgx.ForEachRow(rows, []any{&kind, &id, &isOwn}, func() error {
			list := others
			if isOwn {
				list = own
			}
			list[kind] = append(list[kind], id)
			return nil
		})
		return err
	}
	err = s.retry(ctx, maxTries, func() error {
		batch := &pgx.Batch{}
		batch.Queue(noJITSQL)
		batch.Queue(unstoredReferencesSQL, launchIDs, url).Query(read)
		return s.pool.SendBatch(ctx, batch).Close()
	})
	if err != nil {
		return nil, nil, s.failure("look for what launches refer to and is not stored", err)
	}
	return own, others, nil
}

// RefersTo reports whether a launch of the source with this base URL refers to
// references of a kind, stored or not.
func (s *Store) RefersTo(ctx context.Context, url string, kind liftoff.ReferenceKind) (refers bool, err error) {
	err = s.retry(ctx, maxTries, func() error {
		return s.pool.QueryRow(ctx, refersToSQL, url, string(kind)).Scan(&refers)
	})
	if err != nil {
		return false, s.failure("look for launches that refer to "+string(kind), err)
	}
	return refers, nil
}

// PayloadsOf returns the ids of the payloads that launches list, stored or not,
// in no order.
func (s *Store) PayloadsOf(ctx context.Context, launchIDs []string) ([]string, error) {
	if len(launchIDs) == 0 {
		return nil, nil
	}
	ids, err := collect(ctx, s, ask(payloadsOfLaunchesSQL, launchIDs), pgx.RowTo[string])
	if err != nil {
		return nil, s.failure("list the payloads of launches", err)
	}
	return ids, nil
}

// UnsettledPayloads returns the ids, up to a limit, of payloads that are likely to
// change: those of upcoming launches, then those that are stored without a mass;
// of each the newest ids first. It opens the documents of upcoming launches.
func (s *Store) UnsettledPayloads(ctx context.Context, limit int) ([]string, error) {
	var ids []string
	err := s.retry(ctx, maxTries, func() error {
		batch := &pgx.Batch{}
		batch.Queue(noJITSQL)
		batch.Queue(unsettledPayloadsSQL, limit).Query(collectInto(&ids))
		return s.pool.SendBatch(ctx, batch).Close()
	})
	if err != nil {
		return nil, s.failure("list the payloads that are likely to change", err)
	}
	return ids, nil
}

func nameReferences(kind liftoff.ReferenceKind, refs []liftoff.Reference) string {
	if len(refs) == 1 {
		return fmt.Sprintf("%s %q", strings.TrimSuffix(string(kind), "s"), refs[0].ID)
	}
	return fmt.Sprintf("%d %s", len(refs), kind)
}
