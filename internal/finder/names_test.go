package finder_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/finder"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

// planted are customers among 10,000 others, with what a caller may be heard to
// say and an agent may type.
var planted = []struct {
	company, contact string
	typed            []string
}{
	{"Veldkamp Media B.V.", "Sanne Veldkamp", []string{
		"Veldkamp Media B.V.", "veldkamp media", "media veldkamp", "VELDKAMP MEDIA BV", "veldkamp b v", "veldkamp", "veldk",
		"vedlkamp media", "veldkmap", "veltkamp media", "veldkam media", "veldkammp media", "veldcamb media", "Sanne Veldkamp", "sane veldkamp", "sanne veldcamp", "veld kamp media", "veldkampmedia",
	}},
	{"Küstenlicht Fotografie GmbH", "Jürgen Groß", []string{
		"küstenlicht", "kustenlicht", "kuestenlicht", "KÜSTENLICHT FOTOGRAFIE", "küstenlciht", "kustenlich", "kuestenlicht fotographie", "Jürgen Groß", "jurgen gross", "juergen gross fotografie",
	}},
	{"Bloemisterij 't Zonnetje", "Thijs van der Heijden", []string{
		"t zonnetje", "'t zonnetje", "’t Zonnetje", "bloemisterij zonnetje", "bloemistery zonetje", "bloemisterij zonnteje", "thijs van der heijden", "thys van der heyden", "heijden thijs", "van der heiden thijs",
	}},
	{"O'Brien & Sons Ltd", "Zoë Müller-Lüdenscheidt", []string{
		"obrien sons", "O'Brien", "o’brien & sons", "obrian sons", "zoe müller lüdenscheidt", "mueller luedenscheidt", "ludenscheidt", "ludenscheit muller", "müller-lüdenscheid",
	}},
	{"PolderData V.O.F.", "Łukasz Żółkiewski", []string{
		"polderdata", "polder data", "polderdata vof", "polderdata v.o.f.", "poldredata", "lukasz zolkiewski", "łukasz", "zolkiewsky", "zolkewski lukas",
	}},
	{"陈伟 Trading Pte", "陈伟", []string{"陈伟", "陈 伟", "陈伟 trading"}},
	{"Студия Света", "Ольга Иванова", []string{"студия света", "СТУДИЯ", "студя света", "ольга ивaнова"}},
	{"Garage Öztürk", "Gül Öztürk", []string{"garage ozturk", "öztürk garage", "ozturck garage", "oztürk gul"}},
	{"Smørrebrød København ApS", "Åse Ærø", []string{"smorrebrod", "smørrebrød københavn", "smorebrod kobenhavn", "ase aero"}},
	{"4You 24/7 Diensten", "", []string{"4you", "4you 24 7", "4you diensten", "4you dinesten"}},
}

func plant(w *world) (ids []string) {
	w.Helper()
	for i, p := range planted {
		name := "NL77777770" + string(rune('0'+i))
		w.customer(name, p.company, p.contact, "planted@x.example")
		ids = append(ids, name)
	}
	return ids
}

func TestNamesAreFoundAmongTenThousandCustomers(t *testing.T) {
	each(t, func(w *world) {
		w.fill(10_000)
		ids := plant(w)
		w.index()
		for i, p := range planted {
			for _, typed := range p.typed {
				if h := w.expect(typed, ids[i]); h.Said == "" && h.In != "" {
					w.Errorf("%q: which name it is does not show: %+v", typed, h)
				}
			}
		}
		for _, typed := range []string{"zzyzx", "quetzalcoatl", "xqz veldkamq"} {
			if a := w.find(typed); slices.ContainsFunc(a.Hits, func(h finder.Hit) bool { return !h.Alike }) {
				w.Errorf("%q finds %v for sure", typed, found(a))
			}
		}
	})
}

// TestEachSlipIsForgiven makes every slip there is in a short word, and two in a
// long one.
func TestEachSlipIsForgiven(t *testing.T) {
	w := sqlite(t)
	w.fill(300)
	w.customer("NL777777700", "Quexby", "", "a@x.example")
	w.customer("NL777777701", "Zwanenburgia", "", "b@x.example")
	w.index()
	for _, typed := range slips("quexby") {
		w.expect(typed, "NL777777700")
	}
	for _, typed := range slips("zwanenburgia") {
		w.expect(typed, "NL777777701")
	}
	for i, typed := range slips("zwanenburgia") {
		if again := slips(typed); i%7 == 0 {
			w.expect(again[(i*31)%len(again)], "NL777777701")
		}
	}
	w.none("quxeyb") // two slips make another word
}

// slips are all words that one slip makes of another one.
func slips(word string) (all []string) {
	for i := range word {
		all = append(all, word[:i]+word[i+1:], word[:i]+"k"+word[i+1:], word[:i]+"k"+word[i:])
		if i > 0 {
			all = append(all, word[:i-1]+word[i:i+1]+word[i-1:i]+word[i+1:])
		}
	}
	return all
}

// TestAFrequentEndingHidesNobody: what is left of thousands of words after a slip
// is left of one that is sought, too; it is found by what is left of few.
func TestAFrequentEndingHidesNobody(t *testing.T) {
	each(t, func(w *world) {
		w.named(5000, func(i int) string {
			const letters = "bdfghklmnprstvwz"
			return string([]byte{letters[i%16], "aeiou"[i/16%5], letters[i/80%16], letters[i/1280%16]}) + "burg Media"
		})
		w.customer("NL777777700", "Zpoonburg Media", "", "a@x.example")
		w.customer("NL777777701", "Xixburg Media", "", "b@x.example")
		w.index()
		for _, typed := range []string{"zponburg media", "zpoonnburg media", "zpoobnurg media", "zpoonburg"} {
			w.expect(typed, "NL777777700")
		}
		for _, typed := range []string{"xixxburg media", "xixbburg media", "xisburgg media", "xixburg"} {
			w.expect(typed, "NL777777701")
		}
	})
}

func sqlite(t *testing.T) *world {
	t.Helper()
	db, clock := storetest.Open(t, "sqlite")
	return newWorld(t, db, clock)
}

func TestTheBestNameComesFirst(t *testing.T) {
	each(t, func(w *world) {
		w.customer("NL100000001", "Janssen Hosting Amsterdam", "", "a@x.example")
		w.customer("NL100000002", "Jansen Hosting", "", "b@x.example")
		w.customer("NL100000003", "Janssen", "", "c@x.example")
		w.customer("NL100000004", "Hosting Noord", "Piet Janssen", "d@x.example")
		w.index()
		for typed, want := range map[string][]string{
			"janssen":         {"NL100000003", "NL100000004", "NL100000001", "NL100000002"},
			"jansen":          {"NL100000002", "NL100000003", "NL100000004", "NL100000001"},
			"janssen hosting": {"NL100000001", "NL100000004", "NL100000002"},
			"janssen xyz":     {"NL100000003", "NL100000004", "NL100000001", "NL100000002"},
		} {
			if got := found(w.find(typed)); !slices.Equal(got, want) {
				w.Errorf("%q finds %v, want %v", typed, got, want)
			}
		}
		w.changed("NL100000003", keyfold.Details{Name: "Janssen", Closed: true})

		w.index()
		if got := found(w.find("janssen")); got[len(got)-1] != "NL100000003" {
			w.Errorf("an account that is closed is not the last of %v", got)
		}
	})
}

func TestAFrequentWordShowsSomeAndAsksForMore(t *testing.T) {
	each(t, func(w *world) {
		w.fill(3000)
		w.index()
		for _, typed := range []string{"hosting", "bv", "hosting bv", "h"} {
			if a := w.find(typed); len(a.Hits) != 20 || !a.More {
				w.Errorf("%q: %d, more: %t", typed, len(a.Hits), a.More)
			}
		}
	})
}

// TestOneNameOfTwoFrequentWordsIsFound, though each of them has more names than
// are looked at one by one.
func TestOneNameOfTwoFrequentWordsIsFound(t *testing.T) {
	each(t, func(w *world) {
		w.named(1600, func(i int) string { return fmt.Sprintf("Alpha Firm%d", i) })
		w.named(1600, func(i int) string { return fmt.Sprintf("Beta Firm%d", i) })
		w.customer("NL777777700", "Alpha Beta", "", "a@x.example")
		w.named(1600, func(i int) string { return fmt.Sprintf("Alphabet Betamax %d", i) })
		w.index()
		for _, typed := range []string{"alpha beta", "beta alpha"} {
			if a := w.find(typed); len(a.Hits) == 0 || a.Hits[0].Account.ID.String() != "NL777777700" || a.Hits[0].Alike {
				w.Errorf("%q finds %v", typed, found(a))
			}
		}
	})
}

func TestUsersAndListedContactsAreFoundByTheirNames(t *testing.T) {
	each(t, func(w *world) {
		ctx, by := w.Context(), keyfold.Act{By: "test"}
		first, second := w.customer("NL100000001", "Veldkamp Media", "", "a@x.example"), w.customer("NL100000002", "Polder Data", "", "b@x.example")
		w.update(func(tx *store.Tx) error {
			if err := tx.ApplyUser(ctx, keyfold.NewUser(by, "u1", email(w, "u@x.example"), "Quirine Uylenburgh", keyfold.Dutch, "h")); err != nil {
				return err
			}
			for _, owned := range []keyfold.CustomerID{first, second} {
				a, err := tx.Account(ctx, owned)
				if err != nil {
					return err
				}
				c, err := a.LinkBy(by, tx.Now(), keyfold.User{ID: "u1"})
				if err != nil {
					return err
				}
				if err := tx.Apply(ctx, c); err != nil {
					return err
				}
			}
			a, err := tx.Account(ctx, second)
			if err != nil {
				return err
			}
			c, err := a.AddContact(by, nil, keyfold.ListedContact{ID: "c1", Kind: keyfold.BillingContact, Contact: keyfold.Contact{Name: "Xaviera Boekhouder", Email: email(w, "books@x.example")}})
			if err != nil {
				return err
			}
			return tx.ApplyContact(ctx, c)
		})
		w.index()
		if a := w.find("quirine uilenburgh"); len(a.Hits) != 2 || a.Hits[0].In != store.InUserName || a.Hits[0].Said != "Quirine Uylenburgh" || !a.Hits[0].Alike {
			w.Errorf("a user finds %+v", a)
		}
		if h := w.expect("xaviera", "NL100000002"); h.In != store.InListedName || h.Kind != keyfold.BillingContact || h.Said != "Xaviera Boekhouder" || h.Alike {
			w.Errorf("a listed contact: %+v", h)
		}
	})
}

// TestTheIndexFollows what is renamed, and forgets what nobody is called any more.
func TestTheIndexFollows(t *testing.T) {
	each(t, func(w *world) {
		w.customer("NL100000001", "Zeldzaam Media", "Sanne Veldkamp", "a@x.example")
		w.customer("NL100000002", "Polder Media", "", "b@x.example")
		w.index()
		w.expect("zeldzaam", "NL100000001")
		w.changed("NL100000001", keyfold.Details{Name: "Bijzonder Media"})

		w.expect("zeldzaam", "NL100000001") // until the follower has seen it
		w.index()
		w.none("zeldzaam")
		w.expect("bijzonder", "NL100000001")
		w.expect("sanne bijzonder", "NL100000001")
		if a := w.find("media"); len(a.Hits) != 2 {
			w.Errorf("a word that others have, too, finds %v", found(a))
		}
		for _, table := range []string{"find_names where words like '%zeldzaam%'", "find_words where word like '%zeldzaam%'", "find_near where word like '%zeldzaam%'"} {
			if got := storetest.Texts(w, w.db, "select 'left' from "+table); len(got) > 0 {
				w.Errorf("the old name is left in %s", table)
			}
		}
		orphans := storetest.Texts(w, w.db, `select 'orphan' from find_postings p where not exists (select 1 from find_words w where w.id = p.word) or not exists (select 1 from find_names n where n.id = p.name)
			union all select 'orphan' from find_words w where not exists (select 1 from find_postings p where p.word = w.id)`)
		if len(orphans) > 0 {
			w.Errorf("%d rows of the index belong to nothing", len(orphans))
		}
	})
}

// TestWhoFollowsTwiceIndexesOnce: several replicas follow at once.
func TestWhoFollowsTwiceIndexesOnce(t *testing.T) {
	each(t, func(w *world) {
		w.fill(600)
		storetest.Seal(w, w.db)
		done := make(chan error)
		for range 3 {
			go func() {
				for {
					n, _, err := w.finds.Step(w.Context(), 37)
					if n == 0 || err != nil {
						done <- err
						return
					}
				}
			}()
		}
		for range 3 {
			if err := <-done; err != nil {
				w.Error(err)
			}
		}
		if got := storetest.Texts(w, w.db, `select words from find_names`); len(got) != 600 {
			w.Errorf("%d accounts are in the index", len(got))
		}
		double := storetest.Texts(w, w.db, `select id from find_words group by id having count(*) > 1`)
		if len(double) > 0 {
			w.Errorf("words have one number: %v", double)
		}
	})
}

func TestWhatIsNotInTheIndexYetIsSaid(t *testing.T) {
	each(t, func(w *world) {
		w.fill(120)
		w.customer("NL100000001", "Veldkamp Media", "", "a@x.example")
		if a := w.find("veldkamp"); a.Behind != 121 || len(a.Hits) > 0 {
			w.Errorf("before: %+v", a)
		}
		w.expect("NL100000001", "NL100000001")
		w.expect("a@x.example", "NL100000001")
		w.index()
		if a := w.find("veldkamp"); a.Behind != 0 || len(a.Hits) != 1 {
			w.Errorf("after: %+v", a)
		}
	})
}

func TestALongNameDoesNoHarm(t *testing.T) {
	each(t, func(w *world) {
		w.customer("NL100000001", strings.Repeat("Lang ", 60)+strings.Repeat("x", 120), strings.Repeat("é", 200), "a@x.example")
		w.index()
		w.expect("lang", "NL100000001")
		w.expect(strings.Repeat("e", 40), "NL100000001")
	})
}
