package keyfold_test

import (
	"strings"
	"testing"
	"unicode"

	"github.com/keyfold/keyfold"
)

func TestParseEmail(t *testing.T) {
	long := strings.Repeat("a", 64)
	for _, tt := range []struct {
		typed string
		want  string // what is stored, or the refusal
	}{
		{"sanne@veldkamp.example", "sanne@veldkamp.example"},
		{"  Sanne@Veldkamp.EXAMPLE ", "Sanne@veldkamp.example"},
		{"s.v+tag@veldkamp.example", "s.v+tag@veldkamp.example"},
		{"info@bücher.example", "info@xn--bcher-kva.example"},
		{"info@xn--bcher-kva.example", "info@xn--bcher-kva.example"},
		{"o'hara!#$%&*/=?^_`{|}~-@a.example", "o'hara!#$%&*/=?^_`{|}~-@a.example"},
		{long + "@a.example", long + "@a.example"},
		{"a@1.example", "a@1.example"},
		{"", "email.malformed"},
		{"sanne", "email.malformed"},
		{"@veldkamp.example", "email.malformed"},
		{"sanne@", "email.malformed"},
		{"sanne@localhost", "email.malformed"},
		{"a@b@c.example", "email.malformed"},
		{`"a@evil.example"@victim.example`, "email.characters"},
		{`"a b"@c.example`, "email.characters"},
		{"a@evil.example,b@c.example", "email.malformed"},
		{"a@c.example;b@c.example", "email.malformed"},
		{"a b@c.example", "email.characters"},
		{"<a@c.example>", "email.characters"},
		{"a..b@c.example", "email.characters"},
		{".a@c.example", "email.characters"},
		{"a.@c.example", "email.characters"},
		{"sänne@c.example", "email.characters"},
		{"a＠c.example", "email.malformed"},
		{"a@c.example\r\nBcc: x@y.example", "email.control_characters"},
		{"a\x00@c.example", "email.control_characters"},
		{"a@c\u200b.example", "email.control_characters"},
		{"a\u202e@c.example", "email.control_characters"},
		{"a@\u0430pple.example", "email.confusable"},  // Cyrillic а
		{"a@g\u03bfogle.example", "email.confusable"}, // Greek ο
		{"a@-c.example", "email.domain"},
		{"a@c..example", "email.domain"},
		{"a@c_d.example", "email.domain"},
		{"a@127.0.0.1", "email.domain"},
		{"a@[127.0.0.1]", "email.domain"},
		{"a@c.example.", "email.domain"},
		{long + "a@a.example", "email.too_long"},
		{"a@" + strings.Repeat("a.", 130) + "example", "email.too_long"},
	} {
		e, err := keyfold.ParseEmail(tt.typed)
		if err != nil {
			if !keyfold.RefusedAs(err, tt.want) {
				t.Errorf("%q: %v, want %s", tt.typed, err, tt.want)
			}
			continue
		}
		if e.String() != tt.want {
			t.Errorf("%q became %q, want %q", tt.typed, e, tt.want)
		}
	}
}

func TestEmailsAreComparedWithoutCaseAndWithoutFolding(t *testing.T) {
	parse := func(s string) keyfold.Email {
		e, err := keyfold.ParseEmail(s)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	a := parse("Sanne.V@Bücher.example")
	if !a.Same(parse("sanne.v@xn--bcher-kva.example")) {
		t.Error("two spellings of one mailbox differ")
	}
	for _, other := range []string{"sannev@bücher.example", "sanne.v+x@bücher.example"} {
		if a.Same(parse(other)) {
			t.Errorf("%s is taken for another's mailbox", other)
		}
	}
}

func FuzzParseEmail(f *testing.F) {
	for _, seed := range []string{"a@b.example", "A@BÜCHER.example", `"x"@y.example`, "a@b@c", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		e, err := keyfold.ParseEmail(typed)
		if err != nil {
			if keyfold.Refused(err) == nil {
				t.Errorf("%q: a fault: %v", typed, err)
			}
			return
		}
		again, err := keyfold.ParseEmail(e.String())
		if err != nil || again.String() != e.String() || again.Key() != e.Key() {
			t.Errorf("%q reads as %q, which reads as %q, %v", typed, e, again, err)
		}
		if strings.ContainsAny(e.String(), " \r\n\t\",;<>") || strings.Count(e.String(), "@") != 1 {
			t.Errorf("%q became %q", typed, e)
		}
	})
}

func TestTyposOfBigProvidersAreAskedAbout(t *testing.T) {
	for typed, want := range map[string]string{
		"A.b@gmial.com": "A.b@gmail.com", "a@gmai.com": "a@gmail.com", "a@hotmial.com": "a@hotmail.com", "a@gmx.dde": "a@gmx.de",
		"a@gmail.com": "", "a@gmx.net": "", "a@ymail.com": "", "a@veldkamp.example": "", "a@mail.com": "",
	} {
		e, err := keyfold.ParseEmail(typed)
		if err != nil {
			t.Fatal(err)
		}
		if meant, ok := e.Suggestion(); meant.String() != want || ok != (want != "") {
			t.Errorf("%s: asks for %q, want %q", typed, meant, want)
		}
	}
}

func TestParseCustomerID(t *testing.T) {
	for typed, want := range map[string]string{
		"NL123421341": "NL123421341", " nl-123 421 341": "NL123421341", "nl.123.421.341\t": "NL123421341", "Cdn1010101010": "CDN1010101010",
		"NL": "", "": "", "ann@example.com": "", "NL12342134١": "", "NL123/421": "", "NL" + strings.Repeat("1", 40): "", "ＮＬ123456": "",
	} {
		id, err := keyfold.ParseCustomerID(typed)
		if id.String() != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v; want %q", typed, id, err, want)
		}
	}
}

func FuzzParseCustomerID(f *testing.F) {
	f.Add("nl-123 421 341")
	f.Fuzz(func(t *testing.T, typed string) {
		id, err := keyfold.ParseCustomerID(typed)
		if err != nil {
			return
		}
		again, err := keyfold.ParseCustomerID(id.String())
		if err != nil || again != id {
			t.Errorf("%q reads as %v, which reads as %v, %v", typed, id, again, err)
		}
		if masked := id.Masked(); masked == id.String() || !strings.Contains(masked, "•") {
			t.Errorf("%v is masked as %s", id, masked)
		}
	})
}

func TestCustomerIDsAndAddressesAreDisjoint(t *testing.T) {
	for _, typed := range []string{"NL123421341@x.example", "nl123421341@NL123421341.example", "@NL123421341"} {
		if id, err := keyfold.ParseCustomerID(typed); err == nil {
			t.Errorf("%q is the customer ID %v", typed, id)
		}
	}
	if _, err := keyfold.ParseEmail("NL123421341"); err == nil {
		t.Error("a customer ID is an address")
	}
}

func TestMaskedIDsKeepTheirPrefixAndTheirEnd(t *testing.T) {
	for typed, want := range map[string]string{
		"NL123421341": "NL•••••1341", "CDN1010101010": "CDN••••••1010", "K12345": "K•••45", "A1": "••", "123456789": "•••••6789",
	} {
		id, err := keyfold.ParseCustomerID(typed)
		if err != nil {
			t.Fatal(err)
		}
		if got := id.Masked(); got != want {
			t.Errorf("%s is masked as %s, want %s", typed, got, want)
		}
	}
}

func TestMaskedAddressesTellTheirHolderAndNobodyElse(t *testing.T) {
	for typed, want := range map[string]string{
		"buyer@target.example": "b••••r@t•••.example", "Jo@a.b.example": "J••••@a•••.example", "x@y.example": "••••@•••.example",
		"a.very.long.one@bücher.example": "a••••e@x•••.example", "abc@xy.co": "a••••@x•••.co", "abcd@xy.co": "a••••d@x•••.co",
	} {
		email, err := keyfold.ParseEmail(typed)
		if err != nil {
			t.Fatal(err)
		}
		if got := email.Masked(); got != want {
			t.Errorf("%s is masked as %s, want %s", typed, got, want)
		}
	}
	if got := (keyfold.Email{}).Masked(); strings.ContainsFunc(got, unicode.IsLetter) {
		t.Errorf("no address is masked as %s", got)
	}
}

func TestOperatorsAddFormsOfCustomerIDs(t *testing.T) {
	var es keyfold.Entities
	for code, pattern := range map[string]string{"W": "W[0-9]{4}[A-Z]", "NUM": "[0-9]{8}"} {
		re, err := keyfold.CompilePattern("^" + pattern + "$")
		if err != nil {
			t.Fatal(err)
		}
		es = append(es, keyfold.Entity{Code: code, Pattern: re})
	}
	for typed, want := range map[string]string{"w-1234 x": "W", "1234.5678": "NUM", "NL123421341": "", "W1234XX": ""} {
		id, err := es.CustomerID(typed)
		e, _ := es.Of(id)
		if e.Code != want || (err == nil) != (want != "") {
			t.Errorf("%q is of %q, %v; want %q", typed, e.Code, err, want)
		}
	}
}

func TestNamesAreOneLine(t *testing.T) {
	for typed, want := range map[string]string{
		"  Küstenlicht GmbH ": "Küstenlicht GmbH", "Ku\u0308st": "Küst", "": "",
		"a\nb": "name.control_characters", "a\u202eb": "name.control_characters", "a\u2028b": "name.control_characters",
		strings.Repeat("é", 121): "name.too_long",
	} {
		name, err := keyfold.ParseName(typed)
		if err != nil && !keyfold.RefusedAs(err, want) || err == nil && name != want {
			t.Errorf("%q: %q, %v; want %q", typed, name, err, want)
		}
	}
}

func TestLanguagesAreReadByTheirFirstPart(t *testing.T) {
	for tag, want := range map[string]string{"nl-BE": "nl", "DE_at": "de", " en ": "en", "": "", "fr": "!", "nlx": "!"} {
		lang, err := keyfold.ParseLanguage(tag)
		if (err != nil) != (want == "!") || err == nil && lang.String() != want {
			t.Errorf("%q: %q, %v", tag, lang, err)
		}
	}
}
