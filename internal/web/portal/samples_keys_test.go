package portal_test

import (
	"time"

	"github.com/a-h/templ"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/web/portal"
	"github.com/keyfold/keyfold/internal/web/ui"
)

func apiKeys(p ui.Page) map[string]templ.Component {
	p.Person = sanne
	const once = "q7Vd2Jx9TnB4mKc81LwYzRfH0sGaUeP6iXoE3tQvN5k"
	row := portal.KeyRow{
		ID: "0195a1b2-0000-7000-8000-000000000001", Name: "Monitoring", Hint: "x9Qz", Scopes: keyfold.ScopesOf(keyfold.AllScopes()...),
		Made: noon.Add(-200 * time.Hour), Maker: "Sanne Veldkamp", Used: noon.Add(-time.Minute),
	}
	left, over := row, row
	left.ID, left.Name, left.Maker, left.Left, left.Used = "2", "Bookkeeping [of] **Pine** <i>", other, true, time.Time{}
	over.ID, over.Ended = "3", noon
	keys := func(change func(*portal.KeysView)) templ.Component {
		v := portal.KeysView{AccountHead: head(p, keyfold.Owner), Once: once, Live: []portal.KeyRow{row, left}, Over: []portal.KeyRow{over}}
		change(&v)
		return portal.KeysPage(v)
	}
	end := portal.EndKeyView{AccountHead: head(p, keyfold.Admin), Key: row}
	unused := portal.EndKeyView{AccountHead: head(p, keyfold.Admin), Key: left, AskPassword: true, Form: refused("login_password.wrong", "login-password")}
	return map[string]templ.Component{
		"keys":       keys(func(*portal.KeysView) {}),
		"keys-none":  keys(func(v *portal.KeysView) { v.Live, v.Over, v.AskPassword = nil, nil, true }),
		"keys-ended": keys(func(v *portal.KeysView) { v.JustEnded = true }),
		"keys-error": keys(func(v *portal.KeysView) {
			v.AskPassword, v.Form = true, refused("key.nameless", "key-name", "key.no_scope", "scopes", "login_password.wrong", "login-password")
		}),
		"keys-made-already": keys(func(v *portal.KeysView) {
			v.Typed, v.Picked, v.Form = "Monitoring", row.Scopes, refused("key.made_already", "")
		}),
		"keys-too-many": keys(func(v *portal.KeysView) {
			v.Form = refused("key.too_many", "")
			for range keyfold.MaxKeys {
				v.Live = append(v.Live, row)
			}
		}),
		"keys-frozen":    keys(func(v *portal.KeysView) { v.Status = portal.StatusFrozen }),
		"keys-closed":    keys(func(v *portal.KeysView) { v.Status, v.Live = portal.StatusClosed, nil }),
		"key-made":       portal.KeyMadePage(portal.KeyMadeView{AccountHead: head(p, keyfold.Owner), KeyName: left.Name, Secret: "kf_live_" + once, Address: "https://my.polderhosting.example/api/v1/account"}),
		"key-end":        portal.EndKeyPage(end),
		"key-end-refuse": portal.EndKeyPage(unused),
	}
}
