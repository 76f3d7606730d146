package schedule_test

import (
	"archive/zip"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // as the program has it

	"liftoff"
	"liftoff/internal/schedule"
)

var update = flag.Bool("update", false, "write zones.txt anew from Go's time zone database")

// The names for hints are those of Go's time zone database.
func TestZoneNames_AreThoseOfGo(t *testing.T) {
	root, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	database, err := zip.OpenReader(filepath.Join(strings.TrimSpace(string(root)), "lib", "time", "zoneinfo.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer database.Close()
	var names []string
	for _, file := range database.File {
		if !strings.HasSuffix(file.Name, "/") {
			names = append(names, file.Name)
		}
	}
	slices.Sort(names)
	want := strings.Join(names, "\n") + "\n"
	if *update {
		if err := os.WriteFile("zones.txt", []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got, err := os.ReadFile("zones.txt"); err != nil || string(got) != want {
		t.Errorf("zones.txt is not Go's list (%v): run go test ./internal/schedule -update", err)
	}
	for _, name := range names {
		if s, err := schedule.Parse(schedule.Spec{Every: time.Hour, TimeZone: name}, now); err != nil || s.Spec().TimeZone != name {
			t.Errorf("%s: %q, %v", name, s.Spec().TimeZone, err)
		}
	}
}

func TestParse_NamesTheNearestZone(t *testing.T) {
	const others = "use a name such as Europe/Berlin, America/New_York or UTC"
	for zone, hint := range map[string]string{
		"europe/berlin":                          "use Europe/Berlin",
		"Europe/berlin":                          "use Europe/Berlin",
		"EUROPE/BERLIN":                          "use Europe/Berlin",
		"Berlin":                                 "use Europe/Berlin",
		"New York":                               "use America/New_York",
		"America/New York":                       "use America/New_York",
		"Europe/Berln":                           "use Europe/Berlin",
		"Europe/Berlin ":                         "use Europe/Berlin",
		"Amerika/New_York":                       "use America/New_York",
		"lord howe":                              "use Australia/Lord_Howe",
		"utc":                                    "use UTC",
		"Local":                                  others,
		"local":                                  others,
		"localtime":                              others,
		"posix/UTC":                              others,
		"right/UTC":                              others,
		"PST":                                    others, // not EST
		"CEST":                                   others,
		"+02:00":                                 others,
		"UTC+2":                                  others,
		"../../etc/passwd":                       others,
		"/etc/localtime":                         others,
		"Europe/":                                others,
		"Mars/Olympus_Mons":                      others,
		" ":                                      others,
		"A\x00":                                  others,
		strings.Repeat("Europe/Berlin", 100_000): others,
	} {
		_, err := schedule.Parse(schedule.Spec{Cron: "7 * * * *", TimeZone: zone}, now)
		if err == nil || liftoff.CategoryOf(err) != liftoff.Usage || liftoff.HintOf(err) != hint || len(err.Error()) > 300 {
			t.Errorf("%.40q: %v with the hint %q, want %q", zone, err, liftoff.HintOf(err), hint)
		}
	}
}
