package portal

import (
	"net/http"

	"github.com/a-h/templ"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/apikey"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
	"github.com/keyfold/keyfold/internal/web"
)

// overOnPage is how many ended keys are shown.
const overOnPage = 20

// keyRoutes are the doors of the API keys of an account.
func (p *Portal) keyRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET /accounts/{id}/keys", Guarded: p.may(keyfold.ManageKeys, p.showKeys)},
		{Pattern: "POST /accounts/{id}/keys", Guarded: p.may(keyfold.ManageKeys, p.makeKey)},
		{Pattern: "GET /accounts/{id}/keys/{key}/end", Guarded: p.may(keyfold.ManageKeys, p.showEndKey)},
		{Pattern: "POST /accounts/{id}/keys/{key}/end", Guarded: p.may(keyfold.ManageKeys, p.endKey)},
	}
}

func (p *Portal) showKeys(w http.ResponseWriter, r *http.Request, at visit) error {
	view, err := p.keysView(w, r, at)
	if err != nil {
		return err
	}
	view.JustEnded = r.URL.Query().Has("ended")
	return show(w, r, KeysPage(view))
}

func (p *Portal) keysView(w http.ResponseWriter, r *http.Request, at visit) (KeysView, error) {
	view := KeysView{
		AccountHead: p.headOf(w, r, at), Typed: r.PostFormValue(FieldKeyName), Picked: pickedScopes(r),
		Once: token.New().Reveal(), AskPassword: !p.SignIn.Fresh(at.session),
	}
	keys, err := p.Read.Keys(r.Context(), at.Account.ID, keyfold.MaxKeys+overOnPage)
	for _, k := range keys {
		if row := keyRow(k); row.Ended.IsZero() {
			view.Live = append(view.Live, row)
		} else if len(view.Over) < overOnPage {
			view.Over = append(view.Over, row)
		}
	}
	return view, err
}

func keyRow(k store.ListedKey) KeyRow {
	row := KeyRow{
		ID: k.ID, Name: k.Name, Hint: k.Hint, Scopes: k.Scopes, Made: k.Created, Maker: k.Maker.Name, Left: k.Left, Used: k.Used, Ended: k.Ended,
	}
	if row.Maker == "" {
		row.Maker = k.Maker.Email.String()
	}
	return row
}

// pickedScopes are the boxes that were ticked.
func pickedScopes(r *http.Request) keyfold.Scopes {
	var picked []keyfold.Scope
	for _, scope := range keyfold.AllScopes() {
		if r.PostFormValue(scopeField(scope)) != "" {
			picked = append(picked, scope)
		}
	}
	return keyfold.ScopesOf(picked...)
}

// makeKey answers with the secret itself and no redirect: it is shown here and
// nowhere else, and must not be in an address.
func (p *Portal) makeKey(w http.ResponseWriter, r *http.Request, at visit) error {
	secret, key, err := p.newKey(r, at)
	if err != nil {
		view, fault := p.keysView(w, r, at)
		if fault != nil {
			return fault
		}
		return again(w, r, err, &view.Form, func() templ.Component { return KeysPage(view) })
	}
	return show(w, r, KeyMadePage(KeyMadeView{
		AccountHead: p.headOf(w, r, at), KeyName: key.Name, Secret: secret.Reveal(),
		Address: p.Site.PublicURL.JoinPath("api", "v1", string(key.Scopes.List()[0])).String(),
	}))
}

func (p *Portal) newKey(r *http.Request, at visit) (token.Secret, keyfold.APIKey, error) {
	if err := p.fresh(r, at); err != nil {
		return token.Secret{}, keyfold.APIKey{}, err
	}
	wish := apikey.Wish{Form: token.Parse(r.PostFormValue("once")), Name: r.PostFormValue(FieldKeyName), Scopes: pickedScopes(r)}
	return p.Keys.Make(r.Context(), actOf(r, at.session), at.session.User, at.Account.ID, wish)
}

func (p *Portal) showEndKey(w http.ResponseWriter, r *http.Request, at visit) error {
	view, err := p.endKeyView(w, r, at)
	if err != nil {
		return err
	}
	if !view.Key.Ended.IsZero() {
		http.Redirect(w, r, view.path("/keys?ended"), http.StatusSeeOther)
		return nil
	}
	return show(w, r, EndKeyPage(view))
}

func (p *Portal) endKeyView(w http.ResponseWriter, r *http.Request, at visit) (EndKeyView, error) {
	key, err := p.Read.Key(r.Context(), at.Account.ID, r.PathValue("key"))
	if err != nil {
		return EndKeyView{}, err
	}
	return EndKeyView{
		AccountHead: p.headOf(w, r, at), AskPassword: !p.SignIn.Fresh(at.session), Key: keyRow(store.ListedKey{APIKey: key}),
	}, nil
}

func (p *Portal) endKey(w http.ResponseWriter, r *http.Request, at visit) error {
	err := p.fresh(r, at)
	if err == nil {
		err = p.Keys.End(r.Context(), actOf(r, at.session), at.session.User, at.Account.ID, r.PathValue("key"))
	}
	if err != nil {
		view, fault := p.endKeyView(w, r, at)
		if fault != nil {
			return fault
		}
		return again(w, r, err, &view.Form, func() templ.Component { return EndKeyPage(view) })
	}
	http.Redirect(w, r, "/accounts/"+at.Account.ID.String()+"/keys?ended", http.StatusSeeOther)
	return nil
}
