package password

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/keyfold/keyfold"
)

// The bounds of every profile. The one in bytes holds before any work is done
// on what was typed.
const (
	MaxLength = 256  // code points, in NFC
	MaxBytes  = 1024 // as typed
)

// Field is the form field that the reasons of a policy belong to.
const Field = "new-password"

// A Profile is a named set of rules.
type Profile string

// The profiles.
const (
	Classic Profile = "classic" // 8 characters of four classes
	Modern  Profile = "modern"  // long, of anything
)

// ParseProfile reads the name of a profile. The empty name is the default.
func ParseProfile(name string) (Profile, error) {
	switch p := Profile(strings.ToLower(strings.TrimSpace(name))); p {
	case "", Classic:
		return Classic, nil
	case Modern:
		return Modern, nil
	}
	return "", keyfold.Refuse(keyfold.Invalid, "password.profile_unknown").With("Profile", name)
}

// A Policy says what a new password must be. It is asked when a password is
// set, never at a login. The zero Policy is the classic one.
type Policy struct {
	Profile Profile

	// SecondFactor says that the password will not be the only proof. Modern
	// then asks for less.
	SecondFactor bool
}

// A Context is what an attacker knows of a person: customer ID, addresses,
// names and brands, each as it is written.
type Context struct{ Words []string }

// A Rule is one thing that a policy asks for, for pages and programs to show.
// Its refusal is "password." and the ID.
type Rule struct {
	ID string
	N  int // how many; 0: not a matter of number
}

// check is a rule together with how it is tested: what is shown, what is
// refused and what password managers are told come from the same rows.
type check struct {
	Rule
	attribute string // for passwordrules
	holds     func(candidate) bool
}

// candidate is a new password, read once for all rules.
type candidate struct {
	text   string // NFC
	length int    // in code points
	about  Context
}

// length is the least number of code points.
func (p Policy) length() int {
	if p.Profile == Modern && !p.SecondFactor {
		return 15
	}
	return 8
}

func (p Policy) checks() []check {
	n := p.length()
	cs := []check{{
		Rule{"length", n},
		"minlength: " + strconv.Itoa(n) + "; maxlength: " + strconv.Itoa(MaxLength),
		func(c candidate) bool { return c.length >= n },
	}}
	if p.Profile != Modern {
		cs = append(cs,
			class("lower", unicode.IsLower),
			class("upper", unicode.IsUpper),
			class("digit", unicode.IsDigit),
			class("special", isSpecial))
	}
	return append(cs,
		check{Rule{ID: "common"}, "", func(c candidate) bool { return !isCommon(c.text) }},
		check{Rule{ID: "context"}, "", func(c candidate) bool { return !c.about.makes(c.text) }})
}

func class(id string, in func(rune) bool) check {
	return check{Rule{id, 1}, "required: " + id, func(c candidate) bool { return strings.ContainsFunc(c.text, in) }}
}

// isSpecial is neither letter nor digit: spaces and marks count.
func isSpecial(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// Rules are what p asks for, in the order to show them.
func (p Policy) Rules() []Rule {
	checks := p.checks()
	rules := make([]Rule, len(checks))
	for i, c := range checks {
		rules[i] = c.Rule
	}
	return rules
}

// Attribute is p in the words of the passwordrules attribute, from which
// password managers make a password that fits.
func (p Policy) Attribute() string {
	var parts []string
	for _, c := range p.checks() {
		if c.attribute != "" {
			parts = append(parts, c.attribute+";")
		}
	}
	return strings.Join(parts, " ")
}

// Check names every rule that pw fails. It is nil when pw is fine.
func (p Policy) Check(pw string, about Context) keyfold.Refusals {
	switch {
	case pw == "":
		return keyfold.Refusals{refuse("missing")}
	case len(pw) > MaxBytes:
		return keyfold.Refusals{tooLong()}
	}
	c := candidate{text: norm.NFC.String(pw), about: about}
	c.length = utf8.RuneCountInString(c.text)
	var reasons keyfold.Refusals
	if c.length > MaxLength {
		reasons = append(reasons, tooLong())
	}
	for _, check := range p.checks() {
		if check.holds(c) {
			continue
		}
		r := refuse(check.ID)
		if check.N > 0 {
			r = r.With("Count", check.N)
		}
		reasons = append(reasons, r)
	}
	return reasons
}

func refuse(id string) *keyfold.Refusal {
	return keyfold.Refuse(keyfold.Invalid, "password."+id).On(Field)
}

func tooLong() *keyfold.Refusal { return refuse("too_long").With("Count", MaxLength) }
