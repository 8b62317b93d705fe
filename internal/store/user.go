package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/keyfold/keyfold"
)

const userColumns = `u.id, u.email, u.name, u.language, u.password_hash, u.suspended, u.deleted, u.version`

func userFields(u *keyfold.User) []any {
	return []any{&u.ID, text(&u.Email), &u.Name, text(&u.Language), &u.Password, &u.Suspended, &u.Deleted, &u.Version}
}

// User reads one user.
func (r Reader) User(ctx context.Context, id keyfold.UserID) (u keyfold.User, err error) {
	err = r.q.QueryRowContext(ctx, `select `+userColumns+` from users u where u.id = $1`, id).Scan(userFields(&u)...)
	if err != nil {
		return keyfold.User{}, missing(err, "user.unknown")
	}
	return u, nil
}

// LockUser reads one user and keeps others from changing it, and from giving it
// access to anything, until the transaction ends. Accounts are locked before.
func (tx *Tx) LockUser(ctx context.Context, id keyfold.UserID) (u keyfold.User, err error) {
	err = tx.q.QueryRowContext(ctx, `select `+userColumns+` from users u where u.id = $1`+tx.dialect.lock(), id).Scan(userFields(&u)...)
	if err != nil {
		return keyfold.User{}, missing(err, "user.unknown")
	}
	return u, nil
}

// keep makes sure that a user is there who is to have access, and is so until the
// transaction ends: a login that is being deleted gets none.
func (tx *Tx) keep(ctx context.Context, id keyfold.UserID) error {
	var deleted bool
	err := tx.q.QueryRowContext(ctx, `select u.deleted from users u where u.id = $1`+tx.dialect.share(), id).Scan(&deleted)
	if err != nil {
		return missing(err, "user.unknown")
	}
	if deleted {
		return keyfold.Refuse(keyfold.NotFound, "user.unknown")
	}
	return nil
}

// UserByEmail reads the user with that address, however it is spelled.
func (r Reader) UserByEmail(ctx context.Context, email keyfold.Email) (u keyfold.User, err error) {
	err = r.q.QueryRowContext(ctx, `select `+userColumns+` from users u where u.email_key = $1`, email.Key()).
		Scan(userFields(&u)...)
	if err != nil {
		return keyfold.User{}, missing(err, "user.unknown")
	}
	return u, nil
}

// Login is what a login by email is compared with; both are empty when nobody has
// the address. As with [Reader.AccountPassword], time does not tell.
func (r Reader) Login(ctx context.Context, email keyfold.Email) (id keyfold.UserID, h keyfold.Hash, err error) {
	err = r.q.QueryRowContext(ctx, `
		select coalesce(max(u.id), ''), coalesce(max(u.password_hash), '') from users u where u.email_key = $1`, email.Key()).Scan(&id, &h)
	if err != nil {
		return "", "", fmt.Errorf("store: login: %w", err)
	}
	return id, h, nil
}

// ApplyUser writes a change of a user and its event. The unique key of the
// address decides every race for it; the version, every other race.
func (tx *Tx) ApplyUser(ctx context.Context, c keyfold.UserChange) error {
	u, e := c.User(), c.Event()
	if e.Kind == "" {
		return errors.New("store: the zero change changes nothing")
	}
	write := tx.updateUser
	if u.Version == 0 {
		write = tx.insertUser
	}
	if err := write(ctx, u); err != nil {
		return err
	}
	return tx.Record(ctx, e)
}

func (tx *Tx) insertUser(ctx context.Context, u keyfold.User) error {
	n, err := tx.exec(ctx, "add user", `
		insert into users (id, email, email_key, name, language, password_hash, suspended, deleted, version, created_at, updated_at)
		values ($1, $2, $3, $4, $5, $6, $7, false, 1, $8, $8)
		on conflict (email_key) do nothing`,
		u.ID, u.Email.String(), u.Email.Key(), u.Name, u.Language.String(), u.Password, u.Suspended, ms(tx.Now()))
	if err == nil && n == 0 {
		return keyfold.Refuse(keyfold.Conflict, "email.taken")
	}
	return err
}

func (tx *Tx) updateUser(ctx context.Context, u keyfold.User) error {
	n, err := tx.exec(ctx, "change user", `
		update users set email = $2, email_key = $3, name = $4, language = $5, password_hash = $6, suspended = $7,
			deleted = $8, version = version + 1, updated_at = $9
		where id = $1 and version = $10`,
		u.ID, u.Email.String(), emailKey(u), u.Name, u.Language.String(), u.Password, u.Suspended, u.Deleted, ms(tx.Now()), u.Version)
	if err == nil && n == 0 { // somebody changed it since it was read
		return keyfold.Refuse(keyfold.Conflict, "user.changed")
	}
	return err
}

// emailKey is by what a user is found. A login that was deleted is found by none,
// and its address is free.
func emailKey(u keyfold.User) string {
	if u.Deleted {
		return "deleted:" + string(u.ID)
	}
	return u.Email.Key()
}
