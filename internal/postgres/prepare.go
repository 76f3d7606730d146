package postgres

import "context"

// PrepareSchema brings the schema up to date, or only checks that it is when
// migrate is false, and checks that the role may do everything that a run needs.
// It may be called by several processes at once. Errors are liftoff.Database,
// liftoff.Privilege for a missing grant, and liftoff.Usage for a schema that
// this program does not fit. It survives a lost connection.
func (s *Store) PrepareSchema(ctx context.Context, migrate bool) error {
	return s.retry(ctx, maxTries, func() error { return s.prepareSchema(ctx, migrate) })
}

// prepareSchema tries it once.
func (s *Store) prepareSchema(ctx context.Context, migrate bool) error {
	// Nearly every run finds everything in order: then one round trip is enough.
	if s.passesQuickCheck(ctx) {
		return nil
	}
	if !migrate {
		if err := s.RequireCurrentSchema(ctx); err != nil {
			return err
		}
		return s.checkEach(ctx)
	}
	applied, err := s.Migrate(ctx)
	if err != nil {
		return err
	}
	if len(applied) == 0 {
		return s.checkEach(ctx)
	}
	for _, m := range applied {
		s.logger.DebugContext(ctx, "Migration applied.", "name", m.Name)
	}
	if err := s.CheckReady(ctx); err != nil {
		return err
	}
	// So that analyze works although the first run may yet fail.
	return s.CreateAggregateView(ctx)
}
