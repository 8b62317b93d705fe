package portal_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/keyfold/keyfold"
)

var tag = regexp.MustCompile(`<[^>]*>`)

// TestCustomersReadThatCareChecked a caller, and not whose number it was or what the
// answer is: to the other users of an account, who called is nobody's business.
func TestCustomersReadThatCareChecked(t *testing.T) {
	t.Parallel()
	storetestEach(t, func(t *testing.T, engine string) {
		w := newWorld(t, engine)
		owner := w.loggedIn(t)
		by := keyfold.Act{By: "staff:anna", From: "198.51.100.2"}
		w.must(w.join("NL123421341", "joris@veldkamp.example", "Daisies-2026", "finance"))
		w.record(
			keyfold.Event{Act: by, Kind: "care.pin_checked", User: "user-joris@veldkamp.example", Note: "yes, finance"},
			keyfold.Event{Act: by, Kind: "care.contact_asked", Note: "yes, name no"},
		)
		page := w.call(http.MethodGet, ours, nil, carrying(owner)).Body.String()
		file := w.call(http.MethodPost, csvPath, nil, carrying(owner)).Body.String()
		for kind, said := range map[string]string{
			"care.pin_checked":   "Customer care checked a number that a caller read out",
			"care.contact_asked": "Customer care compared an address that a caller named with the main contact",
		} {
			if want := `"` + said + `","Customer care","","` + kind + `"`; strings.Count(file, want) != 1 {
				t.Errorf("the file has no %s:\n%s", want, file)
			}
			_, item, _ := strings.Cut(page, said)
			item, _, _ = strings.Cut(item, "</li>")
			if words := strings.Join(strings.Fields(tag.ReplaceAllString(item, " ")), " "); words != "Customer care" {
				t.Errorf("behind %q the page says %q", said, words)
			}
		}
	})
}
