package postgres

import (
	"context"
	_ "embed"
	"fmt"
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

//go:embed queries/unstored_payloads.sql
var unstoredPayloadsSQL string

//go:embed queries/unstored_rockets.sql
var unstoredRocketsSQL string

//go:embed queries/unstored_launchpads.sql
var unstoredLaunchpadsSQL string

// referenceStatements are the statements for one kind of references.
type referenceStatements struct{ upsert, unstored string }

func statementsFor(kind liftoff.ReferenceKind) (referenceStatements, error) {
	switch kind {
	case liftoff.Payloads:
		return referenceStatements{upsertPayloadsSQL, unstoredPayloadsSQL}, nil
	case liftoff.Rockets:
		return referenceStatements{upsertRocketsSQL, unstoredRocketsSQL}, nil
	case liftoff.Launchpads:
		return referenceStatements{upsertLaunchpadsSQL, unstoredLaunchpadsSQL}, nil
	default:
		return referenceStatements{}, fmt.Errorf("no table keeps references of kind %q", kind)
	}
}

// UpsertReferences stores a batch of references with one statement and returns
// how many were new or have changed. A reference that would look the same in its
// view (payloads, rockets, launchpads) is left unchanged, so that it is safe to
// repeat. If an id comes twice, the last one counts. All of the batch is stored
// or none: a document that JSONB cannot hold is a liftoff.Source error.
func (s *Store) UpsertReferences(ctx context.Context, kind liftoff.ReferenceKind, refs []liftoff.Reference, fetchedAt time.Time) (changed int, err error) {
	statements, err := statementsFor(kind)
	if err != nil {
		return 0, err
	}
	ids, documents := make([]string, 0, len(refs)), make([]string, 0, len(refs))
	for _, r := range refs {
		ids, documents = append(ids, r.ID), append(documents, string(r.Raw))
	}
	err = s.retry(ctx, maxTries, func() error {
		tag, err := s.pool.Exec(ctx, statements.upsert, ids, documents, timestamp(fetchedAt))
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

// UnstoredReferences returns the ids, in ascending order, that the newest state
// of any launch refers to and that are not stored: the first limit of them, or
// all if limit is 0. It reads every launch; after a run, UnstoredReferencesOf is
// much cheaper.
func (s *Store) UnstoredReferences(ctx context.Context, kind liftoff.ReferenceKind, limit int) ([]string, error) {
	// A nil slice arrives as NULL.
	return s.unstoredReferences(ctx, kind, nil, limit)
}

// UnstoredReferencesOf is UnstoredReferences for the given launches only.
func (s *Store) UnstoredReferencesOf(ctx context.Context, kind liftoff.ReferenceKind, launchIDs []string) ([]string, error) {
	if len(launchIDs) == 0 {
		return nil, nil
	}
	return s.unstoredReferences(ctx, kind, launchIDs, 0)
}

func (s *Store) unstoredReferences(ctx context.Context, kind liftoff.ReferenceKind, launchIDs []string, limit int) ([]string, error) {
	statements, err := statementsFor(kind)
	if err != nil {
		return nil, err
	}
	ids, err := collect(ctx, s, ask(statements.unstored, launchIDs, limit), pgx.RowTo[string])
	if err != nil {
		return nil, s.failure(fmt.Sprintf("look for %s that are not stored", kind), err)
	}
	return ids, nil
}

func nameReferences(kind liftoff.ReferenceKind, refs []liftoff.Reference) string {
	if len(refs) == 1 {
		return fmt.Sprintf("%s %q", strings.TrimSuffix(string(kind), "s"), refs[0].ID)
	}
	return fmt.Sprintf("%d %s", len(refs), kind)
}
