package password_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/unicode/norm"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/password"
)

var (
	classic = password.Policy{}
	modern  = password.Policy{Profile: password.Modern}
	anne    = password.Context{Words: []string{"NL123421341", "Anne.deVries@acme.example", "Anne de Vries", "Polder Hosting", "Acme B.V."}}
)

// failed are the IDs of the rules that pw fails.
func failed(p password.Policy, pw string, about password.Context) []string {
	ids := []string{}
	for _, r := range p.Check(pw, about) {
		ids = append(ids, strings.TrimPrefix(r.Text, "password."))
	}
	return ids
}

func TestClassicNamesEveryClassThatIsMissing(t *testing.T) {
	// Signs that make no word, and never in a row, so that no other rule speaks.
	parts := []struct{ id, short, long string }{
		{"lower", "x", "xkvm"},
		{"upper", "Q", "QTRW"},
		{"digit", "7", "7294"},
		{"special", "~", "~)[/"},
	}
	for classes := range 16 {
		var short, long string
		missing := []string{}
		for i, p := range parts {
			if classes&(1<<i) == 0 {
				missing = append(missing, p.id)
				continue
			}
			short += p.short
			long += p.long
		}
		if classes == 0 {
			if diff := cmp.Diff([]string{"missing"}, failed(classic, "", password.Context{})); diff != "" {
				t.Errorf("empty (-want +got):\n%s", diff)
			}
			continue
		}
		for len(long) < 8 {
			long += long[1:2] + long[3:4] + long[0:1] + long[2:3]
		}
		if diff := cmp.Diff(missing, failed(classic, long, password.Context{})); diff != "" {
			t.Errorf("%q (-want +got):\n%s", long, diff)
		}
		if diff := cmp.Diff(append([]string{"length"}, missing...), failed(classic, short, password.Context{})); diff != "" {
			t.Errorf("%q (-want +got):\n%s", short, diff)
		}
	}
}

func TestLengthIsCountedInCodePointsOfTheComposedForm(t *testing.T) {
	for _, tt := range []struct {
		p    password.Policy
		pw   string
		want []string
	}{
		{classic, "xQ7~)k2", []string{"length"}},
		{classic, "xQ7~)k2m", []string{}},
		{classic, "ßÉ٣ xqvm", []string{}}, // by Unicode category; a space is special
		{classic, norm.NFD.String("ÉÉ7~)k2"), []string{"length"}},
		{modern, "xkvmqtrwzlpdhg", []string{"length"}},
		{modern, "xkvmqtrwzlpdhgb", []string{}},
		{modern, "鸟木山川石田火水土金月日星空海", []string{}},
		{password.Policy{Profile: password.Modern, SecondFactor: true}, "xkvmqtr", []string{"length"}},
		{password.Policy{Profile: password.Modern, SecondFactor: true}, "xkvmqtrw", []string{}},
		{modern, strings.Repeat("xkvmqtrw", 31) + "12345678", []string{}},
		{modern, strings.Repeat("xkvmqtrw", 31) + "123456789", []string{"too_long"}},
		{modern, strings.Repeat("é7xép", 51) + "q", []string{}},
		{modern, strings.Repeat("💶🚲", 127) + "🌷🌧", []string{}}, // 256 and 1,024 bytes
		{classic, strings.Repeat("a", 1025), []string{"too_long"}},
	} {
		if diff := cmp.Diff(tt.want, failed(tt.p, tt.pw, anne)); diff != "" {
			t.Errorf("%+v %q (-want +got):\n%s", tt.p, tt.pw, diff)
		}
	}
}

func TestCommonPasswordsAreRefusedInAnyDress(t *testing.T) {
	for _, pw := range []string{
		"Password1!", "Welkom01!", "Qwerty123!", "Zomer2026!", "Willkommen1!", "P@ssw0rd", "P4$$w0rd!", "WELKOM2026!", "!!Welkom1",
		"Januari-2026", "Oktober2025#", "März2026!", "Frühling2026!", "Summer2026!", "Hallo123!", "Wachtwoord1!", "Passwort1!", "Admin123!",
		"Letmein1!", "Geheim123!", "Ｐａｓｓｗｏｒｄ１！", "Fußball1!", "Feyenoord10!", "PASSWORDPASSWORD", "Welkom01!Welkom01!", "Monkey!!11",
		"123456789012345", "aaaaaaaaaaaaaaa", "Aa1!Aa1!", "abcdefghijklmnop", "987654321098765", "1qaz2wsx", "trustno1",
	} {
		for _, p := range []password.Policy{classic, modern} {
			if got := failed(p, pw, anne); !slices.Contains(got, "common") {
				t.Errorf("%q fails only %q", pw, got)
			}
		}
	}
	for _, pw := range []string{
		"Tulips-2026", "Daisies-2026", "Stolen-2026!", "kT9$mzQ2!v", "Correct-Horse 9 staple", "Welkom op het feest 7", "vier Fietsen + 2 boten",
		"Zomer20262027!", "Pa55-lWq!", "x", "Ab1", "Xk7!92#4",
	} {
		if got := failed(classic, pw, anne); slices.Contains(got, "common") || slices.Contains(got, "context") {
			t.Errorf("%q fails %q", pw, got)
		}
	}
}

func TestWordsOfTheContextAreRefusedInAnyDress(t *testing.T) {
	for _, pw := range []string{
		"NL123421341", "nl-123 421 341!", "anne.devries@acme.example", "ANNE.DEVRIES", "Anne.deVries1!", "Hosting1!", "Polder-2026!",
		"PolderHosting#1", "2026!Vries", "H0st1ng!!", "P0ld3r!", "Hos-ting1!", "AnneVries2026-2027!", "Anne&Polder=1", "Ｐｏｌｄｅｒ１！",
	} {
		if got := failed(classic, pw, anne); !slices.Contains(got, "context") {
			t.Errorf("%q fails only %q", pw, got)
		}
	}
	for _, pw := range []string{"Polderweg-19", "Acm-B.V.-77x", "Annemarie-77", "de-7-de-7-DE", "7294-~)[/", "Hostin1!"} {
		if got := failed(classic, pw, anne); slices.Contains(got, "context") {
			t.Errorf("%q fails %q", pw, got)
		}
	}
	if got := failed(classic, "Hosting7294153!", password.Context{Words: []string{"", "ab", "  ", "@"}}); slices.Contains(got, "context") {
		t.Error("words too short to say anything refuse a password")
	}
}

func TestReasonsBelongToTheFieldAndCarryTheirNumber(t *testing.T) {
	for _, r := range classic.Check("!", anne) {
		if r.Kind != keyfold.Invalid || r.Field != "new-password" {
			t.Errorf("%s: kind %d on %q", r.Text, r.Kind, r.Field)
		}
	}
	if diff := cmp.Diff([]any{"Count", 15}, modern.Check("short", anne)[0].Args); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if rs := classic.Check("kT9$mzQ2!v", anne); rs != nil || rs.OrNil() != nil {
		t.Errorf("a good password gives %v", rs)
	}
}

func TestWhatIsShownIsWhatIsChecked(t *testing.T) {
	want := []password.Rule{{"length", 8}, {"lower", 1}, {"upper", 1}, {"digit", 1}, {"special", 1}, {ID: "common"}, {ID: "context"}}
	if diff := cmp.Diff(want, classic.Rules()); diff != "" {
		t.Errorf("classic (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]password.Rule{{"length", 15}, {ID: "common"}, {ID: "context"}}, modern.Rules()); diff != "" {
		t.Errorf("modern (-want +got):\n%s", diff)
	}
	if got, want := classic.Attribute(), "minlength: 8; maxlength: 256; required: lower; required: upper; required: digit; required: special;"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := modern.Attribute(), "minlength: 15; maxlength: 256;"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestProfileNames(t *testing.T) {
	for name, want := range map[string]password.Profile{"": password.Classic, "classic": password.Classic, " Modern ": password.Modern} {
		if got, err := password.ParseProfile(name); err != nil || got != want {
			t.Errorf("%q is %q, %v", name, got, err)
		}
	}
	if _, err := password.ParseProfile("strict"); !keyfold.RefusedAs(err, "password.profile_unknown") {
		t.Errorf("an unknown profile gives %v", err)
	}
}

func TestListsAreSorted(t *testing.T) {
	for i, list := range password.Lists() {
		lines := strings.Split(strings.TrimSuffix(list, "\n"), "\n")
		if !slices.IsSorted(lines) || len(lines) < 100 || slices.Contains(lines, "") {
			t.Errorf("list %d of %d lines cannot be searched", i, len(lines))
		}
	}
	for pw := range strings.Lines(password.Lists()[0]) {
		if pw = strings.TrimSuffix(pw, "\n"); len(pw) > 2 && !slices.Contains(failed(classic, strings.ToUpper(pw), password.Context{}), "common") {
			t.Errorf("%q is on the list and passes", pw)
		}
	}
}

func FuzzCheck(f *testing.F) {
	f.Add("Welkom01!", "Polder Hosting")
	f.Add("\xff\xfe\x00", "@@")
	f.Add(strings.Repeat("\ufdfa", 340), "\ufdfa\ufdfa")
	f.Add("e\u0301€1!|", "é")
	f.Fuzz(func(t *testing.T, pw, word string) {
		about := password.Context{Words: []string{word}}
		got := failed(classic, pw, about)
		if len(got) == 0 && (len(pw) < 8 || len(pw) > password.MaxBytes) {
			t.Errorf("%q passes", pw)
		}
		if nfd := norm.NFD.String(pw); len(pw) <= password.MaxBytes && len(nfd) <= password.MaxBytes {
			if diff := cmp.Diff(got, failed(classic, nfd, about)); diff != "" {
				t.Errorf("%q depends on how it is typed (-as is +decomposed):\n%s", pw, diff)
			}
		}
	})
}
