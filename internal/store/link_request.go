package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/keyfold/keyfold"
)

// A LinkRequest is the wish of a user to have accounts linked, as they typed
// their customer IDs. Whether we know them is found out later, so that the
// answer takes the same time for all.
type LinkRequest struct {
	ID       string
	Asked    time.Time
	User     keyfold.UserID
	Accounts []keyfold.CustomerID
	Language keyfold.Language // of the page
	Origin   string
}

// PutLinkRequest accepts a request. From here on it is not lost.
func (tx *Tx) PutLinkRequest(ctx context.Context, r LinkRequest) error {
	typed := make([]string, len(r.Accounts))
	for i, id := range r.Accounts {
		typed[i] = id.String()
	}
	_, err := tx.exec(ctx, "put link request", `
		insert into link_requests (id, asked_at, user_id, typed, language, origin, next_at, attempts) values ($1, $2, $3, $4, $5, $6, $2, 0)`,
		r.ID, ms(tx.Now()), r.User, strings.Join(typed, " "), r.Language.String(), r.Origin)
	return err
}

// TakeLinkRequest takes the request out of the queue that is due for longest.
// Should the transaction fail, it is still there. Without one, ok is false; one
// that cannot be read has its ID.
func (tx *Tx) TakeLinkRequest(ctx context.Context) (r LinkRequest, ok bool, err error) {
	var typed string
	err = tx.q.QueryRowContext(ctx, `
		select id, asked_at, user_id, typed, language, origin from link_requests
		where next_at <= $1 order by next_at, id limit 1`+tx.dialect.lockFree(), ms(tx.Now())).
		Scan(&r.ID, at(&r.Asked), &r.User, &typed, text(&r.Language), &r.Origin)
	if errors.Is(err, sql.ErrNoRows) {
		return LinkRequest{}, false, nil
	}
	if err != nil {
		return r, false, fmt.Errorf("store: take link request: %w", err)
	}
	for name := range strings.FieldsSeq(typed) {
		id, err := keyfold.ParseCustomerID(name)
		if err != nil {
			return r, false, fmt.Errorf("store: take link request: %w", err)
		}
		r.Accounts = append(r.Accounts, id)
	}
	_, err = tx.exec(ctx, "take link request", `delete from link_requests where id = $1`, r.ID)
	return r, err == nil, err
}
