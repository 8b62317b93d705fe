package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
)

// A named is a customer of an import with names as customers have them: a few are
// very frequent, and most are rare.
type named struct{ id, company, contact, email string }

// names makes customers, always the same ones.
type names struct {
	r       *rand.Rand
	common  *rand.Zipf // of the surnames that many have
	given   *rand.Zipf
	word    *rand.Zipf // of the words that are in many names
	persons []string
}

var (
	onsets   = strings.Fields("b bl br d dr f fl g gr h j k kl kn kr l m n p pl pr r s sch sl sp st str t tr v vl w z zw")
	nuclei   = strings.Fields("a aa e ee i ie o oe oo u uu ei ui au ä ö ü é")
	codas    = strings.Fields("b ch d f g k l ld lm m n nd ng ns r rg rs rt s st t ts x y")
	endings  = strings.Fields("sen stra ma mann huis veld kamp berg dijk hof burg meijer inga schmidt son ers")
	frequent = strings.Fields("Hosting Media Software Design Bouw Consulting Advies Online Webshop Studio Services Solutions Groep Group Logistik Technik Handel Garage " +
		"Bakkerij Energie Digital Systems Data Cloud Marketing Makler Transport Kliniek Praxis Verlag Events Travel Foto Interieur Juweliers Apotheek Notaris Elektro")
	suffixes = []string{"B.V.", "BV", "B.V.", "GmbH", "GmbH", "V.O.F.", "Ltd", "Inc.", "AG", "UG", "e.K.", "N.V.", "Stichting", "Pte Ltd", "", "", ""}
	between  = []string{"", "", "", "", "de ", "van ", "van der ", "van den ", "von "}
)

func newNames() *names {
	n := &names{r: rand.New(rand.NewPCG(11, 26))}
	n.common, n.given, n.word = rand.NewZipf(n.r, 1.05, 8, 60_000), rand.NewZipf(n.r, 1.2, 6, 3000), rand.NewZipf(n.r, 1.3, 3, uint64(len(frequent)-1))
	for range 60_001 {
		n.persons = append(n.persons, n.made(1)+endings[n.r.IntN(len(endings))])
	}
	return n
}

// made is a word of some syllables, which hardly anybody else has.
func (n *names) made(syllables int) string {
	var b strings.Builder
	for range syllables {
		b.WriteString(onsets[n.r.IntN(len(onsets))] + nuclei[n.r.IntN(len(nuclei))] + codas[n.r.IntN(len(codas))])
	}
	s := []rune(b.String())
	return strings.ToUpper(string(s[:1])) + string(s[1:])
}

func (n *names) surname() string {
	if n.r.IntN(4) == 0 {
		return n.made(1) + endings[n.r.IntN(len(endings))]
	}
	return n.persons[n.common.Uint64()]
}

func (n *names) next(i int) named {
	person := n.surname()
	c := named{
		id: fmt.Sprintf("NL%09d", 100_000_000+i), email: fmt.Sprintf("c%d@kunde%d.example", i, i%50_000),
		contact: n.persons[n.given.Uint64()] + " " + between[n.r.IntN(len(between))] + person,
	}
	switch n.r.IntN(3) {
	case 0:
		c.company = person + " " + frequent[n.word.Uint64()]
	case 1:
		c.company = n.made(2) + " " + frequent[n.word.Uint64()]
	default:
		c.company = n.made(2+n.r.IntN(2)) + " " + n.surname() + " " + frequent[n.word.Uint64()]
	}
	c.company = strings.TrimSpace(c.company + " " + suffixes[n.r.IntN(len(suffixes))])
	return c
}

func (c named) write(w io.Writer) {
	_, _ = fmt.Fprintf(w, "%s,%s,%s,%s\n", c.id, c.company, c.email, c.contact) // who flushes says it
}

// slip is a word with a letter changed, dropped, doubled or swapped with the next.
func (n *names) slip(word string) string {
	s := []rune(word)
	if len(s) < 4 {
		return word
	}
	i := 1 + n.r.IntN(len(s)-2)
	switch n.r.IntN(4) {
	case 0:
		s[i] = rune('a' + n.r.IntN(26))
	case 1:
		s = append(s[:i], s[i+1:]...)
	case 2:
		s = append(s[:i], append([]rune{s[i]}, s[i:]...)...)
	default:
		s[i], s[i+1] = s[i+1], s[i]
	}
	return string(s)
}
