package importer_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/keyfold/keyfold/internal/importer"
	"github.com/keyfold/keyfold/internal/password"
	"github.com/keyfold/keyfold/internal/readiness"
	"github.com/keyfold/keyfold/internal/source"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

// internet has a mail server for every domain, but for those under gone.nl and
// silent.nl.
type internet struct{}

func (internet) LookupMX(_ context.Context, name string) ([]*net.MX, error) {
	switch {
	case strings.HasSuffix(name, ".gone.nl."):
		return nil, &net.DNSError{Name: name, IsNotFound: true}
	case strings.HasSuffix(name, ".silent.nl."):
		return nil, &net.DNSError{Name: name, IsTimeout: true}
	}
	return []*net.MX{{Host: "mx.polder.nl."}}, nil
}

func (internet) LookupHost(_ context.Context, name string) ([]string, error) {
	if name == "mx.polder.nl." {
		return []string{"192.0.2.1"}, nil
	}
	return nil, &net.DNSError{Name: name, IsNotFound: true}
}

// The columns of a planted row, in the order of the file.
const (
	atID = iota
	atName
	atEmail
	atContact
	atHash
	atLocale
	atStatus
	atHosted
)

const plantedHead = "customer_id,name,contact_email,contact_name,password_hash,locale,status,hosted_domains\n"

const strongHash = "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"

// defects change a good row so that one thing is wrong with it. Each is a kind.
var defects = map[readiness.Kind]func(r *rand.Rand, cells []string){
	readiness.RowUnreadable: func(_ *rand.Rand, c []string) { c[atName] = "M\xfcller" },
	readiness.RowFields:     func(_ *rand.Rand, c []string) { c[atHosted] = "\x00" }, // the last field goes
	readiness.IDMissing:     func(_ *rand.Rand, c []string) { c[atID] = " " },
	readiness.IDMalformed:   func(r *rand.Rand, c []string) { c[atID] = pick(r, "NL", "NL#100001", "=1+1", "ＮＬ100001") },
	readiness.EntityUnknown: func(_ *rand.Rand, c []string) { c[atID] = "XX" + c[atID][2:] },
	readiness.NameMissing:   func(_ *rand.Rand, c []string) { c[atName] = "" },
	readiness.NameControl: func(r *rand.Rand, c []string) {
		c[pickOf(r, atName, atContact)] = pick(r, "a\nb", "a\u202eb", "a\u200bb")
	},
	readiness.NameLong: func(_ *rand.Rand, c []string) { c[atName] = strings.Repeat("ab", 61) },
	readiness.ContactInvalid: func(r *rand.Rand, c []string) {
		c[atEmail] = pick(r, "sanne", "sanne@", "a b@veldkamp.nl", "a@b@c.nl", "-")
	},
	readiness.LocaleUnknown:  func(_ *rand.Rand, c []string) { c[atLocale] = "klingon" },
	readiness.StatusUnknown:  func(r *rand.Rand, c []string) { c[atStatus] = pick(r, "1", "Inactive", "suspended") },
	readiness.HashUnknown:    func(r *rand.Rand, c []string) { c[atHash] = pick(r, "secret", "$9$abc", strongHash[:59]) },
	readiness.HashCostly:     func(_ *rand.Rand, c []string) { c[atHash] = costlyHash },
	readiness.HashWeak:       func(_ *rand.Rand, c []string) { c[atHash] = "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=" },
	readiness.HashMissing:    func(_ *rand.Rand, c []string) { c[atHash] = "" },
	readiness.ContactMissing: func(_ *rand.Rand, c []string) { c[atEmail] = "" },
	readiness.ContactNoReply: func(r *rand.Rand, c []string) {
		c[atEmail] = pick(r, "no-reply+", "NoReply", "donotreply") + number(c) + domainOf(c)
	},
	readiness.ContactRole: func(r *rand.Rand, c []string) {
		c[atEmail] = pick(r, "info+", "Sales+", "boekhouding+") + number(c) + domainOf(c)
	},
	readiness.ContactReserved: func(r *rand.Rand, c []string) {
		c[atEmail] = localOf(c) + pick(r, "@example.com", "@office.local", "@x.test")
	},
	readiness.ContactDisposable:  func(r *rand.Rand, c []string) { c[atEmail] = localOf(c) + pick(r, "@mailinator.com", "@YOPmail.com") },
	readiness.ContactTypo:        func(r *rand.Rand, c []string) { c[atEmail] = localOf(c) + pick(r, "@hotmail.con", "@zigo.nl") },
	readiness.ContactUnreachable: func(_ *rand.Rand, c []string) { c[atEmail] = localOf(c) + "@c" + number(c) + ".gone.nl" },
	readiness.ContactUnchecked:   func(_ *rand.Rand, c []string) { c[atEmail] = localOf(c) + "@c" + number(c) + ".silent.nl" },
	readiness.ContactHosted:      func(_ *rand.Rand, c []string) { c[atHosted] = "other.de;WWW." + strings.ToUpper(domainOf(c)[1:]) },
	readiness.IDTwice:            nil, // of two rows: see plant
	readiness.ContactShared:      nil,
}

const costlyHash = "$argon2id$v=19$m=4194304,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$c29tZWhhc2hzb21laGFzaHNvbWVoYXNoc29tZWhhc2g"

func pick(r *rand.Rand, of ...string) string { return of[r.IntN(len(of))] }
func pickOf(r *rand.Rand, of ...int) int     { return of[r.IntN(len(of))] }

func domainOf(cells []string) string { _, d, _ := strings.Cut(cells[atEmail], "@"); return "@" + d }
func localOf(cells []string) string  { l, _, _ := strings.Cut(cells[atEmail], "@"); return l }

// number is what no other row has.
func number(cells []string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, cells[atID])
}

// good is a row with nothing wrong, though it looks like it at times.
func good(r *rand.Rand, i int) []string {
	n := fmt.Sprintf("%07d", 1_000_000+i)
	return []string{
		pick(r, "NL"+n, "nl "+n, "DE-"+n, "us"+n[:3]+"."+n[3:], "SG"+n),
		pick(r, "Veldkamp Media B.V.", `Müller, Söhne & "Co"`, "=1+1", "O'Neill", "株式会社", "Null", "noreply GmbH"),
		fmt.Sprintf("%s%d%s", pick(r, "info-", "sanne+", "Sales.team", "reply"), i, pick(r, "@veldkamp.nl", "@Example.com.nl", "@gmail.com", "@müller.de", fmt.Sprintf("@d%d.nl", i%5000))),
		pick(r, "", "Sanne Veldkamp"), strongHash, pick(r, "", "nl", "de-AT", "EN"), pick(r, "", "active", "Active"), pick(r, "", "hosted.nl", "kamp.nl, veldkamp.de"),
	}
}

// A planted file has defects in rows that are known.
type planted struct {
	text  string
	lines map[string][]int // of each kind
}

// plant makes a file. Each row has one defect at most, but that the row which
// shares its mailbox with another is found with it.
func plant(tb testing.TB, seed uint64, rows, bad int) planted {
	tb.Helper()
	r := rand.New(rand.NewPCG(seed, 0))
	kinds := make([]readiness.Kind, 0, len(defects))
	for k := range defects {
		kinds = append(kinds, k)
	}
	slices.Sort(kinds)
	cells := make([][]string, rows)
	for i := range cells {
		cells[i] = good(r, i)
	}
	found := map[string][]int{}
	at := r.Perm(rows - 1)
	for i, kind := range slices.Repeat(kinds, bad/len(kinds)+1)[:bad] {
		row := at[i] + 1 // the first one stays good
		switch kind {
		case readiness.IDTwice:
			first := at[bad+2*i] + 1
			cells[row][atID] = " " + strings.ToLower(cells[first][atID]) + "."
			found[kind.String()] = append(found[kind.String()], max(row, first)+2)
		case readiness.ContactShared:
			other := at[bad+2*i+1] + 1
			cells[row][atEmail] = strings.ToUpper(cells[other][atEmail])
			found[kind.String()] = append(found[kind.String()], row+2, other+2)
		default:
			defects[kind](r, cells[row])
			found[kind.String()] = append(found[kind.String()], row+2)
		}
	}
	for _, lines := range found {
		slices.Sort(lines)
	}
	return planted{text: plantedHead + written(tb, cells), lines: found}
}

func written(tb testing.TB, cells [][]string) string {
	tb.Helper()
	var out strings.Builder
	w := csv.NewWriter(&out)
	for _, c := range cells {
		if c[atHosted] == "\x00" {
			c = c[:atHosted]
		}
		for i := range c {
			c[i] = strings.ReplaceAll(c[i], "\n", "\v") // one row is one line
		}
		if err := w.Write(c); err != nil {
			tb.Fatal(err)
		}
	}
	w.Flush()
	return out.String()
}

// linesOf are the lines of each finding of a report.
func linesOf(r readiness.Report) map[string][]int {
	all := map[string][]int{}
	for _, f := range r.Findings {
		var lines []int
		for _, e := range f.Examples {
			lines = append(lines, e.Line)
		}
		slices.Sort(lines)
		all[f.Kind.String()] = lines
	}
	return all
}

// examine reads a planted file and compares what is found with what is there.
func examine(t *testing.T, p planted, read func(*importer.Service, source.Reader) (importer.Result, error)) {
	t.Helper()
	tally, err := readiness.New(readiness.Config{Examples: 1 << 30, Resolver: internet{}, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tally.Close(); err != nil {
			t.Error(err)
		}
	})
	intake, err := password.NewIntake(password.IntakeConfig{Bare: true})
	if err != nil {
		t.Fatal(err)
	}
	defer intake.Close()
	in, err := source.Open(strings.NewReader(p.text))
	if err != nil {
		t.Fatal(err)
	}
	result, err := read(&importer.Service{Entities: storetest.Entities(t), Tally: tally, Intake: intake}, in)
	if err != nil {
		t.Fatal(err)
	}
	report, err := tally.Report(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p.lines, linesOf(report)); diff != "" {
		t.Errorf("planted and found differ (-planted +found):\n%s", diff)
	}
	notReady := report.All() - report.Ready
	want := 0
	for kind, lines := range p.lines {
		if bars(kind) {
			want += len(lines)
		}
	}
	if report.All() != result.Rows || report.LeftOut != result.Bad || notReady != want {
		t.Errorf("%+v of %+v; %d are not ready, want %d", report.Counts, counts(result), notReady, want)
	}
}

// bars reports whether who has a defect is not ready.
func bars(kind string) bool {
	for _, k := range readiness.Kinds() {
		if k.String() == kind {
			return k.About().Severity == readiness.Stops || k == readiness.ContactUnchecked
		}
	}
	return false
}

// TestAllPlantedDefectsAreFoundAndNoneIsInvented is the promise of the report.
func TestAllPlantedDefectsAreFoundAndNoneIsInvented(t *testing.T) {
	p := plant(t, 4711, 100_000, 2_000)
	if len(p.lines) < 15 {
		t.Fatalf("only %d kinds", len(p.lines))
	}
	examine(t, p, func(s *importer.Service, in source.Reader) (importer.Result, error) {
		return s.Look(t.Context(), in, nil)
	})
}

func TestAnImportReportsWhatADryRunDoes(t *testing.T) {
	p := plant(t, 42, 2_000, 300)
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		for range 2 { // and again when all is in
			examine(t, p, func(s *importer.Service, in source.Reader) (importer.Result, error) {
				s.DB = db
				return s.Customers(t.Context(), in, "planted.csv", nil)
			})
		}
	})
}

func TestADryRunIsGivenUpWithItsContext(t *testing.T) {
	in, err := source.Open(io.MultiReader(strings.NewReader(head), strings.NewReader(strings.Repeat("NL100001,One,,\n", 1000))))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := importer.Service{Entities: storetest.Entities(t)}
	if result, err := s.Look(ctx, in, nil); err == nil || result.Rows > 0 {
		t.Errorf("%+v, %v", result, err)
	}
}
