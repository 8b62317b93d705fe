package care

import (
	"net/http"
	"slices"
	"strings"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/desk"
	"github.com/keyfold/keyfold/internal/store"
)

const (
	mailsShown   = 15
	eventsShown  = 30
	usersShown   = 20
	revealsShown = 5
)

// accountView reads all that the page of an account shows.
func (d *Desk) accountView(r *http.Request, at Visit) (v AccountView, err error) {
	ctx := r.Context()
	v.Page = d.page(r, at)
	id, err := d.accountID(r)
	if err != nil {
		return v, err
	}
	if v.Account, err = d.Read.Account(ctx, id); err != nil {
		return v, err
	}
	v.entities, v.texts = d.Entities, d.Texts
	for _, read := range []func(*http.Request, Visit, *AccountView) error{d.readPeople, d.readMails, d.readEvents, d.readCases} {
		if err := read(r, at, &v); err != nil {
			return v, err
		}
	}
	v.Advice = desk.Advise(v.Account, v.Owner.Email, v.Mails, d.Now())
	return v, nil
}

// readPeople reads who has to do with the account. No page shows more of them than
// masked addresses.
func (d *Desk) readPeople(r *http.Request, at Visit, v *AccountView) (err error) {
	ctx, id := r.Context(), v.Account.ID
	if v.Account.Owner != "" {
		if v.Owner, err = d.Read.User(ctx, v.Account.Owner); err != nil {
			return err
		}
	}
	if v.Contacts, err = d.Read.Contacts(ctx, id); err != nil {
		return err
	}
	if v.Users, err = d.Read.MembersPage(ctx, id, "", usersShown+1); err != nil {
		return err
	}
	if v.MoreUsers = len(v.Users) > usersShown; v.MoreUsers {
		v.Users = v.Users[:usersShown]
	}
	if at.May(keyfold.SeeTrail) {
		v.Reveals, err = d.Read.Reveals(ctx, id, revealsShown)
	}
	return err
}

func (d *Desk) readMails(r *http.Request, _ Visit, v *AccountView) (err error) {
	boxes := []keyfold.Email{}
	for _, box := range []keyfold.Email{v.Account.Contact.Email, v.Account.Pending, v.Account.Former} {
		if !box.IsZero() {
			boxes = append(boxes, box)
		}
	}
	if v.Mails, err = d.Read.AccountMails(r.Context(), v.Account.ID, boxes, mailsShown); err != nil || v.Owner.ID == "" {
		return err
	}
	resets, err := d.Read.LoginResets(r.Context(), v.Owner.ID, v.Owner.Email, mailsShown)
	for _, m := range resets {
		if !slices.ContainsFunc(v.Mails, func(other store.AccountMail) bool { return other.ID == m.ID }) {
			v.Mails = append(v.Mails, m)
		}
	}
	slices.SortStableFunc(v.Mails, func(a, b store.AccountMail) int { return b.Created.Compare(a.Created) })
	v.Mails = v.Mails[:min(len(v.Mails), mailsShown)]
	return err
}

// readEvents reads what happened, and the names of the staff who did some of it.
func (d *Desk) readEvents(r *http.Request, _ Visit, v *AccountView) error {
	page, err := d.Read.Activity(r.Context(), store.ActivityFilter{Account: v.Account.ID, Kinds: d.accountKinds(), Limit: eventsShown})
	if err != nil {
		return err
	}
	v.Events = page.Events
	var ids []keyfold.StaffID
	for _, e := range v.Events {
		if id, ok := strings.CutPrefix(e.By, "staff:"); ok && !slices.Contains(ids, keyfold.StaffID(id)) {
			ids = append(ids, keyfold.StaffID(id))
		}
	}
	v.Colleagues, err = d.Read.StaffNames(r.Context(), ids)
	return err
}

func (d *Desk) readCases(r *http.Request, _ Visit, v *AccountView) (err error) {
	if v.Cases, err = d.Read.OpenCases(r.Context(), v.Account.ID); err != nil {
		return err
	}
	v.Asked, err = d.Read.WaitingOf(r.Context(), v.Account.ID)
	return err
}

// accountKinds are the kinds of events that the desk has words for: what customers
// read, and what staff did.
func (d *Desk) accountKinds() (kinds []string) {
	for _, k := range keyfold.EventKinds() {
		if d.Texts.Has("event." + k.Kind) {
			kinds = append(kinds, k.Kind)
		}
	}
	return kinds
}
