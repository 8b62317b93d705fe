package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/apikey"
	"github.com/keyfold/keyfold/internal/store"
)

// operations describes all that can be asked for.
func (a *API) operations(h huma.API) {
	tags := []string{"account"}
	get(h, huma.Operation{
		OperationID: "getAccount", Path: "/account", Tags: tags, Summary: "The account of the key",
	}, keyfold.AccountScope, a.account)
	get(h, huma.Operation{
		OperationID: "listContacts", Path: "/contacts", Tags: tags, Summary: "The contacts of the account",
		Description: "The main contact comes first: the primary one of the kind general.",
	}, keyfold.ContactsScope, a.contacts)
	get(h, huma.Operation{
		OperationID: "listUsers", Path: "/users", Tags: tags, Summary: "The users of the account",
		Description: "In an order that stays. As long as there is a `next`, ask again with it as `after`.",
	}, keyfold.UsersScope, a.users)
	get(h, huma.Operation{
		OperationID: "listActivity", Path: "/activity", Tags: tags, Summary: "What changed in the account",
		Description: "Newest first. As long as there is a `next`, ask again with it as `before`. Logins, tries and mails are not changes.",
	}, keyfold.ActivityScope, a.activity)
	huma.Register(h, huma.Operation{
		Method: http.MethodGet, OperationID: "listProblems", Path: base + "/problems", Tags: []string{"about"}, Summary: "All kinds of problems",
		Responses: refusedAs(h, kindOf("api.malformed"), kindOf("api.accept"), kindOf("api.parameters"), kindOf("key.slow")),
	}, func(context.Context, *struct{}) (*body[ProblemList], error) {
		return &body[ProblemList]{a.problems()}, nil
	})
}

// An Account is the account of a key.
type Account struct {
	CustomerID string    `json:"customerId" example:"NL123421341"`
	Name       string    `json:"name" example:"Veldkamp Media B.V."`
	Entity     Entity    `json:"entity"`
	Language   string    `json:"language,omitempty" enum:"en,nl,de" doc:"Of mails to its contacts. Left out when there is none."`
	Status     string    `json:"status" enum:"active,frozen" doc:"Frozen: after a report, owner and contacts stay as they are for now. Services go on."`
	Since      time.Time `json:"since" doc:"When it got its login by email."`
}

// An Entity is whom the customer buys from.
type Entity struct {
	Code string `json:"code" example:"NL"`
	Name string `json:"name" example:"Polder Hosting Netherlands"`
}

func (a *API) account(_ context.Context, at apikey.Visit, _ *struct{}) (Account, error) {
	account := at.Account
	entity, _ := a.Entities.Named(account.Entity)
	out := Account{
		CustomerID: account.ID.String(), Name: account.Name, Entity: Entity{Code: account.Entity, Name: entity.Name},
		Language: account.Language.Or(entity.Language).String(), Status: "active", Since: account.Since,
	}
	if account.Frozen {
		out.Status = "frozen"
	}
	return out, nil
}

// A ContactList is the contacts of an account.
type ContactList struct {
	Contacts []Contact `json:"contacts" nullable:"false"`
}

// A Contact is a person or mailbox that the account communicates with.
type Contact struct {
	Kind    string `json:"kind" enum:"general,billing,technical,security"`
	Primary bool   `json:"primary" doc:"The first one of its kind. The primary general contact is the main contact."`
	Name    string `json:"name" doc:"May be empty."`
	Email   string `json:"email" format:"email"`
}

func (a *API) contacts(ctx context.Context, at apikey.Visit, _ *struct{}) (ContactList, error) {
	listed, err := a.Read.Contacts(ctx, at.Account.ID)
	out := ContactList{Contacts: []Contact{}}
	if main := at.Account.Contact; !main.Email.IsZero() {
		out.Contacts = append(out.Contacts, Contact{Kind: string(keyfold.GeneralContact), Primary: true, Name: main.Name, Email: main.Email.String()})
	}
	for _, kind := range keyfold.ContactKinds() {
		for _, c := range listed {
			if c.Kind == kind {
				out.Contacts = append(out.Contacts, Contact{Kind: string(c.Kind), Primary: c.Primary, Name: c.Name, Email: c.Email.String()})
			}
		}
	}
	return out, err
}

// A UserPage is where a list of users goes on.
type UserPage struct {
	Limit int    `query:"limit" minimum:"1" maximum:"200" default:"100"`
	After string `query:"after" maxLength:"200" pattern:"^[!-~]+$" doc:"The next of the page before."`
}

// A UserList is a page of the users of an account.
type UserList struct {
	Users []User `json:"users" nullable:"false"`
	Next  string `json:"next,omitempty" doc:"Where the list goes on. Left out at its end."`
}

// A User is a person who may open the account.
type User struct {
	ID    string    `json:"id"`
	Name  string    `json:"name" doc:"May be empty."`
	Email string    `json:"email" format:"email"`
	Roles []string  `json:"roles" nullable:"false" minItems:"1" enum:"owner,admin,technical,finance,abuse"`
	Since time.Time `json:"since" doc:"When the user got access."`
}

func (a *API) users(ctx context.Context, at apikey.Visit, in *UserPage) (UserList, error) {
	members, err := a.Read.MembersPage(ctx, at.Account.ID, keyfold.UserID(in.After), in.Limit+1)
	out := UserList{Users: []User{}}
	if len(members) > in.Limit {
		members = members[:in.Limit]
		out.Next = string(members[in.Limit-1].ID)
	}
	for _, m := range members {
		user := User{ID: string(m.ID), Name: m.Name, Email: m.Email.String(), Since: m.Since}
		for _, role := range m.Roles.List() {
			user.Roles = append(user.Roles, string(role))
		}
		out.Users = append(out.Users, user)
	}
	return out, err
}

// An EventPage is where the activity goes on.
type EventPage struct {
	Limit  int   `query:"limit" minimum:"1" maximum:"200" default:"100"`
	Before int64 `query:"before" minimum:"1" doc:"The next of the page before."`
}

// An EventList is a page of what changed in an account.
type EventList struct {
	Events []Event `json:"events" nullable:"false"`
	Next   int64   `json:"next,omitempty" doc:"Where the list goes on. Left out at its end."`
}

// An Event is one change.
type Event struct {
	ID    int64     `json:"id" doc:"Later events have higher ones."`
	At    time.Time `json:"at"`
	Kind  string    `json:"kind" example:"member.added" doc:"New kinds may come."`
	Actor Actor     `json:"actor"`
	User  *Person   `json:"user,omitempty" doc:"Whom it is about, when that is a user."`
}

// An Actor is who did something.
type Actor struct {
	Class string  `json:"class" enum:"user,visitor,care,import,system" doc:"visitor: somebody with a link or a customer ID, who was not logged in. care: customer care. import: the customer database."`
	User  *Person `json:"user,omitempty"`
}

// A Person is a user by name.
type Person struct {
	ID   string `json:"id"`
	Name string `json:"name" doc:"May be empty."`
}

func (a *API) activity(ctx context.Context, at apikey.Visit, in *EventPage) (EventList, error) {
	events, err := a.Read.EventsPage(ctx, at.Account.ID, in.Before, in.Limit+1)
	out := EventList{Events: []Event{}}
	if len(events) > in.Limit {
		events = events[:in.Limit]
		out.Next = events[in.Limit-1].Seq
	}
	for _, e := range events {
		out.Events = append(out.Events, eventOf(e))
	}
	return out, err
}

func eventOf(e store.NamedEvent) Event {
	out := Event{ID: e.Seq, At: e.At, Kind: e.Kind, Actor: Actor{Class: classOf(e.By)}}
	if e.Actor != "" {
		out.Actor.User = &Person{ID: string(e.Actor), Name: e.Name}
	}
	if e.User != "" {
		out.User = &Person{ID: string(e.User), Name: e.UserName}
	}
	return out
}

// classOf is what kind of actor did something. Who of customer care it was is
// not told.
func classOf(by string) string {
	switch class, _, _ := strings.Cut(by, ":"); class {
	case "user", "visitor", "import":
		return class
	case "staff":
		return "care"
	}
	return "system"
}

// A ProblemList is all kinds of problems.
type ProblemList struct {
	Problems []ProblemKind `json:"problems" nullable:"false"`
}

// A ProblemKind is one of them.
type ProblemKind struct {
	Type      string `json:"type" format:"uri"`
	ErrorCode string `json:"errorCode"`
	Status    int    `json:"status"`
	Title     string `json:"title"`
}

func (a *API) problems() ProblemList {
	var out ProblemList
	for _, k := range kinds() {
		out.Problems = append(out.Problems, ProblemKind{Type: a.typeOf(k.code), ErrorCode: k.code, Status: k.status, Title: k.title})
	}
	return out
}
