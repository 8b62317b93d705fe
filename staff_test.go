package keyfold_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/keyfold/keyfold"
)

func TestTheMatrixOfTheStaffIsDocumented(t *testing.T) {
	var doc strings.Builder
	doc.WriteString("# Staff\n\nWhat each role of the staff may do at the care desk. Everybody has one role. What has no row here, nobody may do: " +
		"nobody sees or sets a password, sees a link that works, or logs in as a customer.\n\n" +
		"Made from the code by `go test . -update`; the test fails when it is out of date.\n\n| may |")
	for _, role := range keyfold.StaffRoles() {
		doc.WriteString(" " + string(role) + " |")
	}
	doc.WriteString(" name in the code |\n|---|" + strings.Repeat("---|", len(keyfold.StaffRoles())+1) + "\n")
	for _, rule := range keyfold.StaffMatrix() {
		doc.WriteString("| " + rule.Meaning + " |")
		for _, role := range keyfold.StaffRoles() {
			doc.WriteString(map[bool]string{true: " yes |", false: " |"}[role.May(rule.Duty)])
		}
		fmt.Fprintf(&doc, " `%s` |\n", rule.Duty)
	}
	golden(t, "docs/staff-roles.md", doc.String())
}

// TestNoRoleOfTheStaffIsEnoughAlone: whoever asks for a second person is not one
// for everything, and who manages staff touches no customer.
func TestNoRoleOfTheStaffIsEnoughAlone(t *testing.T) {
	for _, rule := range keyfold.StaffMatrix() {
		if rule.Duty != keyfold.SeeFunnel && rule.Duty != keyfold.SeeTrail && rule.Duty != keyfold.SeeStaff &&
			rule.Duty != keyfold.ManageStaff && rule.Duty != keyfold.OwnLogin && keyfold.Administrator.May(rule.Duty) {
			t.Errorf("an administrator may %s", rule.Duty)
		}
	}
	for _, d := range []keyfold.Duty{keyfold.BeSecond, keyfold.ManageStaff, "something else"} {
		if keyfold.Agent.May(d) || keyfold.Auditor.May(d) {
			t.Errorf("an agent or an auditor may %s", d)
		}
	}
	if keyfold.StaffRole("king").May(keyfold.OwnLogin) || keyfold.StaffRole("").May(keyfold.OwnLogin) {
		t.Error("a role that is none may something")
	}
	if _, err := keyfold.ParseStaffRole("king"); !keyfold.RefusedAs(err, "staff.role_unknown") {
		t.Errorf("a king: %v", err)
	}
}
