package person

import (
	"context"
	"strings"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
)

// Format names the form of a [File], for the programs that read it.
const Format = "keyfold-person/1"

// A File is what there is of one person, and of nobody else. docs/privacy.md
// describes it.
type File struct {
	Format      string       `json:"format"`
	Exported    time.Time    `json:"exported"`
	Email       string       `json:"email"`
	Profile     *Profile     `json:"profile"` // null: there is no login
	Accounts    []Access     `json:"accounts"`
	ContactOf   []ContactOf  `json:"contact_of"`
	Sessions    []Session    `json:"sessions"`
	Mails       []Mail       `json:"mails"`
	Links       []Link       `json:"links"`
	Invitations []Invitation `json:"invitations"`
	Requests    []Request    `json:"requests"`
	Keys        []Key        `json:"api_keys"`
	Help        []Help       `json:"help"`
	Events      []Event      `json:"events"`
}

// A Profile is a login.
type Profile struct {
	ID        keyfold.UserID `json:"id"`
	Name      string         `json:"name"`
	Language  string         `json:"language"`
	Suspended bool           `json:"suspended"`
}

// Access is what a user may do in an account.
type Access struct {
	Account string    `json:"customer_id"`
	Name    string    `json:"name"`
	Roles   []string  `json:"roles"`
	Since   time.Time `json:"since"`
	Used    time.Time `json:"last_used,omitzero"`
}

// ContactOf says that an account has the address, and as what.
type ContactOf struct {
	Account string `json:"customer_id"`
	As      string `json:"as"`
}

// A Session is an open login, without what opens it.
type Session struct {
	Since   time.Time `json:"since"`
	Seen    time.Time `json:"last_seen"`
	Expires time.Time `json:"expires"`
	Origin  string    `json:"origin"`
	Browser string    `json:"browser"`
}

// A Mail is that one was sent. Its text is not kept.
type Mail struct {
	Created  time.Time        `json:"created"`
	Template string           `json:"template"`
	Account  string           `json:"customer_id,omitempty"`
	Status   store.MailStatus `json:"status"`
	Ended    time.Time        `json:"ended,omitzero"`
	Answer   string           `json:"answer,omitempty"`
	Origin   string           `json:"asked_from,omitempty"`
}

// A Link is that one was mailed.
type Link struct {
	Purpose store.Purpose `json:"purpose"`
	Issued  time.Time     `json:"issued"`
	Expires time.Time     `json:"expires"`
}

// An Invitation was sent to the person, or by them: then whom they invited is
// somebody else's.
type Invitation struct {
	Account string                   `json:"customer_id"`
	Sent    bool                     `json:"sent_by_person"`
	Roles   string                   `json:"roles"`
	Status  keyfold.InvitationStatus `json:"status"`
	Created time.Time                `json:"created"`
	Until   time.Time                `json:"until"`
}

// A Request was one for access to an account.
type Request struct {
	Account string              `json:"customer_id"`
	Asked   time.Time           `json:"asked"`
	Status  store.RequestStatus `json:"status"`
	Origin  string              `json:"origin"`
}

// A Key is one that the person made for an account.
type Key struct {
	Account string    `json:"customer_id"`
	Name    string    `json:"name"`
	Created time.Time `json:"created"`
	Ended   time.Time `json:"ended,omitzero"`
}

// Help is that the person asked customer care, after reading an article.
type Help struct {
	At      time.Time `json:"at"`
	Article string    `json:"article"`
	Code    string    `json:"code"`
	Account string    `json:"customer_id,omitempty"`
}

// An Event is what the person did, or what somebody did about them: then who that
// was, and from where, is somebody else's.
type Event struct {
	Place   int64     `json:"seq"`
	At      time.Time `json:"time"`
	Kind    string    `json:"kind"`
	By      string    `json:"by"`    // person, another_user, customer_care, the_provider, visitor or system
	About   string    `json:"about"` // person, another_user or account
	Account string    `json:"customer_id,omitempty"`
	Origin  string    `json:"origin,omitempty"`
	Note    string    `json:"note,omitempty"`
}

const pageEvents = 1000

// Export is what there is under an address, as it is at one moment.
func (s *Service) Export(ctx context.Context, f Found) (file File, err error) {
	err = s.DB.Snapshot(ctx, func(r store.Reader) error {
		file = File{
			Format: Format, Exported: r.Now().UTC().Truncate(time.Second), Email: f.Email.String(), Accounts: []Access{}, ContactOf: contactOf(f),
			Sessions: []Session{}, Mails: []Mail{}, Links: []Link{}, Invitations: []Invitation{}, Requests: []Request{}, Keys: []Key{},
			Help: []Help{}, Events: []Event{},
		}
		parts := []func(context.Context, store.Reader, Found) error{file.addMails, file.addInvitations}
		if f.User.ID != "" {
			file.Profile = &Profile{f.User.ID, f.User.Name, f.User.Language.String(), f.User.Suspended}
			parts = append(parts, file.addAccess, file.addSessions, file.addRequests, file.addEvents)
		}
		for _, add := range parts {
			if err := add(ctx, r, f); err != nil {
				return err
			}
		}
		return nil
	})
	return file, err
}

func contactOf(f Found) []ContactOf {
	all := []ContactOf{}
	for _, n := range f.Named {
		for _, is := range []struct {
			is bool
			as string
		}{
			{n.Main, "main contact"},
			{n.Coming, "main contact that waits to come"},
			{n.Sourced, "contact in the customer database"},
			{n.Pending, "address that waits for its mailbox to answer"},
			{n.Before, "address that waited before the account had its owner"},
			{n.Former, "former main contact"},
		} {
			if is.is {
				all = append(all, ContactOf{n.Account.String(), is.as})
			}
		}
	}
	for _, k := range f.Kinds {
		all = append(all, ContactOf{k.Account.String(), string(k.Kind) + " contact"})
	}
	return all
}

func (file *File) addAccess(ctx context.Context, r store.Reader, f Found) error {
	all, err := r.AccessOf(ctx, f.User.ID)
	if err != nil {
		return err
	}
	for _, id := range all {
		m, err := r.Membership(ctx, f.User.ID, id)
		if err != nil {
			return err
		}
		file.Accounts = append(file.Accounts, Access{id.String(), m.Account.Name, strings.Fields(m.Roles.String()), m.Since, m.Used})
	}
	return nil
}

func (file *File) addSessions(ctx context.Context, r store.Reader, f Found) error {
	all, err := r.SessionsOf(ctx, f.User.ID)
	for _, s := range all {
		file.Sessions = append(file.Sessions, Session{s.Since, s.Seen, s.Expires, s.Origin, s.Agent})
	}
	return err
}

func (file *File) addMails(ctx context.Context, r store.Reader, f Found) error {
	mails, err := r.MailsTo(ctx, f.Email)
	if err != nil {
		return err
	}
	for _, m := range mails {
		mail := Mail{m.Created, m.Template, m.Account.String(), m.Status, m.Ended, m.LastError, ""}
		if f.User.ID != "" && m.User == f.User.ID { // others may have asked for the rest
			mail.Origin = m.Data.Origin
		}
		file.Mails = append(file.Mails, mail)
	}
	links, err := r.LinksTo(ctx, f.Email)
	for _, l := range links {
		file.Links = append(file.Links, Link{l.Purpose, l.Issued, l.Expires})
	}
	return err
}

func (file *File) addInvitations(ctx context.Context, r store.Reader, f Found) error {
	all, err := r.InvitationsOf(ctx, f.Email, f.User.ID)
	for _, i := range all {
		file.Invitations = append(file.Invitations, Invitation{i.Account.String(), !i.Email.Same(f.Email), i.Roles.String(), i.Status, i.Sent, i.Until})
	}
	return err
}

func (file *File) addRequests(ctx context.Context, r store.Reader, f Found) error {
	asked, err := r.RequestsBy(ctx, f.User.ID)
	if err != nil {
		return err
	}
	for _, q := range asked {
		file.Requests = append(file.Requests, Request{q.Account.String(), q.Asked, q.Status, q.Origin})
	}
	keys, err := r.KeysBy(ctx, f.User.ID)
	if err != nil {
		return err
	}
	for _, k := range keys {
		file.Keys = append(file.Keys, Key{k.Account.String(), k.Name, k.Created, k.Ended})
	}
	help, err := r.CareRequestsOf(ctx, f.User.ID)
	for _, h := range help {
		file.Help = append(file.Help, Help{h.At, h.Slug, h.ID, h.Account.String()})
	}
	return err
}

func (file *File) addEvents(ctx context.Context, r store.Reader, f Found) error {
	for after := int64(0); ; {
		page, err := r.EventsOf(ctx, f.User.ID, after, pageEvents)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, e := range page {
			file.Events = append(file.Events, eventOf(e, f.User.ID))
		}
		after = page[len(page)-1].Seq
	}
}

// eventOf is an event as one person may know it.
func eventOf(e store.PastEvent, id keyfold.UserID) Event {
	event := Event{Place: e.Seq, At: e.At, Kind: e.Kind, By: who(e.By, id), About: "person", Account: e.Account.String(), Note: e.Note}
	switch e.User {
	case id:
	case "":
		event.About = "account"
	default:
		event.About = "another_user"
	}
	if event.By == "person" {
		event.Origin = e.From
	}
	return event
}

// who is who did something, in the words of who may know only of themselves.
func who(by string, id keyfold.UserID) string {
	kind, name, _ := strings.Cut(by, ":")
	switch {
	case kind == "user" && name == string(id):
		return "person"
	case kind == "user":
		return "another_user"
	case kind == "staff":
		return "customer_care"
	case kind == "import" || kind == "operator":
		return "the_provider"
	case kind == "visitor":
		return "visitor"
	}
	return "system"
}
