package walk_test

import (
	"fmt"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/members"
	"github.com/keyfold/keyfold/internal/store"
)

// memberSteps are what several users of an account do to each other.
func memberSteps() []step {
	return []step{
		{"invite", 8, (*world).invite},
		{"invite again", 2, (*world).inviteAgain},
		{"revoke", 2, (*world).revoke},
		{"accept with a new login", 4, (*world).acceptNew},
		{"accept with a login", 6, (*world).accept},
		{"change roles", 5, (*world).changeRoles},
		{"remove", 3, (*world).remove},
		{"leave", 2, (*world).leave},
		{"ask for access", 3, (*world).askForAccess},
		{"grant", 2, (*world).grant},
		{"decline", 1, (*world).decline},
		{"withdraw", 1, (*world).withdraw},
		{"delete login", 1, (*world).deleteLogin},
	}
}

func (w *world) roles() keyfold.Roles {
	var roles []keyfold.Role
	for _, role := range keyfold.AllRoles() {
		if w.chance(25) && (role != keyfold.Owner || w.chance(10)) {
			roles = append(roles, role)
		}
	}
	return keyfold.RolesOf(roles...)
}

// someoneOf is most often one of the users of an account, and sometimes anybody.
func (w *world) someoneOf(id keyfold.CustomerID) keyfold.UserID {
	if of := w.trail.membersOf(id); len(of) > 0 && w.chance(85) {
		return pick(w, of)
	}
	return w.user()
}

func (w *world) invite() (string, error) {
	id := w.owned()
	by, to := w.ownerOf(id), members.Invitee{Email: w.address(), Roles: w.roles(), Language: keyfold.Dutch}
	if w.chance(20) {
		by = w.someoneOf(id)
	}
	if w.chance(30) {
		w.next++
		e, err := keyfold.ParseEmail(fmt.Sprintf("new%d@veldkamp.example", w.next))
		w.must(err)
		to.Email = e
	}
	return fmt.Sprintf("%s by %s: %s as %s", id, by, to.Email, to.Roles), w.members.Invite(w.ctx, actOf(by), id, by, to)
}

// invitation is one of those of an account, as its events tell it.
func (w *world) invitation(id keyfold.CustomerID) string {
	a := w.trail.accounts[id]
	if a == nil {
		return ""
	}
	var waiting []string
	list, err := w.db.Reader().Invitations(w.ctx, id, w.clock.Now().Add(-1000*keyfold.InvitedFor), 20, 0)
	w.must(err)
	for _, i := range list {
		waiting = append(waiting, i.ID)
	}
	return pick(w, waiting)
}

func (w *world) inviteAgain() (string, error) {
	id := w.owned()
	by, invitation := w.ownerOf(id), w.invitation(id)
	return fmt.Sprintf("%s of %s by %s", invitation, id, by), w.members.InviteAgain(w.ctx, actOf(by), id, by, invitation)
}

func (w *world) revoke() (string, error) {
	id := w.owned()
	by, invitation := w.someoneOf(id), w.invitation(id)
	return fmt.Sprintf("%s of %s by %s", invitation, id, by), w.members.Revoke(w.ctx, actOf(by), id, by, invitation)
}

func (w *world) acceptNew() (string, error) {
	l, ok := w.mailed(store.Invite)
	if !ok {
		return "", nil
	}
	_, err := w.members.AcceptNew(w.ctx, visitor, l.secret, members.NewLogin{Password: userPassword, Repeat: userPassword, Name: "Ben"})
	return l.Email.String(), err
}

func (w *world) accept() (string, error) {
	l, ok := w.mailed(store.Invite)
	if !ok {
		return "", nil
	}
	login := members.Login{Password: userPassword}
	if w.chance(70) {
		login = members.Login{LoggedIn: w.user()}
	}
	_, err := w.members.Accept(w.ctx, visitor, l.secret, login)
	return fmt.Sprintf("%s with %q", l.Email, login.LoggedIn), err
}

func (w *world) changeRoles() (string, error) {
	id := w.owned()
	by, user, to := w.someoneOf(id), w.someoneOf(id), w.roles()
	return fmt.Sprintf("%s: %s makes %s of %s", id, by, to, user), w.members.ChangeRoles(w.ctx, actOf(by), id, by, user, to)
}

func (w *world) remove() (string, error) {
	id := w.owned()
	by, user := w.someoneOf(id), w.someoneOf(id)
	return fmt.Sprintf("%s: %s removes %s", id, by, user), w.members.Remove(w.ctx, actOf(by), id, by, user)
}

func (w *world) leave() (string, error) {
	id := w.owned()
	user := w.someoneOf(id)
	return fmt.Sprintf("%s: %s", id, user), w.members.Leave(w.ctx, actOf(user), id, user)
}

func (w *world) askForAccess() (string, error) {
	user, id := w.user(), w.account()
	if user == "" {
		return "", nil
	}
	err := w.members.Ask(w.ctx, actOf(user), user, id.String())
	w.must(w.members.AnswerRequests(w.ctx))
	return fmt.Sprintf("%s for %s", user, id), err
}

// asked is a request for access to an account.
func (w *world) asked(id keyfold.CustomerID) string {
	list, err := w.db.Reader().Askers(w.ctx, id, 20, 0)
	w.must(err)
	return pick(w, list).ID
}

func (w *world) grant() (string, error) {
	id := w.owned()
	by, request, roles := w.ownerOf(id), w.asked(id), w.roles()
	return fmt.Sprintf("%s by %s: %s", id, by, roles), w.members.Grant(w.ctx, actOf(by), id, by, request, roles)
}

func (w *world) decline() (string, error) {
	id := w.owned()
	by, request := w.ownerOf(id), w.asked(id)
	return fmt.Sprintf("%s by %s", id, by), w.members.Decline(w.ctx, actOf(by), id, by, request)
}

func (w *world) withdraw() (string, error) {
	id := w.owned()
	user, request := w.user(), w.asked(id)
	return fmt.Sprintf("%s by %s", id, user), w.members.Withdraw(w.ctx, actOf(user), user, request)
}

func (w *world) deleteLogin() (string, error) {
	user := w.user()
	if user == "" {
		return "", nil
	}
	return string(user), w.members.DeleteLogin(w.ctx, actOf(user), user)
}
