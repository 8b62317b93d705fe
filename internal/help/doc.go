// Package help is the engine of the help centre: it reads articles in Markdown,
// makes them safe to show, knows which article answers which page and which
// refusal, and searches them. What the articles say is the business of their
// files; what a page around them looks like, that of the surface.
//
// A [Library] never changes once it is loaded. A [Shelf] holds the one in force
// and takes a newer one when the operator's files change.
package help
