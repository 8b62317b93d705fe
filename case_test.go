package keyfold_test

import (
	"strings"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
)

func TestACaseOfSupervisorsIsNoAgents(t *testing.T) {
	opened := keyfold.OpenCase(act, noon, keyfold.Case{ID: "c1", Reason: keyfold.AgentCase}).Case()
	if !opened.IsOpen() || opened.By != act.By {
		t.Fatalf("%+v", opened)
	}
	taken, err := opened.Take(act, "s1", keyfold.Agent)
	if err != nil || taken.Case().Assignee != "s1" {
		t.Fatalf("%+v, %v", taken.Case(), err)
	}
	handed, err := taken.Case().HandOver(act, keyfold.Agent)
	if err != nil || !handed.Case().Supervisor || handed.Case().Assignee != "" {
		t.Fatalf("%+v, %v", handed.Case(), err)
	}
	c := handed.Case()
	if _, err := c.Take(act, "s1", keyfold.Agent); !keyfold.RefusedAs(err, "case.for_supervisors") {
		t.Errorf("taken by an agent: %v", err)
	}
	if _, err := c.Close(act, noon, keyfold.Agent, keyfold.Solved); !keyfold.RefusedAs(err, "case.for_supervisors") {
		t.Errorf("closed by an agent: %v", err)
	}
	for _, role := range []keyfold.StaffRole{keyfold.Auditor, keyfold.Administrator, ""} {
		if _, err := opened.Take(act, "s1", role); !keyfold.RefusedAs(err, "case.not_yours") {
			t.Errorf("taken by %q: %v", role, err)
		}
	}
	for _, o := range []keyfold.CaseOutcome{"", "whatever", keyfold.SolvedItself} {
		if _, err := c.Close(act, noon, keyfold.Supervisor, o); !keyfold.RefusedAs(err, "case.outcome_missing") {
			t.Errorf("closed with %q: %v", o, err)
		}
	}
	closed, err := c.Close(act, noon, keyfold.Supervisor, keyfold.Fraud)
	if err != nil || closed.Case().IsOpen() || !closed.Case().Closed.Equal(noon) {
		t.Fatalf("%+v, %v", closed.Case(), err)
	}
	if _, err := closed.Case().Close(act, noon, keyfold.Supervisor, keyfold.Solved); !keyfold.RefusedAs(err, "case.is_closed") {
		t.Errorf("closed twice: %v", err)
	}
	if again := closed.Case().End(act, noon); !again.IsZero() {
		t.Error("ended after it was closed")
	}
}

func TestAnEventSaysWhyItCallsForCare(t *testing.T) {
	needs := keyfold.Became{Account: &keyfold.AccountState{NeedsCare: true}}
	for _, tt := range []struct {
		kind, note string
		became     keyfold.Became
		want       keyfold.CaseReason
		sure       bool
	}{
		{"account.frozen", "", needs, keyfold.NotMeCase, true},
		{"account.needs_care", keyfold.CareMail, needs, keyfold.MailFailedCase, true},
		{"account.needs_care", keyfold.CareInsisted, needs, keyfold.VetoedCase, true},
		{"account.needs_care", keyfold.CareNoContact, needs, keyfold.NoContactCase, true},
		{"account.needs_care", keyfold.CareBounced, needs, keyfold.BouncedCase, true},
		{"account.imported", "", needs, keyfold.NoContactCase, false},
		{"account.updated", "", keyfold.Became{Account: &keyfold.AccountState{NeedsCare: true, Frozen: true}}, keyfold.NotMeCase, false},
		{"account.imported", "", keyfold.Became{Account: &keyfold.AccountState{}}, "", false},
		{"account.updated", "", keyfold.Became{Account: &keyfold.AccountState{NeedsCare: true, Closed: true}}, "", false},
		{"care.asked", "", keyfold.Became{}, "", false},
	} {
		got, sure := keyfold.CaseOf(keyfold.Event{Kind: tt.kind, Note: tt.note, Became: tt.became})
		if got != tt.want || sure != tt.sure {
			t.Errorf("%s %q: %q, %t", tt.kind, tt.note, got, sure)
		}
	}
}

func wish() keyfold.Approval {
	return keyfold.Approval{
		ID: "p1", Kind: keyfold.LiftFreeze, AskedBy: "asker", Role: keyfold.Agent, Reason: "called back on the number of the contract",
		Evidence: []keyfold.Evidence{keyfold.ByCallback},
	}
}

func TestTheSecondPersonIsAnother(t *testing.T) {
	c, err := keyfold.AskApproval(act, noon, wish())
	if err != nil {
		t.Fatal(err)
	}
	p := c.Approval()
	for name, tt := range map[string]struct {
		who  keyfold.StaffID
		role keyfold.StaffRole
		at   time.Duration
		want string
	}{
		"oneself":      {"asker", keyfold.Supervisor, 0, "approval.oneself"},
		"an agent":     {"other", keyfold.Agent, 0, "case.not_yours"},
		"an auditor":   {"other", keyfold.Auditor, 0, "case.not_yours"},
		"an admin":     {"other", keyfold.Administrator, 0, "case.not_yours"},
		"nobody":       {"other", "", 0, "case.not_yours"},
		"too late":     {"other", keyfold.Supervisor, 72 * time.Hour, "approval.late"},
		"another":      {"other", keyfold.Supervisor, 72*time.Hour - 1, ""},
		"another's no": {"other", keyfold.Supervisor, 0, ""},
	} {
		d, err := p.Decide(act, noon.Add(tt.at), tt.who, tt.role, name == "another")
		if tt.want != "" && !keyfold.RefusedAs(err, tt.want) || tt.want == "" && err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if tt.want == "" {
			if _, err := d.Approval().Decide(act, noon, "third", keyfold.Supervisor, true); !keyfold.RefusedAs(err, "approval.over") {
				t.Errorf("%s, and once more: %v", name, err)
			}
		}
	}
	if _, err := p.Withdraw(act, noon, "other"); !keyfold.RefusedAs(err, "approval.not_yours") {
		t.Errorf("taken back by another: %v", err)
	}
}

func TestWhatIsAskedHasAReasonAndEvidence(t *testing.T) {
	for name, tt := range map[string]struct {
		edit func(*keyfold.Approval)
		want string
	}{
		"no reason":     {func(p *keyfold.Approval) { p.Reason = "asked" }, "approval.reason_missing"},
		"a long reason": {func(p *keyfold.Approval) { p.Reason = strings.Repeat("x", 2001) }, "approval.reason_long"},
		"no evidence":   {func(p *keyfold.Approval) { p.Evidence = nil }, "approval.evidence_missing"},
		"made up":       {func(p *keyfold.Approval) { p.Evidence = []keyfold.Evidence{"trust"} }, "approval.evidence_missing"},
		"no side":       {func(p *keyfold.Approval) { p.Kind = keyfold.DecideDispute }, "approval.side_missing"},
		"an auditor":    {func(p *keyfold.Approval) { p.Role = keyfold.Auditor }, "case.not_yours"},
	} {
		p := wish()
		tt.edit(&p)
		if _, err := keyfold.AskApproval(act, noon, p); !keyfold.RefusedAs(err, tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
