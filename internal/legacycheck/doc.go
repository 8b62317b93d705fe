// Package legacycheck asks an old system, while it still runs, whether the
// password of one of its customers is right: by an HTTP hook, by a query of its
// database, or by a bind at its directory. It keeps nothing of what it hears.
// What a right password opens is not its business.
package legacycheck
