package main

import (
	"os"
	"time"

	"github.com/keyfold/keyfold/internal/help"
	"github.com/keyfold/keyfold/internal/help/articles"
)

// helpEvery is how often the operator's folder is looked at.
const helpEvery = 5 * time.Second

func helpOptions(c *config) help.Options {
	return help.Options{Brand: c.Brand.Name, Support: c.Brand.SupportEmail.String(), Home: c.PublicURL.String(), Entities: c.Entities}
}

// checkHelpDir looks whether the folder is there.
func (l *loader) checkHelpDir() {
	if l.HelpDir == "" {
		return
	}
	info, err := os.Stat(l.HelpDir)
	switch {
	case err != nil:
		l.problemOf("help_dir", "%q cannot be read: %v. Name a folder that exists and that this user may read.", l.HelpDir, bare(err))
	case !info.IsDir():
		l.problemOf("help_dir", "%q is no folder. Name the one that has the folders en, nl and de in it.", l.HelpDir)
	}
}

// findHelpWarnings notes articles that cannot be read. They keep nobody from
// logging in, so that they do not keep a server from starting.
func (l *loader) findHelpWarnings() {
	if l.HelpDir == "" || !l.read("help_dir") {
		return
	}
	for _, f := range help.LoadFolder(helpOptions(&l.config), articles.FS, l.HelpDir).Broken() {
		l.warn("help_dir: %s All articles of the folder are left out until that is mended.", f)
	}
}
