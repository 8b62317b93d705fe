package mailtext_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/locale"
	"github.com/keyfold/keyfold/internal/mailtext"
)

var update = flag.Bool("update", false, "write the golden files")

const link = "https://my.polderhosting.example/passwordReset/q7Vd2Jx9TnB4mKc81LwYzRfH0sGaUeP6iXoE3tQvN5k"

// noLink are the templates that carry no link.
var noLink = []mailtext.Template{
	mailtext.ConfirmSuspended, mailtext.Frozen, mailtext.Unlinked, mailtext.ContactListed,
	mailtext.OwnershipDeclined, mailtext.OwnershipWithdrawn, mailtext.OwnershipBack, mailtext.OwnershipReturned, mailtext.RecoveryDone,
	mailtext.MemberRemoved, mailtext.AccessDeclined, mailtext.LoginDeleted,
	mailtext.UnlinkedByCare, mailtext.UnfrozenByCare, mailtext.GivenByCareUsers,
	mailtext.StaffGuessed,
}

// noUser are those that are not about a login.
var noUser = []mailtext.Template{
	mailtext.PasswordSet, mailtext.LegacyAccepted, mailtext.ContactRevealed, mailtext.Confirm, mailtext.ContactChanged, mailtext.Moved, mailtext.ConfirmSuspended, mailtext.Frozen,
	mailtext.OwnershipWithdrawn, mailtext.RecoveryAsked, mailtext.RecoveryAskedContacts, mailtext.RecoveryVetoed, mailtext.Recovered, mailtext.RecoveryDone,
	mailtext.Invitation, mailtext.LoginDeleted, mailtext.StaffEnrol, mailtext.StaffGuessed,
	mailtext.Reminder, mailtext.PendingDropped,
	mailtext.ContactsChanged, mailtext.ContactListed, mailtext.ContactProposed, mailtext.ContactToBe, mailtext.ContactProposedTold, mailtext.ContactNow,
	mailtext.ContactByCare, mailtext.ContactByCareToBe, mailtext.ContactByCareTold, mailtext.UnfrozenByCare, mailtext.GivenByCare, mailtext.GivenByCareUsers,
}

// withContact are those that are about another contact than their reader.
var withContact = []mailtext.Template{
	mailtext.ContactsChanged, mailtext.ContactListed, mailtext.ContactProposed, mailtext.ContactToBe, mailtext.ContactProposedTold,
	mailtext.ContactByCare, mailtext.ContactByCareToBe, mailtext.ContactByCareTold,
}

func renderer(tb testing.TB) *mailtext.Renderer {
	tb.Helper()
	texts, err := locale.Load()
	if err != nil {
		tb.Fatal(err)
	}
	return mailtext.New(texts)
}

func customerID(tb testing.TB, s string) keyfold.CustomerID {
	tb.Helper()
	id, err := keyfold.ParseCustomerID(s)
	if err != nil {
		tb.Fatal(err)
	}
	return id
}

func email(tb testing.TB, s string) keyfold.Email {
	tb.Helper()
	e, err := keyfold.ParseEmail(s)
	if err != nil {
		tb.Fatal(err)
	}
	return e
}

// sample is a complete mail of that template.
func sample(tb testing.TB, t mailtext.Template) mailtext.Mail {
	tb.Helper()
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		tb.Fatal(err)
	}
	m := mailtext.Mail{
		Template: t,
		Entity:   keyfold.Entity{Code: "NL", Name: "Polder Hosting", Zone: zone},
		Link:     link,
		When:     time.Date(2026, 3, 12, 13, 2, 0, 0, time.UTC),
		Until:    time.Date(2026, 3, 12, 14, 2, 0, 0, time.UTC),
		Origin:   "203.0.113.77",
		User:     email(tb, "Sanne.de.Vries@veldkamp.example"),
		Accounts: []mailtext.Account{{ID: customerID(tb, "NL123421341"), Name: "Veldkamp Media B.V."}},
	}
	if t == mailtext.Reminder || t == mailtext.PendingDropped {
		m.Link = "https://my.polderhosting.example/login" // no token
	}
	if slices.Contains(noLink, t) {
		m.Link = ""
	}
	if slices.Contains(noUser, t) || t == mailtext.Reset {
		m.User = keyfold.Email{}
	}
	if slices.Contains(withContact, t) {
		m.Contact, m.Kind, m.Did = email(tb, "Facturen@veldkamp.example"), keyfold.BillingContact, "contact.added"
	}
	if t == mailtext.UserPasswordSet || t == mailtext.LoginDeleted || t == mailtext.StaffEnrol || t == mailtext.StaffGuessed {
		m.Accounts = nil
	}
	if t == mailtext.StaffEnrol {
		m.Did = string(keyfold.Supervisor)
	}
	if t == mailtext.Invitation || t == mailtext.InvitationAccepted {
		m.Other = email(tb, "mirjam@veldkamp.example")
	}
	switch t {
	case mailtext.Invitation, mailtext.MemberAdded, mailtext.MemberRoles, mailtext.AccessGranted:
		m.Roles = keyfold.RolesOf(keyfold.Technical, keyfold.Finance)
	default: // names no roles
	}
	return m
}

// samples are all shapes of all mails, by name of the golden file.
func samples(tb testing.TB) map[string]mailtext.Mail {
	tb.Helper()
	all := map[string]mailtext.Mail{}
	for _, t := range mailtext.Templates() {
		m := sample(tb, t)
		all[string(t)] = m
		switch t {
		case mailtext.PasswordSet, mailtext.LegacyAccepted, mailtext.ContactRevealed, mailtext.UserPasswordSet, mailtext.Registered, mailtext.Linked, mailtext.LinkedUser, mailtext.ContactChanged, mailtext.KeyCreated,
			mailtext.OwnershipMovedContacts, mailtext.OwnershipReturnedContacts, mailtext.RecoveryAskedContacts, mailtext.RecoveryVetoed,
			mailtext.ContactNow, mailtext.ContactProposedTold, mailtext.ContactByCareTold:
			m.Link = ""
			all[string(t)+"-without-link"] = m
		case mailtext.UnlinkedByCare:
			m.Did = "account.link_undone"
			all[string(t)+"-undone"] = m
		case mailtext.ContactsChanged:
			m.Kind, m.Did = keyfold.SecurityContact, "contact.promoted"
			all[string(t)+"-promoted"] = m
			m.Kind, m.Did, m.Link = keyfold.GeneralContact, "contact.removed", ""
			all[string(t)+"-removed"] = m
			m.Kind = keyfold.TechnicalContact
			all[string(t)+"-technical"] = m
		case mailtext.Reset, mailtext.Moved, mailtext.MovedOwner, mailtext.Claimed, mailtext.ClaimedContacts, mailtext.Frozen,
			mailtext.Reminder, mailtext.PendingDropped:
			for i := range 24 {
				m.Accounts = append(m.Accounts, mailtext.Account{ID: customerID(tb, fmt.Sprint("NL2000", 100+i)), Name: fmt.Sprint("Filiaal ", i+2), Pending: i%2 == 0})
			}
			all[string(t)+"-many"] = m
		default: // has one shape
		}
	}
	moved := sample(tb, mailtext.Moved)
	moved.Link = ""
	all["moved-without-link"] = moved
	user := sample(tb, mailtext.Reset)
	user.User = email(tb, "sanne@veldkamp.example")
	all["reset-both"] = user
	user.Accounts = nil
	all["reset-user"] = user
	pending := sample(tb, mailtext.Reminder)
	pending.Accounts[0].Pending = true
	all["reminder-pending"] = pending
	return all
}

func TestEachMailReadsAsInItsGoldenFile(t *testing.T) {
	r := renderer(t)
	for name, m := range samples(t) {
		for _, m.Language = range keyfold.Languages() {
			got, err := r.Render(m)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			for ext, content := range map[string]string{"txt": "Subject: " + got.Subject + "\n\n" + got.Text, "html": got.HTML} {
				file := filepath.Join("testdata", name+"."+m.Language.String()+"."+ext+".golden")
				if *update {
					if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
						t.Fatal(err)
					}
					continue
				}
				want, err := os.ReadFile(file)
				if err != nil {
					t.Fatalf("%v; write it with: go test ./internal/mailtext -update", err)
				}
				if diff := cmp.Diff(string(want), content); diff != "" {
					t.Errorf("%s (-want +got):\n%s", file, diff)
				}
			}
		}
	}
}

func TestNoGoldenFileIsLeftOver(t *testing.T) {
	files, err := filepath.Glob("testdata/*.golden")
	if err != nil || len(files) != len(samples(t))*len(keyfold.Languages())*2 {
		t.Errorf("%d files for %d mails in %d languages, %v", len(files), len(samples(t)), len(keyfold.Languages()), err)
	}
}

// forbidden in any part: what a template left unfilled, and what fetches.
var forbidden = regexp.MustCompile(`<no value>|\[mail\.|\{\{|[\x{e000}-\x{f8ff}]|\bsrc\s*=|url\(|@import|ZgotmplZ|%!`)

func lint(t *testing.T, name string, m mailtext.Mail, got mailtext.Message) {
	t.Helper()
	if n := utf8.RuneCountInString(got.Subject); n < 5 || n > 78 || strings.ContainsAny(got.Subject, "\r\n") {
		t.Errorf("%s: subject of %d characters: %q", name, n, got.Subject)
	}
	for part, content := range map[string]string{"text": got.Text, "html": got.HTML} {
		if hit := forbidden.FindString(content); hit != "" {
			t.Errorf("%s: %q in the %s", name, hit, part)
		}
		for l := range strings.SplitSeq(content, "\n") {
			if len(l) > 998 || strings.ContainsRune(l, '\r') {
				t.Errorf("%s: a line of %d bytes in the %s", name, len(l), part)
			}
		}
	}
	for l := range strings.SplitSeq(got.Text, "\n") {
		if utf8.RuneCountInString(l) > 72 && l != m.Link {
			t.Errorf("%s: line too long: %q", name, l)
		}
	}
	page := read(t, got.HTML)
	var want []string
	if m.Link != "" {
		want = []string{m.Link}
		if strings.Count(got.Text, "\n"+m.Link+"\n") != 1 {
			t.Errorf("%s: the link is not once on a line of its own:\n%s", name, got.Text)
		}
	}
	if diff := cmp.Diff(want, page.hrefs); diff != "" {
		t.Errorf("%s: links (-want +got):\n%s", name, diff)
	}
	if page.lang != got.Language.String() || page.lang != m.Language.String() {
		t.Errorf("%s: written in %q, says %s", name, page.lang, got.Language)
	}
	text := strings.Join(strings.Fields(got.Text), " ")
	for _, p := range page.paragraphs {
		if !strings.Contains(text, p) {
			t.Errorf("%s: only in the HTML: %q", name, p)
		}
		text = strings.Replace(text, p, "", 1)
	}
	if m.Link != "" {
		text = strings.Replace(text, m.Link, "", 1)
	}
	if rest := strings.Trim(text, " :-"); rest != "" {
		t.Errorf("%s: only in the text: %q", name, rest)
	}
}

// A page is what a reader of the HTML part gets.
type page struct {
	lang              string
	hrefs, paragraphs []string
}

func read(t *testing.T, source string) (p page) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(source))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		class := ""
		for _, a := range n.Attr {
			switch {
			case a.Key == "href":
				p.hrefs = append(p.hrefs, a.Val)
			case a.Key == "lang":
				p.lang = a.Val
			case a.Key == "class":
				class = a.Val
			case strings.HasPrefix(a.Key, "on"), a.Key == "style", a.Key == "background":
				t.Errorf("attribute %s", a.Key)
			}
		}
		switch n.Data {
		case "p", "h1", "li":
			if class != "copy" { // the same link once more, for who cannot press the button
				p.paragraphs = append(p.paragraphs, strings.Join(strings.Fields(textOf(n)), " "))
			}
		case "img", "script", "iframe", "link", "form", "object", "svg":
			t.Errorf("element %s", n.Data)
		}
	}
	return p
}

func textOf(n *html.Node) string {
	var s strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			s.WriteString(d.Data)
		}
	}
	return s.String()
}

func TestEachMailIsCleanInBothParts(t *testing.T) {
	r := renderer(t)
	for name, m := range samples(t) {
		for _, m.Language = range keyfold.Languages() {
			got, err := r.Render(m)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			lint(t, name+" "+m.Language.String(), m, got)
		}
	}
}

func TestNoNameOfACustomerBecomesALinkOrMarkup(t *testing.T) {
	r := renderer(t)
	for _, evil := range []string{
		`</a><a href=//evil>`, "Claim money evil.com", "evil。com", "ｅｖｉｌ．ｃｏｍ", "see www.evil", "http://evil", "mail me@evil.example",
		"10.0.0.1 now", "x\r\nBcc: v@evil.example", "{{.Account}} evil.io", "tel:0900123", `\\evil\share`, "／／evil", "ev\u200bil.com",
	} {
		for _, tmpl := range mailtext.Templates() {
			m := sample(t, tmpl)
			m.Language = keyfold.English
			for i := range m.Accounts {
				m.Accounts[i].Name = evil
			}
			got, err := r.Render(m)
			if err != nil {
				t.Fatal(err)
			}
			lint(t, fmt.Sprintf("%s with %q", tmpl, evil), m, got)
			for _, part := range []string{got.Subject, got.Text, got.HTML} {
				if strings.Contains(strings.ToLower(part), "evil") || strings.Contains(part, "10.0.0.1") || strings.Contains(part, "0900") {
					t.Errorf("%s shows the name %q", tmpl, evil)
				}
			}
		}
	}
}

func TestAnHonestNameIsShownInQuotes(t *testing.T) {
	r := renderer(t)
	for name, want := range map[string]string{
		"Veldkamp Media B.V.":   "“Veldkamp Media B.V.”",
		"Nordlys A/S":           "“Nordlys A/S”",
		"Müller & Söhne <GmbH>": "“Müller & Söhne <GmbH>”",
		"He said ”now” {{.ID}}": "“He said 'now' {{.ID}}”",
		"a\r\n\tb\u202ec":       "“a bc”",
		strings.Repeat("x", 70): "“" + strings.Repeat("x", 59) + "…”",
	} {
		m := sample(t, mailtext.PasswordSet)
		m.Accounts[0].Name = name
		got, err := r.Render(m)
		if err != nil {
			t.Fatal(err)
		}
		if text := strings.Join(strings.Fields(got.Text), " "); !strings.Contains(text, want) {
			t.Errorf("%q is not shown as %q in:\n%s", name, want, text)
		}
	}
}

func TestAStrangerReadsNeitherNameNorWholeID(t *testing.T) {
	r := renderer(t)
	for _, tmpl := range []mailtext.Template{mailtext.Confirm, mailtext.ConfirmLink, mailtext.ConfirmSuspended, mailtext.ContactListed, mailtext.ContactToBe} {
		got, err := r.Render(sample(t, tmpl))
		if err != nil {
			t.Fatal(err)
		}
		all := got.Subject + got.Text + got.HTML
		if strings.Contains(all, "NL123421341") || strings.Contains(all, "Veldkamp Media") || strings.Contains(all, "203.0") || !strings.Contains(all, "NL•••••1341") {
			t.Errorf("%s tells too much, or nothing:\n%s", tmpl, got.Text)
		}
	}
}

func TestAContactReadsTheOwnersAddressMaskedOnly(t *testing.T) {
	r := renderer(t)
	for _, tmpl := range []mailtext.Template{mailtext.Registered, mailtext.Linked, mailtext.OwnershipMovedContacts, mailtext.OwnershipReturnedContacts, mailtext.ClaimedContacts} {
		got, err := r.Render(sample(t, tmpl))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(strings.ToLower(got.Text+got.HTML), "sanne") || !strings.Contains(got.Text, "S••••s@v•••.example") {
			t.Errorf("%s: %s", tmpl, got.Text)
		}
	}
}

func TestAMailThatLacksSomethingIsNotWritten(t *testing.T) {
	r := renderer(t)
	for name, spoil := range map[string]func(*mailtext.Mail){
		"no such mail":         func(m *mailtext.Mail) { m.Template = "hello" },
		"no link":              func(m *mailtext.Mail) { m.Link = "" },
		"relative link":        func(m *mailtext.Mail) { m.Link = "/passwordReset/x" },
		"script as link":       func(m *mailtext.Mail) { m.Link = "javascript:alert(1)" },
		"link with a name":     func(m *mailtext.Mail) { m.Link = "https://polder@evil.example/" },
		"link over two lines":  func(m *mailtext.Mail) { m.Link += "\nx" },
		"endless link":         func(m *mailtext.Mail) { m.Link += strings.Repeat("x", 900) },
		"nobody to reset":      func(m *mailtext.Mail) { m.Accounts = nil },
		"account without ID":   func(m *mailtext.Mail) { m.Accounts[0] = mailtext.Account{} },
		"nobody who writes":    func(m *mailtext.Mail) { m.Entity.Name = "" },
		"link where none goes": func(m *mailtext.Mail) { m.Template = mailtext.Frozen },
		"two where one goes":   func(m *mailtext.Mail) { m.Template = mailtext.Confirm; m.Accounts = append(m.Accounts, m.Accounts[0]) },
		"user where none goes": func(m *mailtext.Mail) { m.Template = mailtext.Confirm; m.User = email(t, "a@b.example") },
	} {
		m := sample(t, mailtext.Reset)
		spoil(&m)
		if got, err := r.Render(m); err == nil {
			t.Errorf("%s: written:\n%s", name, got.Text)
		} else if strings.Contains(err.Error(), "q7Vd2Jx9") {
			t.Errorf("%s: the error shows the link: %v", name, err)
		}
	}
}

func TestTimesAndColoursAreTheEntitys(t *testing.T) {
	r := renderer(t)
	m := sample(t, mailtext.Reset)
	m.Brand = mailtext.Brand{Colour: "#111111", ColourText: "#eeeeee"}
	m.Entity.Colour = "#ffee00"
	m.Entity.Language = keyfold.Dutch
	got, err := r.Render(m)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"12 maart 2026 om 15:02 uur</b> (tijd in Amsterdam)", "background: #ffee00; color: #000000;"} {
		if !strings.Contains(got.HTML, want) {
			t.Errorf("no %q in\n%s", want, got.HTML)
		}
	}
	m.Entity.Colour, m.Entity.Zone, m.Language, m.Origin = "red;}", nil, keyfold.English, "2001:db8:7:8::1"
	if got, err = r.Render(m); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"14:02 on 12 March 2026</b> (UTC)", "background: #111111; color: #eeeeee;", "starts with 2001:db8:7."} {
		if !strings.Contains(got.HTML, want) {
			t.Errorf("no %q in\n%s", want, got.HTML)
		}
	}
}
