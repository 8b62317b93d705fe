package readiness_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/keyfold/keyfold/internal/readiness"
	"github.com/keyfold/keyfold/internal/source"
)

var update = flag.Bool("update", false, "write the expected files anew")

func golden(tb testing.TB, file, got string) {
	tb.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			tb.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		tb.Errorf("%s is out of date; run go test ./internal/readiness -update (-file +code):\n%s", file, diff)
	}
}

// sample is a report that has everything in it. Some of it was typed by people
// who mean no good.
func sample(tb testing.TB) readiness.Report {
	tb.Helper()
	tally := newTally(tb, readiness.Config{Source: `old "<b>customers</b>".csv`, Resolver: small(), Examples: 2})
	line := 1
	add := func(id, to string, change func(*readiness.Row)) {
		line++
		in := row(tb, line, id, to)
		if change != nil {
			change(&in)
		}
		tally.Row(in)
	}
	for i := range 1200 {
		add(fmt.Sprintf("NL1%05d", i), fmt.Sprintf("c%d@good.nl", i), nil)
	}
	for i := range 30 {
		add(fmt.Sprintf("DE1%05d", i), "reseller@bare.nl", func(r *readiness.Row) { r.Hash = readiness.Hash{Given: true, Format: "recipe", Weak: true} })
		add(fmt.Sprintf("DE2%05d", i), "", func(r *readiness.Row) { r.Hash = readiness.Hash{} })
	}
	add("US100001", "info@null.nl", func(r *readiness.Row) { r.SecondFactor = true })
	add("US100002", "sanne@slow.nl", func(r *readiness.Row) { r.Hosted = []string{"slow.nl"} })
	add("US100003", "", func(r *readiness.Row) { r.Closed = true })
	add("US100004", "a@good.nl", func(r *readiness.Row) { r.Registered = true })
	for i := range 3 {
		tally.Defect(readiness.Defect{
			Line: line + 1 + i, Typed: `<img src=x onerror="alert(1)">`, Column: "customer_id", Kind: readiness.IDMalformed, Reason: "no", LeftOut: true,
		})
	}
	tally.Stopped("line 1271: a quote mark is missing, <i>here</i>")
	r := report(tb, tally)
	r.Made, r.DryRun = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC), true
	return r
}

func TestTheReportAsText(t *testing.T) {
	for _, c := range []struct {
		file    string
		colours bool
		report  readiness.Report
	}{
		{"report.txt", false, sample(t)},
		{"colours.txt", true, sample(t)},
		{"empty.txt", false, report(t, newTally(t, readiness.Config{Unit: source.Row()}))},
	} {
		var out bytes.Buffer
		if err := c.report.WriteText(&out, c.colours); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(out.String()) {
			if n := len([]rune(line)); !c.colours && n > 101 {
				t.Errorf("%d characters: %s", n, line)
			}
		}
		golden(t, filepath.Join("testdata", c.file), out.String())
	}
}

func page(tb testing.TB, r readiness.Report) string {
	tb.Helper()
	var out bytes.Buffer
	if err := r.WriteHTML(&out); err != nil {
		tb.Fatal(err)
	}
	return out.String()
}

func TestThePageRunsNothingAndFetchesNothing(t *testing.T) {
	got := page(t, sample(t))
	for _, bad := range []string{"<script", "<img", "<b>customers", "<i>here", "javascript:", "http:", "https:", "@import", " style=", "onerror=\""} {
		if strings.Contains(got, bad) {
			t.Errorf("it has %q in it", bad)
		}
	}
	if urls := regexp.MustCompile(`url\([^)]*\)`).FindAllString(got, -1); len(urls) != 1 || urls[0] != "url(#hatch)" {
		t.Errorf("it fetches %q", urls)
	}
	if !strings.Contains(got, `content="default-src 'none'; style-src 'unsafe-inline'"`) {
		t.Error("nothing keeps it from running what it has in it")
	}
}

func TestThePageSaysWhatTheReportSays(t *testing.T) {
	r := sample(t)
	got := page(t, r)
	for _, f := range r.Findings {
		is := f.Kind.About()
		for _, want := range []string{is.Title, is.Happens, is.Cure} {
			if !strings.Contains(got, strings.NewReplacer("'", "&#39;", "+", "&#43;").Replace(want)) {
				t.Errorf("%s: %q is not there", f.Kind, want)
			}
		}
	}
	for _, want := range append(r.Unknown, "1 March 2026, 09:00 UTC", "Dry run: nothing was written.", "Reading stopped.", "reseller@bare.nl", "and 10 more", "4 domains were looked up") {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not there", want)
		}
	}
}

// TestChartsCanBeReadWithoutSeeingThem wants a title and a description for each
// picture that is not for the eye alone, IDs once, and tags that match.
func TestChartsCanBeReadWithoutSeeingThem(t *testing.T) {
	for _, r := range []readiness.Report{sample(t), report(t, newTally(t, readiness.Config{}))} {
		text := page(t, r)
		d := xml.NewDecoder(strings.NewReader(regexp.MustCompile(`<meta [^>]*>|<!doctype html>|(?s)<style>.*</style>`).ReplaceAllString(text, "")))
		d.Entity = xml.HTMLEntity
		ids, inChart := map[string]bool{}, false
		var says []string
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			switch e := token.(type) {
			case xml.StartElement:
				for _, a := range e.Attr {
					if a.Name.Local == "id" && ids[a.Value] {
						t.Errorf("the ID %s is there twice", a.Value)
					}
					ids[a.Value] = ids[a.Value] || a.Name.Local == "id"
					inChart = inChart || e.Name.Local == "svg" && a.Name.Local == "role"
				}
				if inChart {
					says = append(says, e.Name.Local)
				}
			case xml.EndElement:
				if e.Name.Local == "svg" && inChart {
					if len(says) < 3 || says[1] != "title" || says[2] != "desc" {
						t.Errorf("a chart has %q", says)
					}
					inChart, says = false, nil
				}
			}
		}
		for _, m := range regexp.MustCompile(`(?:href="#|labelledby=")([^"]*)"`).FindAllStringSubmatch(text, -1) {
			if !ids[m[1]] {
				t.Errorf("#%s is nowhere", m[1])
			}
		}
	}
}

func TestEachKindIsExplained(t *testing.T) {
	names := map[string]bool{}
	var doc strings.Builder
	doc.WriteString("# What a readiness report can say\n\n" +
		"`keyfold import customers --dry-run FILE` reads a file, writes nothing, and says what would become of its customers. " +
		"Every import ends with the same report.\n\n" + intro +
		"Made from the code by `go test ./internal/readiness -update`; the test fails when it is out of date.\n")
	last := readiness.Severity(0)
	for _, s := range []readiness.Severity{readiness.Stops, readiness.NeedsWork, readiness.Know} {
		for _, k := range readiness.Kinds() {
			is := k.About()
			if is.Severity != s {
				continue
			}
			if s != last {
				last = s
				fmt.Fprintf(&doc, "\n## %s\n", strings.ToUpper(s.String()[:1])+s.String()[1:])
			}
			if names[is.Name] || is.Title == "" || is.Happens == "" || is.Cure == "" || (is.Fix == "") != (s == readiness.Know) {
				t.Errorf("%s is not explained: %+v", k, is)
			}
			names[is.Name] = true
			fmt.Fprintf(&doc, "\n### %s\n\n`%s`", is.Title, is.Name)
			if is.Column != "" {
				fmt.Fprintf(&doc, ", column `%s`", is.Column)
			}
			fmt.Fprintf(&doc, "\n\n%s\n\n**Cure:** %s\n", is.Happens, is.Cure)
			for sentence := range strings.SplitSeq(strings.Join([]string{is.Happens, is.Cure, is.Fix}, " "), ". ") {
				if n := len(strings.Fields(sentence)); n > 20 {
					t.Errorf("%s: %d words: %s", k, n, sentence)
				}
			}
		}
	}
	golden(t, filepath.Join("..", "..", "docs", "readiness.md"), doc.String())
}

const intro = "```\n" +
	"keyfold import customers --dry-run --check-mx --report report.html --fix fix.csv --mailboxes shared.csv customers.csv\n" +
	"```\n\n" +
	"| flag | what it writes |\n|---|---|\n" +
	"| none | a summary on the terminal |\n" +
	"| `--report FILE.html` | the report as one page to hand on: it fetches nothing, runs nothing, and prints well |\n" +
	"| `--fix FILE.csv` | each row to mend: line, ID, column, finding, problem, what to do. No spreadsheet runs a cell of it |\n" +
	"| `--mailboxes FILE.csv` | all mailboxes that several customers share, with their customers |\n" +
	"| `--check-mx` | nothing; it looks up whether the domains of the contacts receive mail |\n" +
	"| `--name-server HOST[:PORT]` | nothing; `--check-mx` then asks this name server, in the place of those of the machine |\n\n" +
	"A dry run needs no database. All of these files have customer IDs and addresses in them: only the user who ran the command can read them.\n\n" +
	"**Who counts as ready.** Each customer is in one of these groups.\n\n" +
	"| group | who |\n|---|---|\n" +
	"| ready | can go all ten steps alone: nothing of the first chapter below is found, and their domain was looked up and receives mail |\n" +
	"| not checked | nothing speaks against it, but their domain was not looked up, or gave no answer |\n" +
	"| need care | are in, and something of the first chapter below is found |\n" +
	"| left out | are not in: the row, or a field of it, could not be read |\n" +
	"| registered | have a login by email already; only an import knows that |\n" +
	"| closed | have nothing to do |\n\n" +
	"**Looking up domains** (`--check-mx`). Each domain is asked about once, 32 at a time, for 5 seconds and twice at most, and all of them for 30 minutes at most. " +
	"A domain receives mail when one of its mail servers has an address, or, without any (MX), when it has one itself. " +
	"It does not when it does not exist, when none of its mail servers exists, or when it says so itself (RFC 7505). " +
	"No answer is no verdict: these customers are not checked. When ten domains or more are asked about and none exists, the machine is taken to be offline. " +
	"Nothing is sent to anybody, and no mailbox is tried.\n\n" +
	"**Contacts at hosted domains.** The column `hosted_domains` lists the domains that you host for a customer, between blanks, commas, semicolons or bars. " +
	"It goes only into the report. In WHMCS, they are the domains of `tblhosting` and `tbldomains`.\n\n" +
	"**Disposable mailboxes** are those on the list of the project disposable-email-domains, which is in the public domain and part of the program.\n\n" +
	"**Size.** Memory stays the same however long the source is. Beyond a quarter of a million customers, about 100 bytes for each lie in the folder for temporary files " +
	"(`TMPDIR`) until the report is made; nobody else can open them.\n\n"
