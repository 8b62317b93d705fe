package desk

import (
	"context"
	"crypto/hmac"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
)

// PINLives is how long a caller has to read out a number.
const PINLives = 10 * time.Minute

// A PIN is a number that a user reads out, so that customer care knows whom they
// speak to. It opens nothing.
type PIN struct {
	Digits  string // six
	Expires time.Time
}

// PIN gives a user their number. Who asks again while it holds gets the same one.
func (s *Service) PIN(ctx context.Context, by keyfold.Act, user keyfold.UserID) (p PIN, err error) {
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		issued, expires, isNew, err := tx.CallerPIN(ctx, user, PINLives)
		if err != nil {
			return err
		}
		p = PIN{s.digits(user, issued), expires}
		if !isNew {
			return nil
		}
		return tx.Record(ctx, keyfold.Event{Act: by, Kind: "user.caller_pin", User: user})
	})
	return p, err
}

// digits are those of the number that a user got at a moment. They are in no row.
func (s *Service) digits(user keyfold.UserID, issued time.Time) string {
	sum, err := hex.DecodeString(s.Teller.Key.Tag("caller pin", string(user), strconv.FormatInt(issued.UnixMilli(), 10)))
	if err != nil {
		panic(err) // a tag is hexadecimal
	}
	return fmt.Sprintf("%06d", binary.BigEndian.Uint64(sum)%1_000_000)
}

// CheckPIN tells whether a number is that of a user of the account, who is logged
// in, and with which roles. It works once.
func (s *Service) CheckPIN(ctx context.Context, who Who, id keyfold.CustomerID, typed string) (roles keyfold.Roles, yes bool, err error) {
	digits := strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '\u00a0' {
			return -1
		}
		return r
	}, typed)
	if len(digits) != 6 || strings.Trim(digits, "0123456789") != "" {
		return roles, false, keyfold.Refuse(keyfold.Invalid, "desk.pin_malformed").On("pin")
	}
	if err := s.DB.Let(ctx, who.errand("check a number", id), s.of(who, s.Limits.Desk.PINStaff), s.about(id, s.Limits.Desk.PINAccount)); err != nil {
		return roles, false, err
	}
	err = s.serve(ctx, who, "check a number", id, keyfold.CheckPIN, func(tx *store.Tx, _ keyfold.Account) error {
		yes, roles = false, keyfold.Roles{}
		callers, err := tx.Callers(ctx, id)
		if err != nil {
			return err
		}
		event := keyfold.Event{Act: who.Act, Kind: "care.pin_checked", Account: id, Note: "no"}
		for _, c := range callers {
			if !yes && hmac.Equal([]byte(digits), []byte(s.digits(c.User, c.Issued))) {
				if yes, err = tx.SpendPIN(ctx, c); err != nil {
					return err
				}
				roles = c.Roles
				if yes {
					event.User, event.Note = c.User, "yes, "+roles.String()
				}
			}
		}
		return tx.Record(ctx, event)
	})
	return roles, yes && err == nil, err
}
