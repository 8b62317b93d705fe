package finder

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
)

// A ranked naming is how well it fits what was typed.
type ranked struct {
	naming store.Naming
	line   int // the name that fits best
	lacks  int // terms that are in no name
	far    int // of all terms together, each from the name that has it
	most   int // of the one that is furthest
	apart  int // of all terms from the one name that fits best
	rest   int // words of that name that nobody typed
}

func (r ranked) better(o ranked) int {
	return cmp.Or(cmp.Compare(r.lacks, o.lacks), cmp.Compare(r.far, o.far), cmp.Compare(r.apart, o.apart), cmp.Compare(r.rest, o.rest),
		cmp.Compare(r.line, o.line), strings.Compare(r.naming.Account.String(), o.naming.Account.String()), cmp.Compare(r.naming.ID, o.naming.ID))
}

// found are namings by their number.
type found struct {
	rank map[int64]ranked
	cut  bool // not everything was looked at
}

func (f *found) add(n store.Naming, terms []*term) {
	r := fit(n, terms)
	if old, there := f.rank[n.ID]; !there || r.better(old) < 0 {
		f.rank[n.ID] = r
	}
}

func fit(n store.Naming, terms []*term) ranked {
	r := ranked{naming: n, apart: -1}
	least := make([]int, len(terms))
	for i := range least {
		least[i] = missing
	}
	for line, name := range strings.Split(n.Words, "\n") {
		words := strings.Fields(name)
		apart := 0
		for i, t := range terms {
			far := missing
			for _, w := range words {
				far = min(far, t.far(w))
			}
			least[i] = min(least[i], far)
			apart += far
		}
		rest := max(0, len(words)-len(terms))
		if r.apart < 0 || apart < r.apart || apart == r.apart && rest < r.rest {
			r.line, r.apart, r.rest = line, apart, rest
		}
	}
	for i, t := range terms {
		switch {
		case least[i] < missing:
			r.far += least[i]
			r.most = max(r.most, least[i])
		case t.initial():
			r.far++
		default:
			r.lacks++
		}
	}
	return r
}

// whole is how many have all terms, and each of them no further off than that.
func (f *found) whole(most int) (n int) {
	for _, r := range f.rank {
		if r.lacks == 0 && r.most <= most {
			n++
		}
	}
	return n
}

// sorted are those that have all terms; when there is none, those that lack one of
// several.
func (f *found) sorted() []ranked {
	var all []ranked
	for _, r := range f.rank {
		all = append(all, r)
	}
	slices.SortFunc(all, ranked.better)
	if len(all) == 0 {
		return nil
	}
	least := all[0].lacks
	return slices.DeleteFunc(all, func(r ranked) bool { return r.lacks > min(least, 1) })
}

// take puts the accounts of a naming into the answer, and says whether there is
// room for more.
func take(a *Answer, r ranked, accounts []keyfold.CustomerID) bool {
	for _, id := range accounts {
		if slices.ContainsFunc(a.Hits, func(h Hit) bool { return h.Account.ID == id }) {
			continue
		}
		if len(a.Hits) == shown {
			a.More = true
			return false
		}
		h := Hit{Account: keyfold.Account{ID: id}, In: store.InUserName, user: r.naming.User, Alike: r.lacks > 0 || r.far >= slipped}
		if r.naming.User == "" {
			h.words = strings.Split(r.naming.Words, "\n")[r.line]
		}
		a.Hits = append(a.Hits, h)
	}
	return true
}

// told reads the accounts of the answer, and the names as they are written. Those
// of closed accounts come last.
func (s *Service) told(ctx context.Context, a *Answer) error {
	var ids []keyfold.CustomerID
	var users []keyfold.UserID
	for _, h := range a.Hits {
		ids = append(ids, h.Account.ID)
		if h.user != "" && !slices.Contains(users, h.user) {
			users = append(users, h.user)
		}
	}
	accounts, err := s.DB.Reader().Accounts(ctx, ids)
	if err != nil {
		return err
	}
	called, err := s.DB.Called(ctx, ids)
	if err != nil {
		return err
	}
	named, err := s.DB.UsersCalled(ctx, users)
	if err != nil {
		return err
	}
	var hits []Hit
	for _, h := range a.Hits {
		i := slices.IndexFunc(accounts, func(account keyfold.Account) bool { return account.ID == h.Account.ID })
		if i < 0 {
			continue
		}
		h.Account = accounts[i]
		if h.user != "" {
			h.Said = named[h.user]
		} else {
			h.name(called[h.Account.ID])
		}
		hits = append(hits, h)
	}
	slices.SortStableFunc(hits, func(x, y Hit) int {
		return cmp.Compare(truth(x.Account.Closed), truth(y.Account.Closed))
	})
	a.Hits = hits
	return nil
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

// name says which name was found, as it is written. One that has changed since is
// not there any more.
func (h *Hit) name(called []store.Called) {
	h.In = store.InName
	for _, c := range called {
		if strings.Join(words(c.Name), " ") == h.words {
			h.In, h.Kind, h.Said = c.In, c.Kind, c.Name
			return
		}
	}
}
