package care_test

import (
	"time"

	"github.com/a-h/templ"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/second"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/web/care"
)

// caseAccount is a registered one, or one that nobody can reach.
func caseAccount(registered bool) keyfold.Account {
	id, _ := keyfold.ParseCustomerID("NL123421341")
	a := keyfold.Account{ID: id, Name: "<Veldkamp> Media B.V.", State: keyfold.Legacy, NeedsCare: true}
	if registered {
		a.State, a.Owner, a.NeedsCare, a.Changed = keyfold.Registered, "u1", false, noon.Add(-48*time.Hour)
		a.Contact.Email, _ = keyfold.ParseEmail("info@veldkamp.example")
	}
	return a
}

func sampleCase(reason keyfold.CaseReason) store.QueuedCase {
	c := store.QueuedCase{
		Case:        keyfold.Case{ID: "c1", Reason: reason, Account: caseAccount(true).ID, Opened: noon.Add(-72 * time.Hour), Waiting: noon.Add(-70 * time.Hour)},
		AccountName: "<Veldkamp> Media B.V.",
	}
	switch reason {
	case keyfold.HelpCase:
		c.Account, c.AccountName, c.User, c.Code = keyfold.CustomerID{}, "", "u1", "ABCD-EFGH"
		c.UserEmail, _ = keyfold.ParseEmail("sanne@veldkamp.example")
	case keyfold.NotMeCase:
		c.Supervisor, c.AssigneeName, c.Assignee = true, "Ruth", "2"
	case keyfold.NoContactCase:
		c.Waiting = time.Time{}
	default:
	}
	return c
}

func sampleQuestion(kind keyfold.ApprovalKind, status keyfold.ApprovalStatus) store.Question {
	q := store.Question{
		Approval: keyfold.Approval{
			ID: "p1", Kind: kind, Account: caseAccount(true).ID, Case: "c1", AskedBy: "2", Asked: noon.Add(-time.Hour), Expires: noon.Add(71 * time.Hour),
			Reason: "Called back.\nThe <former> employee left.", Evidence: keyfold.AllEvidence(), Status: status, For: keyfold.ContactIsRight,
		},
		Asker: "Jan", AccountName: "<Veldkamp> Media B.V.",
	}
	q.Contact.Email, _ = keyfold.ParseEmail("sanne@other.example")
	if status != keyfold.ApprovalWaiting {
		q.Decided = noon
	}
	if status == keyfold.ApprovalApproved {
		q.Decider, q.DeciderName = "3", "Ruth"
	}
	return q
}

func caseSamples(s stage) map[string]templ.Component {
	agent, supervisor, auditor := s.page(keyfold.Agent), s.page(keyfold.Supervisor), s.page(keyfold.Auditor)
	var rows []store.QueuedCase
	counts := store.CaseCounts{Waiting: map[keyfold.CaseReason]int64{}, Idle: 100_000, Mine: 1, Supervisor: 2}
	all := map[string]templ.Component{}
	for _, reason := range keyfold.CaseReasons() {
		c := sampleCase(reason)
		rows, counts.Waiting[reason] = append(rows, c), 1
		notes := []store.CaseNote{{ID: "n1", Name: "Jan", At: noon, Note: "One\n<two>"}}
		all["case-"+string(reason)] = care.CasePage(care.CaseView{Page: agent, Case: c, Notes: notes, Workable: !c.Supervisor, Done: "care.case_done_noted"})
		all["cases-"+string(reason)] = care.CasesPage(care.CasesView{Page: supervisor, Show: string(reason), Rows: rows[:1], Counts: counts, Later: true})
	}
	closed := sampleCase(keyfold.BouncedCase)
	closed.Outcome, closed.Closed, closed.ClosedBy = keyfold.SolvedItself, noon, "system"
	all["case-closed"] = care.CasePage(care.CaseView{Page: auditor, Case: closed})
	all["case-asked"] = care.CasePage(care.CaseView{
		Page: supervisor, Case: sampleCase(keyfold.NotMeCase), Workable: true, Mine: true,
		Asked: []store.Question{sampleQuestion(keyfold.DecideDispute, keyfold.ApprovalWaiting)},
	})
	all["case-failed"] = care.CasePage(care.CaseView{
		Page: agent, Case: sampleCase(keyfold.AgentCase), Workable: true, Note: "x", Outcome: "solved",
		Form: refused("case.outcome_missing", "outcome", "case.note_missing", "note", "case.note_missing", "why", "case.account_waits", ""),
	})
	all["cases"] = care.CasesPage(care.CasesView{Page: agent, Rows: append(rows, closed), Counts: counts, Next: "/care/cases?from=1"})
	all["cases-none"] = care.CasesPage(care.CasesView{Page: auditor, Show: "mine"})
	all["cases-code"] = care.CasesPage(care.CasesView{Page: agent, Called: "XX", Form: refused("case.code_unknown", "called")})
	all["case-open"] = care.OpenCasePage(care.OpenCaseView{Page: agent, ID: rows[0].Account, Form: refused("case.note_missing", "note")})
	return all
}

func approvalSamples(s stage) map[string]templ.Component {
	agent, supervisor := s.page(keyfold.Agent), s.page(keyfold.Supervisor)
	all := map[string]templ.Component{"approvals-none": care.ApprovalsPage(care.ApprovalsView{Page: agent})}
	owner, _ := keyfold.ParseEmail("owner@veldkamp.example")
	var rows []store.Question
	for _, kind := range keyfold.ApprovalKinds() {
		for _, status := range []keyfold.ApprovalStatus{
			keyfold.ApprovalWaiting, keyfold.ApprovalApproved, keyfold.ApprovalDeclined, keyfold.ApprovalWithdrawn, keyfold.ApprovalVoid,
		} {
			q := sampleQuestion(kind, status)
			rows = append(rows, q)
			seen := second.Seen{Question: q, Account: caseAccount(true), Owner: owner, Changed: kind == keyfold.UndoLinking}
			name := "approval-" + string(kind) + "-" + string(status)
			all[name] = care.ApprovalPage(care.ApprovalView{Page: supervisor, Seen: seen, Second: status == keyfold.ApprovalWaiting})
			all[name+"-mine"] = care.ApprovalPage(care.ApprovalView{Page: agent, Seen: seen, Mine: true, Done: "care.second_done_asked"})
		}
		lone := second.Seen{Question: sampleQuestion(kind, keyfold.ApprovalWaiting), Account: caseAccount(false)}
		all["approval-"+string(kind)+"-lone"] = care.ApprovalPage(care.ApprovalView{Page: agent, Seen: lone, Form: refused("approval.stale", "")})
		all["ask-"+string(kind)] = care.AskPage(care.AskView{Page: agent, Kind: kind, Account: caseAccount(true), Owner: owner})
	}
	failed := refused("approval.reason_missing", "reason", "approval.evidence_missing", "evidence")
	all["ask-failed"] = care.AskPage(care.AskView{Page: agent, Kind: keyfold.DecideDispute, Account: caseAccount(false), Form: failed})
	unchecked := refused("approval.pin_unchecked", "evidence")
	all["ask-unchecked"] = care.AskPage(care.AskView{
		Page: agent, Kind: keyfold.TakeOffLogin, Account: caseAccount(true), Owner: owner, Reason: "They read it out", Form: unchecked,
		Ticked: map[keyfold.Evidence]bool{keyfold.ByPIN: true},
	})
	all["approvals"] = care.ApprovalsPage(care.ApprovalsView{Page: supervisor, Rows: rows, Show: "decided", Next: "/care/approvals?from=25"})
	return all
}
