package staff

import (
	"context"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/notice"
	"github.com/keyfold/keyfold/internal/store"
)

// A Who is an administrator at work. Which role they have is looked at again when
// nothing can change it any more.
type Who struct {
	keyfold.Act

	Staff keyfold.StaffID
}

func (w Who) errand(what string) store.Errand {
	return store.Errand{Act: w.Act, Staff: w.Staff, What: what}
}

// End ends the login of a colleague of another role. It takes nobody else: it
// opens nothing.
func (s *Service) End(ctx context.Context, who Who, id keyfold.StaffID) error {
	return s.DB.Serve(ctx, who.errand("disable "+id.Actor()), func(tx *store.Tx, role keyfold.StaffRole) error {
		f, err := tx.LockStaff(ctx, id)
		if err != nil {
			return err
		}
		if err := role.MayManage(f.Role); err != nil {
			return err
		}
		_, err = s.change(ctx, tx, id, func(f keyfold.Staff) (keyfold.StaffChange, error) { return f.Disable(who.Act) })
		return err
	})
}

// AskToAdd asks another administrator to let somebody in.
func (s *Service) AskToAdd(ctx context.Context, who Who, n Newcomer) error {
	return s.ask(ctx, who, keyfold.StaffWish{
		Kind: keyfold.WishAdd, Email: n.Email, Name: n.Name, Role: n.Role, Language: n.Language.Or(keyfold.English),
	})
}

// AskAbout asks another administrator to change the login of a colleague. The role
// is what they are to be, and of no matter for other kinds.
func (s *Service) AskAbout(ctx context.Context, who Who, id keyfold.StaffID, kind keyfold.StaffWishKind, role keyfold.StaffRole) error {
	if id == "" || kind == keyfold.WishAdd {
		return keyfold.Refuse(keyfold.Invalid, "staff.wish_unknown")
	}
	return s.ask(ctx, who, keyfold.StaffWish{Kind: kind, Staff: id, Role: role})
}

func (s *Service) ask(ctx context.Context, who Who, w keyfold.StaffWish) (err error) {
	if w.ID, err = notice.NewID(); err != nil {
		return err
	}
	w.AskedBy = who.Staff
	return s.DB.Serve(ctx, who.errand("ask to "+string(w.Kind)), func(tx *store.Tx, role keyfold.StaffRole) error {
		w, was, err := s.about(ctx, tx, who.Act, w)
		if err != nil {
			return err
		}
		c, err := keyfold.AskForStaff(who.Act, tx.Now(), role, was, w)
		if err != nil {
			return err
		}
		late, err := tx.LateStaffWishes(ctx, w.Email)
		if err != nil {
			return err
		}
		for _, l := range late {
			if err := tx.ApplyStaffWish(ctx, l.Void(who.Act)); err != nil {
				return err
			}
		}
		return tx.ApplyStaffWish(ctx, c)
	})
}

// about fills in whom a wish is about, and refuses what could not be done.
func (s *Service) about(ctx context.Context, tx *store.Tx, by keyfold.Act, w keyfold.StaffWish) (_ keyfold.StaffWish, was keyfold.StaffRole, err error) {
	if w.Kind == keyfold.WishAdd {
		switch _, err := tx.StaffByEmail(ctx, w.Email); {
		case err == nil:
			return w, "", keyfold.Refuse(keyfold.Conflict, "staff.exists").On("email")
		case keyfold.Refused(err) == nil:
			return w, "", err
		}
		return w, w.Role, nil
	}
	f, err := tx.Staff(ctx, w.Staff)
	if err != nil {
		return w, "", err
	}
	w.Email, w.Name, w.Language = f.Email, f.Name, f.Language
	if w.Kind != keyfold.WishRole {
		w.Role = f.Role
	}
	_, err = wished(by, w, f)
	return w, f.Role, err
}

// wished is what a wish about somebody who is staff does.
func wished(by keyfold.Act, w keyfold.StaffWish, f keyfold.Staff) (keyfold.StaffChange, error) {
	switch w.Kind {
	case keyfold.WishReset:
		return f.Reset(by)
	case keyfold.WishEnable:
		return f.Enable(by)
	case keyfold.WishRole:
		return f.ChangeRole(by, w.Role)
	default:
		return keyfold.StaffChange{}, keyfold.Refuse(keyfold.NotFound, "staff.wish_unknown")
	}
}

// Withdraw takes back what one has asked for.
func (s *Service) Withdraw(ctx context.Context, who Who, id string) error {
	return s.DB.Serve(ctx, who.errand("withdraw "+id), func(tx *store.Tx, _ keyfold.StaffRole) error {
		w, err := tx.LockStaffWish(ctx, id)
		if err != nil {
			return err
		}
		c, err := w.Withdraw(who.Act, tx.Now(), who.Staff)
		if err != nil {
			return err
		}
		return tx.ApplyStaffWish(ctx, c)
	})
}

// Decide is the answer of another administrator. A yes does what was asked, once,
// and mails the link to whom it is about: neither of the two sees it.
func (s *Service) Decide(ctx context.Context, who Who, id string, yes bool) error {
	newID, err := notice.NewID()
	if err != nil {
		return err
	}
	err = s.DB.Serve(ctx, who.errand("decide "+id), func(tx *store.Tx, role keyfold.StaffRole) error {
		w, err := tx.LockStaffWish(ctx, id)
		if err != nil {
			return err
		}
		c, err := w.Decide(who.Act, tx.Now(), who.Staff, role, yes)
		if err != nil {
			return err
		}
		if err := tx.ApplyStaffWish(ctx, c); err != nil || !yes {
			return err
		}
		return s.grant(ctx, tx, who.Act, w, keyfold.StaffID(newID), role)
	})
	s.Teller.Hurry()
	return err
}

// grant does what was asked, if who asked may still do so.
func (s *Service) grant(ctx context.Context, tx *store.Tx, by keyfold.Act, w keyfold.StaffWish, fresh keyfold.StaffID, role keyfold.StaffRole) error {
	asker, err := tx.OnDuty(ctx, w.AskedBy)
	if err != nil {
		return err
	}
	if asker.MayManage(w.Role) != nil {
		return keyfold.Refuse(keyfold.Conflict, "staff.asker_gone")
	}
	if err := role.MayManage(w.Role); err != nil {
		return err
	}
	if w.Kind == keyfold.WishAdd {
		c := keyfold.AddStaff(by, keyfold.Staff{ID: fresh, Email: w.Email, Name: w.Name, Role: w.Role, Language: w.Language})
		if err := tx.ApplyStaff(ctx, c); err != nil {
			return err
		}
		return s.mail(ctx, tx, by, c.Staff())
	}
	f, err := s.change(ctx, tx, w.Staff, func(f keyfold.Staff) (keyfold.StaffChange, error) {
		if err := role.MayManage(f.Role); err != nil { // it may be another one by now
			return keyfold.StaffChange{}, err
		}
		return wished(by, w, f)
	})
	if err != nil || f.Enrolled() {
		return err
	}
	return s.mail(ctx, tx, by, f)
}

// mail sends the link to enrol to whom it is for.
func (s *Service) mail(ctx context.Context, tx *store.Tx, by keyfold.Act, f keyfold.Staff) error {
	id, err := s.Teller.Link(ctx, tx, store.Enrol, f.Email, tx.Now().Add(LinkFor), store.OfStaff(f.ID))
	if err != nil {
		return err
	}
	return s.Teller.Mail(ctx, tx, store.Mail{
		Template: "staff-enrol", To: f.Email, Language: f.Language, Token: id, Data: store.MailData{Did: string(f.Role), Origin: by.From},
	})
}
