package desk_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/desk"
	"github.com/keyfold/keyfold/internal/limit"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

const reason = "The caller spells it in a strange way"

// TestWhoMayNotServeDoesNothing, past all doors, and each try is in the trail.
func TestWhoMayNotServeDoesNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		id, half := storetest.Import(t, w.DB, "NL123421341", whole), storetest.Import(t, w.DB, "NL123421342", whole)
		w.pending(half, "typo@veldkamp.example")
		w.Limits = generous()
		refused := 0
		for _, name := range []string{"otto", "ada", "jan", "nobody"} {
			a, err := w.Confirm(ctx, who(name), id, desk.Said{Address: whole, Name: "Sanne Veldkamp"})
			w.refused(err, "staff.not_allowed")
			c, err := w.Reveal(ctx, who(name), id, reason)
			w.refused(err, "staff.not_allowed")
			roles, yes, err := w.CheckPIN(ctx, who(name), id, "123456")
			w.refused(err, "staff.not_allowed")
			if a != (desk.Answer{}) || !c.Email.IsZero() || c.Name != "" || yes || len(roles.List()) > 0 {
				t.Errorf("%s learns %v, %v, %v", name, a, c, yes)
			}
			for _, err := range []error{
				w.MailReset(ctx, who(name), id), w.MailConfirm(ctx, who(name), half), w.CancelPending(ctx, who(name), half), w.FreezeAccount(ctx, who(name), id, reason),
			} {
				w.refused(err, "staff.not_allowed")
			}
			refused += 7
		}
		if n := w.count("care.refused"); n != refused {
			t.Errorf("%d of %d tries are in the trail", n, refused)
		}
		if w.account(id).Frozen || w.account(half).State != keyfold.EmailPending || len(w.sent) > 0 {
			t.Error("something is done all the same")
		}
		for _, table := range []string{"outbox", "reveals", "reset_requests", "cases"} {
			if rows := storetest.Texts(t, w.DB, `select id from `+table); len(rows) > 0 {
				t.Errorf("%d rows in %s", len(rows), table)
			}
		}
		w.refused(w.MailReset(ctx, who("femke"), unknown(t)), "account.unknown")
	})
}

func unknown(t *testing.T) keyfold.CustomerID {
	t.Helper()
	id, err := keyfold.ParseCustomerID("NL123421349")
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// generous are limits that nobody reaches.
func generous() limit.Rules {
	rules := limit.Make(limit.Default())
	for _, r := range []*limit.Rule{
		&rules.Desk.ConfirmAccount, &rules.Desk.ConfirmStaff, &rules.Desk.RevealAccount, &rules.Desk.RevealStaff,
		&rules.Desk.PINAccount, &rules.Desk.PINStaff, &rules.Desk.ActAccount, &rules.Desk.ActStaff,
	} {
		r.Tries = 1_000_000
	}
	return rules
}

// TestOfFiftyAtOnceAsManyAreDoneAsMay: what is too often is refused, and on record.
func TestOfFiftyAtOnceAsManyAreDoneAsMay(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		id := storetest.Import(t, w.DB, "NL123421341", whole)
		for what, one := range map[string]struct {
			want int
			do   func() error
		}{
			"confirm contact": {3, func() error { _, err := w.Confirm(ctx, who("femke"), id, desk.Said{Address: whole}); return err }},
			"reveal contact":  {3, func() error { _, err := w.Reveal(ctx, who("femke"), id, reason); return err }},
			"check a number":  {5, func() error { _, _, err := w.CheckPIN(ctx, who("femke"), id, "123456"); return err }},
			"mail a reset":    {10, func() error { return w.MailReset(ctx, who("femke"), id) }},
		} {
			before := w.count("care.refused")
			if done := w.atOnce(50, one.do); done != one.want {
				t.Errorf("%s: %d of 50 are done, want %d", what, done, one.want)
			}
			if n := w.count("care.refused") - before; n != 50-one.want {
				t.Errorf("%s: %d are on record as too often", what, n)
			}
		}
		if n := len(storetest.Texts(t, w.DB, `select id from outbox where template = 'contact-revealed'`)); n != 3 {
			t.Errorf("%d mails tell of 3 looks", n)
		}
	})
}

// TestOneAgentLooksAtTenAddressesADay, whichever they are; a colleague is not kept
// from it.
func TestOneAgentLooksAtTenAddressesADay(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		seen := 0
		for i := range 12 {
			id := storetest.Import(t, w.DB, "NL1234213"+string(rune('0'+i/10))+string(rune('0'+i%10)), whole)
			c, err := w.Reveal(t.Context(), who("femke"), id, reason)
			switch {
			case err == nil && c.Email.String() == whole:
				seen++
			case !keyfold.RefusedAs(err, "desk.slow_day") || !c.Email.IsZero():
				t.Errorf("%v, %v", c, err)
			}
		}
		if seen != 10 {
			t.Errorf("%d addresses are seen", seen)
		}
		if _, err := w.Reveal(t.Context(), who("ruth"), storetest.Import(t, w.DB, "NL123421399", whole), reason); err != nil {
			t.Error(err)
		}
	})
}

// TestNobodyCopiesTheCustomersByTheirIDs: page by page, an agent sees 240 accounts
// an hour; what is no customer's ID counts, and all of it is on record.
func TestNobodyCopiesTheCustomersByTheirIDs(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := storetest.Import(t, w.DB, "NL123421341", whole)
		none, err := keyfold.ParseCustomerID("NL123421349")
		w.must(err)
		for range 120 {
			w.must(w.Open(t.Context(), who("femke"), id))
			w.refused(w.Open(t.Context(), who("femke"), none), "account.unknown")
		}
		w.refused(w.Open(t.Context(), who("femke"), id), "desk.slow_open")
		w.refused(w.Open(t.Context(), who("femke"), none), "desk.slow_open")
		w.must(w.Open(t.Context(), who("ruth"), id))
		if opened, refused := w.count("care.account_opened"), w.count("care.refused"); opened != 121 || refused != 122 {
			t.Errorf("%d are on record as opened, and %d as refused", opened, refused)
		}
	})
}

// TestNoOtherMailboxIsTakenForTheMainContact, however alike it looks.
func TestNoOtherMailboxIsTakenForTheMainContact(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.Limits = generous()
		id, nobody := storetest.Import(t, w.DB, "NL123421341", whole), storetest.Import(t, w.DB, "NL123421342", "")
		for _, same := range []string{whole, " INFO@Veldkamp.EXAMPLE ", "Info@veldkamp.example"} {
			if a, err := w.Confirm(t.Context(), who("femke"), id, desk.Said{Address: same}); err != nil || !a.Address {
				t.Errorf("%q: %v, %v", same, a, err)
			}
		}
		for _, other := range []string{
			"info@veldkamp.exampl", "info+x@veldkamp.example", "i.nfo@veldkamp.example",
			"іnfo@veldkamp.example", "info@veldkаmp.example", "infο@veldkamp.example", "info@veldkamp.example\u200b", "info\u00ad@veldkamp.example", "ınfo@veldkamp.example",
			"info@veldkamp.example'--", "%@veldkamp.example", "", "info",
		} {
			a, err := w.Confirm(t.Context(), who("femke"), id, desk.Said{Address: other})
			if a.Address || err != nil && keyfold.Refused(err) == nil {
				t.Errorf("%q: %v, %v", other, a, err)
			}
		}
		if a, err := w.Confirm(t.Context(), who("femke"), nobody, desk.Said{Address: whole}); err != nil || a.Address {
			t.Errorf("an account without a main contact: %v, %v", a, err)
		}
		_, err := w.Reveal(t.Context(), who("femke"), nobody, reason)
		w.refused(err, "desk.no_contact")
	})
}

func TestANameIsComparedAsPeopleSayIt(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.Limits = generous()
		id := storetest.Import(t, w.DB, "NL123421341", whole)
		for said, want := range map[string]desk.Named{
			"": desk.NotAsked, " - ": desk.NotAsked, "Sanne Veldkamp": desk.NameRight, "veldkamp,  sanné": desk.NameRight,
			"Sanne": desk.NameWrong, "Veldkamp": desk.NameWrong, "Sanne Veldkamp-Jansma": desk.NameWrong, "Ѕanne Veldkamp": desk.NameWrong,
		} {
			if a, err := w.Confirm(t.Context(), who("femke"), id, desk.Said{Address: "jo@veldkamp.example", Name: said}); err != nil || a.Name != want || a.Address {
				t.Errorf("%q: %v, %v, want %q", said, a, err, want)
			}
		}
		nameless := storetest.Import(t, w.DB, "NL123421342", whole)
		storetest.Exec(t, w.DB, `update accounts set contact_name = '' where customer_id = 'NL123421342'`)
		if a, err := w.Confirm(t.Context(), who("femke"), nameless, desk.Said{Address: whole, Name: "Sanne"}); err != nil || !a.Address || a.Name != desk.NoName {
			t.Errorf("no name on record: %v, %v", a, err)
		}
	})
}

// TestWhatACallerSaysIsKeptNowhere: a trail that has it would be a list of
// addresses, and of guesses.
func TestWhatACallerSaysIsKeptNowhere(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := storetest.Import(t, w.DB, "NL123421341", whole)
		_, err := w.Confirm(t.Context(), who("femke"), id, desk.Said{Address: "canary-1@veldkamp.example", Name: "Canary-2"})
		w.must(err)
		_, err = w.Confirm(t.Context(), who("femke"), id, desk.Said{Address: whole, Name: "Sanne Veldkamp"})
		w.must(err)
		_, _, err = w.CheckPIN(t.Context(), who("femke"), id, "918273")
		w.must(err)
		for _, said := range []string{"canary-1", "Canary-2", "918273", "Sanne Veldkamp"} {
			w.kept(said)
		}
		notes := storetest.Texts(t, w.DB, `select note from events where kind = 'care.contact_asked' order by seq`)
		if !slices.Equal(notes, []string{"no, name no", "yes, name yes"}) {
			t.Errorf("the trail has %q", notes)
		}
		const why = "Jo Jansen says that canary-3 is theirs"
		_, err = w.Reveal(t.Context(), who("femke"), id, "  "+why+" ")
		w.must(err)
		w.must(w.FreezeAccount(t.Context(), who("femke"), id, why))
		for _, text := range storetest.Texts(t, w.DB, `select note || became from events`) {
			if strings.Contains(text, "canary") || strings.Contains(text, "Jansen") {
				t.Errorf("an event has a reason: %s", text)
			}
		}
		looks, err := w.DB.Reader().Reveals(t.Context(), id, 5)
		if err != nil || len(looks) != 1 || looks[0].Reason != why || looks[0].Name != "femke" {
			t.Errorf("%v, %v", looks, err)
		}
	})
}

func TestAReasonSaysSomething(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := storetest.Import(t, w.DB, "NL123421341", whole)
		for typed, want := range map[string]string{
			"": "desk.reason_short", "nine char": "desk.reason_short", strings.Repeat(" ", 40): "desk.reason_short", strings.Repeat("é", 9): "desk.reason_short",
			strings.Repeat("x", 501): "desk.reason_long", "a reason with \x00 in it": "desk.reason_long", "a reason with \xff in it": "desk.reason_long",
		} {
			before := w.count("care.refused")
			_, err := w.Reveal(t.Context(), who("femke"), id, typed)
			w.refused(err, want)
			if w.count("care.refused") != before+1 {
				t.Errorf("%q: that somebody wanted to look is not on record", typed)
			}
			w.refused(w.FreezeAccount(t.Context(), who("femke"), id, typed), want)
		}
		if w.account(id).Frozen || w.count("care.contact_revealed") > 0 || len(storetest.Texts(t, w.DB, `select name from limits`)) > 0 {
			t.Error("without a reason something was done, or counted")
		}
		_, err := w.Reveal(t.Context(), who("femke"), id, strings.Repeat("é", 500))
		w.must(err)
	})
}

// TestAFreezeHasItsReasonInTheCase, once, however often the button is pressed.
func TestAFreezeHasItsReasonInTheCase(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := storetest.Import(t, w.DB, "NL123421341", whole)
		for range 3 {
			w.must(w.FreezeAccount(t.Context(), who("femke"), id, "Somebody else is in"))
		}
		open, err := w.DB.Reader().OpenCases(t.Context(), id)
		if err != nil || len(open) != 1 || open[0].Reason != keyfold.NotMeCase || open[0].Waiting.IsZero() {
			t.Fatalf("%v, %v", open, err)
		}
		notes, err := w.DB.Reader().Notes(t.Context(), open[0].ID)
		if err != nil || len(notes) != 1 || notes[0].Note != "Somebody else is in" || notes[0].By != "femke" {
			t.Errorf("%v, %v", notes, err)
		}
		if n := w.count("account.frozen"); n != 1 {
			t.Errorf("frozen %d times", n)
		}
		w.refused(w.MailReset(t.Context(), who("femke"), id), "desk.frozen")
	})
}

// TestOneOfTheStaffKeepsNobodyFromFreezing, whatever else they do to the account:
// who is stopped has used nothing up that colleagues need. What an account does not
// allow is on record.
func TestOneOfTheStaffKeepsNobodyFromFreezing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := storetest.Import(t, w.DB, "NL123421341", whole)
		w.registered(id, "u1")
		for range 10 {
			w.refused(w.MailReset(t.Context(), who("femke"), id), "desk.registered")
		}
		w.refused(w.MailReset(t.Context(), who("femke"), id), "desk.slow")
		if n := w.count("care.refused"); n != 11 {
			t.Errorf("%d of 11 tries are on record", n)
		}
		w.Limits.Desk.ConfirmStaff.Tries = 1
		_, err := w.Confirm(t.Context(), who("femke"), id, desk.Said{Address: "jo@other.example"})
		w.must(err)
		for range 10 {
			_, err := w.Confirm(t.Context(), who("femke"), id, desk.Said{Address: "jo@other.example"})
			w.refused(err, "desk.slow_day")
		}
		_, err = w.Confirm(t.Context(), who("ruth"), id, desk.Said{Address: whole})
		w.must(err)
		w.must(w.FreezeAccount(t.Context(), who("ruth"), id, reason))
	})
}
