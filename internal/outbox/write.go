package outbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/mailtext"
	"github.com/keyfold/keyfold/internal/smtpclient"
	"github.com/keyfold/keyfold/internal/store"
)

// paths are where the links of a purpose lead.
var paths = map[store.Purpose]string{
	store.Reset: "passwordReset", store.Confirm: "register", store.Dispute: "notme",
	store.Link:   "link",
	store.Return: "takeback", store.Recover: "recover", store.Veto: "keep",
	store.Invite: "invitation", store.Stop: "stop", store.Enrol: "care/enrol",
}

// errSecretChanged says that the server's secret is not the one with which a
// link was promised: the link would open nothing.
var errSecretChanged = errors.New("outbox: the link was promised with another secret (KEYFOLD_SECRET)")

// write makes the mail as it is sent, from what is true now. A mail that is
// about something that has ended is not sent: then why says so.
func (s *Service) write(ctx context.Context, m store.Mail) (out smtpclient.Message, why string, err error) {
	mail := mailtext.Mail{
		Template: mailtext.Template(m.Template), Language: m.Language, Brand: s.Brand,
		When: m.Data.Asked, Origin: m.Data.Origin, Kind: m.Data.Kind, Did: m.Data.Did,
	}
	if err := mail.Contact.UnmarshalText([]byte(m.Data.Contact)); err != nil {
		return out, "", fmt.Errorf("outbox: %w", err)
	}
	if mail.When.IsZero() {
		mail.When = m.Created
	}
	mail.Entity, _ = s.Entities.Named(m.Entity)
	if m.Token != "" {
		if why, err = s.addLink(ctx, &mail, m); err != nil || why != "" {
			return out, why, err
		}
	}
	if why, err = s.addAbout(ctx, &mail, m); err != nil || why != "" {
		return out, why, err
	}
	text, err := s.Texts.Render(mail)
	if err != nil {
		return out, "", err
	}
	out = smtpclient.Message{
		From: s.From, FromName: s.FromName, Bounces: s.Bounces, ReplyTo: mail.Entity.ReplyTo, To: m.To,
		MessageID: m.ID + "@" + s.From.Domain(), Date: m.Created, Language: text.Language,
		Subject: text.Subject, Text: text.Text, HTML: text.HTML,
	}
	if !mail.Entity.Sender.IsZero() {
		out.From = mail.Entity.Sender
	}
	if mail.Entity.Name != "" {
		out.FromName = cmp.Or(s.EntityNames[mail.Entity.Code], mail.Entity.Name)
	}
	return out, "", nil
}

// addLink derives the link of a mail. It is the same at every try, and nowhere
// but in the mail.
func (s *Service) addLink(ctx context.Context, mail *mailtext.Mail, m store.Mail) (why string, err error) {
	t, err := s.DB.Reader().TokenByID(ctx, m.Token)
	if err != nil {
		return "", err
	}
	live := t.Live()
	notice := t.Purpose == store.Dispute || t.Purpose == store.Recover
	switch {
	case notice && (len(live) == 0 || !s.DB.Reader().Now().Before(t.Expires)):
		return "", nil // the news is still news
	case len(live) == 0:
		return "what the link was for had ended", nil
	case !s.DB.Reader().Now().Before(t.Expires):
		return "the link had expired", nil
	}
	secret := s.Key.Derive(t.ID, string(t.Purpose), t.Email.Key())
	if secret.Hash() != t.Hash {
		return "", errSecretChanged
	}
	base := s.PublicURL
	if t.Purpose == store.Enrol && s.DeskURL != nil {
		base = s.DeskURL
	}
	mail.Link, mail.Until = base.JoinPath(paths[t.Purpose], secret.Reveal()).String(), t.Expires
	if t.Purpose == store.Reset {
		return "", s.addSubjects(ctx, mail, live)
	}
	return "", nil
}

// addSubjects are what a reset link is good for.
func (s *Service) addSubjects(ctx context.Context, mail *mailtext.Mail, live []store.Grant) error {
	for _, g := range live {
		if g.Subject.User != "" {
			user, err := s.DB.Reader().User(ctx, g.Subject.User)
			if err != nil {
				return err
			}
			mail.User = user.Email
			continue
		}
		if err := s.addAccount(ctx, mail, g.Subject.Account); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) addAccount(ctx context.Context, mail *mailtext.Mail, id keyfold.CustomerID) error {
	account, err := s.DB.Reader().Account(ctx, id)
	if err != nil {
		return err
	}
	mail.Accounts = append(mail.Accounts, mailtext.Account{ID: account.ID, Name: account.Name})
	return nil
}

// addAbout fills in what a mail is about. A reminder of what has been done since
// is not sent.
func (s *Service) addAbout(ctx context.Context, mail *mailtext.Mail, m store.Mail) (why string, err error) {
	if mail.Template == mailtext.Reminder || mail.Template == mailtext.PendingDropped {
		return s.addHalfWay(ctx, mail, m)
	}
	return s.addPeople(ctx, mail, m)
}

// addPeople fills in whom and what a mail without a reset link is about.
func (s *Service) addPeople(ctx context.Context, mail *mailtext.Mail, m store.Mail) (why string, err error) {
	if mail.Template == mailtext.Reset {
		return "", nil
	}
	ids := m.Data.Accounts
	if len(ids) == 0 && !m.Account.IsZero() {
		ids = []string{m.Account.String()}
	}
	for _, name := range ids {
		id, err := keyfold.ParseCustomerID(name)
		if err != nil {
			return "", fmt.Errorf("outbox: %w", err)
		}
		if err := s.addAccount(ctx, mail, id); err != nil {
			return "", err
		}
	}
	switch mail.Template {
	case mailtext.Confirm:
		return "", s.chooseConfirm(ctx, mail, m)
	case mailtext.MovedOwner, mailtext.Recovered, mailtext.GivenByCare:
		mail.Link = s.PublicURL.JoinPath("passwordReset", "request").String()
	case mailtext.OwnershipOffered:
		mail.Link = s.PublicURL.JoinPath("accounts", m.Account.String(), "ownership", "offer").String()
	case mailtext.OwnershipYours:
		mail.Link = s.PublicURL.JoinPath("accounts", m.Account.String()).String()
	case mailtext.Claimed:
		mail.Link = s.PublicURL.JoinPath("accounts").String()
	case mailtext.Invitation, mailtext.InvitationAccepted, mailtext.MemberAdded, mailtext.MemberRoles, mailtext.MemberRemoved,
		mailtext.AccessRequested, mailtext.AccessGranted, mailtext.AccessDeclined, mailtext.LoginDeleted:
		return s.addMembers(ctx, mail, m)
	default: // has the link of its token, or none
	}
	if !mail.Template.NamesUser() {
		return "", nil
	}
	return s.addUser(ctx, mail, m.User)
}

// addUser names a user. One who has deleted the login since has no address any
// more: a notice to others is still news, a mail to the login itself is not.
func (s *Service) addUser(ctx context.Context, mail *mailtext.Mail, id keyfold.UserID) (why string, err error) {
	user, err := s.DB.Reader().User(ctx, id)
	if err != nil {
		return "", err
	}
	mail.User, mail.Gone = user.Email, user.Deleted
	if user.Deleted && !mail.Template.Masks() {
		return "the login that it is about had been deleted", nil
	}
	return "", nil
}

// chooseConfirm finds out whose mailbox it is that has to answer. Only the mail
// tells; the page that asked for it knows nothing.
func (s *Service) chooseConfirm(ctx context.Context, mail *mailtext.Mail, m store.Mail) error {
	user, err := s.DB.Reader().UserByEmail(ctx, m.To)
	if keyfold.Refused(err) != nil {
		return nil //nolint:nilerr // nobody has the address: the mail stays as it is
	}
	switch {
	case err != nil:
		return err
	case user.Suspended:
		mail.Template, mail.Link = mailtext.ConfirmSuspended, ""
	default:
		mail.Template, mail.User = mailtext.ConfirmLink, user.Email
	}
	mail.Language = user.Language.Or(mail.Language)
	return nil
}
