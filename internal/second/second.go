// Package second is the second person: what nobody of the staff may do alone, one
// asks for and another one decides. Nothing in it lets anybody into an account, and
// nothing that moves a main contact takes effect on the same day.
package second

import (
	"context"
	"strconv"
	"strings"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/limit"
	"github.com/keyfold/keyfold/internal/notice"
	"github.com/keyfold/keyfold/internal/store"
)

// A Service asks and decides.
type Service struct {
	DB     *store.DB
	Teller notice.Teller
	Limits limit.Rules
}

// A Who is somebody of the staff at work. Which role they have is looked at
// again when nothing can change it any more.
type Who struct {
	keyfold.Act

	Staff keyfold.StaffID
}

// A Wish is what somebody asks a second person for.
type Wish struct {
	Kind     keyfold.ApprovalKind
	Reason   string
	Evidence []keyfold.Evidence
	Contact  keyfold.Contact // of a change of the main contact
	For      keyfold.Side    // of a dispute
}

// face stands for what is to be seen of an account when somebody asks, and must
// not change before the answer: its main contact, its owner, and whether it is
// frozen or closed.
func (s *Service) face(a keyfold.Account) string {
	return s.Teller.Key.Tag("face", a.Contact.Email.Key(), string(a.Owner), strconv.FormatBool(a.Frozen), strconv.FormatBool(a.Closed),
		strconv.FormatInt(a.Changed.UnixMilli(), 10), a.Coming.Contact.Email.Key())
}

// Ask asks for what takes a second person, and returns what waits for an answer
// now. It belongs to a case, so that the customer is not forgotten when there is
// none.
func (s *Service) Ask(ctx context.Context, who Who, id keyfold.CustomerID, w Wish) (asked string, err error) {
	caseID, err := notice.NewID()
	if err != nil {
		return "", err
	}
	if asked, err = notice.NewID(); err != nil {
		return "", err
	}
	if err := s.allow(ctx, who, id, w.Kind); err != nil {
		return "", err
	}
	err = s.DB.Serve(ctx, who.errand("ask for "+string(w.Kind), id), func(tx *store.Tx, role keyfold.StaffRole) error {
		account, err := tx.Account(ctx, id)
		if err != nil {
			return err
		}
		if err := waits(ctx, tx, id, w.Kind); err != nil {
			return err
		}
		change, err := keyfold.AskApproval(who.Act, tx.Now(), keyfold.Approval{
			ID: asked, Kind: w.Kind, Account: id, AskedBy: who.Staff, Role: role, Reason: strings.TrimSpace(w.Reason), Evidence: w.Evidence,
			Contact: w.Contact, For: w.For, Face: s.face(account), Seen: account.Version,
		})
		if err != nil {
			return err
		}
		if err := proven(ctx, tx, who, id, w.Evidence); err != nil {
			return err
		}
		if _, err := change.Approval().Do(who.Act, tx.Now(), account); err != nil {
			return err // a yes could not do it either
		}
		in, err := s.caseOf(ctx, tx, who, id, caseID)
		if err != nil {
			return err
		}
		return tx.ApplyApproval(ctx, change.In(in))
	})
	if keyfold.RefusedAs(err, "contact.is_main") {
		if fault := s.learned(ctx, who, id); fault != nil {
			return "", fault // who cannot be kept on record learns nothing
		}
	}
	return asked, err
}

// caseOf is the case in which something is asked: the one that is open, or a new
// one.
func (s *Service) caseOf(ctx context.Context, tx *store.Tx, who Who, id keyfold.CustomerID, fresh string) (string, error) {
	open, err := tx.OpenCases(ctx, id)
	if err != nil {
		return "", err
	}
	if len(open) > 0 {
		return open[0].ID, nil
	}
	c := keyfold.OpenCase(who.Act, tx.Now(), keyfold.Case{ID: fresh, Reason: keyfold.AgentCase, Account: id, Waiting: tx.Now()})
	_, err = tx.ApplyCase(ctx, c)
	return fresh, err
}

// A Seen is what was asked, and the account as it is now.
type Seen struct {
	store.Question

	Account keyfold.Account
	Owner   keyfold.Email // zero: it has none
	// Changed says that a yes would be refused: the account is not what it was.
	Changed bool
}

// Look is what the second person sees before an answer. Looking changes nothing.
func (s *Service) Look(ctx context.Context, id string) (seen Seen, err error) {
	read := s.DB.Reader()
	if seen.Question, err = read.Question(ctx, id); err != nil {
		return seen, err
	}
	if seen.Account, err = read.Account(ctx, seen.Question.Account); err != nil {
		return seen, err
	}
	seen.Changed = s.face(seen.Account) != seen.Face
	if seen.Account.Owner == "" {
		return seen, nil
	}
	owner, err := read.User(ctx, seen.Account.Owner)
	seen.Owner = owner.Email
	return seen, err
}

// Withdraw takes back what one has asked for. A second click finds the same
// success.
func (s *Service) Withdraw(ctx context.Context, who Who, id string) error {
	return s.deciding(ctx, who, id, "withdraw", func(tx *store.Tx, p keyfold.Approval, _ keyfold.Account, role keyfold.StaffRole) error {
		if !role.May(keyfold.AskSecond) {
			return keyfold.Refuse(keyfold.Denied, "case.not_yours")
		}
		if p.Status == keyfold.ApprovalWithdrawn && p.AskedBy == who.Staff {
			return nil
		}
		change, err := p.Withdraw(who.Act, tx.Now(), who.Staff)
		if err != nil {
			return err
		}
		return tx.ApplyApproval(ctx, change)
	})
}

// Decline is the no of the second person. A second click finds the same success.
func (s *Service) Decline(ctx context.Context, who Who, id string) error {
	return s.deciding(ctx, who, id, "decline", func(tx *store.Tx, p keyfold.Approval, _ keyfold.Account, role keyfold.StaffRole) error {
		if p.Status == keyfold.ApprovalDeclined && p.Decider == who.Staff && role.May(keyfold.BeSecond) {
			return nil
		}
		change, err := p.Decide(who.Act, tx.Now(), who.Staff, role, false)
		if err != nil {
			return err
		}
		return tx.ApplyApproval(ctx, change)
	})
}

// Approve is the yes of the second person, and does what was asked. It is done
// once, however many say yes and however often. An answer to what is not so any
// more is none: what was asked is void then.
func (s *Service) Approve(ctx context.Context, who Who, id string) error {
	var void error
	err := s.deciding(ctx, who, id, "approve", func(tx *store.Tx, p keyfold.Approval, a keyfold.Account, role keyfold.StaffRole) error {
		void = nil
		if p.Status == keyfold.ApprovalApproved && p.Decider == who.Staff && role.May(keyfold.BeSecond) {
			return nil
		}
		decision, err := p.Decide(who.Act, tx.Now(), who.Staff, role, true)
		if err != nil {
			return err
		}
		var why string
		if why, void, err = s.stands(ctx, tx, p, a); err != nil {
			return err
		}
		if void != nil {
			if err := tx.ApplyApproval(ctx, p.Void(who.Act, tx.Now(), why)); err != nil {
				return err
			}
			return tx.Record(ctx, keyfold.Event{Act: who.Act, Kind: "care.refused", Account: p.Account, Note: "approve " + string(p.Kind) + ": " + why})
		}
		if err := tx.ApplyApproval(ctx, decision); err != nil {
			return err
		}
		change, err := p.Do(who.Act, tx.Now(), a)
		if err != nil {
			return err
		}
		if err := s.do(ctx, tx, a, change); err != nil {
			return err
		}
		return s.voidOthers(ctx, tx, who.Act, a.ID)
	})
	s.Teller.Hurry()
	if err == nil {
		err = void
	}
	return err
}

// stands reports whether what was asked is still what the second person would
// answer to: by the same colleague, about the same account.
func (s *Service) stands(ctx context.Context, tx *store.Tx, p keyfold.Approval, a keyfold.Account) (why string, void, err error) {
	asker, err := tx.OnDuty(ctx, p.AskedBy)
	switch {
	case err != nil:
		return "", nil, err
	case asker != p.Role:
		return keyfold.VoidAsker, keyfold.Refuse(keyfold.Conflict, "approval.asker_gone"), nil
	case s.face(a) != p.Face:
		return keyfold.VoidStale, keyfold.Refuse(keyfold.Conflict, "approval.stale"), nil
	}
	if _, err := p.Do(keyfold.Act{}, tx.Now(), a); keyfold.Refused(err) != nil {
		return keyfold.VoidStale, keyfold.Refuse(keyfold.Conflict, "approval.stale"), nil
	} else if err != nil {
		return "", nil, err
	}
	return "", nil, nil
}

// voidOthers ends what else was asked for an account: it was about how it was.
func (s *Service) voidOthers(ctx context.Context, tx *store.Tx, by keyfold.Act, id keyfold.CustomerID) error {
	others, err := tx.WaitingOf(ctx, id)
	if err != nil {
		return err
	}
	for _, p := range others {
		if err := tx.ApplyApproval(ctx, p.Void(by, tx.Now(), keyfold.VoidAnother)); err != nil {
			return err
		}
	}
	return nil
}

// deciding runs a step on what was asked, whose account is locked first.
func (s *Service) deciding(
	ctx context.Context, who Who, id, what string,
	do func(tx *store.Tx, p keyfold.Approval, a keyfold.Account, role keyfold.StaffRole) error,
) error {
	found, err := s.DB.Reader().Approval(ctx, id)
	if err != nil {
		return err
	}
	return s.DB.Serve(ctx, who.errand(what+" "+string(found.Kind), found.Account), func(tx *store.Tx, role keyfold.StaffRole) error {
		account, err := tx.Account(ctx, found.Account)
		if err != nil {
			return err
		}
		p, err := tx.LockApproval(ctx, id)
		if err != nil {
			return err
		}
		return do(tx, p, account, role)
	})
}

func (w Who) errand(what string, id keyfold.CustomerID) store.Errand {
	return store.Errand{Act: w.Act, Staff: w.Staff, What: what, Account: id}
}
