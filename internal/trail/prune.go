package trail

import (
	"context"
	"errors"
	"strings"

	"github.com/keyfold/keyfold/internal/store"
)

// prunedFact is where the database has the newest seal whose events had their time.
const prunedFact = "trail pruned"

var errNotOurs = errors.New("the note of which events had their time was changed: it does not fit the secret")

// prunedTo is the newest seal whose events had their time. Only who has the secret
// can write it, so nobody else can say of events that their time was over.
func (s *Service) prunedTo(ctx context.Context, r store.Reader) (Head, error) {
	stored, err := r.Meta(ctx, prunedFact)
	if err != nil || stored == "" {
		return Head{}, err
	}
	text, tag, _ := strings.Cut(stored, " ")
	head, err := ParseHead(text)
	if err != nil || tag != s.prunedTag(head) {
		return Head{}, errNotOurs
	}
	return head, nil
}

func (s *Service) prunedTag(h Head) string { return s.Key.Tag("pruned", h.String()) }
