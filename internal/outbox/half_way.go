package outbox

import (
	"context"
	"fmt"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/mailtext"
	"github.com/keyfold/keyfold/internal/store"
)

// addHalfWay fills in the accounts that are still half-way when the mail leaves,
// and still this mailbox's. The link is the login page's, and opens nothing.
func (s *Service) addHalfWay(ctx context.Context, mail *mailtext.Mail, m store.Mail) (why string, err error) {
	for _, name := range m.Data.Accounts {
		id, err := keyfold.ParseCustomerID(name)
		if err != nil {
			return "", fmt.Errorf("outbox: %w", err)
		}
		a, err := s.DB.Reader().Account(ctx, id)
		if err != nil {
			return "", err
		}
		pending := a.State == keyfold.EmailPending
		if !a.HalfWay() || !a.Contact.Email.Same(m.To) || pending && mail.Template == mailtext.PendingDropped {
			continue
		}
		mail.Accounts = append(mail.Accounts, mailtext.Account{ID: a.ID, Name: a.Name, Pending: pending})
	}
	if len(mail.Accounts) == 0 {
		return "nothing is left to be reminded of", nil
	}
	mail.Link = s.PublicURL.JoinPath("login").String()
	return "", nil
}
