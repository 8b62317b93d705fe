package portal

import (
	"net/http"
	"strings"

	"github.com/a-h/templ"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
)

// showRegister is step 5 or 6: the page follows from where the account is.
func (p *Portal) showRegister(w http.ResponseWriter, r *http.Request, account keyfold.Account) error {
	changing := r.URL.Query().Has("change")
	switch account.Next() {
	case keyfold.GiveEmail:
		return show(w, r, RegisterPage(p.registerView(w, r, account)))
	case keyfold.CheckMail:
		if changing {
			return show(w, r, RegisterPage(p.registerView(w, r, account)))
		}
		view, err := p.checkMailView(w, r, account)
		if err != nil {
			return err
		}
		return show(w, r, CheckMailPage(view))
	case keyfold.Start:
	}
	http.Redirect(w, r, "/login", http.StatusSeeOther)
	return nil
}

func (p *Portal) registerView(w http.ResponseWriter, r *http.Request, account keyfold.Account) RegisterView {
	return RegisterView{
		Page: p.page(w, r), CustomerID: account.ID.String(), AccountName: account.Name,
		Changing: account.Next() == keyfold.CheckMail,
	}
}

func (p *Portal) checkMailView(w http.ResponseWriter, r *http.Request, account keyfold.Account) (CheckMailView, error) {
	view := CheckMailView{
		Page: p.page(w, r), CustomerID: account.ID.String(), Email: account.Pending.String(),
		SentAgain: r.URL.Query().Has("again"), Sender: p.Site.Sender,
	}
	mail, ok, err := p.Read.LastMail(r.Context(), account.ID, account.Pending, "confirm")
	if err != nil || !ok {
		return view, err
	}
	t, err := p.Read.TokenByID(r.Context(), mail.Token)
	view.Sent, view.Until = mail.Created, t.Expires
	view.Lost = mail.Status == store.Bounced || mail.Status == store.Failed
	view.Late = !view.Lost && mail.Status != store.Voided && mail.LastError != ""
	return view, err
}

func (p *Portal) submitEmail(w http.ResponseWriter, r *http.Request, account keyfold.Account) error {
	if r.PostFormValue("do") == "again" {
		return p.sendAgain(w, r, account)
	}
	view := p.registerView(w, r, account)
	view.Typed = r.PostFormValue("email")
	email, err := parseTyped(view.Typed)
	if err == nil && r.PostFormValue("keep") == "" {
		if meant, ok := email.Suggestion(); ok {
			view.Suggestion = meant.String()
			return show(w, r, RegisterPage(view))
		}
	}
	if err == nil {
		err = p.Registration.SubmitEmail(r.Context(), act(r), account.ID, email)
	}
	if err != nil {
		return again(w, r, err, &view.Form, func() templ.Component { return RegisterPage(view) })
	}
	http.Redirect(w, r, "/register", http.StatusSeeOther)
	return nil
}

func parseTyped(typed string) (keyfold.Email, error) {
	if strings.TrimSpace(typed) == "" {
		return keyfold.Email{}, keyfold.Refuse(keyfold.Invalid, "email.missing").On("email")
	}
	email, err := keyfold.ParseEmail(typed)
	return email, onField(err, "email")
}

func (p *Portal) sendAgain(w http.ResponseWriter, r *http.Request, account keyfold.Account) error {
	if err := p.Registration.SendAgain(r.Context(), act(r), account.ID); err != nil {
		view, fault := p.checkMailView(w, r, account)
		if fault != nil {
			return fault
		}
		return again(w, r, err, &view.Form, func() templ.Component { return CheckMailPage(view) })
	}
	http.Redirect(w, r, "/register?again", http.StatusSeeOther)
	return nil
}
