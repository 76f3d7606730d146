package report

// DisplayWidth lets tests measure lines as the tables do.
func DisplayWidth(cell string) int { return displayWidth(cell) }
