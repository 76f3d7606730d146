package ingest

import (
	"context"
	"fmt"
	"iter"

	"liftoff"
	"liftoff/internal/pipeline"
)

// maxSample is how many stored launches a run asks for when nothing has come.
const maxSample = 100

// fetching returns what fetches the launches that a query names. That there are none
// is believed only of a source that still has launches that are stored.
func (i *Ingester) fetching(query liftoff.Query) func(context.Context) iter.Seq2[liftoff.Page, error] {
	return func(ctx context.Context) iter.Seq2[liftoff.Page, error] {
		return func(yield func(liftoff.Page, error) bool) {
			isEmpty := true
			for page, err := range i.Source.Launches(ctx, query) {
				isEmpty = isEmpty && err == nil && isBare(page)
				if !yield(page, err) {
					return
				}
			}
			if !isEmpty {
				return
			}
			if err := i.checkEmpty(ctx); err != nil {
				yield(liftoff.Page{}, err)
			}
		}
	}
}

// isBare reports whether a page has nothing and announces nothing.
func isBare(page liftoff.Page) bool {
	return page.TotalLaunches == 0 && len(page.Launches)+len(page.Rejected)+len(page.Gaps) == 0
}

// checkEmpty refuses a source that has none of the newest launches that are stored.
func (i *Ingester) checkEmpty(ctx context.Context) error {
	ids, err := i.Store.NewestIDs(ctx, i.SourceKey, maxSample)
	if err != nil || len(ids) == 0 {
		return err
	}
	for page, err := range i.Source.Launches(ctx, liftoff.Query{Selection: liftoff.SelectIDs, IDs: ids}) {
		if err != nil || !isBare(page) {
			return err
		}
	}
	return liftoff.NewError(liftoff.Guard,
		fmt.Errorf("the API sends no launch, not even one of the newest that are stored: %w", pipeline.ErrShrunk),
		"check the API; to accept that launches were removed, read all launches")
}
