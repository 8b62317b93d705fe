package care

import (
	"net/http"
	"strings"

	"github.com/a-h/templ"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/finder"
	"github.com/keyfold/keyfold/internal/web"
	"github.com/keyfold/keyfold/internal/web/ui"
)

// fieldFind is the find box. It is posted, so that what is in it is in no address:
// those are kept by browsers and in logs.
const fieldFind = "q"

func (d *Desk) findRoutes() []web.Route {
	return []web.Route{
		{Pattern: "POST /care", Guarded: d.may(keyfold.SeeCustomers, d.find)},
	}
}

func (d *Desk) showFind(w http.ResponseWriter, r *http.Request, at Visit) error {
	behind, err := d.Finder.Behind(r.Context())
	if err != nil {
		return err
	}
	return show(w, r, FindPage(FindView{Page: d.page(r, at), Behind: behind}))
}

// find leads to the account that can be the only one, or shows what was found.
func (d *Desk) find(w http.ResponseWriter, r *http.Request, at Visit) error {
	v := FindView{Page: d.page(r, at), Typed: r.PostFormValue(fieldFind)}
	a, err := d.Finder.Find(r.Context(), act(r, at), v.Typed)
	if err != nil {
		return again(w, r, err, &v.Form, func() templ.Component { return FindPage(v) })
	}
	if id, exact := a.Exact(); exact {
		http.Redirect(w, r, "/care/accounts/"+id.String(), http.StatusSeeOther) //nolint:gosec // G710: an ID is letters and digits
		return nil
	}
	v.Answer, v.Behind, v.entities = &a, a.Behind, d.Entities
	return show(w, r, FindPage(v))
}

// A FindView is the find box, with what was found.
type FindView struct {
	Page
	ui.Form

	Typed    string
	Answer   *finder.Answer // nil: nothing was looked for
	Behind   int64          // accounts that cannot be found by their names yet
	entities keyfold.Entities
}

// behindMatters is how many names may be missing without saying so: that many
// change in a moment.
const behindMatters = 20

// nothing is why there is nothing, and what to do: message IDs begin with it.
func (v FindView) nothing() string { return "care.find_none_" + v.Answer.By }

// entity is the name of that of an account.
func (v FindView) entity(h finder.Hit) string {
	if e, known := v.entities.Named(h.Account.Entity); known {
		return e.Name
	}
	return h.Account.Entity
}

// foundIn is where an account was found, with the name or the masked address.
func (v FindView) foundIn(h finder.Hit) string {
	if h.Said == "" { // the name has changed since it was indexed
		return v.Text("care.find_in_name")
	}
	said := h.Said
	if strings.HasSuffix(string(h.In), "_name") {
		said = named(said)
	}
	text := v.Text("care.find_in_"+string(h.In), "Said", said)
	if h.Kind != "" {
		text += " (" + v.Text("contacts.kind."+string(h.Kind)) + ")"
	}
	return text
}

func (p Page) findingItself() Page {
	p.findsItself = true
	return p
}
