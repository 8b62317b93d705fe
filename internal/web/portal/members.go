package portal

import (
	"net/http"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/members"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/web"
	"github.com/keyfold/keyfold/internal/web/ui"
)

const (
	invitationsOnPage = 100
	askersOnPage      = 50
	maxUsersPage      = 10_000
	// endedFor is how long an invitation that has ended is shown.
	endedFor = 14 * 24 * time.Hour
)

// memberRoutes are the doors of who has access.
func (p *Portal) memberRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET /accounts/{id}/users", Guarded: p.may(keyfold.SeeAccount, p.showUsers)},
		{Pattern: "GET /accounts/{id}/users/invite", Guarded: p.may(keyfold.ManageUsers, p.showInvite)},
		{Pattern: "POST /accounts/{id}/users/invite", Guarded: p.may(keyfold.ManageUsers, p.invite)},
		{Pattern: "GET /accounts/{id}/users/invitations/{invitation}", Guarded: p.may(keyfold.ManageUsers, p.showSent)},
		{Pattern: "POST /accounts/{id}/users/invitations/{invitation}", Guarded: p.may(keyfold.ManageUsers, p.changeSent)},
		{Pattern: "GET /accounts/{id}/users/requests/{request}", Guarded: p.may(keyfold.AnswerRequests, p.showAsker)},
		{Pattern: "POST /accounts/{id}/users/requests/{request}", Guarded: p.may(keyfold.AnswerRequests, p.answerAsker)},
		{Pattern: "GET /accounts/{id}/users/{user}", Guarded: p.may(keyfold.ManageUsers, p.showMember)},
		{Pattern: "POST /accounts/{id}/users/{user}", Guarded: p.may(keyfold.ManageUsers, p.changeMember)},
		{Pattern: "GET /accounts/{id}/leave", Guarded: p.may(keyfold.LeaveAccount, p.showLeave)},
		{Pattern: "POST /accounts/{id}/leave", Guarded: p.may(keyfold.LeaveAccount, p.leaveAccount)},
		{Pattern: "GET /accounts/request", Guarded: p.user(p.showAsk)},
		{Pattern: "POST /accounts/request", Guarded: p.user(p.ask)},
		{Pattern: "GET /login/delete", Guarded: p.user(p.showDelete)},
		{Pattern: "POST /login/delete", Guarded: p.user(p.deleteLogin)},
		{Pattern: "GET /invitation/{token}", Guarded: web.Anyone(p.showInvitation)},
		{Pattern: "POST /invitation/{token}", Guarded: web.Anyone(p.acceptInvitation)},
	}
}

// usersSaid are what the page of the users may say first. The address only names
// one.
var usersSaid = map[string]string{
	"invited": "users.said_invited", "again": "users.said_again", "revoked": "users.said_revoked", "roles": "users.said_roles",
	"removed": "users.said_removed", "granted": "users.said_granted", "declined": "users.said_declined",
}

// toUsers is where all that changes users leads.
func toUsers(w http.ResponseWriter, r *http.Request, at visit, said string) error {
	http.Redirect(w, r, "/accounts/"+at.Account.ID.String()+"/users?done="+said, http.StatusSeeOther) //nolint:gosec // G710: the ID is one of ours
	return nil
}

// retry is again, but for who has lost the access that the page was shown for.
func retry(w http.ResponseWriter, r *http.Request, err error, form *ui.Form, page func() templ.Component) error {
	if reasons := keyfold.Refused(err); len(reasons) > 0 && reasons[0].Kind == keyfold.NotFound {
		return err
	}
	return again(w, r, err, form, page)
}

func (p *Portal) showUsers(w http.ResponseWriter, r *http.Request, at visit) error {
	view := UsersView{AccountHead: p.headOf(w, r, at), Notice: usersSaid[r.URL.Query().Get("done")]}
	list, err := p.Read.Members(r.Context(), at.Account.ID)
	if err != nil {
		return err
	}
	for _, m := range list {
		view.Rows = append(view.Rows, userRow(at, m))
	}
	view.Number = usersPage(r)
	if err := p.addInvitations(r, at, &view); err != nil {
		return err
	}
	if at.Roles.May(keyfold.AnswerRequests) {
		if err := p.addAskers(r, at, &view); err != nil {
			return err
		}
	}
	return show(w, r, UsersPage(view))
}

// usersPage is which part of long lists is asked for.
func usersPage(r *http.Request) int {
	n, err := strconv.Atoi(r.URL.Query().Get("page"))
	if err != nil {
		return 1
	}
	return min(max(n, 1), maxUsersPage)
}

func userRow(at visit, m store.MemberUser) UserRow {
	row := UserRow{
		ID: string(m.ID), Name: m.Name, Email: m.Email.String(), Roles: m.Roles, Used: m.Used, You: m.ID == at.session.User,
	}
	row.Manage = !m.Roles.Has(keyfold.Owner) && !row.You && at.Roles.MayManage(m.Roles, keyfold.Roles{}) == nil
	return row
}

func (p *Portal) addInvitations(r *http.Request, at visit, view *UsersView) error {
	list, err := p.Read.Invitations(r.Context(), at.Account.ID, p.Now().Add(-endedFor), invitationsOnPage+1, (view.Number-1)*invitationsOnPage)
	if len(list) > invitationsOnPage {
		list, view.Further = list[:invitationsOnPage], true
	}
	for _, i := range list {
		row := p.invitationRow(at, i)
		if i.Status == keyfold.Invited {
			view.Pending = append(view.Pending, row)
		} else {
			view.Ended = append(view.Ended, row)
		}
	}
	return err
}

func (p *Portal) invitationRow(at visit, i store.SentInvitation) InvitationRow {
	return InvitationRow{
		ID: i.ID, Email: i.Email.String(), Roles: i.Roles, Sent: i.Sent, Until: i.Until, Status: i.Status, Expired: !i.Live(p.Now()),
		Void: i.InviterRoles.MayManage(keyfold.Roles{}, i.Roles) != nil, With: i.AcceptedWith.String(), Ended: i.Ended,
		Manage: at.Roles.MayManage(keyfold.Roles{}, i.Roles) == nil,
	}
}

// givable are the roles that who looks at the page can give.
func givable(at visit) []keyfold.Role {
	var list []keyfold.Role
	for _, role := range keyfold.GivenRoles() {
		if at.Roles.MayManage(keyfold.Roles{}, keyfold.RolesOf(role)) == nil {
			list = append(list, role)
		}
	}
	return list
}

// tickedRoles are the boxes of a form that were ticked.
func tickedRoles(r *http.Request) keyfold.Roles {
	var list []keyfold.Role
	for _, role := range keyfold.GivenRoles() {
		if r.PostFormValue(rolePrefix+string(role)) != "" {
			list = append(list, role)
		}
	}
	return keyfold.RolesOf(list...)
}

func (p *Portal) showInvite(w http.ResponseWriter, r *http.Request, at visit) error {
	return show(w, r, InvitePage(p.inviteView(w, r, at)))
}

func (p *Portal) inviteView(w http.ResponseWriter, r *http.Request, at visit) InviteView {
	return InviteView{
		AccountHead: p.headOf(w, r, at), Typed: r.PostFormValue(FieldEmail), Boxes: boxes(givable(at), tickedRoles(r)),
		Ask: !p.SignIn.Fresh(at.session),
	}
}

func (p *Portal) invite(w http.ResponseWriter, r *http.Request, at visit) error {
	view := p.inviteView(w, r, at)
	if err := p.sendInvitation(r, at, view.Lang.Language()); err != nil {
		return retry(w, r, err, &view.Form, func() templ.Component { return InvitePage(view) })
	}
	return toUsers(w, r, at, "invited")
}

func (p *Portal) sendInvitation(r *http.Request, at visit, lang keyfold.Language) error {
	to := members.Invitee{Roles: tickedRoles(r), Language: lang}
	var reasons keyfold.Refusals
	var err error
	if to.Email, err = keyfold.ParseEmail(r.PostFormValue(FieldEmail)); err != nil {
		reasons = append(reasons, keyfold.Refused(onField(err, FieldEmail))...)
	}
	reasons = append(reasons, keyfold.Refused(to.Roles.Givable())...)
	if len(reasons) > 0 {
		return reasons
	}
	if err := p.fresh(r, at); err != nil {
		return err
	}
	return p.Members.Invite(r.Context(), actOf(r, at.session), at.Account.ID, at.session.User, to)
}

func (p *Portal) showSent(w http.ResponseWriter, r *http.Request, at visit) error {
	view, err := p.sentView(w, r, at)
	if err != nil {
		return err
	}
	return show(w, r, SentPage(view))
}

// sentView is one invitation that waits. One that has ended is on the page of the
// users.
func (p *Portal) sentView(w http.ResponseWriter, r *http.Request, at visit) (SentView, error) {
	view := SentView{AccountHead: p.headOf(w, r, at), Ask: !p.SignIn.Fresh(at.session)}
	i, err := p.Read.WaitingInvitation(r.Context(), at.Account.ID, r.PathValue("invitation"))
	if err != nil {
		return view, err
	}
	view.Row = p.invitationRow(at, i)
	return view, nil
}

// changeSent sends an invitation once more, or takes it back.
func (p *Portal) changeSent(w http.ResponseWriter, r *http.Request, at visit) error {
	said, err := p.applySent(r, at)
	if err == nil {
		return toUsers(w, r, at, said)
	}
	view, fault := p.sentView(w, r, at)
	if fault != nil { // it has ended meanwhile
		return fault
	}
	return retry(w, r, err, &view.Form, func() templ.Component { return SentPage(view) })
}

func (p *Portal) applySent(r *http.Request, at visit) (said string, err error) {
	by, id, user, invitation := actOf(r, at.session), at.Account.ID, at.session.User, r.PathValue("invitation")
	if r.PostFormValue("do") == "revoke" {
		return "revoked", p.Members.Revoke(r.Context(), by, id, user, invitation)
	}
	if err := p.fresh(r, at); err != nil {
		return "", err
	}
	return "again", p.Members.InviteAgain(r.Context(), by, id, user, invitation)
}
