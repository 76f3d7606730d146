package analytics

// CodeOf lets the tests of the query files look at a statement as the loader
// does.
func CodeOf(statement string) (string, error) { return codeOf(statement) }
