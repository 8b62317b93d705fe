package articles_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/locale"
	"github.com/keyfold/keyfold/internal/mailtext"
)

// banned are words that a good colleague does not use: they belittle, beg, are
// jargon, or are a second word for a thing that has one.
var banned = map[string][]string{
	"en": {
		"please", "simply", "just", "easy", "easily", "obviously", "utilize", "click here", "of course", "in order to", "kindly", "leverage", "seamless", "oops", "sorry",
		"sign in", "sign on", "e-mail", "customer number", "client", "admin panel", "verify", "token", "authenticate", "credentials", "delegate", "disable", "enable",
	},
	"nl": {
		"gewoon", "simpelweg", "eenvoudig", "gemakkelijk", "makkelijk", "klik hier", "gelieve", "alstublieft", "uiteraard", "natuurlijk", "middels", "sorry", "oeps",
		"je", "jij", "jouw", "jullie", "aanmelden", "klant-id", "klantid", "gebruikersaccount", "verifiëren", "token", "wachtwoordreset", "resetten", "authenticeren", "contactpersoon",
	},
	"de": {
		"bitte", "einfach", "lediglich", "leicht", "mühelos", "klicken sie hier", "selbstverständlich", "natürlich", "problemlos", "entschuldigung", "hoppla",
		"du", "dein", "deine", "einloggen", "ausloggen", "account", "kunden-id", "kennwort", "mail", "token", "verifizieren", "authentifizieren", "login",
	},
}

const (
	longest = 20 // words of a sentence
	average = 13 // of an article
)

var (
	bold     = regexp.MustCompile(`\*\*([^*]+)\*\*`)
	code     = regexp.MustCompile("`[^`]*`")
	picture  = regexp.MustCompile(`!\[([^\]]*)\]\([^)]*\)`)
	link     = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)
	item     = regexp.MustCompile(`^(?:#+|-|[0-9]+\.) +`)
	sentence = regexp.MustCompile(`[.!?:;]+(?:\s+|$)`)
	word     = regexp.MustCompile(`[\pL\pN@]+(?:['’-][\pL\pN]+)*`)
)

// sentences are those of a text. What is in bold are words of the product and
// counts as one word; what is in code is a name.
func sentences(text string) []string {
	var all []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		line = bold.ReplaceAllString(line, "X")
		line = code.ReplaceAllString(line, "X")
		line = picture.ReplaceAllString(line, "$1.")
		line = link.ReplaceAllString(line, "$1")
		line = item.ReplaceAllString(line, "")
		for _, s := range sentence.Split(line, -1) {
			if len(word.FindAllString(s, -1)) > 0 {
				all = append(all, s)
			}
		}
	}
	return all
}

func TestSentencesAreShort(t *testing.T) {
	t.Parallel()
	each(t, func(a article) {
		total := 0
		all := sentences(a.Title + "\n" + a.Summary + "\n" + a.Raw)
		for _, s := range all {
			n := len(word.FindAllString(s, -1))
			total += n
			if n > longest {
				t.Errorf("%s: %d words, want %d at most: %q", a, n, longest, s)
			}
		}
		if mean := float64(total) / float64(len(all)); mean > average {
			t.Errorf("%s: %.1f words in a sentence, want %d on average", a, mean, average)
		}
	})
}

func TestSentencesAreCountedAsAReaderDoes(t *testing.T) {
	t.Parallel()
	text := "1. Press **Request password reset**. You see [the page](/login): it is long.\n\n![A picture of it](shot:x)\n"
	want := []int{2, 4, 3, 4}
	all := sentences(text)
	if len(all) != len(want) {
		t.Fatalf("sentences: %q", all)
	}
	for i, s := range all {
		if n := len(word.FindAllString(s, -1)); n != want[i] {
			t.Errorf("%q has %d words, want %d", s, n, want[i])
		}
	}
}

func TestNoWordIsOneOfThoseThatWeDoNotUse(t *testing.T) {
	t.Parallel()
	for lang, words := range banned {
		quoted := make([]string, len(words))
		for i, w := range words {
			quoted[i] = regexp.QuoteMeta(w)
		}
		bad := regexp.MustCompile(`(?i)(?:^|[^\pL\pN-])(` + strings.Join(quoted, "|") + `)(?:$|[^\pL\pN-])`)
		for _, a := range read(t)[lang] {
			text := a.Title + "\n" + a.Summary + "\n" + link.ReplaceAllString(bold.ReplaceAllString(code.ReplaceAllString(a.Raw, "X"), "X"), "$1")
			for _, m := range bad.FindAllStringSubmatch(text, -1) {
				t.Errorf("%s says %q", a, m[1])
			}
		}
	}
}

// said are the texts of the product in a language, as patterns: a name in a text
// stands for whatever is put there.
func said(t *testing.T, lang string) func(label string) bool {
	t.Helper()
	files, err := filepath.Glob("../../locale/texts/*." + lang + ".yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	exact, patterns := map[string]bool{}, []*regexp.Regexp{}
	part, name := regexp.MustCompile(`\[([^\]]+)\]`), regexp.MustCompile(`\{\{[^}]*\}\}`)
	add := func(text string) {
		text = strings.NewReplacer("**", "", "`", "").Replace(text)
		if m := part.FindStringSubmatch(text); m != nil {
			exact[m[1]] = true // what can be followed in it
		}
		if !name.MatchString(text) {
			exact[text] = true
			return
		}
		if len(name.ReplaceAllString(text, "")) < 6 {
			return // it would fit everything
		}
		quoted := name.ReplaceAllString(strings.ReplaceAll(regexp.QuoteMeta(text), `\{\{`, "{{"), ".+")
		quoted = regexp.MustCompile(`\{\{.*?\\\}\\\}`).ReplaceAllString(quoted, ".+")
		patterns = append(patterns, regexp.MustCompile(`^`+quoted+`$`))
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var texts map[string]any
		if err := yaml.Unmarshal(content, &texts); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, text := range texts {
			switch text := text.(type) {
			case string:
				add(text)
			case map[string]any:
				for _, form := range text {
					add(form.(string))
				}
			}
		}
	}
	return func(label string) bool {
		if exact[label] {
			return true
		}
		for _, p := range patterns {
			if p.MatchString(label) {
				return true
			}
		}
		return false
	}
}

// TestNamesOfButtonsAreThoseOfTheProduct lets nobody rename a button and leave the
// articles behind.
func TestNamesOfButtonsAreThoseOfTheProduct(t *testing.T) {
	t.Parallel()
	all := read(t)
	for _, lang := range languages {
		says := said(t, lang)
		if says("No button of ours is called so") || !says(map[string]string{"en": "Update", "nl": "Opslaan", "de": "Speichern"}[lang]) {
			t.Fatalf("%s: this test does not know the texts", lang)
		}
		for _, a := range all[lang] {
			for _, m := range bold.FindAllStringSubmatch(a.Raw, -1) {
				if !says(m[1]) {
					t.Errorf("%s: the product does not say %q in this language; what is in bold are its words", a, m[1])
				}
			}
		}
	}
}

// TestEachMailIsExplained looks for the subject of each mail in the article about
// our mails.
func TestEachMailIsExplained(t *testing.T) {
	t.Parallel()
	texts, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	all := read(t)
	for _, lang := range languages {
		language, err := keyfold.ParseLanguage(lang)
		if err != nil {
			t.Fatal(err)
		}
		text := all[lang]["mails-from-us"].Raw
		for _, template := range mailtext.Templates() {
			if template == mailtext.StaffEnrol || template == mailtext.StaffGuessed {
				continue // no customer gets it
			}
			subject := texts.Printer(language).Text("mail."+string(template)+".subject",
				"Count", 1, "ID", "…", "Masked", "…", "Entity", "…")
			if !strings.Contains(text, "**"+subject+"**: ") {
				t.Errorf("%s: the mail %q is not explained", lang, subject)
			}
		}
	}
}
