package store

import (
	"context"
	"fmt"
)

// Mail is a mail by its ID, wherever it is on its way.
func (r Reader) Mail(ctx context.Context, id string) (Mail, error) {
	m, err := scanMail(r.q.QueryRowContext(ctx, `select `+mailColumns+` from outbox o where o.id = $1`, id))
	if err != nil {
		return Mail{}, missing(err, "mail.unknown")
	}
	return m, nil
}

// BounceMail notes that a mail that had been taken did not arrive. A second word
// of it changes nothing: then ok is false.
func (tx *Tx) BounceMail(ctx context.Context, id, why string) (ok bool, err error) {
	n, err := tx.exec(ctx, "bounce mail", `
		update outbox set status = 'bounced', last_error = $2, ended_at = $3 where id = $1 and status = 'sent'`, id, why, ms(tx.Now()))
	return n == 1, err
}

// DelayMail notes why a mail that had been taken has not arrived yet; empty: it
// has. What is there already is no news: then ok is false.
func (tx *Tx) DelayMail(ctx context.Context, id, why string) (ok bool, err error) {
	n, err := tx.exec(ctx, "delay mail", `
		update outbox set last_error = $2 where id = $1 and status = 'sent' and last_error <> $2`, id, why)
	return n == 1, err
}

// lost counts the mails on record that did not arrive.
func (r Reader) lost(ctx context.Context, h *OutboxHealth) error {
	return r.each(ctx, "outbox health", func(row row) error {
		var status MailStatus
		var n int64
		if err := row.Scan(&status, &n); err != nil {
			return fmt.Errorf("store: outbox health: %w", err)
		}
		if status == Bounced {
			h.Bounced = n
		} else {
			h.Failed = n
		}
		return nil
	}, `select o.status, count(*) from outbox o where o.status in ('failed', 'bounced') group by o.status`)
}
