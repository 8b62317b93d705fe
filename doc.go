// Package keyfold holds the words of the product and the rules between them:
// what a customer ID is, which states an account can be in, what may follow.
//
// It does no I/O, reads no clock and draws no random numbers. Everything it
// needs is passed in, so each rule can be read and tested on its own.
package keyfold
