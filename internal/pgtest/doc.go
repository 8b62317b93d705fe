// Package pgtest gives a test a PostgreSQL database of its own, with no work
// for the person who runs it.
//
// All tests of one process share one server: the one that PGTEST_URL names, or
// else one that is started from the programs on this machine and that ends with
// the process. Each test gets databases that nobody else sees and that are
// dropped when it ends. A test that breaks its server asks for one with [Own].
//
// Under "go run ./internal/pgtest/cmd/pgtest -- COMMAND" all test processes of
// COMMAND share one server.
package pgtest
