package export_test

import (
	"slices"
	"testing"

	"github.com/parquet-go/parquet-go/format"

	"liftoff/internal/export"
)

// Spark 3.2, fastparquet and other old readers know plain values and
// dictionaries; RLE is how pages say which values are NULL.
func TestR1_OldReadersKnowEachColumnsEncoding(t *testing.T) {
	t.Parallel()
	known := []format.Encoding{format.Plain, format.RLEDictionary, format.RLE}
	for name, statements := range map[string]string{"odd launches": launchesScript, "many pages": manyLaunches} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			count := int64(4)
			if name == "many pages" {
				count = 20000
			}
			file := openParquet(t, write(t, newDatabase(t, statements), options(export.Parquet, true), count))
			for _, group := range file.Metadata().RowGroups {
				for _, chunk := range group.Columns {
					wantKnown(t, chunk.MetaData, known)
				}
			}
		})
	}
}

// wantKnown fails the test if a column has an encoding or pages that are not known.
func wantKnown(t *testing.T, column format.ColumnMetaData, known []format.Encoding) {
	t.Helper()
	for _, encoding := range column.Encoding {
		if !slices.Contains(known, encoding) {
			t.Errorf("column %v is encoded as %s", column.PathInSchema, encoding)
		}
	}
	if len(column.EncodingStats) == 0 {
		t.Errorf("column %v does not say what its pages are", column.PathInSchema)
	}
	for _, stats := range column.EncodingStats {
		if stats.PageType != format.DataPage && stats.PageType != format.DictionaryPage {
			t.Errorf("column %v has pages of type %s", column.PathInSchema, stats.PageType)
		}
	}
}
