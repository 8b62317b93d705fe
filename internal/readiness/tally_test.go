package readiness_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/password"
	"github.com/keyfold/keyfold/internal/readiness"
)

func customerID(tb testing.TB, typed string) keyfold.CustomerID {
	tb.Helper()
	id, err := keyfold.ParseCustomerID(typed)
	if err != nil {
		tb.Fatal(err)
	}
	return id
}

func email(tb testing.TB, typed string) (to keyfold.Email) {
	tb.Helper()
	if typed == "" {
		return to
	}
	to, err := keyfold.ParseEmail(typed)
	if err != nil {
		tb.Fatalf("%s: %v", typed, err)
	}
	return to
}

// row is a customer with a strong hash, of the entity that its ID begins with.
func row(tb testing.TB, line int, id, to string) readiness.Row {
	tb.Helper()
	return readiness.Row{
		Line: line, ID: customerID(tb, id), Entity: strings.TrimRight(id, "0123456789"),
		Contact: keyfold.Contact{Email: email(tb, to)}, Hash: readiness.Hash{Given: true, Format: "bcrypt"},
	}
}

func newTally(tb testing.TB, c readiness.Config) *readiness.Tally {
	tb.Helper()
	c.Dir = tb.TempDir()
	t, err := readiness.New(c)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := t.Close(); err != nil {
			tb.Error(err)
		}
		if left, err := os.ReadDir(c.Dir); err != nil || len(left) > 0 {
			tb.Errorf("%v is left behind, %v", left, err)
		}
	})
	return t
}

func report(tb testing.TB, t *readiness.Tally) readiness.Report {
	tb.Helper()
	r, err := t.Report(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	sum := r.Counts
	sum.LeftOut = 0
	for _, e := range r.Entities {
		sum.Ready -= e.Ready
		sum.Unchecked -= e.Unchecked
		sum.Care -= e.Care
		sum.Registered -= e.Registered
		sum.Closed -= e.Closed
	}
	if sum != (readiness.Counts{}) {
		tb.Errorf("the entities are not the whole: %+v are missing", sum)
	}
	return r
}

// found are the findings as text: name and count.
func found(r readiness.Report) map[string]int {
	all := map[string]int{}
	for _, f := range r.Findings {
		all[f.Kind.String()] = f.Count
	}
	return all
}

func same(tb testing.TB, what string, want, got any) {
	tb.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		tb.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// lines are those of a CSV file, the first one too.
func lines(tb testing.TB, file *bytes.Buffer) [][]string {
	tb.Helper()
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(file.String(), "\ufeff"))).ReadAll()
	if err != nil {
		tb.Fatal(err)
	}
	return rows
}

func TestWhatAnAddressSaysByItself(t *testing.T) {
	for _, c := range []struct {
		to   string
		want []string // besides contact.unchecked
	}{
		{"sanne@veldkamp.nl", nil},
		{"", []string{"contact.missing"}},
		{"noreply@veldkamp.nl", []string{"contact.no_reply"}},
		{"No-Reply+4711@veldkamp.nl", []string{"contact.no_reply"}},
		{"do_not.reply2@veldkamp.nl", []string{"contact.no_reply"}},
		{"noreplyer@veldkamp.nl", nil},
		{"info@veldkamp.nl", []string{"contact.role"}},
		{"Buchhaltung@weber.de", []string{"contact.role"}},
		{"informatie@veldkamp.nl", nil},
		{"a@mailinator.com", []string{"contact.disposable"}},
		{"a@x.mailinator.com", []string{"contact.disposable"}},
		{"a@mailinator.com.veldkamp.nl", nil},
		{"a@zigo.nl", []string{"contact.typing_slip"}},
		{"a@ziggo.nl", nil},
		{"a@example.com", []string{"contact.reserved_domain"}},
		{"a@mail.veldkamp.example", []string{"contact.reserved_domain"}},
		{"a@anexample.com", nil},
		{"a@server.local", []string{"contact.reserved_domain"}},
		{"info@mailinator.com", []string{"contact.disposable", "contact.role"}},
	} {
		tally := newTally(t, readiness.Config{})
		tally.Row(row(t, 2, "NL100001", c.to))
		r := report(t, tally)
		var got []string
		for _, f := range r.Findings {
			if f.Kind != readiness.ContactUnchecked {
				got = append(got, f.Kind.String())
			}
		}
		same(t, c.to, c.want, got)
		barred := len(c.want) > 0 && r.Findings[0].Kind.About().Severity == readiness.Stops
		want := readiness.Counts{Unchecked: 1}
		if barred {
			want = readiness.Counts{Care: 1}
		}
		same(t, c.to, want, r.Counts)
	}
}

func TestNobodyIsReadyWhoseDomainWasNotLookedUp(t *testing.T) {
	tally := newTally(t, readiness.Config{})
	for i := range 100 {
		tally.Row(row(t, i+2, fmt.Sprintf("NL1%05d", i), fmt.Sprintf("c%d@veldkamp.nl", i)))
	}
	r := report(t, tally)
	same(t, "counts", readiness.Counts{Unchecked: 100}, r.Counts)
	if !strings.Contains(r.Verdict(), "nobody has checked") || !strings.Contains(strings.Join(r.Unknown, " "), "--check-mx") {
		t.Errorf("%q, %q", r.Verdict(), r.Unknown)
	}
}

func TestAContactAtADomainThatTheCustomerHosts(t *testing.T) {
	for _, c := range []struct {
		to, hosted string
		want       bool
	}{
		{"a@veldkamp.nl", "veldkamp.nl", true},
		{"a@mail.veldkamp.nl", "other.de; WWW.Veldkamp.NL", true},
		{"a@müller.de", "xn--mller-kva.de", true},
		{"a@veldkamp.nl", "mail.veldkamp.nl,veldkamp.de", false},
		{"a@otherveldkamp.nl", "veldkamp.nl", false},
		{"a@veldkamp.nl", "nl , , @ | no domain", false},
		{"a@veldkamp.nl", "", false},
	} {
		tally := newTally(t, readiness.Config{})
		in := row(t, 2, "NL100001", c.to)
		in.Hosted = readiness.Domains(c.hosted)
		tally.Row(in)
		if got := found(report(t, tally))["contact.hosted_domain"] == 1; got != c.want {
			t.Errorf("%s with %q: %v", c.to, c.hosted, got)
		}
	}
}

func TestClosedAndRegisteredCustomersHaveNothingToDo(t *testing.T) {
	tally := newTally(t, readiness.Config{})
	closed, registered := row(t, 2, "NL100001", ""), row(t, 3, "NL100002", "noreply@x.nl")
	closed.Closed, registered.Registered = true, true
	tally.Row(closed)
	tally.Row(registered)
	r := report(t, tally)
	same(t, "counts", readiness.Counts{Closed: 1, Registered: 1}, r.Counts)
	same(t, "findings", map[string]int{}, found(r))
}

func TestARowIsLeftOutOnceWhateverIsWrongWithIt(t *testing.T) {
	tally := newTally(t, readiness.Config{})
	for _, column := range []string{"name", "contact_name"} {
		tally.Defect(readiness.Defect{Line: 2, Typed: "NL1", Column: column, Kind: readiness.NameControl, Reason: "no", LeftOut: true})
	}
	tally.Defect(readiness.Defect{Line: 2, Typed: "NL1", Column: "status", Kind: readiness.StatusUnknown, Reason: "no", LeftOut: true})
	tally.Defect(readiness.Defect{Line: 3, Typed: "NL100001", Column: "password_hash", Kind: readiness.HashCostly, Reason: "no"})
	without := row(t, 3, "NL100001", "a@x.nl")
	without.Hash = readiness.Hash{} // it had one
	tally.Row(without)
	r := report(t, tally)
	same(t, "counts", readiness.Counts{LeftOut: 1, Unchecked: 1}, r.Counts)
	same(t, "findings", map[string]int{"name.control_characters": 1, "status.unknown": 1, "hash.too_costly": 1, "contact.unchecked": 1}, found(r))
}

func TestHashes(t *testing.T) {
	tally := newTally(t, readiness.Config{})
	for i, h := range []readiness.Hash{{Given: true, Format: "bcrypt"}, {Given: true, Format: "bcrypt"}, {Given: true, Format: "recipe", Weak: true}, {}} {
		in := row(t, i+2, fmt.Sprintf("NL10000%d", i), "")
		in.Hash, in.SecondFactor = h, i == 1
		tally.Row(in)
	}
	r := report(t, tally)
	same(t, "findings", map[string]int{"contact.missing": 4, "hash.weak": 1, "hash.missing": 1, "second_factor": 1}, found(r))
	same(t, "formats", []readiness.Format{{Name: "bcrypt", Count: 2}, {Name: "recipe", Count: 1}}, r.Formats)
}

func TestASourceWithoutHashesIsNotTakenForOneOfCustomersWithoutThem(t *testing.T) {
	tally := newTally(t, readiness.Config{})
	in := row(t, 2, "NL100001", "")
	in.Hash = readiness.Hash{}
	tally.Row(in)
	r := report(t, tally)
	same(t, "findings", map[string]int{"contact.missing": 1}, found(r))
	if !strings.Contains(strings.Join(r.Unknown, " "), "Legacy passwords") {
		t.Errorf("%q", r.Unknown)
	}
}

// TestSharedMailboxesAreCountedExactlyWhateverTheRoom has mailboxes of 1 to 40
// customers, in turns, so that each is spread over many runs.
func TestSharedMailboxesAreCountedExactlyWhateverTheRoom(t *testing.T) {
	var files []string
	for _, room := range []int{1 << 20, 7} {
		var file bytes.Buffer
		tally := newTally(t, readiness.Config{Mailboxes: &file, Examples: 3})
		tally.SetRooms(room, room)
		line, want := 1, readiness.Shared{}
		for turn := range 40 {
			for box := range 60 {
				if box%40 < turn {
					continue
				}
				line++
				spelling := fmt.Sprintf("Box%d@Veldkamp%d.NL", box, box)
				if turn%2 == 1 {
					spelling = strings.ToLower(spelling)
				}
				tally.Row(row(t, line, fmt.Sprintf("NL1%05d", line), spelling))
			}
		}
		for box := range 60 {
			if n := box%40 + 1; n > 1 {
				want.Mailboxes++
				want.Customers += n
			}
		}
		r := report(t, tally)
		if r.Shared.Mailboxes != want.Mailboxes || r.Shared.Customers != want.Customers {
			t.Errorf("%d customers share %d mailboxes, want %+v", r.Shared.Customers, r.Shared.Mailboxes, want)
		}
		if got := found(r)["contact.shared"]; got != want.Customers {
			t.Errorf("found %d", got)
		}
		top := r.Shared.Largest[0]
		if top.Address != "box39@veldkamp39.nl" || top.Count != 40 || len(top.Customers) != 20 || top.Customers[0].Line != 41 || len(r.Shared.Largest) != want.Mailboxes {
			t.Errorf("%d mailboxes, the largest is %+v", len(r.Shared.Largest), top)
		}
		rows := lines(t, &file)
		if len(rows) != want.Customers+1 {
			t.Fatalf("%d lines", len(rows))
		}
		files = append(files, fmt.Sprint(rows))
	}
	if files[0] != files[1] {
		t.Error("the file depends on the room that there is in memory")
	}
}

func TestRowsToFixAreWrittenAsFound(t *testing.T) {
	var file bytes.Buffer
	tally := newTally(t, readiness.Config{Fix: &file})
	tally.Defect(readiness.Defect{Line: 2, Typed: "=cmd|' /C calc'!A0", Column: "customer_id", Kind: readiness.IDMalformed, Reason: "it is no customer ID", LeftOut: true})
	tally.Row(row(t, 3, "NL100001", "info@mailinator.com"))
	tally.Row(row(t, 4, "NL100002", "sanne@veldkamp.nl"))
	report(t, tally)
	rows := lines(t, &file)
	same(t, "rows", [][]string{
		{"line", "customer_id", "column", "finding", "problem", "what_to_do"},
		{"2", "'=cmd|' /C calc'!A0", "customer_id", "id.malformed", "it is no customer ID", "Correct the customer ID."},
		{"3", "NL100001", "contact_email", "contact.role", "info@", "Write the address of a person, if you can."},
		{"3", "NL100001", "contact_email", "contact.disposable", "mailinator.com", "Write an address of the customer's own."},
	}, rows)
}

func TestASourceThatStopsIsNotTakenForAWholeOne(t *testing.T) {
	tally := newTally(t, readiness.Config{})
	tally.Row(row(t, 2, "NL100001", "a@x.nl"))
	tally.Stopped("line 3: a quote mark is missing")
	r := report(t, tally)
	if !strings.Contains(r.Verdict(), "only a part") || !strings.Contains(r.Unknown[0], "could not be read on") {
		t.Errorf("%q, %q", r.Verdict(), r.Unknown)
	}
}

// full is a disk with no room left after some bytes.
type full struct{ room int }

var errFull = errors.New("no space left on device")

func (f *full) Write(b []byte) (int, error) {
	if f.room -= len(b); f.room < 0 {
		return 0, errFull
	}
	return len(b), nil
}

func TestNoReportIsMadeWhenSomethingCouldNotBeWritten(t *testing.T) {
	for _, c := range []readiness.Config{{Fix: &full{5000}}, {Mailboxes: &full{5000}}} {
		tally := newTally(t, c)
		for i := range 500 {
			tally.Row(row(t, i+2, fmt.Sprintf("NL1%05d", i), "info@veldkamp.nl"))
		}
		if _, err := tally.Report(t.Context()); !errors.Is(err, errFull) {
			t.Errorf("%v", err)
		}
	}
	tally, err := readiness.New(readiness.Config{Dir: "/nowhere/at/all"})
	if err != nil {
		t.Fatal(err)
	}
	tally.SetRooms(2, 2)
	for i := range 5 {
		tally.Row(row(t, i+2, fmt.Sprintf("NL1%05d", i), "a@veldkamp.nl"))
	}
	if _, err := tally.Report(t.Context()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

func TestKindOf(t *testing.T) {
	_, unknown := keyfold.Entities{}.CustomerID("NL100001")
	_, malformed := keyfold.ParseCustomerID("!")
	_, long := keyfold.ParseName(strings.Repeat("a", 200))
	_, control := keyfold.ParseName("a\nb")
	other := errors.New("other")
	for _, c := range []struct {
		column string
		err    error
		want   readiness.Kind
	}{
		{"customer_id", unknown, readiness.EntityUnknown},
		{"customer_id", malformed, readiness.IDMalformed},
		{"name", long, readiness.NameLong},
		{"contact_name", control, readiness.NameControl},
		{"name", other, readiness.NameMissing},
		{"contact_email", other, readiness.ContactInvalid},
		{"locale", other, readiness.LocaleUnknown},
		{"status", other, readiness.StatusUnknown},
		{"password_hash", password.ErrUnknown, readiness.HashUnknown},
		{"password_hash", fmt.Errorf("x: %w", password.ErrCostly), readiness.HashCostly},
		{"password_salt", password.ErrNoSalt, readiness.HashIncomplete},
		{"contact_2_email", other, readiness.FieldUnknown},
	} {
		if got := readiness.KindOf(c.column, "typed", c.err); got != c.want {
			t.Errorf("%s, %v: %v", c.column, c.err, got)
		}
	}
}

func TestARowWithoutAnIDIsNotOneWithABadID(t *testing.T) {
	if got := readiness.KindOf("customer_id", "", errors.New("other")); got != readiness.IDMissing {
		t.Error(got)
	}
}

func TestSharesAreNeverRoundedUp(t *testing.T) {
	for _, c := range []struct {
		n, all int
		want   string
	}{{0, 10, "0 %"}, {0, 0, "0 %"}, {10, 10, "100 %"}, {9999, 10_000, "99.9 %"}, {1, 10_000, "< 0.1 %"}, {1, 3, "33.3 %"}} {
		if got := readiness.Share(c.n, c.all); got != c.want {
			t.Errorf("%d of %d: %q", c.n, c.all, got)
		}
	}
}

func TestAReportCanBeGivenUp(t *testing.T) {
	tally := newTally(t, readiness.Config{Resolver: world{}})
	tally.Row(row(t, 2, "NL100001", "a@veldkamp.nl"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r, err := tally.Report(ctx)
	if err != nil || r.Ready > 0 || r.Unchecked != 1 {
		t.Errorf("%+v, %v", r.Counts, err)
	}
	if err := r.WriteText(io.Discard, true); err != nil {
		t.Error(err)
	}
}

// TestAKilledReportLeavesNoAddressBehind looks while the files are in use: a
// process that is killed closes nothing.
func TestAKilledReportLeavesNoAddressBehind(t *testing.T) {
	dir := t.TempDir()
	tally, err := readiness.New(readiness.Config{Dir: dir, Resolver: small()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tally.Close() }()
	tally.SetRooms(2, 2)
	for i := range 9 {
		tally.Row(row(t, i+2, fmt.Sprintf("NL1%05d", i), "a@good.nl"))
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v can be opened by name, %v", left, err)
	}
	if r := report(t, tally); r.Ready != 9 || r.Shared.Customers != 9 {
		t.Errorf("%+v, %+v", r.Counts, r.Shared)
	}
}
