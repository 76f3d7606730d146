package app

import (
	"context"
	"errors"
	"fmt"

	"liftoff"
	"liftoff/internal/ingest"
)

// RetryQuarantine retries records in quarantine: all, or those of a list. Those
// that are stored now are marked as resolved. It is a liftoff.Quarantined error
// when any stays.
func (a *App) RetryQuarantine(ctx context.Context, ids []int64) error {
	client, err := a.newClient(a.Config.SpaceXAPIURL, a.patience())
	if err != nil {
		return err
	}
	defer client.CloseIdle()
	store, err := a.openExistingStore(ctx)
	if err != nil {
		return err
	}
	request := ingest.Request{
		Query: liftoff.Query{Selection: liftoff.SelectQuarantine}, RecordIDs: ids,
		Command: "quarantine retry", IfLocked: ingest.LockedFail,
	}
	result, err := a.newIngester(client, client.Address(), store).Run(ctx, request)
	if err != nil {
		return liftoff.EndRun(result.Summary.RunID, err)
	}
	_, err = fmt.Fprintln(a.Stdout, retrySentence(result))
	return liftoff.EndRun(result.Summary.RunID, errors.Join(err, result.Shortcoming))
}

// retrySentence says in one line what became of the records.
func retrySentence(result ingest.Result) string {
	s := result.Summary
	text := fmt.Sprintf("%s retried: %d inserted, %d revised, %d unchanged, %d still in quarantine",
		liftoff.Count(s.Fetched+result.Retry.Superseded, "record", "records"), s.Inserted, s.Revised, s.Unchanged, s.Quarantined)
	for _, more := range []struct {
		count int64
		what  string
	}{
		{result.Retry.Superseded, "older than what is stored"},
		{result.Retry.Truncated, "skipped because they were too long to keep whole"},
		{result.Retry.Conflicting, "skipped because they conflict (name the one to keep)"},
	} {
		if more.count > 0 {
			text += fmt.Sprintf(", %d %s", more.count, more.what)
		}
	}
	return text + "."
}
