package portal_test

import (
	"strings"
	"time"

	"github.com/keyfold/keyfold/internal/notice"
	"github.com/keyfold/keyfold/internal/reminder"
	"github.com/keyfold/keyfold/internal/token"
)

// remind does what the server does each minute.
func (s *story) remind([]string) error {
	const day = 24 * time.Hour
	r := &reminder.Service{
		DB: s.db, Teller: notice.Teller{Key: token.NewKey(strings.Repeat("k", 32))},
		After: []time.Duration{day, 3 * day, 7 * day}, Drop: 30 * day,
	}
	return r.Due(s.t.Context())
}
