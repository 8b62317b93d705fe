package finder_test

import (
	"fmt"
	"math/rand/v2"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
)

// crowd are names as customers have them, always the same ones.
type crowd struct{ *rand.Rand }

func newCrowd() crowd { return crowd{rand.New(rand.NewPCG(1, 2))} }

var (
	firsts = []string{"Jan", "Piet", "Sanne", "Lotte", "Daan", "Emma", "Lukas", "Anna", "Hans", "Greta", "Jürgen", "José", "Chloé", "James", "Mary", "Wei", "Søren", "Zoë", "Fatima", "Mehmet"}
	starts = []string{"Ver", "Hoog", "Ooster", "Wester", "Groen", "Blau", "Stein", "Berg", "Lind", "Hart", "Kirch", "Water", "Noord", "Zuid", "Schul", "Neu", "Alt", "Brand", "Ritter", "Koning"}
	ends   = []string{"meer", "kamp", "huis", "mann", "berger", "dorf", "stra", "veld", "bach", "hof", "hauser", "man", "ink", "sma", "ers", "holt", "gaard", "wijk", "thal", "stein"}
	trades = []string{"Hosting", "Media", "Design", "Bouw", "Software", "Consulting", "Bakkerij", "Druck", "Studio", "Logistik", "Webshop", "Advies", "Energie", "Makler", "Garage", "Foto"}
	forms  = []string{"B.V.", "BV", "GmbH", "V.O.F.", "Ltd", "Inc.", "AG", "e.K.", "Stichting", ""}
)

func (c crowd) of(list []string) string { return list[c.IntN(len(list))] }

func (c crowd) surname() string {
	name := c.of(starts) + c.of(ends)
	if c.IntN(3) == 0 {
		name += fmt.Sprintf("%c%c", 'a'+c.IntN(26), 'a'+c.IntN(26))
	}
	return name
}

func (c crowd) company() string {
	return c.surname() + " " + c.of(trades) + " " + c.of(forms)
}

// fill enters customers as there are.
func (w *world) fill(n int) {
	w.Helper()
	c := newCrowd()
	w.enter(n, func(int) (string, string) { return c.company(), c.of(firsts) + " " + c.surname() })
}

// named enters customers with names of one kind.
func (w *world) named(n int, name func(int) string) {
	w.Helper()
	w.enter(n, func(i int) (string, string) { return name(i), "" })
}

// enter enters customers, some hundreds at once.
func (w *world) enter(n int, names func(int) (company, contact string)) {
	w.Helper()
	for at := 0; at < n; at += 500 {
		w.update(func(tx *store.Tx) error {
			for i := at; i < min(at+500, n); i++ {
				company, contact := names(i)
				d := keyfold.Details{
					ID: id(w, fmt.Sprintf("NL%09d", 200_000_000+w.entered+i)), Entity: "NL", Name: company,
					Contact: keyfold.Contact{Name: contact, Email: email(w, fmt.Sprintf("c%d@crowd.example", i))},
				}
				if err := tx.Apply(w.Context(), keyfold.Import(keyfold.Act{By: "import:test"}, d)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	w.entered += n
}
