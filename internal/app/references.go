package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"liftoff"
	"liftoff/internal/source/spacex"
)

// maxKnownNew bounds how many new launches are remembered by id; with more of
// them all launches are looked through for what they refer to.
const maxKnownNew = 5000

// references fetches what the launches of a run refer to: payloads with their
// real masses, and the names of rockets and launchpads.
type references struct {
	app  *App
	opts runOptions
	// changed are the launches that were new or revised; isMany says that
	// there were too many to remember.
	changed []string
	isMany  bool
}

// note takes what became of a batch.
func (r *references) note(_ liftoff.Batch, result liftoff.BatchResult) {
	r.changed = append(append(r.changed, result.InsertedIDs...), result.RevisedIDs...)
	if len(r.changed) > maxKnownNew {
		r.changed, r.isMany = nil, true
	}
}

// fetch fetches and stores the references of all kinds. A run for all launches
// takes all of them anew, because masses may have been corrected; any other
// run takes those that its launches brought and that are not stored yet.
func (r *references) fetch(ctx context.Context) error {
	for _, kind := range []liftoff.ReferenceKind{liftoff.Payloads, liftoff.Rockets, liftoff.Launchpads} {
		err := r.fetchKind(ctx, kind)
		if errors.Is(err, spacex.ErrNotFound) {
			r.app.Logger.WarnContext(ctx, fmt.Sprintf("The API has no %s; what launches say of them stays unresolved.", kind))
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *references) fetchKind(ctx context.Context, kind liftoff.ReferenceKind) error {
	found := r.opts.client.AllReferences(ctx, kind)
	if r.opts.asked.selection != liftoff.SelectAll {
		ids, err := r.missing(ctx, kind)
		if err != nil || len(ids) == 0 {
			return err
		}
		found = r.opts.client.References(ctx, kind, ids)
	}
	received, changed := 0, 0
	for some, err := range found {
		if err != nil {
			return err
		}
		stored, err := r.opts.store.UpsertReferences(ctx, kind, some, r.app.Now().UTC())
		if err != nil {
			return err
		}
		received, changed = received+len(some), changed+stored
	}
	level := slog.LevelDebug
	if r.opts.asked.selection == liftoff.SelectAll {
		level = slog.LevelInfo
	}
	r.app.Logger.Log(ctx, level, fmt.Sprintf("Fetched %d %s; %d of them new or changed.", received, kind, changed))
	return nil
}

// missing returns the references that are not stored yet.
func (r *references) missing(ctx context.Context, kind liftoff.ReferenceKind) ([]string, error) {
	switch {
	case r.isMany:
		return r.opts.store.MissingReferences(ctx, kind, 0)
	case len(r.changed) == 0:
		return nil, nil
	default:
		return r.opts.store.MissingReferencesOf(ctx, kind, r.changed)
	}
}
