package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// copyContender is the limit: psql copies a ready file with the very same
// launches into a table.
type copyContender struct {
	bench *bench
	// seed tells the five-column table with default storage, as the seed makes
	// it, from the program's own, with its storage settings and indexes.
	seed bool
}

// The names of the two.
const (
	copySeed = "copy-seed"
	copyOwn  = "copy-own"
)

func (c copyContender) name() string {
	if c.seed {
		return copySeed
	}
	return copyOwn
}

func (c copyContender) prepare(ctx context.Context, j job) error {
	if !c.seed {
		return c.bench.server.create(ctx, j.database, migrated)
	}
	if err := c.bench.server.create(ctx, j.database, "template0"); err != nil {
		return err
	}
	return c.bench.server.exec(ctx, j.database, `CREATE TABLE raw_launches (id TEXT PRIMARY KEY, fetched_at_timestamp TIMESTAMP,
		simulated_total_payload_mass_kg INTEGER, simulated_delay_minutes INTEGER, raw_data JSONB)`)
}

func (c copyContender) command(_ context.Context, j job) (command, error) {
	file := strings.ReplaceAll(c.bench.copyFile(j.n), "'", "''")
	return command{arguments: []string{
		"psql", c.bench.server.dsn(j.database), "-Xq", "-v", "ON_ERROR_STOP=1", "-c", "\\copy raw_launches from '" + file + "'",
	}}, nil
}

func (c copyContender) table(context.Context, job) (string, error) { return "raw_launches", nil }

func (b *bench) copyFile(n int) string { return filepath.Join(b.folder, fmt.Sprintf("copy-%d.txt", n)) }

// download reads all launches once, which fills what the replay keeps, and
// notes how long that takes with nothing stored.
func (b *bench) download(ctx context.Context, n int, api *replay) error {
	if n < limitFrom {
		return b.get(ctx, api, "/v4/launches", discard)
	}
	for rep := range b.reps {
		started := time.Now()
		if err := b.downloadPages(ctx, n, api); err != nil {
			return err
		}
		r := result{name: downloadName, kind: bulk, n: n, rep: rep + 1, wall: time.Since(started).Seconds(), rows: int64(n)}
		if err := b.results.add(r); err != nil {
			return err
		}
	}
	return nil
}

// makeCopyFile makes the ready file, unless it is there from an earlier part.
func (b *bench) makeCopyFile(ctx context.Context, n int, api *replay) error {
	if _, err := os.Stat(b.copyFile(n)); err == nil {
		return nil
	}
	return b.get(ctx, api, "/v4/launches", func(body io.Reader) error { return b.writeCopyFile(n, body) })
}

// get reads what the API has at a path.
func (b *bench) get(ctx context.Context, api *replay, path string, read func(io.Reader) error) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, api.url+path, http.NoBody)
	if err != nil {
		return err
	}
	return send(request, read)
}

// downloadPages reads POST /v4/launches/query, 1,000 launches a page, one page
// after the other, as the peers do.
func (b *bench) downloadPages(ctx context.Context, n int, api *replay) error {
	const size = 1000
	for page := 1; (page-1)*size < n; page++ {
		body := fmt.Sprintf(`{"query":{},"options":{"limit":%d,"page":%d}}`, size, page)
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, api.url+"/v4/launches/query", strings.NewReader(body))
		if err != nil {
			return err
		}
		request.Header.Set("Content-Type", "application/json")
		if err := send(request, discard); err != nil {
			return err
		}
	}
	return nil
}

func discard(body io.Reader) error {
	_, err := io.Copy(io.Discard, body)
	return err
}

func send(request *http.Request, read func(io.Reader) error) (err error) {
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, response.Body.Close()) }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: status %s", request.URL, response.Status)
	}
	return read(response.Body)
}

// writeCopyFile turns an array of launches into COPY's text format.
func (b *bench) writeCopyFile(n int, launches io.Reader) (err error) {
	file, err := os.Create(b.copyFile(n))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	buffered := bufio.NewWriterSize(file, 1<<20)
	decoder := json.NewDecoder(bufio.NewReaderSize(launches, 1<<20))
	if _, err := decoder.Token(); err != nil { // the bracket
		return err
	}
	count := 0
	for ; decoder.More(); count++ {
		var launch json.RawMessage
		if err := decoder.Decode(&launch); err != nil {
			return err
		}
		if err := writeCopyRow(buffered, launch, count); err != nil {
			return err
		}
	}
	if count != n {
		return fmt.Errorf("the replay has %d launches", count)
	}
	return buffered.Flush()
}

func writeCopyRow(w *bufio.Writer, launch json.RawMessage, number int) error {
	var key struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(launch, &key); err != nil {
		return err
	}
	const masses, delays = 15_000, 120
	if _, err := fmt.Fprintf(w, "%s\t2026-01-01 00:00:00\t%d\t%d\t", key.ID, number%masses, number%delays); err != nil {
		return err
	}
	// JSON text has neither tabs nor line breaks once it is compact.
	var compact bytes.Buffer
	if err := json.Compact(&compact, launch); err != nil {
		return err
	}
	if _, err := w.Write(bytes.ReplaceAll(compact.Bytes(), []byte(`\`), []byte(`\\`))); err != nil {
		return err
	}
	return w.WriteByte('\n')
}
