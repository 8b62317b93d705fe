// Package readiness says before the first mail what will become of the
// customers of a source: who can go all ten steps alone, who cannot, why, and
// what to do.
//
// A [Tally] is told of each row while it is read, and counts exactly, whatever
// the size: what memory has no room for lies in temporary files that nobody
// else can open. The [Report] is made at the end. Nothing is counted as ready
// that was not looked at.
package readiness
