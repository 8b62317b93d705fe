package finder

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
)

// look tries what can mean one account only before what can mean many.
func (s *Service) look(ctx context.Context, typed string) (a Answer, err error) {
	if email, ok := addressIn(typed); ok {
		return s.byAddress(ctx, email)
	}
	ids, sure := s.idsIn(typed)
	if a, err = s.byID(ctx, ids); err != nil || len(a.Hits) > 0 {
		return a, err
	}
	if a, err = s.byName(ctx, words(typed)); err != nil {
		return a, err
	}
	if sure && len(a.Hits) == 0 {
		a.By = ByID
	}
	a.Behind, err = s.Behind(ctx)
	return a, err
}

// note says what was found, and not what was typed.
func (a Answer) note() string {
	if a.More {
		return fmt.Sprintf("by %s: more than %d", a.By, len(a.Hits))
	}
	return fmt.Sprintf("by %s: %d", a.By, len(a.Hits))
}

// addressIn finds an address in what was typed, or pasted out of a mail.
func addressIn(typed string) (keyfold.Email, bool) {
	for _, word := range strings.FieldsFunc(typed, func(r rune) bool { return strings.ContainsRune(" \t<>()[],;:\"\u00a0", r) }) {
		if email, err := keyfold.ParseEmail(strings.TrimRight(word, ".?!")); err == nil {
			return email, true
		}
	}
	return keyfold.Email{}, false
}

// places are where an address can be, the most telling first.
var places = []store.FoundIn{store.InContact, store.InComing, store.InPending, store.InLogin, store.InListed, store.InInvitation}

func (s *Service) byAddress(ctx context.Context, email keyfold.Email) (Answer, error) {
	a := Answer{By: ByAddress}
	found, err := s.DB.Reader().Addressed(ctx, email, shown+1)
	if err != nil {
		return a, err
	}
	slices.SortStableFunc(found, func(x, y store.Addressed) int { return slices.Index(places, x.In) - slices.Index(places, y.In) })
	in := map[keyfold.CustomerID]store.FoundIn{}
	var ids []keyfold.CustomerID
	for _, f := range found {
		if in[f.Account] == "" {
			in[f.Account] = f.In
			ids = append(ids, f.Account)
		}
	}
	if a.More = len(ids) > shown; a.More {
		ids = ids[:shown]
	}
	accounts, err := s.DB.Reader().Accounts(ctx, ids)
	for _, account := range accounts {
		a.Hits = append(a.Hits, Hit{Account: account, In: in[account.ID], Said: email.Masked()})
	}
	return a, err
}

// idsIn are the customer IDs that were typed or may be meant, and whether nothing
// else can be: the whole has the form of one.
func (s *Service) idsIn(typed string) (ids []keyfold.CustomerID, sure bool) {
	if id, err := keyfold.ParseCustomerID(typed); err == nil {
		_, sure = s.Entities.Of(id)
		ids = append(ids, id)
		if without := s.prefixed(id); len(without) > 0 {
			ids, sure = append(ids, without...), true
		}
	}
	for word := range strings.FieldsSeq(typed) {
		if id, err := s.Entities.CustomerID(strings.Trim(word, ",;:()")); err == nil && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids[:min(len(ids), store.MostWords)], sure
}

// prefixed are what an ID of digits alone may mean: who reads theirs out often
// leaves the letters away.
func (s *Service) prefixed(id keyfold.CustomerID) (ids []keyfold.CustomerID) {
	if strings.Trim(id.String(), "0123456789") != "" {
		return nil
	}
	for _, e := range s.Entities {
		example := keyfold.NormaliseCustomerID(e.Example)
		prefix := example[:len(example)-len(strings.TrimLeft(example, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))]
		whole, err := keyfold.ParseCustomerID(prefix + id.String())
		if err == nil && prefix != "" && e.Pattern.MatchString(whole.String()) && !slices.Contains(ids, whole) {
			ids = append(ids, whole)
		}
	}
	return ids
}

func (s *Service) byID(ctx context.Context, ids []keyfold.CustomerID) (Answer, error) {
	a := Answer{By: ByID}
	accounts, err := s.DB.Reader().Accounts(ctx, ids)
	for _, account := range accounts {
		a.Hits = append(a.Hits, Hit{Account: account, In: store.InID, Said: account.ID.String()})
	}
	return a, err
}
