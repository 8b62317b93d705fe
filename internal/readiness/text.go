package readiness

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/keyfold/keyfold/internal/source"
)

// A fate is one of the Counts, in words.
type fate struct {
	Name  string // of a style, too
	Title string
	Says  string
	Count int
}

// fates are the parts of Counts that there are, the best first.
func (c Counts) fates() (all []fate) {
	for _, f := range []fate{
		{"ready", "Ready", "can go all ten steps alone", c.Ready},
		{"unchecked", "Not checked", "nothing speaks against it, but nobody knows whether mail reaches them", c.Unchecked},
		{"care", "Need care", "are in, and cannot or should not go on before somebody helps", c.Care},
		{"out", "Left out", "are not in", c.LeftOut},
		{"registered", "Registered", "have a login by email already", c.Registered},
		{"closed", "Closed", "have nothing to do", c.Closed},
	} {
		if f.Count > 0 || f.Name == "ready" {
			all = append(all, f)
		}
	}
	return all
}

// Verdict is the report in one sentence, which promises nothing that was not
// looked at.
func (r Report) Verdict() string {
	if r.All() == 0 {
		return "There is no customer in it."
	}
	open := r.All() - r.Closed - r.Registered
	verdict := fmt.Sprintf("%s of %s can go all ten steps alone today.", grouped(r.Ready), customers(open))
	switch {
	case r.Ready == 0 && r.Unchecked > 0:
		verdict = fmt.Sprintf("Nothing speaks against %s of %s, but nobody has checked whether mail reaches them.", grouped(r.Unchecked), customers(open))
	case r.Unchecked > 0:
		verdict += fmt.Sprintf(" Whether mail reaches %s more is not known.", grouped(r.Unchecked))
	}
	if r.Stopped != "" {
		verdict += " The source could not be read to its end: this is only a part of it."
	}
	return verdict
}

// WriteText writes the report for a terminal, with colours if it has them.
func (r Report) WriteText(w io.Writer, colours bool) error {
	t := text{out: bufio.NewWriter(w), colours: colours}
	t.line("%s", t.strong(r.heading()))
	t.wrapped("", r.Verdict())
	if r.Stopped != "" {
		t.line("%s", t.red("Reading stopped: "+r.Stopped))
	}
	t.line("")
	width := len(grouped(r.All()))
	for _, f := range r.fates() {
		t.line("  %*s  %7s  %-11s  %s", width, grouped(f.Count), share(f.Count, r.All()), f.Title, f.Says)
	}
	last := Severity(0)
	for _, f := range r.Findings {
		if is := f.Kind.About().Severity; is != last {
			last = is
			t.line("")
			t.line("%s", t.severity(is, capital(is.String())))
		}
		t.finding(f, width, r)
	}
	if len(r.Unknown) > 0 {
		t.line("")
		t.line("%s", t.strong("Nobody has looked at"))
		for _, what := range r.Unknown {
			t.line("  - %s", what)
		}
	}
	return written(0, t.out.Flush())
}

func (r Report) heading() string {
	what := "Readiness"
	if r.Source != "" {
		what += " of " + source.Printable(r.Source)
	}
	what += ": " + customers(r.All())
	if r.DryRun {
		what += ". Nothing was written."
	}
	return what
}

// text writes lines. A fault of the writer comes out of Flush.
type text struct {
	out     *bufio.Writer
	colours bool
}

func (t text) line(format string, args ...any) {
	fmt.Fprintf(t.out, format, args...) //nolint:errcheck // see text
	t.out.WriteByte('\n')               //nolint:errcheck,gosec // G104: see text
}

func (t text) finding(f Finding, width int, r Report) {
	is := f.Kind.About()
	indent := strings.Repeat(" ", width+4)
	t.line("  %s  %s", t.severity(is.Severity, fmt.Sprintf("%*s", width, grouped(f.Count))), is.Title)
	if f.Kind == ContactShared && len(r.Shared.Largest) > 0 {
		t.line("%s%s. The largest has %s.", indent, plural(r.Shared.Mailboxes, "mailbox", "mailboxes"), grouped(r.Shared.Largest[0].Count))
	}
	if is.Severity == Know {
		return
	}
	t.wrapped(indent, is.Happens)
	t.wrapped(indent, "Cure: "+is.Cure)
	var examples []string
	for _, e := range f.Examples {
		examples = append(examples, strings.TrimSpace(r.Unit.At(e.Line)+" "+source.Printable(e.Customer)))
	}
	if len(examples) == 0 {
		return
	}
	where := "At " + strings.Join(examples, ", ")
	if more := f.Count - len(f.Examples); more > 0 {
		where += " and " + grouped(more) + " more"
	}
	t.wrapped(indent, where)
}

// textWidth is that of most terminals, and of a mail.
const textWidth = 100

func (t text) wrapped(indent, words string) {
	line := ""
	for word := range strings.FieldsSeq(words) {
		if line != "" && len(indent)+utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > textWidth {
			t.line("%s%s", indent, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	t.line("%s%s", indent, line)
}

func (t text) paint(code, words string) string {
	if !t.colours {
		return words
	}
	return "\x1b[" + code + "m" + words + "\x1b[0m"
}

func (t text) strong(words string) string { return t.paint("1", words) }
func (t text) red(words string) string    { return t.paint("1;31", words) }

func (t text) severity(s Severity, words string) string {
	switch s {
	case Stops:
		return t.red(words)
	case NeedsWork:
		return t.paint("1;33", words)
	case Know:
	}
	return t.strong(words)
}

func capital(words string) string { return strings.ToUpper(words[:1]) + words[1:] }

func customers(n int) string { return plural(n, "customer", "customers") }

func plural(n int, one, other string) string {
	if n == 1 {
		return "1 " + one
	}
	return grouped(n) + " " + other
}

// grouped writes a number with commas between its thousands.
func grouped(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// share is a part in percent. It is never rounded up: 999 of 1,000 are not all.
func share(n, all int) string {
	switch {
	case all == 0 || n == 0:
		return "0 %"
	case n == all:
		return "100 %"
	case n*1000 < all:
		return "< 0.1 %"
	}
	tenths := n * 1000 / all
	return fmt.Sprintf("%d.%d %%", tenths/10, tenths%10)
}
