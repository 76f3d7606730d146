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

//go:embed queries/upsert_payloads.sql
var upsertPayloadsSQL string

//go:embed queries/upsert_rockets.sql
var upsertRocketsSQL string

//go:embed queries/upsert_launchpads.sql
var upsertLaunchpadsSQL string

//go:embed queries/unstored_references.sql
var unstoredReferencesSQL string

//go:embed queries/payloads_of_launches.sql
var payloadsOfLaunchesSQL string

//go:embed queries/unsettled_payloads.sql
var unsettledPayloadsSQL string

// noJITSQL keeps the server from compiling a query that is done once: that takes
// as long as the query.
const noJITSQL = "SELECT set_config('jit', 'off', TRUE)"

// upsertOf returns the statement that stores references of a kind.
func upsertOf(kind liftoff.ReferenceKind) (string, error) {
	switch kind {
	case liftoff.Payloads:
		return upsertPayloadsSQL, nil
	case liftoff.Rockets:
		return upsertRocketsSQL, nil
	case liftoff.Launchpads:
		return upsertLaunchpadsSQL, nil
	default:
		return "", fmt.Errorf("no table keeps references of kind %q", kind)
	}
}

// UpsertReferences stores a batch of references with one statement and returns
// how many were new or have changed. A reference that would look the same in its
// view (payloads, rockets, launchpads) is left unchanged, so that it is safe to
// repeat. If an id comes twice, the last one counts. All of the batch is stored
// or none: a document that JSONB cannot hold is a liftoff.Source error.
func (s *Store) UpsertReferences(ctx context.Context, kind liftoff.ReferenceKind, refs []liftoff.Reference, fetchedAt time.Time) (changed int, err error) {
	upsert, err := upsertOf(kind)
	if err != nil {
		return 0, err
	}
	ids, documents := make([]string, 0, len(refs)), make([]string, 0, len(refs))
	for _, r := range refs {
		ids, documents = append(ids, r.ID), append(documents, string(r.Raw))
	}
	err = s.retry(ctx, maxTries, func() error {
		tag, err := s.pool.Exec(ctx, upsert, ids, documents, timestamp(fetchedAt))
		changed = int(tag.RowsAffected())
		return err
	})
	if err == nil {
		return changed, nil
	}
	action := fmt.Sprintf("store %s in raw_%s", nameReferences(kind, refs), kind)
	if strings.HasPrefix(sqlState(err), dataException) {
		return 0, liftoff.NewError(liftoff.Source, fmt.Errorf("%s: a document cannot be stored: %w", action, shortened{err}),
			fmt.Sprintf("check what the source sends for its %s; the stored launches are unchanged", kind))
	}
	return 0, s.failure(action, err)
}

// UnstoredReferences returns the ids that the newest state of any launch refers
// to and that are not stored, in ascending order: those of launches that the
// source with this base URL may have, and those of other sources' launches. It
// reads every launch; for a few of them, UnstoredReferencesOf is much cheaper.
func (s *Store) UnstoredReferences(ctx context.Context, url string) (own, others map[liftoff.ReferenceKind][]string, err error) {
	return s.unstoredReferences(ctx, nil, url)
}

// UnstoredReferencesOf returns those of the given launches, whosever they are.
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
	own, others = map[liftoff.ReferenceKind][]string{}, map[liftoff.ReferenceKind][]string{}
	batch := &pgx.Batch{}
	batch.Queue(noJITSQL)
	batch.Queue(unstoredReferencesSQL, launchIDs, url).Query(func(rows pgx.Rows) error {
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
	})
	if err := s.pool.SendBatch(ctx, batch).Close(); err != nil {
		return nil, nil, s.failure("look for what launches refer to and is not stored", err)
	}
	return own, others, nil
}

// PayloadsOf returns the ids of the payloads that launches list, stored or not,
// in no order.
func (s *Store) PayloadsOf(ctx context.Context, launchIDs []string) ([]string, error) {
	if len(launchIDs) == 0 {
		return nil, nil
	}
	ids, err := pgx.CollectRows(s.query(ctx, payloadsOfLaunchesSQL, launchIDs), pgx.RowTo[string])
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
	batch := &pgx.Batch{}
	batch.Queue(noJITSQL)
	batch.Queue(unsettledPayloadsSQL, limit).Query(collectInto(&ids))
	if err := s.pool.SendBatch(ctx, batch).Close(); err != nil {
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
