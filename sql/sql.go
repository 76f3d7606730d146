// Package sql carries the analytics queries inside the program. It holds text
// only and runs nothing: package analytics reads, checks and runs the files.
// A query is one file of analytics/, in SQL that PostgreSQL and Trino share.
package sql

import "embed"

// Analytics holds the query files under the folder "analytics".
//
//go:embed analytics/*.sql
var Analytics embed.FS
