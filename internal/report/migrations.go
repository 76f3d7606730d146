package report

import (
	"time"

	"liftoff/internal/table"
)

// Migration is one version of the schema.
type Migration struct {
	Version int64  `json:"version"`
	Name    string `json:"name"`
	// Status is applied or pending.
	Status string `json:"status"`
	// AppliedAt (UTC) is nil for a pending one.
	AppliedAt *time.Time `json:"applied_at"`
}

// Migrations lists the versions of the schema in the given order.
func Migrations(migrations []Migration) Listing {
	t := tableOf("migrations", migrations, []column[Migration]{
		{Column: table.Integer("version"), value: func(m Migration) any { return m.Version }},
		{Column: table.Word("name"), value: func(m Migration) any { return m.Name }},
		{Column: table.Word("status"), value: func(m Migration) any { return m.Status }},
		{Column: table.Timestamp("applied_at"), value: func(m Migration) any { return cell(m.AppliedAt) }},
	})
	t.Title = "Migrations of the schema"
	return Listing{Value: migrations, Full: t, Tables: []table.Table{t}}
}
