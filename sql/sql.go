// Package sql embeds the analytics queries in the program. It contains text only:
// package analytics reads and checks the files, packages postgres and trino run
// them. Each query is one file of analytics/, in SQL that both engines accept.
package sql

import "embed"

// Analytics holds the query files under the folder "analytics".
//
//go:embed analytics/*.sql
var Analytics embed.FS
