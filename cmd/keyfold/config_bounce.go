package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/keyfold/keyfold"
)

type bounceConfig struct {
	Address keyfold.Email `key:"address" help:"Where mail servers send back what does not arrive: the envelope sender of all mails. Empty: the sender of each."`
	Maildir string        `key:"maildir" help:"Maildir that the address is delivered to; it has the folders new, cur and tmp. Reports in it are read within seconds, and marked as seen. Empty: none is read."`
	Secret  hidden        `key:"secret" secret:"yes" help:"What programs sign with that tell of bounces at /hooks/bounces, 32 characters or more. Empty: that address is not there."`
}

// checkBounces looks whether the Maildir is one.
func (l *loader) checkBounces() {
	if l.Bounce.Maildir == "" {
		return
	}
	for _, folder := range []string{"new", "cur"} {
		info, err := os.Stat(filepath.Join(l.Bounce.Maildir, folder))
		switch {
		case errors.Is(err, fs.ErrPermission): // an import may be run by somebody else than the server
			l.warn("bounce.maildir %s cannot be read by this user. The server reads it as its own.", l.Bounce.Maildir)
			return
		case err != nil:
			l.problemOf("bounce.maildir", "%q cannot be read: %v. Name a Maildir that exists and that this user owns.", l.Bounce.Maildir, bare(err))
			return
		case !info.IsDir():
			l.problemOf("bounce.maildir", "%q is no Maildir: %s in it is no folder.", l.Bounce.Maildir, folder)
			return
		}
	}
}
