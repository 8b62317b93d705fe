package keyfold

// bounceKinds are those of mails that the mail server took and that did not arrive.
func bounceKinds() []EventKind {
	return []EventKind{
		{"mail.bounced", "A mail that had been sent did not arrive. The note has the status that its server gave.", false},
		{"mail.delayed", "A mail that has been sent is late; its server goes on trying. The note has the status that it gave.", false},
	}
}
