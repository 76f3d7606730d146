package app

// WithoutPassword takes the password out of a connection string.
var WithoutPassword = withoutPassword
