package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"liftoff"
	"liftoff/internal/dump"
	"liftoff/internal/embedded"
	"liftoff/internal/export"
	"liftoff/internal/postgres"
)

// DumpDatabase writes all tables of the configured or the embedded database to a file,
// which appears only once it is complete and replaces an older one, or to Stdout for "-".
func (a *App) DumpDatabase(ctx context.Context, path string) error {
	if err := a.checkHasData(); err != nil {
		return err
	}
	var manifest dump.Manifest
	write := func(out io.Writer) (err error) {
		manifest, err = a.dump(ctx, out)
		return err
	}
	_, err := os.Stat(path)
	isReplaced := err == nil && path != "-"
	switch {
	case path == "-" && a.Screen.IsTerminal:
		return liftoff.NewError(liftoff.Usage, errors.New("refusing to write a dump to a terminal"), "name a file, or redirect stdout to one")
	case path == "-":
		err = write(a.Stdout)
	default:
		err = export.WriteFile(path, write)
	}
	if err != nil {
		return err
	}
	if isReplaced {
		a.Logger.InfoContext(ctx, "The older file is replaced.", "file", path)
	}
	a.Logger.InfoContext(ctx, "Database dumped.", "database", manifest.Database, "launches", rowsOf(manifest, "raw_launches"),
		"schema_version", manifest.SchemaVersion, "file", path)
	return nil
}

// checkHasData refuses an embedded server that was never started: a start would make
// an empty one.
func (a *App) checkHasData() error {
	if !a.Config.UsesEmbedded() {
		return nil
	}
	status, err := embedded.Look(a.embeddedOptions(a.Config.PostgresDB))
	if err != nil || status.HasData {
		return err
	}
	return liftoff.NewError(liftoff.Usage, fmt.Errorf("there is nothing to dump: no data in %q", status.Folder),
		"fetch launches with `liftoff ingest --all`, or name another folder with EMBEDDED_DATA_DIR")
}

// dump writes the database and returns the manifest.
func (a *App) dump(ctx context.Context, out io.Writer) (manifest dump.Manifest, err error) {
	store, err := a.openExistingStore(ctx)
	if err != nil {
		return manifest, err
	}
	err = store.ReadSnapshot(ctx, func(s *postgres.Snapshot) (err error) {
		manifest, err = dump.Write(ctx, out, s, a.manifestOf(s))
		return err
	})
	return manifest, err
}

func (a *App) manifestOf(s *postgres.Snapshot) dump.Manifest {
	manifest := dump.Manifest{
		ProgramVersion: a.Version, ServerVersion: s.ServerVersion, Database: s.Database, SchemaVersion: s.SchemaVersion, DumpedAt: s.At,
	}
	for _, table := range s.Tables {
		manifest.Tables = append(manifest.Tables, dump.Table{Name: table.Name, Columns: table.Columns})
	}
	for _, number := range s.Numbers {
		manifest.Numbers = append(manifest.Numbers, dump.Number(number))
	}
	return manifest
}

// RestoreDatabase fills the configured or the embedded database, which must be empty,
// with a dump, and prints what it has restored.
func (a *App) RestoreDatabase(ctx context.Context, path string) error {
	file, err := dump.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }() // it is only read
	store, err := a.openConfiguredStore(ctx)
	if err != nil {
		return err
	}
	if err := store.Restore(ctx, contentsOf(file)); err != nil {
		return err
	}
	if err := store.CreateAggregateView(ctx); err != nil {
		return err
	}
	manifest := file.Manifest
	_, err = fmt.Fprintf(a.Stdout, "%s and %s restored into %s, as of %s UTC\n",
		liftoff.Count(rowsOf(manifest, "raw_launches"), "launch", "launches"), liftoff.Count(rowsOf(manifest, "launch_revisions"), "revision", "revisions"),
		store.Target(), manifest.DumpedAt.UTC().Format("2006-01-02 15:04:05"))
	return err
}

func contentsOf(file *dump.File) postgres.Contents {
	contents := postgres.Contents{SchemaVersion: file.Manifest.SchemaVersion}
	tables := map[string]dump.Table{}
	for _, table := range file.Manifest.Tables {
		tables[table.Name] = table
		contents.Tables = append(contents.Tables, postgres.TableColumns{Name: table.Name, Columns: table.Columns})
	}
	for _, number := range file.Manifest.Numbers {
		contents.Numbers = append(contents.Numbers, postgres.LastNumber(number))
	}
	contents.Read = func(name string, use func(io.Reader) (int64, error)) error { return file.Read(tables[name], use) }
	return contents
}

// rowsOf returns how many rows a table has in a dump.
func rowsOf(manifest dump.Manifest, name string) int64 {
	for _, table := range manifest.Tables {
		if table.Name == name {
			return table.Rows
		}
	}
	return 0
}
