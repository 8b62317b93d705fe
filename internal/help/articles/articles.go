// Package articles holds the help texts for customers, as Markdown in each
// language, the list of their keywords and the list of their pictures. How they
// are shown and searched is not its business.
package articles

import "embed"

// FS has the folders en, nl and de, with one file SLUG.md for each article in
// each of them, keywords.yaml and shots.yaml beside them, and the pictures in shots.
//
//go:embed en/*.md nl/*.md de/*.md keywords.yaml shots.yaml shots
var FS embed.FS
