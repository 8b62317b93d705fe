// Package archtest keeps the shape of the code, as tests: who may import whom,
// how packages are called, and how big things get.
package archtest
