package main

import (
	"context"
	"fmt"
	"time"
)

// maxMailAge is how long a mail that is due may wait before the server says
// that it is not ready: then something stands in the way of all of them.
const maxMailAge = 15 * time.Minute

// ready says why the server cannot do its work, if it cannot.
func (a *app) ready(ctx context.Context) error {
	health, err := a.db.Reader().OutboxHealth(ctx)
	if err != nil {
		return err
	}
	if age := a.db.Reader().Now().Sub(health.Oldest); !health.Oldest.IsZero() && age > maxMailAge {
		return fmt.Errorf("the oldest mail that is due has waited for %s", age.Round(time.Second))
	}
	v, err := a.db.SchemaVersion(ctx)
	if err != nil {
		return err
	}
	if v.There != v.Ours {
		return fmt.Errorf("the schema has version %d and we need %d", v.There, v.Ours)
	}
	return nil
}
