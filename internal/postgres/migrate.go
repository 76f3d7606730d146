package postgres

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"liftoff"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

//go:embed queries/schema_version.sql
var schemaVersionSQL string

const (
	versionTable = "liftoff_schema_version"
	// migrationLock is the key of the advisory lock that every process takes to
	// migrate, so that each version is applied once: "liftoff" in ASCII.
	migrationLock = 0x6c6966746f6666
	lockSQL       = "SELECT pg_advisory_lock($1)"
	// typedViewVersion is the version from which on the view launches shows
	// typed_launches.
	typedViewVersion = 15
	// progressLaunches is how many launches a line of progress is about.
	progressLaunches = 50_000
	roughCountSQL    = "SELECT coalesce(sum(greatest(reltuples, 0)), 0)::BIGINT FROM pg_class WHERE oid IN (SELECT relid FROM pg_partition_tree('raw_launches')) OR oid = 'raw_launches'::REGCLASS"
)

// Migration is one version of the schema and whether the database has it.
type Migration struct {
	Version int64
	// Name is the file's name in internal/postgres/migrations.
	Name    string
	Applied bool
	// AppliedAt is in UTC; zero when the version is not applied.
	AppliedAt time.Time
}

// Migrate brings the schema up to date and returns the versions that it applied,
// oldest first; none if it is up to date. Processes that migrate at the same time
// wait for each other. An existing raw_launches of the right shape is adopted with
// its rows. Errors: liftoff.Guard if a relation is in the way (nothing is changed
// then), liftoff.Usage if the schema is newer than the program. It survives a lost
// connection.
func (s *Store) Migrate(ctx context.Context) ([]Migration, error) {
	var current int64
	err := s.retry(ctx, maxTries, func() (err error) {
		if err := s.CheckEncoding(ctx); err != nil {
			return err
		}
		current, err = s.schemaVersion(ctx)
		return err
	})
	if err != nil || current == latestVersion() {
		return nil, err
	}
	var applied []Migration
	tries := 0
	err = s.retry(ctx, maxTries, func() (err error) {
		tries++
		applied, err = s.migrate(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	if tries > 1 {
		// The try before may have applied some, and has not said which.
		applied = slices.DeleteFunc(knownMigrations(), func(m Migration) bool { return m.Version <= current })
		for i := range applied {
			applied[i].Applied = true
		}
	}
	return applied, nil
}

// migrate takes the lock and migrates, once.
func (s *Store) migrate(ctx context.Context) (applied []Migration, err error) {
	err = s.migrateAlone(ctx, func() (err error) {
		applied, err = s.migrateLocked(ctx)
		return err
	})
	return applied, err
}

// migrateAlone calls do while this process has the lock to migrate.
func (s *Store) migrateAlone(ctx context.Context, do func() error) (err error) {
	if err := s.CheckMayMigrate(ctx); err != nil {
		return err
	}
	// Not a connection of the pool: callers that wait for the lock would hold all
	// of them, and its owner needs more.
	lock, err := pgx.ConnectConfig(ctx, s.pool.Config().ConnConfig)
	if err != nil {
		return s.failure("migrate the schema", err)
	}
	s.connections.add(lock)
	defer func() {
		if isLost(err) {
			// It may be the same network that was lost, and the session keeps the lock.
			s.connections.lose(lock)
		}
		s.connections.remove(lock)
		closeSession(ctx, lock)
	}()
	if err := s.requireOwnSession(ctx, lock, "migrate the schema"); err != nil {
		return err
	}
	if _, err := lock.Exec(ctx, lockSQL, migrationLock); err != nil {
		return s.failure("wait for another process that migrates the schema", err)
	}
	return do()
}

// closeSession ends a session and releases its locks, even if ctx has ended.
func closeSession(ctx context.Context, session *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), connectTimeout)
	defer cancel()
	// Even if this fails, the socket is closed, and the server ends the session.
	_ = session.Close(ctx)
}

// migrateLocked runs under the lock. It checks the version again, because another
// process may have migrated meanwhile.
func (s *Store) migrateLocked(ctx context.Context) ([]Migration, error) {
	current, err := s.schemaVersion(ctx)
	if err != nil {
		return nil, err
	}
	if current < latestVersion() {
		if err := s.CheckNothingInTheWay(ctx); err != nil {
			return nil, err
		}
		if err := s.dropRestoredIndexes(ctx, current); err != nil {
			return nil, err
		}
	}
	provider, closeProvider, err := s.provider()
	if err != nil {
		return nil, err
	}
	defer closeProvider()
	results, err := s.apply(ctx, provider, current)
	if sqlState(err) == insufficientPrivilege {
		return nil, liftoff.NewError(liftoff.Privilege,
			fmt.Errorf("migrate the schema of PostgreSQL at %s: %w", s.target, shortened{err}),
			"run `liftoff migrate up` as the role that owns the tables")
	}
	if err != nil {
		return nil, s.failure("migrate the schema of PostgreSQL at "+s.target.String(), err)
	}
	if err := s.grantToRoles(ctx); err != nil {
		return nil, s.failure("grant the new tables to the roles of sql/roles.sql", err)
	}
	applied := make([]Migration, 0, len(results))
	for _, r := range results {
		applied = append(applied, Migration{Version: r.Source.Version, Name: r.Source.Path, Applied: true})
	}
	return applied, nil
}

// apply applies the pending versions. The view launches shows the rows of
// typed_launches only once all are there; until then it is as before. What has been
// done stays done if this is interrupted.
func (s *Store) apply(ctx context.Context, provider *goose.Provider, current int64) ([]*goose.MigrationResult, error) {
	if current >= typedViewVersion {
		return provider.Up(ctx)
	}
	before, err := provider.UpTo(ctx, typedViewVersion-1)
	if err != nil {
		return nil, err
	}
	if err := s.fillTypedLaunches(ctx); err != nil {
		return nil, err
	}
	after, err := provider.Up(ctx)
	return append(before, after...), err
}

// fillTypedLaunches computes the rows of typed_launches that are not there yet.
func (s *Store) fillTypedLaunches(ctx context.Context) error {
	total, err := s.countLaunchesRoughly(ctx)
	if err != nil {
		return err
	}
	_, err = s.RefreshTypedLaunches(ctx, RefreshOptions{Progress: func(ctx context.Context, launches int64) {
		if launches%progressLaunches < maxTypedAtOnce {
			s.logger.InfoContext(ctx, "Migrating launches.", "done", launches, "of_about", max(total, launches))
		}
	}})
	return err
}

// countLaunchesRoughly returns how many launches there are, as far as the server knows
// without counting.
func (s *Store) countLaunchesRoughly(ctx context.Context) (count int64, err error) {
	err = s.pool.QueryRow(ctx, roughCountSQL).Scan(&count)
	if err != nil {
		return 0, s.failure("estimate the number of launches", err)
	}
	return count, nil
}

// MigrationStatus returns all versions that the program knows, oldest first. If
// the schema is newer than the program, it returns a liftoff.Usage error.
func (s *Store) MigrationStatus(ctx context.Context) ([]Migration, error) {
	current, err := s.schemaVersion(ctx)
	if err != nil {
		return nil, err
	}
	if current == 0 {
		return knownMigrations(), nil
	}
	provider, closeProvider, err := s.provider()
	if err != nil {
		return nil, err
	}
	defer closeProvider()
	status, err := provider.Status(ctx)
	if err != nil {
		return nil, s.failure("read the schema's version", err)
	}
	migrations := make([]Migration, 0, len(status))
	for _, m := range status {
		migrations = append(migrations, Migration{
			Version: m.Source.Version, Name: m.Source.Path,
			Applied: m.State == goose.StateApplied, AppliedAt: m.AppliedAt.UTC(),
		})
	}
	return migrations, nil
}

// RequireCurrentSchema returns a liftoff.Usage error unless the schema has exactly
// the program's version; in its chain is ErrNoTables if there are no tables at all.
func (s *Store) RequireCurrentSchema(ctx context.Context) error {
	current, err := s.schemaVersion(ctx)
	if err != nil {
		return err
	}
	return s.refuseOlder(ctx, current)
}

// RequireReadableSchema is RequireCurrentSchema for callers that only read. It
// accepts a newer schema: that still has what the program reads, or else the
// query's error says what is missing. If row-level security hides everything in
// a relation that the role may read, it returns a liftoff.Privilege error: answers
// would look complete and be empty.
func (s *Store) RequireReadableSchema(ctx context.Context) error {
	current, err := s.appliedVersion(ctx)
	if err != nil {
		return err
	}
	if err := s.refuseOlder(ctx, current); err != nil {
		return err
	}
	return s.checkNotHidden(ctx, shapedRelations()...)
}

// refuseOlder returns a liftoff.Usage error for a schema older than the program's; in
// its chain is ErrNoTables if there are no tables at all.
func (s *Store) refuseOlder(ctx context.Context, current int64) error {
	if current == 0 {
		if _, err := s.IsEmpty(ctx); errors.Is(err, ErrNoTables) {
			return err
		}
	}
	if latest := latestVersion(); current < latest {
		return liftoff.NewError(liftoff.Usage,
			fmt.Errorf("the schema of PostgreSQL at %s has version %d, but this program needs version %d", s.target, current, latest),
			"run `liftoff migrate up`")
	}
	return nil
}

// provider returns goose on the pool, and a function that closes it.
func (s *Store) provider() (*goose.Provider, func(), error) {
	files, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return nil, nil, fmt.Errorf("read the embedded migrations: %w", err)
	}
	db := stdlib.OpenDBFromPool(s.pool)
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files,
		goose.WithTableName(versionTable), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		_ = db.Close()
		return nil, nil, fmt.Errorf("read the embedded migrations: %w", err)
	}
	return provider, func() { _ = db.Close() }, nil
}

// schemaVersion is appliedVersion for callers that write. A version that the
// program does not know is a liftoff.Usage error, because the rules for writing
// may have changed.
func (s *Store) schemaVersion(ctx context.Context) (int64, error) {
	version, err := s.appliedVersion(ctx)
	if err != nil {
		return 0, err
	}
	if latest := latestVersion(); version > latest {
		return 0, liftoff.NewError(liftoff.Usage,
			fmt.Errorf("the schema of PostgreSQL at %s has version %d, but this program knows only version %d", s.target, version, latest),
			"use a newer liftoff, such as the one that migrated it")
	}
	return version, nil
}

// appliedVersion returns the newest applied version; 0 before the first.
func (s *Store) appliedVersion(ctx context.Context) (int64, error) {
	var version int64
	err := s.pool.QueryRow(ctx, schemaVersionSQL).Scan(&version)
	switch sqlState(err) {
	case undefinedTable:
		return 0, s.CheckSchemaUsable(ctx)
	case insufficientPrivilege:
		return 0, s.lacks("SELECT", versionTable)
	}
	if err != nil {
		return 0, s.failure("read the schema's version", err)
	}
	if version == 0 {
		return 0, s.checkNotHidden(ctx, versionTable)
	}
	return version, nil
}

func latestVersion() int64 {
	known := knownMigrations()
	return known[len(known)-1].Version
}

// knownMigrations lists the embedded files, whose names sort by version.
func knownMigrations() []Migration {
	entries, err := migrationFiles.ReadDir("migrations")
	if err != nil {
		return nil
	}
	known := make([]Migration, 0, len(entries))
	for _, entry := range entries {
		version, err := goose.NumericComponent(entry.Name())
		if err != nil {
			continue
		}
		known = append(known, Migration{Version: version, Name: entry.Name()})
	}
	return known
}
