package export

import (
	"io"

	"github.com/parquet-go/parquet-go"
)

// A row group is what a Parquet writer holds in memory. It ends after this many
// launches, or after this many bytes of documents, which may be large.
const (
	rowGroupLaunches = 50_000
	rowGroupBytes    = 16 << 20
)

// parquetFile writes a Parquet file whose rows are of type T.
type parquetFile[T any] struct {
	out *parquet.GenericWriter[T]
	// row holds the one row that is written.
	row  []T
	fill func(row *T, from *document)
	// launches and bytes are those of the open row group.
	launches, bytes int
}

func newParquet(out io.Writer, raw bool) (encoder, error) {
	if raw {
		return newParquetFile(out, func(row, from *document) { *row = *from })
	}
	return newParquetFile(out, func(row *launch, from *document) { *row = from.launch })
}

func newParquetFile[T any](out io.Writer, fill func(*T, *document)) (*parquetFile[T], error) {
	codec, err := newSmallZstd()
	if err != nil {
		return nil, err
	}
	writer := parquet.NewGenericWriter[T](out,
		parquet.NewSchema("launches", parquet.SchemaOf(new(T))),
		parquet.Compression(codec),
		// What old readers know as well, such as Spark 3.2 and fastparquet: pages of
		// version 1, values that are plain or in a dictionary. The library would
		// write texts as DELTA_LENGTH_BYTE_ARRAY, on pages of version 2.
		parquet.DataPageVersion(1),
		parquet.DefaultEncoding(&parquet.Plain),
		// Bounds help only readers that search by order, and documents have none.
		parquet.SkipPageBounds("raw_data"), parquet.SkipPageStatistics("raw_data"))
	return &parquetFile[T]{out: writer, row: make([]T, 1), fill: fill}, nil
}

func (p *parquetFile[T]) write(launch *document) error {
	p.fill(&p.row[0], launch)
	if _, err := p.out.Write(p.row); err != nil {
		return err
	}
	p.launches++
	p.bytes += len(launch.RawData)
	if p.launches < rowGroupLaunches && p.bytes < rowGroupBytes {
		return nil
	}
	p.launches, p.bytes = 0, 0
	return p.out.Flush()
}

func (p *parquetFile[T]) finish() error { return p.out.Close() }
