package analytics

// CodeOf is what the loader checks of a statement.
func CodeOf(statement string) (string, error) { return codeOf(statement) }
