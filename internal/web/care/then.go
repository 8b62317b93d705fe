package care

import "github.com/keyfold/keyfold"

// A sentence is one of what would happen: a message ID with its values.
type sentence struct {
	id   string
	args []any
}

// then is what a yes would do, in words, so that the second person knows without
// asking anybody. The new address is whole for who has to judge it.
func then(p keyfold.Approval, a keyfold.Account, owner keyfold.Email, whole bool) []sentence {
	args := []any{"ID", a.ID.String(), "Old", masked(a.Contact.Email), "Owner", masked(owner)}
	switch {
	case p.Was != "":
		args = append(args, "New", p.Was)
	case whole:
		args = append(args, "New", p.Contact.Email.String())
	default:
		args = append(args, "New", masked(p.Contact.Email))
	}
	say := func(parts ...string) (all []sentence) {
		for _, part := range parts {
			all = append(all, sentence{"care.then_" + part, args})
		}
		return all
	}
	switch p.Kind {
	case keyfold.ChangeContact:
		return say(thenContact(a)...)
	case keyfold.TakeOffLogin:
		return say("unlink", "users", "reset", "told_all")
	case keyfold.UndoLinking:
		if a.Password == "" {
			return say("undo_anew", "users", "reset", "told_all")
		}
		return say("undo", "users", "told_all")
	case keyfold.DecideDispute:
		if p.For == keyfold.ContactIsRight {
			if a.Owner == "" {
				return say("given", "reset", "told_contact")
			}
			return say("given", "users", "reset", "told_all")
		}
	case keyfold.LiftFreeze:
	}
	return say("unfrozen", "links", "told_owner")
}

func thenContact(a keyfold.Account) []string {
	parts := []string{"contact", "contact_old", "contact_new"}
	if a.Contact.Email.IsZero() {
		parts[1] = "contact_none"
	}
	if a.State == keyfold.Registered {
		return append(parts, "contact_others")
	}
	return append(parts, "contact_anew")
}

// Askable are the kinds that an account could be asked for as it is. What is
// wrong with the others, the form says.
func Askable(a keyfold.Account) (kinds []keyfold.ApprovalKind) {
	for _, kind := range keyfold.ApprovalKinds() {
		registered := a.State == keyfold.Registered
		may := !a.Closed
		switch kind {
		case keyfold.TakeOffLogin, keyfold.UndoLinking:
			may = may && registered && !a.Frozen
		case keyfold.DecideDispute, keyfold.LiftFreeze:
			may = may && a.Frozen
		case keyfold.ChangeContact:
		}
		if may {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// orWaiting is the name of a list of approvals.
func orWaiting(show string) string {
	if show == "" {
		return "waiting"
	}
	return show
}
