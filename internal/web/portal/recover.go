package portal

import (
	"net/http"
	"net/url"
	"time"

	"github.com/a-h/templ"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/ownership"
	"github.com/keyfold/keyfold/internal/token"
	"github.com/keyfold/keyfold/internal/web"
)

// lifetimes are how long the links live, as their pages say it.
var lifetimes = map[LinkPurpose]time.Duration{
	ForTakeBack: 24 * time.Hour, ForRecover: 24 * time.Hour, ForKeep: 72 * time.Hour,
}

// linkRefused is the page of a link that does not work (any more).
func (p *Portal) linkRefused(w http.ResponseWriter, r *http.Request, purpose LinkPurpose, when time.Time, err error) error {
	view := LinkProblemView{Page: p.page(w, r), Purpose: purpose, Lifetime: lifetimes[purpose], When: when, Kind: LinkVoid}
	status := http.StatusGone
	switch {
	case keyfold.Refused(err) == nil:
		return err
	case keyfold.RefusedAs(err, "user.suspended"):
		return web.Render(w, r, http.StatusForbidden, SuspendedPage(SuspendedView{Page: view.Page}))
	case keyfold.RefusedAs(err, "link.unknown"):
		view.Kind, status = LinkUnknown, http.StatusNotFound
	case keyfold.RefusedAs(err, "link.expired"):
		view.Kind = LinkExpired
	case keyfold.RefusedAs(err, "link.used"):
		view.Kind = LinkUsed
	}
	return web.Render(w, r, status, LinkProblemPage(view))
}

func (p *Portal) showTakeBack(w http.ResponseWriter, r *http.Request) error {
	back, err := p.Ownership.Returning(r.Context(), token.Parse(r.PathValue("token")))
	return p.returning(w, r, back, err)
}

func (p *Portal) takeBack(w http.ResponseWriter, r *http.Request) error {
	back, err := p.Ownership.TakeBack(r.Context(), act(r), token.Parse(r.PathValue("token")))
	back.Done = true
	return p.returning(w, r, back, err)
}

func (p *Portal) returning(w http.ResponseWriter, r *http.Request, back ownership.Returning, err error) error {
	if err != nil {
		return p.linkRefused(w, r, ForTakeBack, back.When, err)
	}
	view := TakeBackView{Page: p.page(w, r), CustomerID: back.Account.ID.String(), Owner: called(back.Owner), Until: back.When}
	if back.Done {
		return show(w, r, TakenBackPage(view))
	}
	return show(w, r, TakeBackPage(view))
}

func (p *Portal) showKeep(w http.ResponseWriter, r *http.Request) error {
	keeping, err := p.Ownership.Keeping(r.Context(), token.Parse(r.PathValue("token")))
	return p.keeping(w, r, keeping, err)
}

func (p *Portal) keep(w http.ResponseWriter, r *http.Request) error {
	keeping, err := p.Ownership.Keep(r.Context(), act(r), token.Parse(r.PathValue("token")))
	keeping.Done = true
	return p.keeping(w, r, keeping, err)
}

func (p *Portal) keeping(w http.ResponseWriter, r *http.Request, k ownership.Keeping, err error) error {
	if err != nil {
		return p.linkRefused(w, r, ForKeep, k.When, err)
	}
	view := KeepView{Page: p.page(w, r), CustomerID: k.Account.ID.String(), When: k.When}
	if k.Done {
		return show(w, r, KeptPage(view))
	}
	return show(w, r, KeepPage(view))
}

// recoveries are the accounts of a link to get accounts back that its holder may
// read of, and the one that the address of the page names. Without one, the
// person has to choose.
func (p *Portal) recoveries(r *http.Request) (all []ownership.Recovery, one ownership.Recovery, err error) {
	found, err := p.Ownership.Recoveries(r.Context(), token.Parse(r.PathValue("token")))
	if err != nil {
		return nil, one, err
	}
	for _, c := range found {
		if c.Readable() {
			all = append(all, c)
		}
		if c.Account.ID.String() == r.URL.Query().Get("for") || len(found) == 1 {
			one = c
		}
	}
	if one.Account.ID.IsZero() && len(all) == 0 {
		one = found[0]
	}
	return all, one, nil
}

func (p *Portal) showRecover(w http.ResponseWriter, r *http.Request) error {
	all, one, err := p.recoveries(r)
	switch {
	case err != nil:
		return p.linkRefused(w, r, ForRecover, time.Time{}, err)
	case one.Account.ID.IsZero():
		return show(w, r, RecoverChoicePage(p.recoverChoice(w, r, all)))
	case !one.Readable():
		return p.linkRefused(w, r, ForRecover, one.When, one.Why())
	}
	return show(w, r, RecoverPage(p.recoverView(w, r, all, one)))
}

func (p *Portal) recoverChoice(w http.ResponseWriter, r *http.Request, all []ownership.Recovery) RecoverChoiceView {
	view := RecoverChoiceView{Page: p.page(w, r)}
	for _, c := range all {
		a := c.Account
		view.Rows = append(view.Rows, RecoverRow{CustomerID: a.ID.String(), Name: a.Name, Entity: a.Entity, State: c.State})
	}
	return view
}

func (p *Portal) recoverView(w http.ResponseWriter, r *http.Request, all []ownership.Recovery, one ownership.Recovery) RecoverView {
	view := RecoverView{Page: p.page(w, r), CustomerID: one.Account.ID.String(), State: one.State, When: one.When, Case: one.Account.NeedsCare}
	if len(all) > 1 {
		view.Others = (&url.URL{Path: r.URL.Path}).String()
	}
	return view
}

// askBack asks for an account, or brings a no before customer care. How far it is
// then, the page says.
func (p *Portal) askBack(w http.ResponseWriter, r *http.Request) error {
	all, one, err := p.recoveries(r)
	if err != nil || one.Account.ID.IsZero() || !one.Readable() {
		return p.showRecover(w, r)
	}
	secret, id := token.Parse(r.PathValue("token")), one.Account.ID
	if r.PostFormValue("do") == "insist" {
		err = p.Ownership.Insist(r.Context(), act(r), secret, id)
	} else {
		err = p.Ownership.AskBack(r.Context(), act(r), secret, id)
	}
	reasons := keyfold.Refused(err)
	if err == nil || len(reasons) > 0 && reasons[0].Kind != keyfold.Slow {
		http.Redirect(w, r, "/recover/"+secret.Reveal()+"?for="+id.String(), http.StatusSeeOther) //nolint:gosec // G710: a path of ours, of a parsed secret and ID
		return nil
	}
	view := p.recoverView(w, r, all, one)
	return again(w, r, err, &view.Form, func() templ.Component { return RecoverPage(view) })
}
