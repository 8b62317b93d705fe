package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Meta is a fact about the installation; empty when it is not known.
func (r Reader) Meta(ctx context.Context, name string) (value string, err error) {
	err = r.q.QueryRowContext(ctx, `select value from meta where name = $1`, name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("store: meta: %w", err)
	}
	return value, nil
}

// SetMeta writes a fact about the installation if it is not known yet, and
// returns the one that holds.
func (tx *Tx) SetMeta(ctx context.Context, name, value string) (string, error) {
	_, err := tx.exec(ctx, "set meta", `
		insert into meta (name, value) values ($1, $2) on conflict (name) do nothing`, name, value)
	if err != nil {
		return "", err
	}
	return tx.Meta(ctx, name)
}

// PutMeta writes a fact about the installation that changes.
func (tx *Tx) PutMeta(ctx context.Context, name, value string) error {
	_, err := tx.exec(ctx, "put meta", `
		insert into meta (name, value) values ($1, $2) on conflict (name) do update set value = $2`, name, value)
	return err
}
