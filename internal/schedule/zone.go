package schedule

import (
	_ "embed"
	"fmt"
	"path"
	"strings"
	"time"

	"liftoff"
)

// zoneNames are the names of the time zone database, one a line, for hints. A test
// compares them with Go's and writes them anew.
//
//go:embed zones.txt
var zoneNames string

// CheckZone returns Parse's error for a time zone.
func CheckZone(name string) error {
	_, err := loadZone(name)
	return err
}

// loadZone returns the time zone with a name; "" is UTC.
func loadZone(name string) (*time.Location, error) {
	near := nearestZone(name)
	if isZoneName(name, near) {
		zone, err := time.LoadLocation(name)
		if err == nil {
			return zone, nil
		}
		if near == name {
			return nil, liftoff.NewError(liftoff.Usage, fmt.Errorf("this machine does not know the time zone %q: %w", name, err),
				"install the package tzdata, or use UTC")
		}
	}
	hint := "use a name such as Europe/Berlin, America/New_York or UTC"
	if near != "" {
		hint = "use " + near
	}
	return nil, liftoff.NewError(liftoff.Usage, fmt.Errorf("there is no time zone %q", shortened(name)), hint)
}

// isZoneName reports whether a name may mean the same zone on each machine; near is the
// nearest name of the database.
func isZoneName(name, near string) bool {
	switch {
	case name == "":
		return true
	case name == "Local":
		return false
	case strings.EqualFold(name, near):
		// Some machines find a zone by a name in the wrong case.
		return name == near
	default:
		// A zone may be newer than the list. What begins with a small letter are files
		// beside the zones, such as localtime.
		return name[0] >= 'A' && name[0] <= 'Z'
	}
}

// nearestZone returns the name of the time zone that is most likely meant, or "".
func nearestZone(name string) string {
	wanted := strings.ToLower(strings.ReplaceAll(strings.TrimSpace(name), " ", "_"))
	const longest = 40 // more than any name
	if len(wanted) < 3 || len(wanted) > longest {
		return ""
	}
	// Abbreviations differ by a letter or two and are hours apart.
	nearest, distance := "", len(wanted)/4+1
	if len(wanted) < 5 {
		distance = 1
	}
	for zone := range strings.Lines(zoneNames) {
		zone = strings.TrimSpace(zone)
		whole := strings.ToLower(zone)
		d := liftoff.EditDistance(wanted, whole)
		if d > 0 && !strings.Contains(wanted, "/") {
			d = min(d, liftoff.EditDistance(wanted, path.Base(whole)))
		}
		if d < distance || d == distance && len(zone) < len(nearest) {
			nearest, distance = zone, d
		}
	}
	return nearest
}
