// Package e2e tests the program from outside: real processes, a real browser,
// a real mail server and both databases, with everything that can go wrong.
package e2e
