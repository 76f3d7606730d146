package pipeline

// WithBatchSize returns options with batches of another size.
func WithBatchSize(options Options, rows int, bytes int64) Options {
	options.batch = batchSize{rows: rows, bytes: bytes}
	return options
}
