package care

import (
	"cmp"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/web/ui"
)

// about is whom a case is about: the account by its name, or a login in part.
func about(p Page, c store.QueuedCase) string {
	switch {
	case c.AccountName != "":
		return named(c.AccountName)
	case !c.Account.IsZero():
		return c.Account.String()
	case !c.UserEmail.IsZero():
		return c.UserEmail.Masked()
	}
	return p.Text("care.case_somebody")
}

// called is the account by its name, where it has one.
func called(q store.Question) string { return cmp.Or(named(q.AccountName), q.Account.String()) }

// heading is the message ID of what the list shows.
func (v CasesView) heading() string { return listName(v.Show) }

// listName is the message ID of a list of the queue.
func listName(show string) string {
	switch show {
	case "":
		return "care.cases_all"
	case showMine, showSupervisor, showIdle, showClosed:
		return "care.cases_" + show
	}
	return "care.reason_" + show
}

func outcomes(chosen string) ui.ChoiceList {
	in := ui.ChoiceList{ID: fieldOutcome, Label: "care.case_outcome", Chosen: chosen}
	for _, o := range keyfold.CaseOutcomes() {
		in.Choices = append(in.Choices, ui.Choice{Value: string(o), Label: "care.outcome_" + string(o)})
	}
	return in
}

func sides(chosen string) ui.ChoiceList {
	in := ui.ChoiceList{ID: fieldFor, Label: "care.ask_for", Chosen: chosen}
	for _, side := range []keyfold.Side{keyfold.OwnerIsRight, keyfold.ContactIsRight} {
		in.Choices = append(in.Choices, ui.Choice{Value: string(side), Label: "care.side_" + string(side)})
	}
	return in
}

func (v AskView) evidence() ui.TickList {
	in := ui.TickList{ID: fieldEvidence, Label: "care.ask_evidence"}
	for _, e := range keyfold.AllEvidence() {
		in.Boxes = append(in.Boxes, ui.Tick{ID: fieldEvidence + "-" + string(e), Label: "care.evidence_" + string(e), Ticked: v.Ticked[e]})
	}
	return in
}
