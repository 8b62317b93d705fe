// Package importer brings customers in from the provider's customer database,
// as a CSV file: RFC 4180 in UTF-8, read as a stream, so that memory stays the
// same however long the file is.
//
// A row goes in as a whole or not at all, and what is wrong with it is told.
// What is in already stays as it is: the same file may be imported again at
// any time, after a kill too.
package importer
