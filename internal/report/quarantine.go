package app

import "liftoff/internal/analytics"

// table shows records to people.
func (q quarantine) table() analytics.Result {
	result := analytics.Result{
		Query: analytics.Query{Name: "quarantine", Title: "Records in quarantine, the newest first"},
		Columns: []analytics.Column{
			integer("record"), moment("first_seen"), integer("run"), words("reason"), integer("bytes"), integer("retries"), words("detail"),
		},
		Rows: make([][]any, 0, len(q)),
	}
	isResolved := false
	for _, r := range q {
		isResolved = isResolved || r.ResolvedAt != nil
		result.Rows = append(result.Rows, []any{
			r.ID, r.FirstSeenAt, cell(r.RunID), string(r.Reason), r.Length, int64(r.Retries), r.Detail,
		})
	}
	if !isResolved {
		return result
	}
	result.Columns = append(result.Columns, moment("resolved"))
	for i, r := range q {
		result.Rows[i] = append(result.Rows[i], cell(r.ResolvedAt))
	}
	return result
}

// all is everything that is known of the records but for their bytes, for
// programs.
func (q quarantine) all() analytics.Result {
	result := analytics.Result{
		Query: analytics.Query{Name: "quarantine"},
		Columns: []analytics.Column{
			integer("id"), words("reason"), words("detail"), words("source_url"), moment("first_seen_at"), integer("run_id"),
			integer("body_length"), words("body_sha256"), words("is_truncated"), integer("retries"),
			moment("resolved_at"), integer("resolved_run_id"),
		},
		Rows: make([][]any, 0, len(q)),
	}
	for _, r := range q {
		isTruncated := "false"
		if r.IsTruncated {
			isTruncated = "true"
		}
		result.Rows = append(result.Rows, []any{
			r.ID, string(r.Reason), r.Detail, r.URL, r.FirstSeenAt, cell(r.RunID),
			r.Length, r.SHA256, isTruncated, int64(r.Retries),
			cell(r.ResolvedAt), cell(r.ResolvedRunID),
		})
	}
	return result
}
