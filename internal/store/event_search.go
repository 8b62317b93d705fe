package store

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/keyfold/keyfold"
)

// An EventSearch says which events are looked for. What is zero does not matter.
type EventSearch struct {
	Since, Until time.Time // from the one on, before the other
	Account      keyfold.CustomerID
	User         keyfold.UserID // done by, or about
	Staff        keyfold.StaffID
	Kind         string // one, or all of a noun: "staff."
	Before       int64  // place
}

// SearchEvents are the newest events that fit, newest first.
func (r Reader) SearchEvents(ctx context.Context, s EventSearch, limit int) (rows []TrailRow, err error) {
	if s.Before == 0 {
		s.Before = math.MaxInt64
	}
	where, args := []string{"seq < $1"}, []any{s.Before}
	add := func(condition string, values ...any) {
		for _, v := range values {
			args = append(args, v)
			condition = strings.Replace(condition, "?", fmt.Sprintf("$%d", len(args)), 1)
		}
		where = append(where, condition)
	}
	if !s.Since.IsZero() {
		add("at >= ?", ms(s.Since))
	}
	if !s.Until.IsZero() {
		add("at < ?", ms(s.Until))
	}
	if !s.Account.IsZero() {
		add("customer_id = ?", s.Account.String())
	}
	if s.User != "" {
		add("(user_id = ? or actor = ?)", s.User, "user:"+string(s.User))
	}
	if s.Staff != "" {
		add("(actor = ? or note = ? or note like ?)", s.Staff.Actor(), s.Staff.Actor(), s.Staff.Actor()+" %")
	}
	if strings.HasSuffix(s.Kind, ".") {
		add("substr(kind, 1, ?) = ?", len(s.Kind), s.Kind)
	} else if s.Kind != "" {
		add("kind = ?", s.Kind)
	}
	args = append(args, limit)
	err = r.eachTrailRow(ctx, &rows, ` where `+strings.Join(where, " and ")+fmt.Sprintf(` order by seq desc limit $%d`, len(args)), args...)
	return rows, err
}
