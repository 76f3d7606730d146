package app

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"liftoff"
	"liftoff/internal/config"
	"liftoff/internal/postgres"
	"liftoff/internal/report"
)

// LaunchesRequest says which launches `liftoff launches` lists.
type LaunchesRequest struct {
	// Search is a part of the name, in any case; empty for any.
	Search string
	// Year is that of the date; 0 for any.
	Year int
	// Upcoming is only launches that have not flown and are not missing.
	Upcoming bool
	Limit    int
}

// Launches lists stored launches, the newest first.
func (a *App) Launches(ctx context.Context, request LaunchesRequest) error {
	const minYear, maxYear = 1000, 9999
	switch {
	case request.Limit < 1:
		return liftoff.NewError(liftoff.Usage, fmt.Errorf("--limit needs 1 or more, not \"%d\"", request.Limit), "set how many launches to show")
	case request.Year != 0 && (request.Year < minYear || request.Year > maxYear):
		return liftoff.NewError(liftoff.Usage, fmt.Errorf("--year needs a year in four digits, such as 2022, not \"%d\"", request.Year), "leave it out for all years")
	case !isText(request.Search):
		return liftoff.NewError(liftoff.Usage, fmt.Errorf("--search needs a text, not %q", request.Search), "search for a part of a name, such as Starlink")
	}
	format, store, err := a.openToPrint(ctx)
	if err != nil {
		return err
	}
	launches, err := store.Launches(ctx, postgres.LaunchFilter{
		Search: request.Search, Year: request.Year, Upcoming: request.Upcoming,
		Limit: max(request.Limit, request.Limit+1), // one more, to know whether there are, if that is a number
	})
	if err != nil {
		return err
	}
	note := "Dates are UTC, as precise as they are known. `liftoff show ID` says more about a launch."
	switch {
	case len(launches) > 0:
	case request == LaunchesRequest{Limit: request.Limit}:
		note = "There are no launches yet: " + a.whereLaunchesAre(ctx, store) + "."
	default:
		note = ""
	}
	if len(launches) > request.Limit {
		launches = launches[:request.Limit]
		note = "There are more: see --limit. " + note
	}
	listing := report.Launches(launches, a.AsCalled(note))
	return a.show(ctx, format, func(out io.Writer) error { return listing.Write(out, format, a.reportOptions()) })
}

// ShowLaunch prints everything about one launch, given by its id or name.
func (a *App) ShowLaunch(ctx context.Context, idOrName string) error {
	format, store, err := a.openToPrint(ctx)
	if err != nil {
		return err
	}
	id, err := a.findLaunch(ctx, store, idOrName)
	if err != nil {
		return err
	}
	launch, err := store.LaunchDetails(ctx, id)
	if err != nil {
		return err
	}
	return a.show(ctx, format, func(out io.Writer) error { return report.WriteLaunch(out, format, launch, a.reportOptions()) })
}

// isText reports whether PostgreSQL accepts a text from the command line.
func isText(text string) bool { return utf8.ValidString(text) && !strings.Contains(text, "\x00") }

// maxNamed is how many launches a message names.
const maxNamed = 10

// findLaunch returns the id of the launch with that id or name. If there is none, or
// several have the name, it returns a liftoff.Usage error that names those that may
// be meant.
func (a *App) findLaunch(ctx context.Context, store *postgres.Store, idOrName string) (id string, err error) {
	var found []liftoff.StoredLaunch
	if isText(idOrName) {
		if found, err = store.LaunchesNamed(ctx, idOrName, maxNamed+1); err != nil {
			return "", err
		}
	}
	switch len(found) {
	case 0:
		return "", a.noLaunch(ctx, store, idOrName)
	case 1:
		return found[0].ID, nil
	}
	return "", liftoff.NewError(liftoff.Usage,
		fmt.Errorf("several launches have the name %q: %s", idOrName, nameAll(found)), "give the id of one of them")
}

// nameAll lists launches with their ids and dates, in one line.
func nameAll(launches []liftoff.StoredLaunch) string {
	var texts []string
	for i, l := range launches {
		if i == maxNamed {
			texts = append(texts, "and more")
			break
		}
		text := l.ID
		if !l.LaunchedAt.IsZero() {
			text += " of " + report.LaunchDate(l.LaunchedAt, l.DatePrecision)
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, ", ")
}

// noLaunch is the error for a launch that is not stored; the hint names launches whose
// names are like it, or where launches are if there are none.
func (a *App) noLaunch(ctx context.Context, store *postgres.Store, idOrName string) error {
	hint := "`liftoff launches --search TEXT` finds launches by a part of their name"
	if isText(idOrName) {
		near, hasMore, err := nearNames(ctx, store, idOrName)
		switch {
		case err != nil:
			return err
		case hasMore:
			hint = "did you mean one of " + strings.Join(near, ", ") + " and more? " + hint
		case len(near) > 0:
			hint = "did you mean " + liftoff.Alternatives(near...) + "?"
		}
	}
	// A role that may only read the views cannot tell.
	if isEmpty, err := store.IsEmpty(ctx); err == nil && isEmpty {
		hint = a.whereLaunchesAre(ctx, store)
	}
	return liftoff.NewError(liftoff.Usage,
		fmt.Errorf("no launch %q is stored in PostgreSQL at %s", idOrName, store.Target()), hint)
}

// nearNames returns the names that contain a text, the newest first, and whether there
// are more; or else names that differ from it by a typing error.
func nearNames(ctx context.Context, store *postgres.Store, text string) (near []string, hasMore bool, err error) {
	const most = 5
	containing, err := store.Launches(ctx, postgres.LaunchFilter{Search: text, Limit: most + 1})
	if err != nil {
		return nil, false, err
	}
	if hasMore = len(containing) > most; hasMore {
		containing = containing[:most]
	}
	for _, l := range containing {
		if name := fmt.Sprintf("%q", l.Name); !slices.Contains(near, name) {
			near = append(near, name)
		}
	}
	if len(near) > 0 {
		return near, hasMore, nil
	}
	names, err := store.LaunchNames(ctx)
	if err != nil {
		return nil, false, err
	}
	for _, name := range names {
		if len(near) < most && config.IsTypo(strings.ToLower(text), strings.ToLower(name)) {
			near = append(near, fmt.Sprintf("%q", name))
		}
	}
	return near, false, nil
}
