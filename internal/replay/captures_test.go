package replay_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"liftoff"
	"liftoff/internal/replay"
)

func readFile(t *testing.T, parts ...string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestNew_ServesFinalStateUnderBothVersions(t *testing.T) {
	dir := captures(t, finalState)
	server := newServer(t, replay.Options{DataDir: dir})
	file := readFile(t, dir, "launches_v5.json")
	for _, path := range []string{"/v4/launches", "/v5/launches"} {
		sameBytes(t, path, file, get(t, server, path))
	}
	sameBytes(t, "crew", readFile(t, dir, "crew.json"), get(t, server, "/v4/crew"))
	sameBytes(t, "roadster", readFile(t, dir, "roadster.json"), get(t, server, "/v4/roadster"))
	diff(t, "description", "205 launches from "+dir, server.Description())

	for _, doc := range decode[[]jsontext.Value](t, file) {
		id := decode[struct {
			ID string `json:"id"`
		}](t, doc).ID
		sameBytes(t, id, doc, get(t, server, "/v4/launches/"+id))
	}
	latest := decode[object](t, get(t, server, "/v4/launches/latest"))
	diff(t, "latest", "62dd70d5202306255024d139", latest["id"].(string))
}

func TestNew_TakesTheFolderOfBodiesItself(t *testing.T) {
	dir := captures(t, exchanges2021)
	whole := newServer(t, replay.Options{DataDir: dir})
	bodies := newServer(t, replay.Options{DataDir: filepath.Join(dir, "bodies")})
	for _, path := range []string{"/v4/launches", "/v4/starlink", "/v4/crew", "/v4/company"} {
		sameBytes(t, path, get(t, whole, path), get(t, bodies, path))
	}
}

func TestNew_UsesSingleRecordsWhereThereIsNoList(t *testing.T) {
	for _, name := range []string{"spacex-v4-single-records", "spacex-docs-examples"} {
		server := newServer(t, replay.Options{DataDir: captures(t, name)})
		if launches := decode[[]object](t, get(t, server, "/v4/launches")); len(launches) == 0 {
			t.Errorf("%s: no launches", name)
		}
		get(t, server, "/v4/rockets")
	}
}

// folder writes files into a new folder.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestNew_MergesListsByID(t *testing.T) {
	dir := folder(t, map[string]string{
		"past_launches.json":    `[{"id":"a","from":"past"},{"id":"c","from":"past"}]`,
		"bodies/launches.json":  `[ {"id":"b","from":"list"}, {"id":"a","from":"list"} ]`,
		"latest_launch.json":    `{"id":"d","from":"record"}`,
		"query_launches.json":   `{"docs":[{"id":"e"}],"totalDocs":1}`,
		"payload.json":          `{"id":"p1"}`,
		"payloads_query.json":   `{"docs":[{"id":"p2"},{"id":"p1","again":true}],"totalDocs":2}`,
		"notes.json":            `"nothing of ours"`,
		"launchpads_notes.text": `not JSON`,
	})
	server := newServer(t, replay.Options{DataDir: dir})
	sameBytes(t, "launches", []byte(`[{"id":"b","from":"list"},{"id":"a","from":"list"},{"id":"c","from":"past"}]`),
		get(t, server, "/v4/launches"))
	sameBytes(t, "payloads", []byte(`[{"id":"p1"},{"id":"p2"}]`), get(t, server, "/v4/payloads"))
	diff(t, "rockets", http.StatusNotFound, call(t, server, "GET", "/v4/rockets", "").StatusCode)
}

func TestNew_KeepsVersionsApart(t *testing.T) {
	dir := folder(t, map[string]string{
		"launches.json":    `[{"id":"a","crew":["x"]}]`,
		"launches_v5.json": `[{"id":"a","crew":[{"crew":"x"}]}]`,
	})
	server := newServer(t, replay.Options{DataDir: dir})
	sameBytes(t, "v4", []byte(`[{"id":"a","crew":["x"]}]`), get(t, server, "/v4/launches"))
	sameBytes(t, "v5", []byte(`[{"id":"a","crew":[{"crew":"x"}]}]`), get(t, server, "/v5/launches"))
}

func TestNew_ServesBrokenRecordsUnchanged(t *testing.T) {
	const list = `[{"name":"no id"},{"id":7},{"id":"a","id":"b","x":"\ud800"},{"name":"no id"}]`
	server := newServer(t, replay.Options{DataDir: folder(t, map[string]string{"launches.json": list})})
	sameBytes(t, "launches", []byte(list), get(t, server, "/v4/launches"))
}

func TestNew_UnusableOptionsAreUsageErrors(t *testing.T) {
	file := filepath.Join(folder(t, map[string]string{"launches.json": "[]"}), "launches.json")
	tests := []struct {
		name string
		opts replay.Options
		want []string
	}{
		{"no folder", replay.Options{DataDir: "/no/such/folder"}, []string{"/no/such/folder"}},
		{"a file", replay.Options{DataDir: file}, []string{file, "not a folder"}},
		{"no launches", replay.Options{DataDir: folder(t, map[string]string{"rockets.json": "[{}]"})}, []string{"no launches"}},
		{"empty list", replay.Options{DataDir: filepath.Dir(file)}, []string{"no launches"}},
		{
			"broken JSON names file and line",
			replay.Options{DataDir: folder(t, map[string]string{"launches.json": "[\n{\"id\":\"a\"},\n{\"id\":}\n]"})},
			[]string{"launches.json", "line 3"},
		},
		{
			"truncated JSON names file and line",
			replay.Options{DataDir: folder(t, map[string]string{"launches.json": "[\n{\"id\":\"a\""})},
			[]string{"launches.json", "line 2"},
		},
		{
			"a second JSON value names file and line",
			replay.Options{DataDir: folder(t, map[string]string{"launches.json": "[{\"id\":\"a\"}]\n\n [{\"id\":\"b\"}]"})},
			[]string{"launches.json", "line 3", "after top-level value"},
		},
		{
			"text after the JSON names file and line",
			replay.Options{DataDir: folder(t, map[string]string{"launches.json": "[{\"id\":\"a\"}] ]"})},
			[]string{"launches.json", "line 1", "after top-level value"},
		},
		{"negative count", replay.Options{Count: -1}, []string{"-1"}},
		{"count too large", replay.Options{Count: replay.MaxCount + 1}, []string{"10000001"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := replay.New(test.opts)
			if err == nil {
				t.Fatal("no error")
			}
			diff(t, "category", liftoff.Usage, liftoff.CategoryOf(err))
			if liftoff.HintOf(err) == "" {
				t.Error("no hint")
			}
			for _, part := range test.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error %q does not name %q", err, part)
				}
			}
		})
	}
}
