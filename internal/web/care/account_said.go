package care

import (
	"strings"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
)

// answer is what came of a number or an address that a caller said, in words; empty:
// the event is of another kind. It is for the desk alone: customers read that there
// was a question.
func (v AccountView) answer(e store.Activity) string {
	yes, rest, _ := strings.Cut(e.Note, ", ")
	id := "care.said_" + strings.TrimPrefix(e.Kind, "care.") + "_" + yes
	if !v.known(id) {
		return ""
	}
	if e.Kind == "care.pin_checked" {
		var roles keyfold.Roles
		_ = roles.UnmarshalText([]byte(rest)) // a role that there was once has no name any more
		return v.Text(id, "User", masked(e.About.Email), "Roles", v.roles(roles))
	}
	words := v.Text(id)
	if name := "care.said_" + strings.ReplaceAll(rest, " ", "_"); v.known(name) {
		words += ", " + v.Text(name)
	}
	return words
}
