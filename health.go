package liftoff

import "time"

// Health is how the ingestion into a database is going.
type Health struct {
	// Now is the present moment by the database's clock, in UTC.
	Now time.Time
	// LastGood is the last good run that asked a source; without one its ID is 0. Of the
	// runs of a Health only these are known: the number, source, selection, schedule,
	// times, and how many launches were inserted, revised and missing.
	LastGood LedgerRow
	// LastChange is the last run that found something new or changed at its source.
	LastChange LedgerRow
	// LastEnded is the run that ended last, however it ended, with its Status and Error;
	// without one its ID is 0.
	LastEnded LedgerRow
	// Running are the runs that are under way, the oldest first.
	Running []LedgerRow
	// Quarantined is how many records are in quarantine.
	Quarantined int64
	// SchemaVersion is the newest migration that is applied.
	SchemaVersion int64
	// ServerVersion is PostgreSQL's.
	ServerVersion string
}
