package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"liftoff"
	"liftoff/internal/postgres"
)

// maxKnownChanged bounds how many changed launches are remembered by id; if
// there are more, all launches are searched for what they refer to.
const maxKnownChanged = 5000

// references fetches what the launches of a run refer to: payloads with their
// real masses, and the names of rockets and launchpads.
type references struct {
	ingester *Ingester
	// takesAll asks for all of them anew, because masses may have been
	// corrected. Otherwise only those are fetched that the run's launches
	// brought and that are not stored yet.
	takesAll bool
	// changed are the launches that were new or revised; isMany says that
	// there were too many to remember.
	changed []string
	isMany  bool
	// refused is how many references PostgreSQL refused, and firstRefused names
	// the first and why.
	refused      int
	firstRefused string
}

// noteRefused remembers references that PostgreSQL refused.
func (r *references) noteRefused(ctx context.Context, kind liftoff.ReferenceKind, refused []postgres.RefusedReference) {
	for _, each := range refused {
		r.ingester.Logger.WarnContext(ctx, "PostgreSQL refused a reference; it is left out.", "kind", string(kind), "id", each.ID, "reason", each.Detail)
		if r.refused == 0 {
			r.firstRefused = fmt.Sprintf("%s %q: %s", strings.TrimSuffix(string(kind), "s"), each.ID, each.Detail)
		}
		r.refused++
	}
}

// shortcoming returns the error for references that PostgreSQL refused, or nil.
func (r *references) shortcoming() error {
	if r.refused == 0 {
		return nil
	}
	return liftoff.NewError(liftoff.Quarantined,
		fmt.Errorf("PostgreSQL refused %s (%s)", liftoff.Count(int64(r.refused), "reference", "references"), r.firstRefused),
		"check the constraints and triggers of the table; all else is stored, and the next `liftoff ingest --all` tries again")
}

// note takes what became of a batch.
func (r *references) note(_ liftoff.Batch, result liftoff.BatchResult) {
	r.changed = append(append(r.changed, result.InsertedIDs...), result.RevisedIDs...)
	if len(r.changed) > maxKnownChanged {
		r.changed, r.isMany = nil, true
	}
}

// fetch fetches and stores the references of all kinds. The error is
// liftoff.Quarantined if PostgreSQL refused some and all others are stored.
func (r *references) fetch(ctx context.Context) error {
	for _, kind := range []liftoff.ReferenceKind{liftoff.Payloads, liftoff.Rockets, liftoff.Launchpads} {
		err := r.fetchKind(ctx, kind)
		if errors.Is(err, liftoff.ErrNotFound) {
			r.ingester.Logger.WarnContext(ctx, "The API does not serve references of this kind; launches keep their bare ids.", "kind", string(kind))
			continue
		}
		if err != nil {
			return err
		}
	}
	return r.shortcoming()
}

func (r *references) fetchKind(ctx context.Context, kind liftoff.ReferenceKind) error {
	var ids []string
	if !r.takesAll {
		var err error
		if ids, err = r.notStored(ctx, kind); err != nil || len(ids) == 0 {
			return err
		}
	}
	received, changed := 0, 0
	for some, err := range r.ingester.Source.References(ctx, kind, ids) {
		if err != nil {
			return err
		}
		stored, err := r.ingester.Store.UpsertReferences(ctx, kind, some, r.ingester.Now().UTC())
		if err != nil {
			return err
		}
		received, changed = received+len(some), changed+stored.Changed
		r.noteRefused(ctx, kind, stored.Refused)
	}
	level := slog.LevelDebug
	if r.takesAll {
		level = slog.LevelInfo
	}
	r.ingester.Logger.Log(ctx, level, "References fetched.", "kind", string(kind), "fetched", received, "changed", changed)
	return nil
}

// notStored returns the references of the run's launches that are not stored
// yet.
func (r *references) notStored(ctx context.Context, kind liftoff.ReferenceKind) ([]string, error) {
	switch {
	case r.isMany:
		return r.ingester.Store.UnstoredReferences(ctx, kind, 0)
	case len(r.changed) == 0:
		return nil, nil
	default:
		return r.ingester.Store.UnstoredReferencesOf(ctx, kind, r.changed)
	}
}
