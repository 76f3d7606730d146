package trino

// SetMaxRows sets how long one answer may be.
func (e *Engine) SetMaxRows(limit int) { e.maxRows = limit }
