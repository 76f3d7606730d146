package ingest

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"liftoff"
	"liftoff/internal/revision"
)

const (
	// previewIDs bounds how many launches of a kind a preview names.
	previewIDs = 50
	// previewBytes bounds how many bytes of documents it keeps to compare them.
	previewBytes = 16 << 20
	// previewBody is how much of a rejected record it keeps.
	previewBody = 1 << 10
)

// Preview is what a dry run would have changed. Each list has at most 50
// entries; the summary has the counts.
type Preview struct {
	// InsertedIDs are launches that would be new, MissingIDs those that would be
	// marked as missing.
	InsertedIDs, MissingIDs []string
	// Revised are launches that would get a revision.
	Revised []PreviewedRevision
	// Rejected are records that would be quarantined, with the first KiB of each.
	Rejected []liftoff.RejectedRecord
}

// PreviewedRevision is a launch whose document differs from what is stored.
type PreviewedRevision struct {
	ID string
	// Changes are the fields that differ, in the order of their paths.
	Changes []revision.Change

	raw []byte
}

// note takes what would have become of a batch.
func (p *Preview) note(batch liftoff.Batch, result liftoff.BatchResult) {
	p.InsertedIDs = atMost(previewIDs, append(p.InsertedIDs, result.InsertedIDs...))
	kept := 0
	for _, launch := range p.Revised {
		kept += len(launch.raw)
	}
	for _, launch := range batch.Launches {
		hasRoom := len(p.Revised) < previewIDs && kept+len(launch.Raw) <= previewBytes
		if hasRoom && slices.Contains(result.RevisedIDs, launch.ID) {
			kept += len(launch.Raw)
			p.Revised = append(p.Revised, PreviewedRevision{ID: launch.ID, raw: bytes.Clone(launch.Raw)}) // not the whole page
		}
	}
	p.MissingIDs = atMost(previewIDs, append(p.MissingIDs, result.MissingIDs...))
	for _, record := range atMost(previewIDs-len(p.Rejected), slices.Concat(batch.Rejected, result.Refused)) {
		record.Body = bytes.Clone(record.Body[:min(len(record.Body), previewBody)])
		p.Rejected = append(p.Rejected, record)
	}
}

func atMost[T any](limit int, list []T) []T { return list[:min(limit, len(list))] }

// addChanges compares each revised launch with what is stored.
func (i *Ingester) addChanges(ctx context.Context, preview *Preview) error {
	kept := preview.Revised[:0]
	for _, launch := range preview.Revised {
		stored, err := i.Store.LaunchHistory(ctx, launch.ID)
		if err != nil {
			return err
		}
		if len(stored.Revisions) == 0 {
			continue // it was deleted meanwhile
		}
		newest := stored.Revisions[len(stored.Revisions)-1]
		if launch.Changes, err = revision.Changes(newest.Raw, launch.raw); err != nil {
			return fmt.Errorf("compare launch %q with what is stored: %w", launch.ID, err)
		}
		kept = append(kept, launch)
	}
	preview.Revised = kept
	return nil
}
