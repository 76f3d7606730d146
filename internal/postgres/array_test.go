package postgres

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgtype"
	"pgregory.net/rapid"
)

// The arrays are what pgx reads as the same elements.
func TestTextArrayOf_ReadsAsItsElements(t *testing.T) {
	t.Parallel()
	types := pgtype.NewMap()
	rapid.Check(t, func(t *rapid.T) {
		element := rapid.OneOf(rapid.Just[*string](nil), rapid.Ptr(rapid.String(), false),
			rapid.Ptr(rapid.StringMatching(`[\\",{} nNuUlL\t]*`), false))
		want := rapid.SliceOfN(element, 0, 9).Draw(t, "elements")
		text := textArrayOf(len(want), func(i int) *string { return want[i] })
		var got []*string
		if err := types.Scan(pgtype.TextArrayOID, pgtype.TextFormatCode, []byte(text), &got); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if len(got)+len(want) > 0 && !cmp.Equal(got, want) {
			t.Errorf("%s: %s", text, cmp.Diff(want, got))
		}
	})
}

func TestByteaArray_ReadsAsItsElements(t *testing.T) {
	t.Parallel()
	want := [][]byte{{0, 1, 255}, {}, []byte(`\"`)}
	var got [][]byte
	if err := pgtype.NewMap().Scan(pgtype.ByteaArrayOID, pgtype.TextFormatCode, []byte(byteaArray(want)), &got); err != nil {
		t.Fatal(err)
	}
	if !cmp.Equal(got, want) {
		t.Error(cmp.Diff(want, got))
	}
}
