package postgres_test

import (
	"fmt"
	"strings"
	"testing"

	"liftoff"
	"liftoff/internal/testkit/launchtest"
	"liftoff/internal/testkit/pgtest"
)

// A number is what it is worth, however it is spelt; what no INTEGER holds is
// NULL and no error.
func TestM4_AFlightNumberIsWhatItIsWorth(t *testing.T) {
	t.Parallel()
	_, db := openMigrated(t)
	conn := pgtest.Connect(t, db.DSN)
	tests := map[string]string{
		"1": "1", "1.0": "1", "1.000": "1", "1e0": "1", "10e-1": "1", "-0": "0", "0.0": "0", "2022.0": "2022", "1E+2": "100", "-3.0": "-3",
		"2147483647": "2147483647", "2147483647.0": "2147483647", "-2147483648": "-2147483648",
		"1.5": "<null>", "2147483648": "<null>", "2147483647.5": "<null>", "-2147483649": "<null>", "1e131071": "<null>", "1e-16383": "<null>",
		`"187"`: "187", `"1.0"`: "<null>", `[1]`: "<null>", `{"a": 1}`: "<null>", "true": "<null>",
	}
	for spelt := range tests {
		storeStates(t, conn, spelt, fmt.Sprintf(`{"flight_number": %s}`, spelt))
	}
	launchtest.Refresh(t, db.DSN)
	for spelt, want := range tests {
		if got := scan[string](t, db, "SELECT coalesce(flight_number::TEXT, '<null>') FROM launches WHERE id = $1", spelt); got != want {
			t.Errorf("the flight number %s is %s, want %s", spelt, got, want)
		}
	}
}

// The other columns that come from numbers and booleans.
func TestM4_OtherNumbersAreWhatTheyAreWorth(t *testing.T) {
	t.Parallel()
	_, db := openMigrated(t)
	conn := pgtest.Connect(t, db.DSN)
	tests := map[string]string{
		"15600": "15600", "15600.0": "15600", "1.56e4": "15600", "0": "0", "-0": "0", "0e5": "0", "26.50": "26.5", "1e-300": "1e-300",
		"10000000": "10000000", "10000001": "<null>", "-1": "<null>", "1e131071": "<null>", `"5"`: "<null>", "true": "<null>",
	}
	for spelt := range tests {
		if _, err := conn.Exec(t.Context(), "INSERT INTO raw_payloads VALUES ($1, now(), $2)", spelt, fmt.Sprintf(`{"mass_kg": %s}`, spelt)); err != nil {
			t.Fatalf("mass %s: %v", spelt, err)
		}
		storeStates(t, conn, spelt, fmt.Sprintf(`{"payloads": [%q], "success": 1, "upcoming": 0}`, spelt))
	}
	launchtest.Refresh(t, db.DSN)
	for spelt, want := range tests {
		got := scan[string](t, db, `SELECT concat_ws(' ', coalesce(payload_mass_kg::TEXT, '<null>'), payload_count, success, upcoming)
			FROM launches WHERE id = $1`, spelt)
		if got != want+" 1" {
			t.Errorf("mass %s: mass, payloads, success and upcoming are %q, want %q", spelt, got, want+" 1")
		}
	}
}

// poison is a document of 82 kB whose text would have 1.2 GB.
func poison() string { return `{"links": [` + strings.Repeat("1e131071, ", 9000) + `1]}` }

// What an earlier version stored, or another program, is refused with the
// launch's name before the server writes a gigabyte of zeros.
func TestM3_ADocumentThatNothingCanReadIsStored(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	conn := pgtest.Connect(t, db.DSN)
	storeStates(t, conn, "a", `{"v": 1}`)
	storeStates(t, conn, "b", `{"v": 1}`, `{"v": 2}`, poison())
	storeStates(t, conn, "c", poison(), `{"v": 1}`)
	storeStates(t, conn, "d", poison())
	launchtest.Refresh(t, db.DSN)
	var id string
	var document []byte
	read := func() (ids []string, err error) {
		err = store.ReadLaunches(t.Context(), map[string]any{"id": &id, "raw_data": &document}, func() error {
			ids = append(ids, id)
			return nil
		})
		return ids, err
	}
	ids, err := read()
	wantError(t, err, liftoff.Usage, `the document of launch "b" is longer than 96 MiB as text`)
	if strings.Join(ids, " ") != "a" {
		t.Errorf("read %v before that, want a", ids)
	}
	execute(t, db, "DELETE FROM launch_revisions WHERE revision = 3", "DELETE FROM raw_launches WHERE id = 'd'")
	launchtest.Refresh(t, db.DSN)
	if ids, err := read(); err != nil || strings.Join(ids, " ") != "a b c" {
		t.Errorf("read %v, %v; the newest documents are all small", ids, err)
	}
	_, err = store.LaunchHistory(t.Context(), "c")
	wantError(t, err, liftoff.Usage, `the history of launch "c" cannot be shown: up to revision 1 its documents are longer than 64 MiB`)
	if history, err := store.LaunchHistory(t.Context(), "b"); err != nil || len(history.Revisions) != 2 {
		t.Errorf("the history of b has %d revisions, %v", len(history.Revisions), err)
	}
}

// What may be stored can be read, whatever it is made of.
func TestM3_WhatMayBeStoredCanBeRead(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	conn := pgtest.Connect(t, db.DSN)
	const most = 4 << 20
	states := map[string]string{
		"many small values":  `[` + strings.Repeat("0,", most/8) + `0]`,
		"numbers of 300":     `[` + strings.Repeat("1e300,", most/302) + `0]`,
		"the largest number": `[` + strings.Repeat("1e131071,", 31) + `0]`,
		"the smallest":       `[` + strings.Repeat("1e-16383,", 250) + `0]`,
		"one long text":      `"` + strings.Repeat("x", most-2) + `"`,
		"control characters": `"` + strings.Repeat(`\u0001`, most/6-2) + `"`,
		"nested deeply":      strings.Repeat("[", 6000) + strings.Repeat("]", 6000),
		"no document":        `null`,
	}
	for id, state := range states {
		storeStates(t, conn, id, state)
		if history, err := store.LaunchHistory(t.Context(), id); err != nil || len(history.Revisions) != 1 {
			t.Errorf("%s: %d revisions, %v", id, len(history.Revisions), err)
		}
	}
	execute(t, db, "INSERT INTO raw_launches VALUES ('no document at all')")
	launchtest.Refresh(t, db.DSN)
	count := 0
	var document []byte
	err := store.ReadLaunches(t.Context(), map[string]any{"raw_data": &document}, func() error { count++; return nil })
	if err != nil || count != len(states)+1 {
		t.Errorf("%d launches, %v", count, err)
	}
}
