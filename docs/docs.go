// Package docs is the documentation for operators, as the program carries it: the
// manual, and the reference pages that it names.
package docs

import "embed"

// FS has the pages of the manual in manual/, and the reference beside it.
//
//go:embed *.md manual/*.md
var FS embed.FS
