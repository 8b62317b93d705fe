// Package transfer moves what is in a database elsewhere: into another one,
// into a backup and back, and into files for other programs.
package transfer
