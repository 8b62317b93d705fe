package locale

// BothWays is a text as it is made of its pieces, and as go-i18n makes it.
func BothWays(p *Printer, id string, args ...any) (short, long string) {
	slow := Printer{lang: p.lang, loc: p.loc}
	return p.Text(id, args...), slow.Text(id, args...)
}
