// Package importer brings customers in from the provider's customer database.
// Memory stays the same however many they are.
//
// A row goes in as a whole or not at all, and what is wrong with it is told.
// What is in already stays as it is: the same source may be imported again at
// any time, after a kill too.
package importer
