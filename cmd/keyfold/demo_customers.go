package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/web/portal"
)

// The customers of the demo. All of them are made up.
const demoEntities = `
- {code: NL, name: Polder Hosting Netherlands, pattern: 'NL[0-9]{6,12}', example: NL123421341, language: en, time_zone: Europe/Amsterdam}
- {code: SG, name: Polder Hosting Singapore, pattern: 'SG[0-9]{6,12}', example: SG234124123, language: en, time_zone: Asia/Singapore}
- {code: US, name: Polder Hosting United States, pattern: 'US[0-9]{6,12}', example: US523453454, language: en, time_zone: America/New_York}
- {code: DE, name: Polder Hosting Deutschland, pattern: 'DE[0-9]{6,12}', example: DE245344254, language: de, time_zone: Europe/Berlin}
- {code: CDN, name: Polder CDN, pattern: 'CDN[0-9]{6,14}', example: CDN1010101010, language: en, time_zone: UTC}
`

// A demoCustomer is one made-up customer.
type demoCustomer struct {
	id, name, contact, person string
	try                       string // what it is good for: a message ID
	closed, frozen            bool
	owned                     bool // by the demo's user
}

// more are accounts of the demo's user that make the chooser worth its search.
var more = []string{
	"NL161350017 Bakkerij De Korenaar, Utrecht", "NL161350025 Bakkerij De Korenaar, Zwolle", "NL161350033 Molen De Hoop",
	"DE402170448 Backstube Korn", "DE402170456 Café am Deich", "US640980089 Cornflower Bakery LLC", "US640980097 Wheat & Rye Inc.",
	"SG311700218 Golden Ear Bakery Pte. Ltd.", "CDN2020202020 Korenaar Stream", "CDN2020202038 Korenaar Images",
}

// demoUser owns a few accounts from the beginning.
const (
	demoEmail    = "korenaar@bakkerij.example"
	demoPassword = "Tulips-in-May-26" //nolint:gosec // G101: of a demo that nobody else can reach
)

// The demo's user shares an account with a colleague.
const (
	demoShared    = "DE311851926"
	demoColleague = "ellen@bakkerij.example"
)

var demoCustomers = []demoCustomer{
	{id: "NL123421341", name: "Veldkamp Media B.V.", contact: "info@veldkamp.example", person: "Sanne Veldkamp", try: "demo.try.move"},
	{id: "DE245344254", name: "Küstenlicht GmbH", contact: "buero@kuestenlicht.example", person: "Jonas Albers", try: "demo.try.move"},
	{id: "US523453454", name: "Harbor & Pine LLC", contact: "ops@harborpine.example", person: "Dana Reyes", try: "demo.try.move"},
	{id: "SG234124123", name: "Veldkamp Asia Pte. Ltd.", contact: "info@veldkamp.example", person: "Sanne Veldkamp", try: "demo.try.shared"},
	{id: "CDN1010101010", name: "Veldkamp Stream", contact: "info@veldkamp.example", person: "Sanne Veldkamp", try: "demo.try.shared"},
	{id: "NL208814577", name: "Bakkerij De Korenaar", contact: "info@bakkerij.example", person: "Mirjam Postma", try: "demo.try.owned", owned: true},
	{id: "DE311851926", name: "Fahrradwerk Leer", contact: "info@bakkerij.example", person: "Mirjam Postma", try: "demo.try.many", owned: true},
	{id: "NL161350041", name: "Molen De Zwaluw", contact: demoEmail, person: "Mirjam Postma", try: "demo.try.claim"},
	{id: "DE402170464", name: "Konditorei Möwe", contact: demoEmail, person: "Mirjam Postma", try: "demo.try.claim"},
	{id: "NL277400062", name: "Tuincentrum Buitenpost", contact: "tuin@buitenpost.example", person: "Ellen de Groot", try: "demo.try.link"},
	{id: "NL190273318", name: "Stichting Waterkant", contact: "bestuur@waterkant.example", person: "Joris Bakker", try: "demo.try.frozen", frozen: true},
	{id: "US640980071", name: "Old Mill Printing", contact: "hello@oldmill.example", person: "Sam Ortiz", try: "demo.try.closed", closed: true},
	{id: "NL161357203", name: "Veldkamp Ontwerp", person: "Sanne Veldkamp", try: "demo.try.care"},
}

func moreCustomers() []demoCustomer {
	var customers []demoCustomer
	for _, line := range more {
		id, name, _ := strings.Cut(line, " ")
		customers = append(customers, demoCustomer{id: id, name: name, contact: "info@bakkerij.example", person: "Mirjam Postma", owned: true})
	}
	return customers
}

func demoAccounts() []portal.DemoAccount {
	var accounts []portal.DemoAccount
	for _, c := range demoCustomers {
		a := portal.DemoAccount{CustomerID: c.id, Name: c.name, Contact: c.contact, Try: c.try}
		if c.owned || c.try == "demo.try.link" || c.try == "demo.try.claim" {
			a.Email, a.Password = demoEmail, demoPassword
		}
		accounts = append(accounts, a)
	}
	return append(accounts, portal.DemoAccount{
		CustomerID: demoShared, Name: "Fahrradwerk Leer", Email: demoColleague, Password: demoPassword, Try: "demo.try.colleague",
	})
}

// seed enters the customers of the demo, unless they are there from last time.
func (a *app) seed(ctx context.Context, c *config) error {
	by := keyfold.Act{By: "import:demo"}
	email, err := keyfold.ParseEmail(demoEmail)
	if err != nil {
		return err
	}
	if _, err := a.db.Reader().UserByEmail(ctx, email); err == nil {
		return nil
	}
	hash, err := a.gate.Hash(ctx, demoPassword)
	if err != nil {
		return err
	}
	return a.db.Update(ctx, func(tx *store.Tx) error {
		user := keyfold.NewUser(by, "demo-user", email, "Mirjam Postma", keyfold.English, hash)
		if err := tx.ApplyUser(ctx, user); err != nil {
			return err
		}
		for _, customer := range append(slices.Clone(demoCustomers), moreCustomers()...) {
			if err := customer.enter(ctx, tx, c.Entities, by, user.User()); err != nil {
				return fmt.Errorf("%s: %w", customer.id, err)
			}
		}
		return demoShare(ctx, tx, by, hash)
	})
}

// demoShare gives the colleague a login and a role, and the account a contact for
// its invoices.
func demoShare(ctx context.Context, tx *store.Tx, by keyfold.Act, hash keyfold.Hash) error {
	id, bad := keyfold.ParseCustomerID(demoShared)
	email, worse := keyfold.ParseEmail(demoColleague)
	if err := errors.Join(bad, worse); err != nil {
		return err
	}
	user := keyfold.NewUser(by, "demo-colleague", email, "Ellen de Groot", keyfold.English, hash)
	if err := tx.ApplyUser(ctx, user); err != nil {
		return err
	}
	account, err := tx.Account(ctx, id)
	if err != nil {
		return err
	}
	m := keyfold.Member{User: user.User().ID, Roles: keyfold.RolesOf(keyfold.Technical, keyfold.Finance)}
	member, err := account.Admit(by, m, "invited")
	if err != nil {
		return err
	}
	if err := tx.ApplyMember(ctx, member); err != nil {
		return err
	}
	contact, err := account.AddContact(by, nil, keyfold.ListedContact{
		ID: "demo-billing", Kind: keyfold.BillingContact, Contact: keyfold.Contact{Name: "Ellen de Groot", Email: email},
	})
	if err != nil {
		return err
	}
	return tx.ApplyContact(ctx, contact)
}

// enter takes one customer to where it is in the demo, by the ways that every
// customer goes.
func (c demoCustomer) enter(ctx context.Context, tx *store.Tx, entities keyfold.Entities, by keyfold.Act, user keyfold.User) error {
	id, err := entities.CustomerID(c.id)
	if err != nil {
		return err
	}
	entity, _ := entities.Of(id)
	d := keyfold.Details{ID: id, Entity: entity.Code, Name: c.name, Language: entity.Language, Contact: keyfold.Contact{Name: c.person}, Closed: c.closed}
	if c.contact != "" {
		if d.Contact.Email, err = keyfold.ParseEmail(c.contact); err != nil {
			return err
		}
	}
	if err := tx.Apply(ctx, keyfold.Import(by, d)); err != nil {
		return err
	}
	var steps []func(keyfold.Account) (keyfold.Change, error)
	if c.owned {
		steps = append(steps,
			func(a keyfold.Account) (keyfold.Change, error) { return a.SetPassword(by, tx.Now(), user.Password) },
			func(a keyfold.Account) (keyfold.Change, error) { return a.PendEmail(by, tx.Now(), user.Email) },
			func(a keyfold.Account) (keyfold.Change, error) { return a.Register(by, tx.Now(), user.ID) })
	}
	if c.frozen {
		steps = append(steps, func(a keyfold.Account) (keyfold.Change, error) { return a.Freeze(by) })
	}
	for _, step := range steps {
		account, err := tx.Account(ctx, id)
		if err != nil {
			return err
		}
		change, err := step(account)
		if err != nil {
			return err
		}
		if err := tx.Apply(ctx, change); err != nil {
			return err
		}
	}
	return nil
}
