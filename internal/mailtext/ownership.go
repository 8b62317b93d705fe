package mailtext

// ownership is the mails about who owns an account.
func (w *writer) ownership() {
	switch w.Template {
	case OwnershipMovedContacts, OwnershipReturnedContacts, RecoveryAskedContacts, RecoveryVetoed:
		w.notice()
	case OwnershipOffered, OwnershipYours, Recovered:
		w.news()
		w.link(w.own("act"))
		w.origin("done")
	case OwnershipDeclined, OwnershipWithdrawn, OwnershipReturned, RecoveryDone:
		w.news()
		w.origin("done")
	case OwnershipMoved:
		w.objection("done")
	case RecoveryAsked:
		w.objection("asked")
	case OwnershipBack:
		w.news()
		w.origin("done")
		w.doNothing("mail.not_you_alone")
	default: // compose has the others
	}
}

// objection is news that its reader can end with the link.
func (w *writer) objection(what string) {
	w.news()
	w.question()
	w.link(w.own("act"))
	w.until()
	w.origin(what)
}

// wayBack is for a main contact whose account has an owner who is gone.
func (w *writer) wayBack() {
	if w.Link == "" {
		return
	}
	w.body = append(w.body, block{Ask: parse(w.own("gone")), Line: parse(w.own("back"))})
	w.link(w.own("act"))
	w.until()
}
