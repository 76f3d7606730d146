package postgres

// Meaning and PassesByItself are the rules for the server's error codes.
var (
	Meaning        = (*Store).meaning
	PassesByItself = passesByItself
)
