package store

import (
	"context"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/token"
)

const keyColumns = `k.id, k.customer_id, k.name, k.hash, k.hint, k.scopes, k.created_by, k.created_at, k.used_at, k.ended_at`

func keyFields(k *keyfold.APIKey) []any {
	return []any{
		&k.ID, text(&k.Account), &k.Name, &k.Hash, &k.Hint, text(&k.Scopes), &k.Maker, at(&k.Created), at(&k.Used), at(&k.Ended),
	}
}

// OpenKey finds the key with that secret and its account, in one query. A key
// that has ended is as unknown as one that never was.
func (r Reader) OpenKey(ctx context.Context, secret token.Secret) (k keyfold.APIKey, a keyfold.Account, err error) {
	if secret.IsZero() {
		return k, a, keyfold.Refuse(keyfold.NotFound, "key.unknown")
	}
	err = r.q.QueryRowContext(ctx, `
		select `+keyColumns+`, `+accountColumns+` from api_keys k join accounts a on a.customer_id = k.customer_id
		where k.hash = $1 and k.ended_at = 0`, secret.Hash()).Scan(append(keyFields(&k), accountFields(&a)...)...)
	if err != nil {
		return keyfold.APIKey{}, keyfold.Account{}, missing(err, "key.unknown")
	}
	return k, a, nil
}

// Key is one key of an account. Those of other accounts are not there.
func (r Reader) Key(ctx context.Context, account keyfold.CustomerID, id string) (keyfold.APIKey, error) {
	return r.keyWhere(ctx, `k.customer_id = $1 and k.id = $2`, account.String(), id)
}

// KeyOfSecret is the key with that secret, ended or not.
func (r Reader) KeyOfSecret(ctx context.Context, secret token.Secret) (keyfold.APIKey, error) {
	return r.keyWhere(ctx, `k.hash = $1`, secret.Hash())
}

func (r Reader) keyWhere(ctx context.Context, where string, args ...any) (k keyfold.APIKey, err error) {
	err = r.q.QueryRowContext(ctx, `select `+keyColumns+` from api_keys k where `+where, args...).Scan(keyFields(&k)...)
	if err != nil {
		return keyfold.APIKey{}, missing(err, "key.gone")
	}
	return k, nil
}

// LiveKeys says how many keys of an account work.
func (r Reader) LiveKeys(ctx context.Context, account keyfold.CustomerID) (int, error) {
	n, err := r.count(ctx, "live keys", `select count(*) from api_keys where customer_id = $1 and ended_at = 0`, account.String())
	return int(n), err
}

// A ListedKey is a key as those who manage the account see it.
type ListedKey struct {
	keyfold.APIKey

	Maker keyfold.User
	Left  bool // the maker has no access to the account any more
}

// Keys are the keys of an account: those that work and then those that have
// ended, the newest first.
func (r Reader) Keys(ctx context.Context, account keyfold.CustomerID, limit int) (keys []ListedKey, err error) {
	err = r.each(ctx, "keys", func(row row) error {
		var k ListedKey
		err := row.Scan(append(append(keyFields(&k.APIKey), userFields(&k.Maker)...), &k.Left)...)
		keys = append(keys, k)
		return err
	}, `select `+keyColumns+`, `+userColumns+`, m.user_id is null
		from api_keys k join users u on u.id = k.created_by
			left join memberships m on m.customer_id = k.customer_id and m.user_id = k.created_by
		where k.customer_id = $1 order by k.ended_at > 0, k.created_at desc, k.id desc limit $2`, account.String(), limit)
	return keys, err
}

// ApplyKey writes a new or an ended key and its event. The account has to be
// locked, by [Tx.Account].
func (tx *Tx) ApplyKey(ctx context.Context, c keyfold.KeyChange) error {
	k := c.Key()
	var n int64
	var err error
	if k.Ended.IsZero() {
		n, err = tx.exec(ctx, "add key", `
			insert into api_keys (id, customer_id, name, hash, hint, scopes, created_by, created_at, used_at, ended_at)
			values ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0)
			on conflict (hash) do nothing`,
			k.ID, k.Account.String(), k.Name, k.Hash, k.Hint, k.Scopes.String(), k.Maker, ms(k.Created))
	} else {
		n, err = tx.exec(ctx, "end key", `update api_keys set ended_at = $2 where id = $1 and ended_at = 0`, k.ID, ms(k.Ended))
	}
	if err == nil && n == 0 { // somebody was faster
		err = keyfold.Refuse(keyfold.Conflict, "account.moved_on")
	}
	if err != nil {
		return err
	}
	return tx.Record(ctx, c.Event())
}

// EndKeysSince ends the API keys of an account that were made since then.
func (tx *Tx) EndKeysSince(ctx context.Context, by keyfold.Act, account keyfold.CustomerID, since time.Time) error {
	keys, err := tx.Keys(ctx, account, keyfold.MaxKeys)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if !k.Ended.IsZero() || k.Created.Before(since) {
			continue
		}
		change, err := k.End(by, tx.Now())
		if err != nil {
			return err
		}
		if err := tx.ApplyKey(ctx, change); err != nil {
			return err
		}
	}
	return nil
}

// UseKey notes that a key is used just now.
func (tx *Tx) UseKey(ctx context.Context, id string) error {
	_, err := tx.exec(ctx, "use key", `update api_keys set used_at = $2 where id = $1 and used_at < $2`, id, ms(tx.Now()))
	return err
}
