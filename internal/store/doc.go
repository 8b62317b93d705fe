// Package store keeps everything in one database and holds all the SQL, once,
// for SQLite and PostgreSQL.
//
// Writes happen in [DB.Update] only. Reads happen there or on a [Reader],
// which cannot write. There is one file per table. What is written here is
// decided elsewhere: by the transitions of package keyfold.
package store
