package main

import (
	"context"
	"time"

	"github.com/keyfold/keyfold/internal/store"
)

// How long what is over is kept, and how often it is looked for.
const (
	keepTokens = 30 * 24 * time.Hour
	keepMails  = 90 * 24 * time.Hour
	sweepEvery = 10 * time.Minute
)

func (a *app) sweep(ctx context.Context) {
	ticks := time.NewTicker(sweepEvery)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
		err := a.db.Update(ctx, func(tx *store.Tx) error {
			_, err := tx.Sweep(ctx, store.Keep{Tokens: keepTokens, Mails: keepMails, Origins: a.keep.KeepOrigins})
			return err
		})
		if err != nil && ctx.Err() == nil {
			a.log.ErrorContext(ctx, "old rows cannot be swept", "error", err)
		}
	}
}
