package keyfold_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/keyfold/keyfold"
)

// sourcedList reads "billing a@x.example Anne*, technical b@x.example": a star
// makes the primary one.
func sourcedList(t *testing.T, text string) keyfold.ContactList {
	t.Helper()
	var all []keyfold.SourcedContact
	for part := range strings.SplitSeq(text, ", ") {
		words := strings.Fields(strings.TrimSuffix(part, "*"))
		if len(words) == 0 {
			continue
		}
		email, err := keyfold.ParseEmail(words[1])
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, keyfold.SourcedContact{
			Contact: keyfold.Contact{Email: email, Name: strings.Join(words[2:], " ")}, Kind: keyfold.ContactKind(words[0]),
			Primary: strings.HasSuffix(part, "*"),
		})
	}
	list, err := keyfold.NewContactList(all)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestAnImportFollowsTheDatabaseAndLeavesWhatWasChangedHere: what the database
// said before and says now, what is listed, and what becomes of it.
func TestAnImportFollowsTheDatabaseAndLeavesWhatWasChangedHere(t *testing.T) {
	for name, tt := range map[string]struct{ was, is, listed, want string }{
		"new":                        {"", "billing a@x.example Anne, billing b@x.example", "", "+billing a@x.example primary, +billing b@x.example"},
		"the primary one is named":   {"", "billing a@x.example, billing b@x.example*", "", "+billing a@x.example, +billing b@x.example primary"},
		"nothing new":                {"billing a@x.example", "billing a@x.example", "billing a@x.example*", ""},
		"taken off here":             {"billing a@x.example, technical t@x.example", "billing a@x.example, technical t@x.example", "", ""},
		"added here":                 {"", "", "billing own@x.example*", ""},
		"added here and there":       {"", "billing own@x.example", "billing own@x.example*", ""},
		"gone there":                 {"billing a@x.example, billing b@x.example", "billing b@x.example", "billing a@x.example*, billing b@x.example", "-billing a@x.example, ^billing b@x.example"},
		"gone there, own one stays":  {"billing a@x.example", "", "billing a@x.example*, billing own@x.example", "-billing a@x.example, ^billing own@x.example"},
		"all gone":                   {"billing a@x.example", "", "billing a@x.example*", "-billing a@x.example"},
		"another name there":         {"billing a@x.example Anne", "billing a@x.example Anna", "billing a@x.example Anne*", "=billing a@x.example Anna primary"},
		"another name here":          {"billing a@x.example Anne", "billing a@x.example Anna", "billing a@x.example Own*", ""},
		"primary changes there":      {"billing a@x.example*, billing b@x.example", "billing a@x.example, billing b@x.example*", "billing a@x.example*, billing b@x.example", "^billing b@x.example"},
		"primary changed here":       {"billing a@x.example*, billing b@x.example", "billing a@x.example*, billing b@x.example", "billing a@x.example, billing b@x.example*", ""},
		"new primary":                {"billing a@x.example", "billing a@x.example, billing b@x.example*", "billing a@x.example*", "+billing b@x.example, ^billing b@x.example"},
		"main contact is not listed": {"", "general main@x.example, general g@x.example", "", "+general g@x.example"},
		"listed one is main now":     {"", "", "general main@x.example", "-general main@x.example"},
		"other spelling":             {"billing a@x.example", "billing A@X.example", "billing a@x.example*", ""},
	} {
		t.Run(name, func(t *testing.T) {
			main, err := keyfold.ParseEmail("main@x.example")
			if err != nil {
				t.Fatal(err)
			}
			id, err := keyfold.ParseCustomerID("NL100001")
			if err != nil {
				t.Fatal(err)
			}
			before := keyfold.Account{ID: id, Contact: keyfold.Contact{Email: main}, Listed: sourcedList(t, tt.was)}
			after := before
			after.Listed = sourcedList(t, tt.is)
			var listed []keyfold.ListedContact
			for part := range strings.SplitSeq(tt.listed, ", ") {
				if part == "" {
					continue
				}
				c := sourcedList(t, strings.TrimSuffix(part, "*")).Contacts()[0]
				listed = append(listed, keyfold.ListedContact{
					Contact: c.Contact, ID: c.Email.String(), Account: id, Kind: c.Kind, Primary: strings.HasSuffix(part, "*"),
				})
			}
			var got []string
			n := 0
			for _, c := range after.ImportContacts(keyfold.Act{By: "import:test"}, before, listed, func() string { n++; return fmt.Sprint(n) }) {
				got = append(got, inShort(c))
			}
			if diff := cmp.Diff(tt.want, strings.Join(got, ", ")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func inShort(c keyfold.ContactChange) string {
	text := map[string]string{"contact.added": "+", "contact.removed": "-", "contact.renamed": "=", "contact.promoted": "^"}[c.Event().Kind] +
		string(c.Contact().Kind) + " " + c.Contact().Email.String()
	if c.Renamed() {
		text += " " + c.Contact().Name
	}
	if became := c.Event().Became.Contact; became.Primary && c.Event().Kind != "contact.promoted" {
		text += " primary"
	}
	return text
}

func TestAListOfContactsIsReadBack(t *testing.T) {
	list := sourcedList(t, "technical b@x.example Bé \"B\", billing a@x.example*, general g@x.example")
	var read keyfold.ContactList
	if err := read.UnmarshalText([]byte(list.String())); err != nil || !read.Equal(list) || len(read.Contacts()) != 3 {
		t.Errorf("%v, %v", err, read)
	}
	if other := sourcedList(t, "general g@x.example, billing a@x.example, technical b@x.example Bé \"B\""); !other.Equal(list) {
		t.Errorf("the order counts: %s and %s", list, other)
	}
	if err := read.UnmarshalText([]byte("[{")); err == nil {
		t.Error("half a list is read")
	}
	if empty, err := keyfold.NewContactList(nil); err != nil || !empty.IsZero() {
		t.Error("nobody is no empty list")
	}
}
