package portal_test

import (
	"maps"
	"slices"
	"time"

	"github.com/a-h/templ"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/web/portal"
	"github.com/keyfold/keyfold/internal/web/ui"
)

func roleBoxes(ticked ...string) ui.TickList {
	list := ui.TickList{ID: "roles", Label: "roles.label", Hint: "roles.hint"}
	for _, role := range keyfold.GivenRoles() {
		list.Boxes = append(list.Boxes, ui.Tick{
			ID: "give." + string(role), Label: "role." + string(role), Hint: "role_gives." + string(role), Ticked: slices.Contains(ticked, string(role)),
		})
	}
	return list
}

// memberSamples are the pages of who has access.
func memberSamples(p ui.Page) map[string]templ.Component {
	all := map[string]templ.Component{}
	maps.Copy(all, userSamples(p))
	maps.Copy(all, invitedSamples(p))
	p.Person = sanne
	rows := []portal.WaitingRow{{ID: "a", CustomerID: id, Asked: noon.Add(-time.Hour)}, {ID: "b", CustomerID: "DE245344254", Asked: noon.Add(-300 * time.Hour)}}
	owned := []portal.AccountRow{{CustomerID: id, Name: "Bakkerij [of] **Pine**", Entity: "NL"}}
	all["ask"] = portal.AskAccessPage(portal.AskAccessView{Page: p})
	all["ask-waiting"] = portal.AskAccessPage(portal.AskAccessView{Page: p, Waiting: rows, Notice: "ask.said_asked"})
	all["ask-error"] = portal.AskAccessPage(portal.AskAccessView{Page: p, Typed: "x", Form: refused("customer_id.malformed", "customer-id")})
	all["ask-slow"] = portal.AskAccessPage(portal.AskAccessView{Page: p, Typed: id, Form: waiting("access.slow")})
	all["chooser-left"] = portal.ChooserPage(portal.ChooserView{Page: p, Left: true, Waiting: rows})
	all["delete"] = portal.DeleteLoginPage(portal.DeleteLoginView{Page: p, Email: sanne, Access: 3})
	all["delete-bare"] = portal.DeleteLoginPage(portal.DeleteLoginView{Page: p, Email: sanne, Ask: true, Form: refused("login_password.wrong", "login-password")})
	all["delete-owner"] = portal.DeleteLoginPage(portal.DeleteLoginView{Page: p, Email: sanne, Count: 7, Owned: owned, Form: refused("user.owns", "")})
	all["login-deleted"] = portal.LoginPage(portal.LoginView{Page: p, Notice: "login.deleted"})
	return all
}

func userSamples(p ui.Page) map[string]templ.Component {
	p.Person = sanne
	users := []portal.UserRow{
		{ID: "u1", Name: "Sanne Veldkamp", Email: sanne, Roles: keyfold.RolesOf(keyfold.Owner), Used: noon, You: true},
		{ID: "u2", Email: other, Roles: keyfold.RolesOf(keyfold.Admin, keyfold.Abuse), Manage: true},
		{ID: "u3", Name: "A [b] **Pine** <i>", Email: "ellen@veldkamp.example", Roles: keyfold.RolesOf(keyfold.Finance), Used: noon.Add(-400 * time.Hour), Manage: true},
	}
	sent := portal.InvitationRow{ID: "i1", Email: "mirjam@veldkamp.example", Roles: keyfold.RolesOf(keyfold.Technical), Sent: noon, Until: noon.Add(100 * time.Hour), Status: keyfold.Invited, Manage: true}
	expired, void := sent, sent
	expired.Expired, void.Void, void.Manage = true, true, false
	var ended []portal.InvitationRow
	for _, status := range []keyfold.InvitationStatus{keyfold.Accepted, keyfold.Revoked, keyfold.Superseded} {
		ended = append(ended, portal.InvitationRow{Email: other, With: sanne, Status: status, Ended: noon})
	}
	ended = append(ended, portal.InvitationRow{Email: other, Status: keyfold.Accepted, Ended: noon})
	asker := portal.AskerRow{ID: "r1", Email: other, Asked: noon}
	named := asker
	named.Name = "Joris [x] **Pine**"
	owner := head(p, keyfold.Owner)
	frozen := owner
	frozen.Status = portal.StatusFrozen
	finance := head(p, keyfold.Finance)
	all := map[string]templ.Component{
		"users":         portal.UsersPage(portal.UsersView{AccountHead: owner, Rows: users, Pending: []portal.InvitationRow{sent, expired, void}, Ended: ended, Askers: []portal.AskerRow{asker, named}, Notice: "users.said_granted"}),
		"users-part":    portal.UsersPage(portal.UsersView{AccountHead: owner, Rows: users, Pending: []portal.InvitationRow{sent}, Number: 2, Further: true}),
		"users-one":     portal.UsersPage(portal.UsersView{AccountHead: owner, Rows: users[:1]}),
		"users-frozen":  portal.UsersPage(portal.UsersView{AccountHead: frozen, Rows: users, Pending: []portal.InvitationRow{sent}, Askers: []portal.AskerRow{asker}}),
		"users-finance": portal.UsersPage(portal.UsersView{AccountHead: finance, Rows: users, Pending: []portal.InvitationRow{sent}}),
		"invite":        portal.InvitePage(portal.InviteView{AccountHead: owner, Boxes: roleBoxes("finance"), Typed: other}),
		"invite-error":  portal.InvitePage(portal.InviteView{AccountHead: owner, Boxes: roleBoxes(), Ask: true, Form: refused("invitation.has_access", "email", "roles.none", "roles", "login_password.missing", "login-password")}),
		"invite-slow":   portal.InvitePage(portal.InviteView{AccountHead: owner, Boxes: roleBoxes(), Form: waiting("invitation.slow")}),
		"invite-mail":   portal.InvitePage(portal.InviteView{AccountHead: owner, Boxes: roleBoxes(), Form: waiting("invitation.mail_slow")}),
		"member":        portal.MemberPage(portal.MemberView{AccountHead: owner, User: users[2], Boxes: roleBoxes("finance")}),
		"member-error":  portal.MemberPage(portal.MemberView{AccountHead: owner, User: users[1], Boxes: roleBoxes(), Ask: true, Form: refused("roles.none", "roles")}),
		"remove":        portal.RemovePage(portal.MemberView{AccountHead: owner, User: users[2]}),
		"remove-error":  portal.RemovePage(portal.MemberView{AccountHead: owner, User: users[1], Ask: true, Form: refused("member.gone", "", "login_password.wrong", "login-password")}),
		"sent":          portal.SentPage(portal.SentView{AccountHead: owner, Row: sent}),
		"sent-error":    portal.SentPage(portal.SentView{AccountHead: owner, Row: expired, Ask: true, Form: refused("login_password.missing", "login-password")}),
		"sent-not-mine": portal.SentPage(portal.SentView{AccountHead: owner, Row: void, Form: refused("roles.not_yours", "")}),
		"asker":         portal.AskerPage(portal.AskerView{AccountHead: owner, Row: named, Boxes: roleBoxes()}),
		"asker-error":   portal.AskerPage(portal.AskerView{AccountHead: owner, Row: asker, Boxes: roleBoxes(), Ask: true, Form: refused("roles.none", "roles", "member.suspended", "")}),
		"leave":         portal.LeavePage(portal.LeaveView{AccountHead: finance}),
		"leave-error":   portal.LeavePage(portal.LeaveView{AccountHead: finance, Form: refused("member.owner", "")}),
	}
	for _, said := range []string{"invited", "again", "revoked", "roles", "removed", "declined"} {
		all["users-said-"+said] = portal.UsersPage(portal.UsersView{AccountHead: owner, Rows: users, Notice: "users.said_" + said})
	}
	return all
}

func invitedSamples(p ui.Page) map[string]templ.Component {
	invited := portal.InvitedView{
		Page: p, EntityName: "Polder Hosting Netherlands", CustomerID: masked, Inviter: sanne, Email: other,
		Roles: keyfold.RolesOf(keyfold.Technical, keyfold.Finance), Until: noon.Add(100 * time.Hour), Policy: policy(), With: portal.WithNew,
	}
	bad, pw, this, elsewhere := invited, invited, invited, invited
	bad.Form, bad.Name = refused("password.digit", "new-password", "password.repeat", "repeat-password", "name.too_long", "name", "email.taken", ""), "x"
	pw.With, this.With, this.LoggedInAs, elsewhere.With, elsewhere.LoggedInAs = portal.WithPassword, portal.WithThis, other, portal.WithOther, "ellen@veldkamp.example"
	badPw, already, slow := pw, elsewhere, pw
	badPw.Form, already.Form, slow.Form = refused("login_password.wrong", "login-password"), refused("member.already", ""), waiting("login.slow")
	all := map[string]templ.Component{
		"invited-masked": portal.InvitedPage(invited), "invited-masked-error": portal.InvitedPage(bad), "invited-masked-password": portal.InvitedPage(pw),
		"invited-masked-password-error": portal.InvitedPage(badPw), "invited-masked-this": portal.InvitedPage(this), "invited-masked-other": portal.InvitedPage(elsewhere),
		"invited-masked-already": portal.InvitedPage(already), "invited-masked-slow": portal.InvitedPage(slow),
		"accepted":     portal.AcceptedPage(portal.AcceptedView{Page: p, CustomerID: id, AccountName: name, Email: sanne}),
		"accepted-new": portal.AcceptedPage(portal.AcceptedView{Page: p, CustomerID: id, AccountName: name, Email: sanne, New: true}),
	}
	for _, kind := range []portal.InvitedProblem{
		portal.InvitedExpired, portal.InvitedRevoked, portal.InvitedAccepted, portal.InvitedSuperseded, portal.InvitedVoid, portal.InvitedFrozen,
		portal.InvitedClosed, portal.InvitedUnlinked, portal.InvitedUnknown,
	} {
		v := portal.InvitedProblemView{Page: p, Kind: kind}
		if kind == portal.InvitedExpired || kind == portal.InvitedAccepted {
			v.When = noon
		}
		all["invited-masked-"+string(kind)] = portal.InvitedProblemPage(v)
		v.Person = sanne
		all["invited-masked-"+string(kind)+"-logged-in"] = portal.InvitedProblemPage(v)
	}
	return all
}
