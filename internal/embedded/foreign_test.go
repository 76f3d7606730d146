//go:build linux

package embedded_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"liftoff"
	"liftoff/internal/embedded"
	"liftoff/internal/testkit/pgtest"
)

// Program files for another C library or processor are told apart from ones
// that are missing, for which the next step is another.
func TestI7_ProgramsForAnotherSystemSayWhatToDo(t *testing.T) {
	t.Parallel()
	for name, program := range map[string][]byte{
		// What exec says is the same for a script's interpreter as for the
		// loader in an ELF file.
		"I7 without its loader, as on musl": []byte("#!/lib64/ld-of-another-libc\n"),
		"I7 of another processor":           elfHeader(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			opts := options(t)
			opts.CacheDir = pgtest.TempDir(t)
			for _, file := range []string{"postgres", "initdb"} {
				path := filepath.Join(unpackedDir(t, opts.CacheDir), "bin", file)
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, program, 0o755); err != nil {
					t.Fatal(err)
				}
			}
			_, err := embedded.Start(t.Context(), opts)
			checkError(t, err, liftoff.Database, "initdb")
			for _, part := range []string{"glibc", "install PostgreSQL 17", "POSTGRES_HOST"} {
				if !strings.Contains(liftoff.HintOf(err), part) {
					t.Errorf("hint %q does not say %q", liftoff.HintOf(err), part)
				}
			}
		})
	}
}

// elfHeader is the beginning of a program for a processor that nobody has.
func elfHeader() []byte {
	const unknownMachine = 0xfefe
	var file bytes.Buffer
	file.WriteString("\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 9))
	for _, value := range []uint16{2, unknownMachine} {
		_ = binary.Write(&file, binary.LittleEndian, value) // into memory
	}
	file.Write(make([]byte, 64))
	return file.Bytes()
}
