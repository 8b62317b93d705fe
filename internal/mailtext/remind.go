package mailtext

// reminder says where the move of each account stands. One account has its
// sentences; many have a list.
func (w *writer) reminder() {
	switch a := w.Accounts[0]; {
	case w.Template == PendingDropped:
		w.about()
		w.goOn("next")
	case len(w.Accounts) > 1:
		w.para("what_many")
		w.each(func(a Account) string {
			if a.Pending {
				return w.say.Text("mail.reminder.item_confirm", "Account", w.account(a))
			}
			return w.say.Text("mail.reminder.item_address", "Account", w.account(a))
		})
		w.goOn("next_many")
	case a.Pending:
		w.para("what_confirm")
		w.goOn("next_confirm")
	default:
		w.para("what_address")
		w.goOn("next_address")
	}
}

// goOn leads to the login page, which has what is next. No token is needed for
// it, and none lies about in a mailbox.
func (w *writer) goOn(next string) {
	w.para(next)
	w.link(w.say.Text("mail.reminder.act"))
	w.body = append(w.body, block{Ask: parse(w.say.Text("mail.reminder.ask")), Line: parse(w.say.Text("mail.reminder.answer"))})
	w.foot = append(w.foot, block{Ask: parse(w.say.Text("mail.not_you")), Line: parse(w.say.Text("mail.tell_answer"))})
}

// each lists the accounts, as many as a mail can bear.
func (w *writer) each(say func(Account) string) {
	var items []line
	for i, a := range w.Accounts {
		if i == maxListed {
			items = append(items, parse(w.say.Text("mail.more", "Count", len(w.Accounts)-maxListed)))
			break
		}
		items = append(items, parse(say(a)))
	}
	w.body = append(w.body, block{Items: items})
}
