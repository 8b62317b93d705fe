package store

import (
	"context"

	"github.com/keyfold/keyfold"
)

// A CareRequest is somebody who is still stuck after reading the help. Nothing
// that they typed is in it.
type CareRequest struct {
	ID       string // the code that they read out to customer care
	Slug     string // of the article
	Language keyfold.Language
	Account  keyfold.CustomerID // of who is on the way to an email login
	User     keyfold.UserID     // of who is logged in
}

// PutCareRequest notes a request. One that is there already stays as it is, and
// is not new.
func (tx *Tx) PutCareRequest(ctx context.Context, c CareRequest) (isNew bool, err error) {
	n, err := tx.exec(ctx, "put care request", `
		insert into care_requests (id, at, slug, language, customer_id, user_id) values ($1, $2, $3, $4, $5, $6)
		on conflict (id) do nothing`,
		c.ID, ms(tx.Now()), c.Slug, c.Language.String(), null(c.Account.String()), null(c.User))
	return n == 1, err
}

// CareRequest reads one request.
func (r Reader) CareRequest(ctx context.Context, id string) (c CareRequest, err error) {
	err = r.q.QueryRowContext(ctx, `select id, slug, language, customer_id, user_id from care_requests where id = $1`, id).
		Scan(&c.ID, &c.Slug, text(&c.Language), text(&c.Account), orNull(&c.User))
	if err != nil {
		return CareRequest{}, missing(err, "care.unknown")
	}
	return c, nil
}
