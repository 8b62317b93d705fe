// Package walk goes at random through everything that can happen to accounts,
// users and their links, on the real parts and a real database, and checks after
// each step what must always hold.
package walk
