// Package finder finds customers for those who have one on the phone: by customer
// ID and by address in the tables themselves, by name in an index of its own. That
// index follows the trail, so that no change and no import waits for it.
package finder

import (
	"context"
	"strings"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/limit"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
)

// follower is our name as one who follows the trail.
const follower = "finder"

// shown is how many accounts an answer has at the most. Whoever has more to
// choose from asks the caller for another word.
const shown = 20

// maxTyped is more than an address or a name.
const maxTyped = 254

// A Service finds, and keeps the index.
type Service struct {
	DB       *store.DB
	Key      token.Key
	Entities keyfold.Entities
	Limits   limit.Rules
}

// A Hit is an account that was found.
type Hit struct {
	Account keyfold.Account
	In      store.FoundIn
	Kind    keyfold.ContactKind // of a listed contact
	Said    string              // the name that was found; of an address, what those may read who are not its holder
	Alike   bool                // the name is only spelled alike, or lacks a word

	user  keyfold.UserID // whose name it is
	words string         // of the name that was found
}

// How an answer was found.
const (
	ByID      = "id"
	ByAddress = "address"
	ByName    = "name"
)

// An Answer is what was found.
type Answer struct {
	By     string
	Hits   []Hit
	More   bool  // there are others; another word tells them apart
	Behind int64 // accounts whose names are not in the index yet
}

// Exact is the only account that an ID or an address can mean.
func (a Answer) Exact() (keyfold.CustomerID, bool) {
	if a.By == ByName || len(a.Hits) != 1 {
		return keyfold.CustomerID{}, false
	}
	return a.Hits[0].Account.ID, true
}

// Find looks for what one of the staff typed. How often they do is counted, and
// is on record with how much was found; what they typed is not.
func (s *Service) Find(ctx context.Context, by keyfold.Act, typed string) (Answer, error) {
	typed = strings.TrimSpace(typed)
	if typed == "" {
		return Answer{}, keyfold.Refuse(keyfold.Invalid, "find.empty").On("q")
	}
	if len(typed) > maxTyped {
		return Answer{}, keyfold.Refuse(keyfold.Invalid, "find.too_long").On("q")
	}
	who := s.Key.Tag("limit", "find", by.By)
	err := s.DB.Allow(ctx, store.Try{Rule: s.Limits.Find.Hour, Tag: who}, store.Try{Rule: s.Limits.Find.Day, Tag: who})
	if err != nil {
		return Answer{}, s.refused(ctx, by, err)
	}
	a, err := s.look(ctx, typed)
	if err != nil {
		return Answer{}, err
	}
	return a, s.record(ctx, keyfold.Event{Act: by, Kind: "care.searched", Note: a.note()})
}

func (s *Service) record(ctx context.Context, e keyfold.Event) error {
	return s.DB.Update(ctx, func(tx *store.Tx) error { return tx.Record(ctx, e) })
}

// refused puts on record that somebody searched too often.
func (s *Service) refused(ctx context.Context, by keyfold.Act, err error) error {
	if keyfold.Refused(err) != nil {
		if fault := s.record(ctx, keyfold.Event{Act: by, Kind: "care.search_refused"}); fault != nil {
			return fault
		}
	}
	return err
}

// Behind is how many accounts may have names that are not in the index yet.
func (s *Service) Behind(ctx context.Context) (int64, error) {
	return s.DB.Reader().Behind(ctx, follower)
}
