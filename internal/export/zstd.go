package export

import (
	"fmt"

	klauspost "github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/compress/zstd"
)

// zstdWindow is how far back the compression searches. Pages of a Parquet file
// have 256 KiB, and each is compressed separately.
const zstdWindow = 256 << 10

// smallZstd is the library's codec with one encoder of a small window: the
// default encoders take 60 MB of memory and compress pages no better.
type smallZstd struct {
	*zstd.Codec

	encoder *klauspost.Encoder
}

func newSmallZstd() (smallZstd, error) {
	encoder, err := klauspost.NewWriter(nil,
		klauspost.WithEncoderConcurrency(1),
		klauspost.WithLowerEncoderMem(true),
		klauspost.WithWindowSize(zstdWindow),
		klauspost.WithZeroFrames(true), // an empty page must be a frame too
		klauspost.WithEncoderCRC(false),
	)
	if err != nil {
		return smallZstd{}, fmt.Errorf("prepare the compression: %w", err)
	}
	return smallZstd{Codec: &zstd.Codec{}, encoder: encoder}, nil
}

// Encode compresses one page.
func (s smallZstd) Encode(dst, src []byte) ([]byte, error) {
	return s.encoder.EncodeAll(src, dst[:0]), nil
}
