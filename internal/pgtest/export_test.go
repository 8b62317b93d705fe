package pgtest

// FindPrograms is for the tests.
var FindPrograms = findPrograms
