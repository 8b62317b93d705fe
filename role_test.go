package keyfold_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/keyfold/keyfold"
)

func TestTheMatrixOfRolesIsDocumented(t *testing.T) {
	var doc strings.Builder
	doc.WriteString("# Roles\n\nWhat each role may do in an account. A user can hold several of the last four; the owner is one, and has no other role. " +
		"What has no row here, nobody may do. For whom a page is not, there is no such page: it answers as one of an account that does not exist.\n\n" +
		"Made from the code by `go test . -update`; the test fails when it is out of date.\n\n| may |")
	for _, role := range keyfold.AllRoles() {
		doc.WriteString(" " + string(role) + " |")
	}
	doc.WriteString(" name in the code |\n|---|" + strings.Repeat("---|", len(keyfold.AllRoles())+1) + "\n")
	for _, rule := range keyfold.Matrix() {
		doc.WriteString("| " + rule.Meaning + " |")
		for _, role := range keyfold.AllRoles() {
			mark := " |"
			if keyfold.RolesOf(role).May(rule.Permission) {
				mark = " yes |"
			}
			doc.WriteString(mark)
		}
		fmt.Fprintf(&doc, " `%s` |\n", rule.Permission)
	}
	golden(t, "docs/roles.md", doc.String())
}

func TestRolesAreReadAsTheyAreWritten(t *testing.T) {
	for set, want := range map[keyfold.Roles]string{
		{}:                             "",
		keyfold.RolesOf(keyfold.Owner): "owner",
		keyfold.RolesOf(keyfold.Finance, keyfold.Admin):                                        "admin,finance",
		keyfold.RolesOf(keyfold.Abuse, keyfold.Technical, keyfold.Abuse, "king"):               "technical,abuse",
		keyfold.RolesOf(keyfold.Admin, keyfold.Technical, keyfold.Finance, keyfold.Abuse, "x"): "admin,technical,finance,abuse",
	} {
		var back keyfold.Roles
		if err := back.UnmarshalText([]byte(want)); err != nil || back != set || set.String() != want {
			t.Errorf("%q is written as %q and read as %q: %v", want, set, back, err)
		}
	}
	var r keyfold.Roles
	if err := r.UnmarshalText([]byte("admin,king")); !keyfold.RefusedAs(err, "roles.unknown") {
		t.Errorf("a king: %v", err)
	}
}

// TestNobodyMakesAnEqualOfAnAdmin goes through everybody who may manage users, and
// everything that could be made of a user.
func TestNobodyMakesAnEqualOfAnAdmin(t *testing.T) {
	sets := []keyfold.Roles{{}}
	for _, role := range keyfold.GivenRoles() {
		for _, s := range sets {
			sets = append(sets, keyfold.RolesOf(append(s.List(), role)...))
		}
	}
	a := sample(keyfold.Registered)
	for _, actor := range append(sets, keyfold.RolesOf(keyfold.Owner)) {
		for _, from := range sets {
			for _, to := range sets {
				m := keyfold.Member{Account: a.ID, User: "u9", Roles: from}
				_, err := a.ChangeRoles(act, actor, m, to)
				want := !from.IsZero() && !to.IsZero() &&
					(actor.Has(keyfold.Owner) || actor.Has(keyfold.Admin) && !from.Has(keyfold.Admin) && !to.Has(keyfold.Admin))
				if (err == nil) != want || err != nil && keyfold.Refused(err) == nil {
					t.Errorf("%q makes %q of %q: %v", actor, to, from, err)
				}
			}
		}
	}
	owner := keyfold.Member{Account: a.ID, User: a.Owner, Roles: keyfold.RolesOf(keyfold.Owner)}
	if _, err := a.Remove(act, keyfold.RolesOf(keyfold.Owner), owner); !keyfold.RefusedAs(err, "member.owner") {
		t.Errorf("the owner is removed: %v", err)
	}
	if _, err := a.Leave(act, owner); !keyfold.RefusedAs(err, "member.owner") {
		t.Errorf("the owner leaves: %v", err)
	}
	if _, err := a.Admit(act, keyfold.Member{User: "u9", Roles: keyfold.RolesOf(keyfold.Owner)}, ""); !keyfold.RefusedAs(err, "roles.owner") {
		t.Errorf("a second owner: %v", err)
	}
}
