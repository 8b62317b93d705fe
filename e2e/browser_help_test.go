package e2e_test

// help is a reader: an article is found by its words and by its keywords, read,
// judged and printed, and opens beside a form without what was typed there being
// lost.
func (v *tour) help() {
	v.Helper()
	v.goTo("/help")
	v.arrive("14-help", "/help", "help.title")
	for name, path := range map[string]string{
		"14-help-found": "/help?q=mail", "14-help-nothing": "/help?q=xqzzyw", "14-help-keywords": "/help/keywords",
		"14-help-steps": "/help/ten-steps", "14-help-print": "/help/print/ten-steps", "14-help-stuck": "/help/stuck/no-mail",
		"14-help-unknown": "/help/nothing-here",
	} {
		v.goTo(path)
		v.seen(name)
	}
	v.goTo("/help/no-mail")
	v.press("help.no")
	v.seen("14-help-judged")
	v.after("a keyword", func() { v.mouse(`document.querySelector('a[href^="/help/keyword/"]')`, 1) })
	v.seen("14-help-keyword")

	v.goTo("/login")
	v.fill("login.username", v.id(0))
	v.mouse(`document.querySelector("a[data-help]")`, 1)
	v.until(`document.querySelector("dialog.beside[open] h1") === document.activeElement`)
	v.seen("14-help-beside")
	if typed := js[string](v.tab, v.field("login.username")+".value"); typed != v.id(0) {
		v.Errorf("of what was typed, %q is left beside the article", typed)
	}
}
