package importer_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/importer"
	"github.com/keyfold/keyfold/internal/source"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

const head = "customer_id,name,contact_email,contact_name\n"

// bring imports a text and gives what was reported.
func bring(t *testing.T, db *store.DB, text string) (importer.Result, []string, error) {
	t.Helper()
	return bringFrom(t.Context(), t, db, strings.NewReader(text))
}

func bringFrom(ctx context.Context, t *testing.T, db *store.DB, r io.Reader) (importer.Result, []string, error) {
	t.Helper()
	var told []string
	in, err := source.Open(r)
	if err != nil {
		return importer.Result{}, nil, err
	}
	s := importer.Service{DB: db, Entities: storetest.Entities(t)}
	result, err := s.Customers(ctx, in, "exports/customers.csv", func(p importer.Problem) { told = append(told, p.String()) })
	return result, told, err
}

// mustBring imports a text in which nothing is wrong.
func mustBring(t *testing.T, db *store.DB, text string) importer.Result {
	t.Helper()
	result, told, err := bring(t, db, text)
	if err != nil || result.Bad > 0 {
		t.Fatalf("%v, %v, %q", result, err, told)
	}
	return result
}

func account(t *testing.T, db *store.DB, id string) keyfold.Account {
	t.Helper()
	customer, err := keyfold.ParseCustomerID(id)
	if err != nil {
		t.Fatal(err)
	}
	a, err := db.Reader().Account(t.Context(), customer)
	if err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	return a
}

func events(t *testing.T, db *store.DB, id string) (kinds []string) {
	t.Helper()
	past, err := db.Reader().AccountEvents(t.Context(), account(t, db, id).ID, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range past {
		kinds = append(kinds, e.Kind+" by "+e.By)
	}
	return kinds
}

func total(t *testing.T, db *store.DB) (n int64) {
	t.Helper()
	counts, err := db.Reader().AccountCounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, of := range counts {
		n += of
	}
	return n
}

func counts(r importer.Result) [6]int {
	return [6]int{r.Rows, r.New, r.Changed, r.Same, r.Bad, r.WithoutContact}
}

func wantCounts(t *testing.T, r importer.Result, rows, entered, changed, same, bad, withoutContact int) {
	t.Helper()
	if diff := cmp.Diff([6]int{rows, entered, changed, same, bad, withoutContact}, counts(r)); diff != "" {
		t.Errorf("rows, new, changed, same, bad, without contact (-want +got):\n%s", diff)
	}
}

func TestAllColumnsComeInInAnyOrder(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		r := mustBring(t, db, "\ufeffStatus, LOCALE ,password_hash,contact_name,contact_email,name,Customer_ID\r\n"+
			"active,nl-BE,"+hash+",\"Veldkamp, Sanne\",Sanne@Veldkamp.example,\"Veldkamp \"\"Media\"\" B.V.\", nl-123 421.341\r\n"+
			"\r\n"+
			"closed,,,,,\"Zwei\",DE245344254")
		wantCounts(t, r, 2, 2, 0, 0, 0, 0)
		a := account(t, db, "NL123421341")
		got := []string{a.Entity, a.Name, a.Language.String(), a.Contact.Name, a.Contact.Email.String(), string(a.Imported), string(a.State), fmt.Sprint(a.Closed)}
		if diff := cmp.Diff([]string{"NL", `Veldkamp "Media" B.V.`, "nl", "Veldkamp, Sanne", "Sanne@veldkamp.example", hash, "legacy", "false"}, got); diff != "" {
			t.Error(diff)
		}
		if b := account(t, db, "DE245344254"); !b.Closed || b.Entity != "DE" || b.NeedsCare {
			t.Errorf("got %+v", b)
		}
		if diff := cmp.Diff([]string{"account.imported by import:customers.csv"}, events(t, db, "NL123421341")); diff != "" {
			t.Error(diff)
		}
	})
}

func TestEachBadRowIsToldAndTheOthersComeIn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		text := "customer_id,name,contact_email,contact_name,password_hash,locale,status\n" +
			"NL100001,One,a@x.example,A,,,\n" +
			"XX100002,\"Two\nlines\",a at x,A,has space,xx,maybe\n" +
			",Three,a@x.example,A,,,\n" +
			"NL100004,,a@x.example,A\u202eB," + strings.Repeat("h", 1025) + ",,\n" +
			"NL100005,Five,a@x.example\n" +
			"NL100006,Si\"x,a@x.example,A,,,\n" +
			"NL100007,Caf\xe9,a@x.example,A,,,\n" +
			"nl 100-001,Again,b@x.example,A,,,\n" +
			"\x1b[31mNL9,Nine,a@x.example,A,,,\n" +
			"NL100010,Ten,a@x.example,A,,,\n"
		r, told, err := bring(t, db, text)
		if err != nil {
			t.Fatal(err)
		}
		want := []string{
			`line 3: XX100002: customer_id: no entity of the configuration has customer IDs of this form. Correct it, or add the entity.`,
			`line 3: XX100002: name: it has a line break or characters in it that cannot be seen.`,
			`line 3: XX100002: contact_email: it is no email address. Write one, like name@company.example, or leave it empty.`,
			`line 3: XX100002: locale: it is no language that we have. Write en, nl, de, or leave it empty.`,
			`line 3: XX100002: status: "maybe" is no status. Write active or closed.`,
			`line 5: customer_id: it is empty. Each row needs one.`,
			`line 6: NL100004: name: it is empty. Give the name of the customer.`,
			`line 6: NL100004: contact_name: it has a line break or characters in it that cannot be seen.`,
			`line 7: NL100005: the row has 3 fields and the first line has 7. Put a field that has commas in it in quote marks.`,
			`line 8: NL100006: a quote mark stands inside a field. Put the whole field in quote marks and write "" for one inside.`,
			"line 9: NL100007: byte 0xE9 at offset " + strconv.Itoa(strings.IndexByte(text, 0xe9)) + " is not UTF-8. Save the file as CSV UTF-8, or name its character set, as in --charset windows-1252.",
			`line 10: nl 100-001: customer_id: line 2 has this customer already. Keep the row that is right.`,
			"line 11: \ufffd[31mNL9: customer_id: it is no customer ID: 2 to 32 letters and digits, with a digit at least.",
		}
		if diff := cmp.Diff(want, told); diff != "" {
			t.Error(diff)
		}
		wantCounts(t, r, 10, 2, 0, 0, 8, 0)
		if r.ProblemCount != len(want) || len(r.Problems) != len(want) || total(t, db) != 2 || account(t, db, "NL100001").Name != "One" {
			t.Errorf("%d problems, %d kept, %d accounts", r.ProblemCount, len(r.Problems), total(t, db))
		}
	})
}

func TestFileThatCannotBeReadImportsNothing(t *testing.T) {
	row := "NL100001,One,a@x.example,A\n"
	for name, tt := range map[string]struct{ text, want string }{
		"empty":             {"", "the file is empty. The first line must name the columns"},
		"only line ends":    {"\n\r\n", "the file is empty."},
		"no header":         {row, `The column "NL100001" is not one that an import can set.`},
		"missing column":    {"customer_id,name,contact_email\n", `The column "contact_name" is missing. Add it.`},
		"doubled column":    {"customer_id,name,contact_email,contact_name,Name\n", `The column "name" is there twice. Remove one.`},
		"role":              {"customer_id,name,contact_email,contact_name,role\n" + row, `The column "role" is not one that an import can set. Remove it`},
		"admin":             {"admin,customer_id,name,contact_email,contact_name\n" + row, `The column "admin" is not one`},
		"unnamed column":    {"customer_id,name,contact_email,contact_name,\n" + row, "Column 5 has no name."},
		"semicolons":        {"customer_id;name;contact_email;contact_name\n", "the columns are not separated by commas"},
		"old line ends":     {strings.ReplaceAll(head+row, "\n", "\r"), "the lines end in carriage returns only."},
		"UTF-16 with BOM":   {"\xff\xfec\x00u\x00", "the file is in UTF-16, or is no text. If it is UTF-16, add --charset utf-16; or save it"},
		"UTF-16 big endian": {"\xfe\xff\x00c", "the file is in UTF-16"},
		"UTF-16 no BOM":     {"c\x00u\x00s\x00", "the file is in UTF-16"},
		"workbook":          {"PK\x03\x04\x14\x00\x06", "the file is a workbook or a ZIP archive."},
		"compressed":        {"\x1f\x8b\x08\x00", "the compressed file breaks off here."},
		"Latin-1 header":    {"customer_id,na\xefme\n", "byte 0xEF at offset 14 is not UTF-8"},
		"escape":            {"customer_id,\x1b]0;x\x07\n", "The column \"\ufffd]0;x\ufffd\" is not one"},
		"long header":       {strings.Repeat("x", 70_000) + "\n", "the row has more than 64 KiB"},
		"open quote":        {"\"customer_id,name\n" + row, "a quote mark opens a field here that no other one closes."},
	} {
		t.Run(name, func(t *testing.T) {
			db, _ := storetest.Open(t, "sqlite")
			r, told, err := bring(t, db, tt.text)
			stop, ok := errors.AsType[*source.Stop](err)
			if !ok || stop.Line < 1 || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if len(told) > 0 || r.Rows > 0 || total(t, db) != 0 {
				t.Errorf("imported %+v, %q", r, told)
			}
		})
	}
}

func TestBrokenQuotesStopTheFileThereAndKeepWhatIsBefore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		for _, tt := range []struct {
			text string
			line int
		}{
			{head + "NL100001,One,,\n\"NL100002\"x,Two,,\nNL100003,Three,,\n", 3},
			{head + "NL100001,One,,\nNL100003,\"Three,,\nNL100004,Four,,\n", 3},
		} {
			r, _, err := bring(t, db, tt.text)
			stop, ok := errors.AsType[*source.Stop](err)
			if !ok || stop.Line != tt.line || r.Rows != 1 || r.Bad != 0 || total(t, db) != 1 {
				t.Errorf("%q: got %v, %+v", tt.text, err, r)
			}
		}
	})
}

// broken gives a text and then fails, as a disk or a network does.
type broken struct{ text io.Reader }

var errBroken = errors.New("the disk is gone")

func (b broken) Read(p []byte) (int, error) {
	if n, err := b.text.Read(p); err == nil {
		return n, nil
	}
	return 0, errBroken
}

func TestReadErrorIsOursAndSaysWhatIsIn(t *testing.T) {
	db, _ := storetest.Open(t, "sqlite")
	r, _, err := bringFrom(t.Context(), t, db, broken{strings.NewReader(head + "NL100001,One,,\nNL100002,Two")})
	if !errors.Is(err, errBroken) || r.New != 1 || total(t, db) != 1 {
		t.Errorf("got %v, %+v", err, r)
	}
}

func TestImportingTwiceChangesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		text := "customer_id,name,contact_email,contact_name,status\nNL100001,One,a@x.example,A,\nNL100002,Two,,B,\nNL100003,Three,,C,closed\n"
		first := mustBring(t, db, text)
		wantCounts(t, first, 3, 3, 0, 0, 0, 1)
		clock.Pass(time.Hour)
		wantCounts(t, mustBring(t, db, text), 3, 0, 0, 3, 0, 1)
		for _, id := range []string{"NL100001", "NL100002", "NL100003"} {
			if n := len(events(t, db, id)); n != 1 || account(t, db, id).Version != 1 {
				t.Errorf("%s has %d events and version %d", id, n, account(t, db, id).Version)
			}
		}
	})
}

func TestRowWithoutContactComesInAndNeedsCare(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		r, told, err := bring(t, db, head+"NL100001,One,,\n")
		wantCounts(t, r, 1, 1, 0, 0, 0, 1)
		want := []string{"line 2: NL100001: contact_email: note: it is empty: no reset can reach this customer, so customer care must help."}
		if diff := cmp.Diff(want, told); err != nil || diff != "" || !account(t, db, "NL100001").NeedsCare || r.ProblemCount != 0 {
			t.Errorf("%v, %+v, %s", err, r, diff)
		}
		mustBring(t, db, head+"NL100001,One,a@x.example,\n")
		if account(t, db, "NL100001").NeedsCare {
			t.Error("still needs care, with a contact")
		}
	})
}

const hash = "$2y$06$LGo/T0fzWSzyXG39VurRheAo/uIdJ2o4WdAWtRA4Q5bq4O8kzu44W"

func TestColumnThatIsNotThereChangesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		mustBring(t, db, "customer_id,name,contact_email,contact_name,status,locale,password_hash\nNL100001,One,a@x.example,A,closed,nl,"+hash+"\n")
		r := mustBring(t, db, head+"NL100001,One,a@x.example,A\n")
		if a := account(t, db, "NL100001"); r.Same != 1 || !a.Closed || a.Language != keyfold.Dutch || a.Imported != hash {
			t.Errorf("got %+v, %+v", r, a)
		}
		mustBring(t, db, "customer_id,name,contact_email,contact_name,status,locale,password_hash\nNL100001,One,a@x.example,A,,,\n")
		if a := account(t, db, "NL100001"); a.Closed || a.Language != (keyfold.Language{}) || a.Imported != hash {
			t.Errorf("got %+v", a)
		}
	})
}

func TestKilledImportEndsLikeOneThatWasNot(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		var text strings.Builder
		text.WriteString(head)
		for i := range 6000 {
			fmt.Fprintf(&text, "NL%06d,Customer %d,c%d@x.example,C\n", 999_999-i, i, i)
		}
		ctx, kill := context.WithCancel(t.Context())
		killer := importer.Service{DB: db, Entities: storetest.Entities(t), Watch: func(importer.Result) { kill() }}
		in1, err := source.Open(strings.NewReader(text.String()))
		if err != nil {
			t.Fatal(err)
		}
		r, err := killer.Customers(ctx, in1, "customers.csv", nil)
		in := total(t, db)
		if !errors.Is(err, context.Canceled) || in == 0 || in >= 6000 || int64(r.New) != in || r.Rows != r.New {
			t.Fatalf("%v, %+v, %d in", err, r, in)
		}
		r = mustBring(t, db, text.String())
		wantCounts(t, r, 6000, 6000-int(in), 0, int(in), 0, 0)
		whole, _ := storetest.Open(t, "sqlite")
		mustBring(t, whole, text.String())
		for i := range 6000 {
			id := fmt.Sprintf("NL%06d", 999_999-i)
			opts := cmp.Options{cmp.AllowUnexported(keyfold.CustomerID{}, keyfold.Language{}), cmp.Comparer(sameSpelling), cmpopts.EquateEmpty()}
			if diff := cmp.Diff(account(t, whole, id), account(t, db, id), opts); diff != "" {
				t.Fatalf("%s: %s", id, diff)
			}
		}
	})
}

func sameSpelling(a, b keyfold.Email) bool { return a.String() == b.String() }

func TestOnlyAThousandProblemsAreKeptAndAllAreTold(t *testing.T) {
	db, _ := storetest.Open(t, "sqlite")
	r, told, err := bring(t, db, head+strings.Repeat("bad,One,,\n", 1500))
	if err != nil || r.Bad != 1500 || r.ProblemCount != 1500 || len(r.Problems) != 1000 || len(told) != 1500 {
		t.Errorf("%v: %d bad, %d problems, %d kept, %d told", err, r.Bad, r.ProblemCount, len(r.Problems), len(told))
	}
}

func TestPoisonedFileDoesNoHarm(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		file := io.MultiReader(
			strings.NewReader("\ufeff"+head+"NL100001,\"=HYPERLINK(\"\"http://evil.example\"\",\"\"x\"\")\",a@x.example,+cmd|' /C calc'!A0\nNL100002,\""),
			io.LimitReader(endless('x'), 10<<20), // 10 MB in quotes
			strings.NewReader("\",a@x.example,A\nNL100003,"),
			io.LimitReader(endless(','), 10<<20), // 10 MB of fields
			strings.NewReader("\nnl100001,Twice,b@x.example,B\nNL100004,'); drop table accounts; --,a@x.example,<script>\n"),
		)
		r, told, err := bringFrom(t.Context(), t, db, file)
		want := []string{
			"line 3: the row has more than 64 KiB, which no customer needs. Is a quote mark missing?",
			"line 4: the row has more than 64 KiB, which no customer needs. Is a quote mark missing?",
			"line 5: nl100001: customer_id: line 2 has this customer already. Keep the row that is right.",
		}
		if diff := cmp.Diff(want, told); err != nil || diff != "" {
			t.Errorf("%v, %s", err, diff)
		}
		wantCounts(t, r, 5, 2, 0, 0, 3, 0)
		if a := account(t, db, "NL100001"); a.Name != `=HYPERLINK("http://evil.example","x")` || a.Contact.Name != "+cmd|' /C calc'!A0" || a.Contact.Email.String() != "a@x.example" {
			t.Errorf("got %+v", a)
		}
		if a := account(t, db, "NL100004"); a.Name != "'); drop table accounts; --" {
			t.Errorf("got %q", a.Name)
		}
	})
}

type endless byte

func (e endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(e)
	}
	return len(p), nil
}

func TestLongFieldTakesNoMemory(t *testing.T) {
	db, _ := storetest.Open(t, "sqlite")
	var before, after runtime.MemStats
	for _, of := range []byte{'x', ','} {
		file := io.MultiReader(strings.NewReader(head+`NL100001,`), io.LimitReader(endless(of), 16<<20))
		runtime.ReadMemStats(&before)
		r, _, err := bringFrom(t.Context(), t, db, file)
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; err != nil || r.Bad != 1 || took > 4<<20 {
			t.Errorf("16 MiB of %q: %v, %+v, %d KiB taken", of, err, r, took>>10)
		}
	}
}
