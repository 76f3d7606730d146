package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"liftoff"
	"liftoff/internal/embedded"
	"liftoff/internal/postgres"
	"liftoff/internal/report"
	"liftoff/internal/shipping"
	"liftoff/internal/source/fetch"
	"liftoff/internal/worker"
)

// The doctor complains about a clock that differs more than this from the
// database's, and about less free disk space than this.
const (
	clockTolerance = 5 * time.Second
	wantedFreeMiB  = 500
	apiWait        = 10 * time.Second
	databaseWait   = 3 * time.Second
)

// schemaUpToDate is the state of a schema that needs nothing.
const schemaUpToDate = "up to date"

// checkup collects the doctor's findings.
type checkup struct {
	app      *App
	isDeep   bool
	format   report.Format
	findings []report.Check
	faults   int
	// first is the error of the first check that failed.
	first error
	// since is when the check under way began.
	since time.Time
	// dataFolder is the embedded server's data folder; "" for any other.
	dataFolder string
}

// DoctorFlags are the flags of Doctor.
type DoctorFlags struct {
	// IsDeep has every stored document compared with its hash.
	IsDeep bool
}

// Doctor checks the API, the database, its schema and privileges, the stored
// launches, the clock and the disk, and prints one line for each with what to
// do. It changes nothing but may start the embedded server. The error has the
// category of the first check that failed.
func (a *App) Doctor(ctx context.Context, flags DoctorFlags) error {
	format, err := report.ParseFormat(a.Config.Output)
	if err != nil {
		return err
	}
	c := &checkup{app: a, isDeep: flags.IsDeep, format: format, since: a.Now()}
	c.checkProxy()
	err = a.probe(ctx, a.Config.SpaceXAPIURL, min(a.Config.SpaceXTimeout, apiWait))
	c.report("API", a.Config.SpaceXAPIURL+" answers", err)
	c.checkDatabase(ctx)
	c.checkShipping(ctx)
	c.checkDisk()
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := c.print(); err != nil {
		return err
	}
	if c.first == nil {
		return nil
	}
	return liftoff.NewError(liftoff.CategoryOf(c.first),
		fmt.Errorf("%d of %d checks failed", c.faults, len(c.findings)), "do what the failed checks say")
}

// checkShipping tells whether the receivers of logs, metrics and traces answer, or that
// nothing is shipped. A setting that cannot be used is a failed check.
func (c *checkup) checkShipping(ctx context.Context) {
	reached, problems := shipping.Check(ctx, ShippingSettings(c.app.Config, c.app.Version))
	for _, problem := range problems {
		c.report("telemetry", "", liftoff.NewError(liftoff.Usage, fmt.Errorf("%s: %w; %s", problem.Setting, problem.Err, problem.Effect), "see docs/shipping.md"))
	}
	for _, each := range reached {
		if each.Err != nil {
			each.Err = liftoff.NewError(liftoff.Internal, fmt.Errorf("%s to %s: %w", each.Signal, each.Address, each.Err), each.Next)
		}
		c.report("telemetry", each.Signal+" go to "+each.Address+", which answers", each.Err)
	}
	if len(reached)+len(problems) == 0 {
		c.report("telemetry", "off: nothing is shipped", nil)
	}
}

// checkProxy names the proxy, if there is one: it explains much of what
// follows.
func (c *checkup) checkProxy() {
	if proxy := fetch.Proxy(c.app.Config.SpaceXAPIURL); proxy != "" {
		c.report("proxy", proxy+" stands before the API", nil)
	}
}

func (c *checkup) checkDatabase(ctx context.Context) {
	a := c.app
	if a.Config.UsesEmbedded() {
		found, err := embedded.Inspect(ctx, a.embeddedOptions(a.Config.PostgresDB))
		c.dataFolder = found.DataDir
		c.report("embedded", fmt.Sprintf("PostgreSQL %s (%s), data in %s", found.Version, found.Origin, found.DataDir), err)
		if err != nil {
			return
		}
	}
	store, err := c.openStore(ctx)
	isMissing := errors.Is(err, errNotThereYet)
	if err != nil && !isMissing {
		c.report("database", "", err)
		return
	}
	server, err := store.Server(ctx)
	offset := server.Now.Sub(a.Now()).Round(time.Millisecond)
	if err == nil && isMissing {
		c.reportMissing(ctx, store, server.Version)
		c.reportClock(offset)
		return
	}
	c.report("database", fmt.Sprintf("PostgreSQL %s at %s", server.Version, store.Target()), err)
	if err != nil {
		return
	}
	transport, err := store.Transport(ctx)
	c.report("transport", describeTransport(transport), err)
	c.report("encoding", server.Encoding, store.CheckEncoding(ctx))
	state, err := c.checkSchema(ctx, store)
	c.report("schema", state, err)
	if err == nil && state == schemaUpToDate {
		c.checkLaunches(ctx, store)
		c.checkSchedules(ctx, store)
	}
	c.reportClock(offset)
}

// checkSchedules tells whether workers keep up with the schedules, if there are any.
func (c *checkup) checkSchedules(ctx context.Context, store *postgres.Store) {
	schedules, now, err := store.Schedules(ctx)
	if err == nil && len(schedules) == 0 {
		return
	}
	if err == nil {
		err = worker.Check(schedules, now)
	}
	c.report("schedules", describeSchedules(schedules, now), err)
}

// errNotThereYet says that the embedded server does not have the database yet.
var errNotThereYet = errors.New("the database is not there yet")

// openStore connects without waiting long: the doctor is asked because something does
// not work. With errNotThereYet, the store is that of another database of the server.
func (c *checkup) openStore(ctx context.Context) (*postgres.Store, error) {
	db, err := c.app.locateExisting(ctx)
	if err != nil {
		return nil, err
	}
	db.options.Wait = min(db.options.Wait, databaseWait)
	store, err := c.app.openStore(ctx, db)
	if !c.app.Config.UsesEmbedded() || !errors.Is(err, postgres.ErrNoDatabase) {
		return store, err
	}
	db.options.Database = maintenanceDatabase
	if store, err = c.app.openStore(ctx, db); err != nil {
		return nil, err
	}
	return store, errNotThereYet
}

// reportMissing says that the database is not there. That is no fault: the next run
// makes it.
func (c *checkup) reportMissing(ctx context.Context, store *postgres.Store, version string) {
	names, err := store.Databases(ctx)
	others := ""
	if len(names) > 0 {
		others = ". These are there: " + strings.Join(names, ", ")
	}
	c.report("database", fmt.Sprintf("PostgreSQL %s answers. Database %q is not there yet: the next ingest makes it%s", version, c.app.Config.PostgresDB, others), err)
}

func (c *checkup) reportClock(offset time.Duration) {
	c.report("clock", fmt.Sprintf("within %s of the database's", clockTolerance), clockError(offset))
}

// checkSchema tells the schema's state and what the role may do with it. Pending
// migrations are no fault when the next run may apply them by itself.
func (c *checkup) checkSchema(ctx context.Context, store *postgres.Store) (string, error) {
	if err := store.CheckShape(ctx); err != nil {
		return "", err
	}
	migrations, err := store.MigrationStatus(ctx)
	if err != nil {
		return "", err
	}
	pending := 0
	for _, m := range migrations {
		if !m.Applied {
			pending++
		}
	}
	if pending > 0 {
		if err := store.CheckNothingInTheWay(ctx); err != nil {
			return "", err
		}
	}
	switch {
	case pending == 0:
		return schemaUpToDate, store.CheckReady(ctx)
	case c.app.Config.AutoMigrate:
		if err := store.CheckMayMigrate(ctx); err != nil {
			return "", err
		}
		return fmt.Sprintf("%d migrations to apply, which the next run does", pending), store.CheckPrivileges(ctx)
	default:
		if err := store.CheckPrivileges(ctx); err != nil {
			c.report("privileges", "", err)
		}
		return "", store.RequireCurrentSchema(ctx)
	}
}

// checkLaunches looks for views that were replaced or dropped by hand, and for rows of launches
// that were deleted, added or changed by hand.
func (c *checkup) checkLaunches(ctx context.Context, store *postgres.Store) {
	err := store.CheckDefinitions(ctx)
	if err == nil {
		err = store.CheckHasAggregateView(ctx)
	}
	c.report("views", "views and functions are as liftoff makes them", err)
	c.report("launches", "the newest state of each known launch is stored, missing ones aside", store.CheckLaunches(ctx))
	c.checkColumns(ctx, store)
	search, err := store.NameSearch(ctx)
	c.report("search", describeSearch(search), err)
	if c.isDeep {
		c.report("documents", "every launch is as it was stored, as far as hashes tell: some swaps of values within a document do not show", store.CheckContents(ctx))
	}
}

// checkColumns compares what the view launches shows with what is stored.
func (c *checkup) checkColumns(ctx context.Context, store *postgres.Store) {
	pending, err := store.CheckTypedLaunches(ctx, c.isDeep)
	text := "the view launches shows what is stored"
	if pending > 0 {
		text += fmt.Sprintf(", but for the masses of %s: a run adds them when it ends, or the next one", liftoff.Count(pending, "launch", "launches"))
	}
	c.report("columns", text, err)
}

// describeSearch says how launches are found by their names.
func describeSearch(search postgres.NameSearch) string {
	switch search {
	case postgres.ByPart:
		return "parts of names are found by an index (pg_trgm)"
	case postgres.ByBeginning:
		return "only beginnings of names are found by an index: the extension pg_trgm could not be created; as a superuser create it, drop the index typed_launches_name, and run `liftoff migrate rebuild`"
	default:
		return "all names are read: there are fewer than 10,000 launches, or no run by the owner of the tables since"
	}
}

// describeTransport says how safe the connection to the server is. An unsafe one
// is not a failed check: only the network's owner knows what lies between.
func describeTransport(t postgres.Transport) string {
	switch {
	case t.IsVerified:
		return "TLS, and the certificate is verified"
	case t.IsLocal && t.IsEncrypted:
		return "TLS, on this machine"
	case t.IsLocal:
		return "not encrypted, on this machine"
	case t.IsEncrypted:
		return "TLS, but the certificate is not verified; POSTGRES_SSLMODE=verify-full does that"
	default:
		return "not encrypted; set POSTGRES_SSLMODE=verify-full to encrypt and verify the certificate"
	}
}

func clockError(offset time.Duration) error {
	if offset.Abs() <= clockTolerance {
		return nil
	}
	return liftoff.NewError(liftoff.Internal, fmt.Errorf("this machine's clock differs from the database's by %s", offset),
		"set both by NTP")
}

// checkDisk looks at the folders that a run writes to.
func (c *checkup) checkDisk() {
	for _, folder := range c.writtenFolders() {
		free, err := freeBytes(folder)
		if err == nil && free < wantedFreeMiB<<20 {
			err = liftoff.NewError(liftoff.Database, fmt.Errorf("only %d MiB are free at %s", free>>20, folder), "make room")
		}
		c.report("disk", fmt.Sprintf("%d MiB free at %s", free>>20, folder), err)
	}
}
