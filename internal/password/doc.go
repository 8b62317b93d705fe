// Package password says which passwords are good enough, and turns them into
// hashes and back into a yes or a no. All hashing goes through one [Gate], so
// that any number of people can log in at once within the memory that there
// is. Who has which hash, and who may try how often, is not its business.
package password
