package registration_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/limit"
	"github.com/keyfold/keyfold/internal/registration"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
	"github.com/keyfold/keyfold/internal/token"
)

// A colleague goes the ten steps. Refused, they begin anew, as a person would,
// until the account is theirs or they read that it has moved.
type colleague struct {
	*world

	id       keyfold.CustomerID
	email    string
	pw       string
	step     int
	reset    token.Secret
	confirm  token.Secret
	refusals []string // that they read
	owner    bool
	moved    bool // they were told so
}

func (c *colleague) done() bool { return c.owner || c.moved }

// next does one step.
func (c *colleague) next() {
	c.t.Helper()
	if c.done() {
		return
	}
	err := c.steps()[c.step]()
	refused := keyfold.Refused(err)
	switch {
	case err == nil:
		c.step++
	case refused == nil:
		c.t.Fatal(err)
	case refused[0].Text == "account.moved":
		c.moved = true
	default:
		c.refusals, c.step = append(c.refusals, refused[0].Text), 0
	}
}

func (c *colleague) steps() []func() error {
	ctx := c.t.Context()
	return []func() error{
		c.ask,
		func() error { return c.set(c.reset, store.OfAccount(c.id), c.pw) },
		func() error {
			_, err := c.LogIn(ctx, visitor, c.id, c.pw, registration.Browser{Device: c.email})
			return err
		},
		func() error { return c.SubmitEmail(ctx, visitor, c.id, c.address(c.email)) },
		c.read,
		func() error {
			_, err := c.Confirm(ctx, c.confirm)
			return err
		},
		func() error {
			err := c.complete(c.confirm, registration.Proof{Password: c.pw}, "Own-"+c.pw)
			c.owner = err == nil
			return err
		},
	}
}

// ask is steps 1 and 2: both read the mailbox of the main contact.
func (c *colleague) ask() error {
	mails := c.request(c.id.String())
	if slices.Contains(templates(mails), "moved") {
		c.moved = true
		return nil
	}
	c.reset = c.secret(c.of(mails, "reset"))
	return nil
}

// read is step 7: the mail to the own address. Without one, a colleague was
// faster and the page of step 6 says so.
func (c *colleague) read() error {
	t, err := c.DB.Reader().LiveConfirm(c.t.Context(), c.id, c.address(c.email))
	if err == nil {
		c.confirm = c.Key.Derive(t.ID, string(t.Purpose), t.Email.Key())
	}
	return err
}

// TestTwoColleaguesAndOneIDIn49Interleavings lets one go i steps, the other j,
// and then each on to the end: the account is one's, and the other is told.
func TestTwoColleaguesAndOneIDIn49Interleavings(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		explained := map[string]bool{}
		c := limit.Default()
		c.ResetMailsHour, c.ResetMailsDay = 1000, 1000 // each mail goes out at once
		w.Limits = limit.Make(c)
		for i := range 7 {
			for j := range 7 {
				contact := fmt.Sprintf("info%d%d@veldkamp.example", i, j)
				id := storetest.Import(t, w.DB, fmt.Sprintf("NL1234%d%d", i, j), contact)
				ann := &colleague{world: w, id: id, email: fmt.Sprintf("ann%d%d@veldkamp.example", i, j), pw: first}
				bob := &colleague{world: w, id: id, email: fmt.Sprintf("bob%d%d@veldkamp.example", i, j), pw: third}
				walkBoth(ann, bob, i, j)
				checkColleagues(t, ann, bob)
				for _, text := range append(ann.refusals, bob.refusals...) {
					explained[text] = true
				}
			}
		}
		for text := range explained {
			if !slices.Contains([]string{"link.void", "link.unknown", "login.failed", "proof.wrong"}, text) {
				t.Errorf("on the way, the slower one read %s", text)
			}
		}
	})
}

func walkBoth(ann, bob *colleague, i, j int) {
	for range i + 1 {
		ann.next()
	}
	for range j + 1 {
		bob.next()
	}
	for range 3 { // step by step, and then one to the end
		ann.next()
		bob.next()
	}
	for range 20 {
		ann.next()
	}
	for range 20 {
		bob.next()
	}
}

func checkColleagues(t *testing.T, ann, bob *colleague) {
	t.Helper()
	name := fmt.Sprintf("%s: %v and %v", ann.id, ann.refusals, bob.refusals)
	a := ann.account(ann.id)
	if a.State != keyfold.Registered || ann.owner == bob.owner {
		t.Errorf("%s: %s, owned by ann %t and by bob %t", name, a.State, ann.owner, bob.owner)
		return
	}
	winner, loser := ann, bob
	if bob.owner {
		winner, loser = bob, ann
	}
	owner, err := ann.DB.Reader().User(t.Context(), a.Owner)
	if err != nil || owner.Email.String() != winner.email {
		t.Errorf("%s: the owner is %s: %v", name, owner.Email, err)
	}
	if !loser.moved {
		t.Errorf("%s: the slower one was not told that the account has moved", name)
	}
	members, err := ann.DB.Reader().Members(t.Context(), a.ID)
	if err != nil || len(members) != 1 {
		t.Errorf("%s: %d members: %v", name, len(members), err)
	}
	if _, err := ann.DB.Reader().UserByEmail(t.Context(), ann.address(loser.email)); !keyfold.RefusedAs(err, "user.unknown") {
		t.Errorf("%s: the slower one became a user: %v", name, err)
	}
}
