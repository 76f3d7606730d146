package export_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"liftoff/internal/export"
)

func openParquet(t *testing.T, content []byte) *parquet.File {
	t.Helper()
	file, err := parquet.OpenFile(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// row is what a reader in Go would read a file into.
type row struct {
	ID            string     `parquet:"id"`
	Name          *string    `parquet:"name"`
	FlightNumber  *int32     `parquet:"flight_number"`
	LaunchedAt    *time.Time `parquet:"launched_at,timestamp(microsecond)"`
	Upcoming      *bool      `parquet:"upcoming"`
	Success       *bool      `parquet:"success"`
	RocketID      *string    `parquet:"rocket_id"`
	PayloadMassKg *float64   `parquet:"payload_mass_kg"`
	SlipMinutes   *int32     `parquet:"slip_minutes"`
	FetchedAt     *time.Time `parquet:"fetched_at_timestamp,timestamp(microsecond)"`
	RawData       *string    `parquet:"raw_data"`
}

func TestWrite_ParquetIsReadBack(t *testing.T) {
	t.Parallel()
	db := newDatabase(t, launchesScript)
	content := write(t, db, options(export.Parquet, true), 4)
	rows, err := parquet.Read[row](bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	at := func(text string) *time.Time {
		moment, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			t.Fatal(err)
		}
		return &moment
	}
	want := []row{
		{
			ID: "B", Name: new(`=HYPERLINK("x")`), FlightNumber: new(int32(-5)), FetchedAt: at("2024-04-27T17:02:01Z"),
			RawData: new(`{"id": "B", "name": "=HYPERLINK(\"x\")", "newest": false, "success": null, "payloads": ["unknown"], "flight_number": -5}`),
		},
		{ID: "a", FetchedAt: at("2024-04-27T17:02:01.000001Z"), RawData: new("{}")},
		{
			ID: "b", Name: new("FalconSat, revised"), FlightNumber: new(int32(1)), LaunchedAt: at("2006-03-24T23:45:00Z"),
			Success: new(true), PayloadMassKg: new(420.5), SlipMinutes: new(int32(75)), FetchedAt: at("2024-04-27T17:02:01.309Z"),
			RawData: new(`{"id": "b", "name": "FalconSat, revised", "success": true, "date_utc": "2006-03-24T23:45:00.000Z", "payloads": ["p1", "p2"], "flight_number": 1, "date_precision": "hour"}`),
		},
		{
			ID: "é", Name: new("a \"quoted\", two\nlines,\x1b[31m <b>\u2028 \\ 🚀"), FetchedAt: at("2024-04-27T17:02:01Z"),
			RawData: new(`{"name": "a \"quoted\", two\nlines,\u001b[31m <b>` + "\u2028" + ` \\ 🚀", "date_precision": ""}`),
		},
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

// schemaOfNothing returns the schema of a file that must have no rows.
func schemaOfNothing(t *testing.T, content []byte) string {
	t.Helper()
	file := openParquet(t, content)
	if file.NumRows() != 0 {
		t.Errorf("%d rows in a file of nothing", file.NumRows())
	}
	return file.Schema().String() + "\n"
}

// What a writer holds in memory is one row group: 16 of the 18 documents.
func TestWrite_ParquetRowGroupsAreBounded(t *testing.T) {
	t.Parallel()
	const size = 1 << 20
	db := newDatabase(t, fmt.Sprintf(`INSERT INTO raw_launches
		SELECT to_char(g, 'FM000'), '2024-04-27', 0, 0, jsonb_build_object('name', repeat('x', %d)) FROM generate_series(1, 18) AS g`, size))
	content := write(t, db, options(export.Parquet, true), 18)
	file := openParquet(t, content)
	for i, group := range file.RowGroups() {
		if group.NumRows() > 16 {
			t.Errorf("row group %d has %d documents of 1 MiB", i, group.NumRows())
		}
	}
	rows, err := parquet.Read[row](bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if want := `{"name": "` + strings.Repeat("x", size) + `"}`; *r.RawData != want || *r.Name != strings.Repeat("x", size) {
			t.Errorf("launch %s has a document of %d bytes, want %d", r.ID, len(*r.RawData), len(want))
		}
	}
	if len(rows) != 18 {
		t.Errorf("%d rows", len(rows))
	}
}
