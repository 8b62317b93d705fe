package staff_test

import (
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/staff"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
	"github.com/keyfold/keyfold/internal/token"
)

func (p person) who() staff.Who {
	return staff.Who{Act: keyfold.Act{By: p.ID.Actor(), From: "192.0.2.9"}, Staff: p.ID}
}

// wish is the one that waits.
func (d *desk) wish() store.NamedWish {
	d.t.Helper()
	all, err := d.DB.Reader().StaffWishes(d.t.Context())
	d.must(err)
	if len(all) != 1 {
		d.t.Fatalf("%d wishes wait", len(all))
	}
	return all[0]
}

func (d *desk) newcomer(name string, role keyfold.StaffRole) staff.Newcomer {
	return staff.Newcomer{Email: d.email(name), Name: name, Role: role, Language: keyfold.German}
}

// mailed is the link in the newest mail, as the outbox makes it.
func (d *desk) mailed() token.Secret {
	d.t.Helper()
	ids := storetest.Texts(d.t, d.DB, `select token_id from outbox where template = 'staff-enrol' order by id`)
	t, err := d.DB.Reader().TokenByID(d.t.Context(), ids[len(ids)-1])
	d.must(err)
	return d.Teller.Key.Derive(t.ID, string(t.Purpose), t.Email.Key())
}

// TestTwoAdministratorsLetSomebodyIn, and neither of them gets the link.
func TestTwoAdministratorsLetSomebodyIn(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ada, bo := d.hire("ada", keyfold.Administrator), d.hire("bo", keyfold.Administrator)
		d.must(d.AskToAdd(t.Context(), ada.who(), d.newcomer("femke", keyfold.Agent)))
		w := d.wish()
		if _, err := d.DB.Reader().StaffByEmail(t.Context(), w.Email); !keyfold.RefusedAs(err, "staff.unknown") || w.Asker != "ada" {
			t.Errorf("%v, asked by %s", err, w.Asker)
		}
		refusedAs(t, d.AskToAdd(t.Context(), bo.who(), d.newcomer("FEMKE", keyfold.Supervisor)), "staff.wish_waits")
		refusedAs(t, d.Decide(t.Context(), ada.who(), w.ID, true), "staff.own_wish")
		d.must(d.Decide(t.Context(), bo.who(), w.ID, true))
		refusedAs(t, d.Decide(t.Context(), bo.who(), w.ID, true), "staff.wish_over")
		femke, err := d.DB.Reader().StaffByEmail(t.Context(), d.email("femke"))
		if err != nil || femke.Role != keyfold.Agent || femke.Enrolled() || femke.Language != keyfold.German {
			t.Errorf("%v, %+v", err, femke)
		}
		secret := d.enrol(d.mailed())
		d.mustLogIn(person{femke, secret})
		refusedAs(t, d.AskToAdd(t.Context(), ada.who(), d.newcomer("femke", keyfold.Agent)), "staff.exists")
		if e := d.events("care.refused"); !slices.Equal(e, []string{ada.ID.Actor() + " | decide " + w.ID}) {
			t.Errorf("%q", e)
		}
		if e := d.events("staff.approved"); len(e) != 1 || e[0] != bo.ID.Actor()+" | add "+w.ID {
			t.Errorf("%q", e)
		}
	})
}

// TestAYesIsDoneOnce, however many say it.
func TestAYesIsDoneOnce(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ada, bo, femke := d.hire("ada", keyfold.Administrator), d.hire("bo", keyfold.Administrator), d.hire("femke", keyfold.Agent)
		d.must(d.AskAbout(t.Context(), ada.who(), femke.ID, keyfold.WishReset, ""))
		w := d.wish()
		var did atomic.Int32
		together(8, func(int) {
			if err := d.Decide(t.Context(), bo.who(), w.ID, true); err == nil {
				did.Add(1)
			} else if !keyfold.RefusedAs(err, "staff.wish_over") {
				t.Error(err)
			}
		})
		if did.Load() != 1 || len(d.events("staff.reset")) != 1 || len(storetest.Texts(t, d.DB, `select id from outbox`)) != 1 {
			t.Errorf("done %d times", did.Load())
		}
	})
}

// TestNobodyMakesOneLikeThemselves, or changes such a login; and who is no
// administrator changes none.
func TestNobodyMakesOneLikeThemselves(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ada, bo := d.hire("ada", keyfold.Administrator), d.hire("bo", keyfold.Administrator)
		femke, sup, aud := d.hire("femke", keyfold.Agent), d.hire("sup", keyfold.Supervisor), d.hire("aud", keyfold.Auditor)
		ctx := t.Context()
		tried := 0
		for name, err := range map[string]error{
			"adds an equal":          d.AskToAdd(ctx, ada.who(), d.newcomer("x", keyfold.Administrator)),
			"raises to an equal":     d.AskAbout(ctx, ada.who(), femke.ID, keyfold.WishRole, keyfold.Administrator),
			"lowers an equal":        d.AskAbout(ctx, ada.who(), bo.ID, keyfold.WishRole, keyfold.Agent),
			"resets an equal":        d.AskAbout(ctx, ada.who(), bo.ID, keyfold.WishReset, ""),
			"resets themselves":      d.AskAbout(ctx, ada.who(), ada.ID, keyfold.WishReset, ""),
			"ends an equal":          d.End(ctx, ada.who(), bo.ID),
			"ends themselves":        d.End(ctx, ada.who(), ada.ID),
			"an agent adds":          d.AskToAdd(ctx, femke.who(), d.newcomer("y", keyfold.Auditor)),
			"an agent ends":          d.End(ctx, femke.who(), sup.ID),
			"a supervisor raises":    d.AskAbout(ctx, sup.who(), femke.ID, keyfold.WishRole, keyfold.Supervisor),
			"an auditor resets":      d.AskAbout(ctx, aud.who(), femke.ID, keyfold.WishReset, ""),
			"nobody adds":            d.AskToAdd(ctx, staff.Who{Staff: "nobody"}, d.newcomer("z", keyfold.Agent)),
			"a role of none is made": d.AskToAdd(ctx, sup.who(), d.newcomer("k", "king")),
		} {
			tried++
			if !keyfold.RefusedAs(err, "staff.own_role") {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n := len(d.events("care.refused")); n != tried {
			t.Errorf("%d of %d are on record", n, tried)
		}
		d.must(d.AskAbout(ctx, ada.who(), femke.ID, keyfold.WishRole, keyfold.Supervisor))
		w := d.wish()
		for _, p := range []person{femke, sup, aud} {
			refusedAs(t, d.Decide(ctx, p.who(), w.ID, true), "staff.own_role")
			refusedAs(t, d.Withdraw(ctx, p.who(), w.ID), "staff.not_your_wish")
		}
		refusedAs(t, d.Withdraw(ctx, bo.who(), w.ID), "staff.not_your_wish")
		d.must(d.Decide(ctx, bo.who(), w.ID, false))
		if d.staff(femke.ID).Role != keyfold.Agent {
			t.Error("a no is a yes")
		}
	})
}

// TestAYesToWhatIsNotSoAnyMoreIsNone.
func TestAYesToWhatIsNotSoAnyMoreIsNone(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ada, bo, femke := d.hire("ada", keyfold.Administrator), d.hire("bo", keyfold.Administrator), d.hire("femke", keyfold.Agent)
		ctx := t.Context()
		ask := func() string {
			d.must(d.AskAbout(ctx, ada.who(), femke.ID, keyfold.WishReset, ""))
			return d.wish().ID
		}
		id := ask()
		d.must(d.ChangeRole(ctx, operator, femke.ID, keyfold.Administrator)) // at the command line
		refusedAs(t, d.Decide(ctx, bo.who(), id, true), "staff.own_role")
		d.must(d.ChangeRole(ctx, operator, femke.ID, keyfold.Agent))
		d.must(d.End(ctx, bo.who(), femke.ID))
		refusedAs(t, d.Decide(ctx, bo.who(), id, true), "staff.is_disabled")
		d.must(d.Withdraw(ctx, ada.who(), id))
		refusedAs(t, d.Decide(ctx, bo.who(), id, true), "staff.wish_over")
		refusedAs(t, d.AskAbout(ctx, ada.who(), femke.ID, keyfold.WishReset, ""), "staff.is_disabled")
		refusedAs(t, d.AskAbout(ctx, ada.who(), femke.ID, keyfold.WishAdd, keyfold.Agent), "staff.wish_unknown")
		d.must(d.AskAbout(ctx, ada.who(), femke.ID, keyfold.WishEnable, ""))
		late := d.wish().ID
		d.clock.Pass(keyfold.WishFor)
		refusedAs(t, d.Decide(ctx, bo.who(), late, true), "staff.wish_over")
		d.must(d.AskAbout(ctx, ada.who(), femke.ID, keyfold.WishEnable, "")) // the late one stands in nobody's way
		d.must(d.Decide(ctx, bo.who(), d.wish().ID, true))
		d.enrol(d.mailed())
		id = ask()
		d.must(d.Disable(ctx, operator, ada.ID))
		refusedAs(t, d.Decide(ctx, bo.who(), id, true), "staff.wish_over")
		if len(d.events("staff.void")) != 2 {
			t.Error("the late one, and that of who is disabled, are not on record")
		}
		if e := strings.Join(d.events("staff.asked"), "\n"); strings.Contains(e, "@") {
			t.Errorf("an address is in the trail:\n%s", e)
		}
	})
}

// TestWhoIsEndedInTheMiddleEndsNobody.
func TestWhoIsEndedInTheMiddleEndsNobody(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ada, femke := d.hire("ada", keyfold.Administrator), d.hire("femke", keyfold.Agent)
		d.must(d.Disable(t.Context(), operator, ada.ID))
		refusedAs(t, d.End(t.Context(), ada.who(), femke.ID), "staff.own_role")
		d.clock.Pass(time.Minute)
		d.mustLogIn(femke)
	})
}

// TestWhatAStolenLoginHasAskedEndsWithIt: who has it back is a trusted colleague
// again, and a yes would be to the word of the thief.
func TestWhatAStolenLoginHasAskedEndsWithIt(t *testing.T) {
	for what, do := range map[string]func(d *desk, id keyfold.StaffID) error{
		"reset": func(d *desk, id keyfold.StaffID) error { _, err := d.Reset(d.t.Context(), operator, id); return err },
		"disabled and enabled": func(d *desk, id keyfold.StaffID) error {
			d.must(d.Disable(d.t.Context(), operator, id))
			_, err := d.Enable(d.t.Context(), operator, id)
			return err
		},
		"another role and back": func(d *desk, id keyfold.StaffID) error {
			d.must(d.ChangeRole(d.t.Context(), operator, id, keyfold.Supervisor))
			return d.ChangeRole(d.t.Context(), operator, id, keyfold.Agent)
		},
	} {
		t.Run(strings.ReplaceAll(what, " ", "-"), func(t *testing.T) {
			each(t, func(t *testing.T, d *desk) {
				femke, jan := d.hire("femke", keyfold.Agent), d.hire("jan", keyfold.Agent)
				d.asks("a1", femke.ID, "NL123421341")
				d.asks("a2", jan.ID, "NL123421342")
				d.must(do(d, femke.ID))
				for id, want := range map[string]keyfold.ApprovalStatus{"a1": keyfold.ApprovalVoid, "a2": keyfold.ApprovalWaiting} {
					if p, err := d.DB.Reader().Approval(t.Context(), id); err != nil || p.Status != want || want == keyfold.ApprovalVoid && !p.Contact.Email.IsZero() {
						t.Errorf("%s is %+v, want %s: %v", id, p, want, err)
					}
				}
				if e := d.events("approval.void"); len(e) != 1 {
					t.Errorf("%q", e)
				}
			})
		})
	}
}

// asks has somebody ask for another main contact.
func (d *desk) asks(id string, by keyfold.StaffID, account string) {
	d.t.Helper()
	customer := storetest.Import(d.t, d.DB, account, "info@veldkamp.example")
	d.must(d.DB.Update(d.t.Context(), func(tx *store.Tx) error {
		c, err := keyfold.AskApproval(keyfold.Act{By: by.Actor()}, tx.Now(), keyfold.Approval{
			ID: id, Kind: keyfold.ChangeContact, Account: customer, AskedBy: by, Role: keyfold.Agent, Reason: "They have a new address",
			Evidence: []keyfold.Evidence{keyfold.ByInvoice}, Contact: keyfold.Contact{Email: d.email("thief")},
		})
		if err != nil {
			return err
		}
		return tx.ApplyApproval(d.t.Context(), c)
	}))
}
