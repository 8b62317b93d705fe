package bounce_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/bounce"
)

const (
	mailOf = "0195f3a2-7c1e-7d3a-9b52-3f6e1a2b4c5d" // the one in the samples
	nobody = "nobody@veldkamp.example"
)

func sample(tb testing.TB, name string) string {
	tb.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name+".eml"))
	if err != nil {
		tb.Fatal(err)
	}
	return string(raw)
}

// say is a report on one line.
func say(r bounce.Report) string {
	to := make([]string, len(r.Recipients))
	for i, e := range r.Recipients {
		to[i] = e.String()
	}
	return fmt.Sprintf("%s %s %s: %s | %s", r.Action, r.Status, strings.Join(to, ","), r.Diagnostic, strings.Join(r.Mails, ","))
}

func TestReportsOfTheServersThatThereAre(t *testing.T) {
	for name, want := range map[string]string{
		"postfix":           "failed 5.1.1 " + nobody + ": 550 5.1.1 <" + nobody + ">: Recipient address rejected: User unknown in virtual mailbox table | " + mailOf,
		"postfix-delayed":   "delayed 4.4.1 " + nobody + ": connect to mx.veldkamp.example[192.0.2.25]:25: Connection timed out | " + mailOf,
		"postfix-expired":   "failed 4.4.1 " + nobody + ": connect to mx.veldkamp.example[192.0.2.25]:25: Connection timed out | " + mailOf,
		"postfix-forwarded": "failed 5.1.1 " + nobody + ",noreen@elsewhere.example: 550 5.1.1 <" + nobody + ">: Recipient address rejected: User unknown in virtual mailbox table | " + mailOf,
		"exim":              "failed 5.1.1 " + nobody + ": 550 5.1.1 No such user here | " + mailOf,
		"exim-text": "failed 5.1.1 " + nobody + ": host mx.veldkamp.example [192.0.2.25] SMTP error from remote mail server after RCPT TO:<" + nobody +
			">: 550 5.1.1 No such user here  | " + mailOf,
		"exim-warning": "delayed 4.2.0 " + nobody + ": host mx.veldkamp.example [192.0.2.25] Delay reason: SMTP error from remote mail server after RCPT TO:<" + nobody +
			">: 450 4.2.0 greylisted  | " + mailOf,
		"exchange": "failed 5.1.10 " + nobody + ": 550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient " + nobody + " not found by SMTP address lookup | " + mailOf,
		"gmail": "failed 5.1.1 " + nobody + ": 550-5.1.1 The email account that you tried to reach does not exist. 550 5.1.1 For more information, go to " +
			"https://support.google.com/mail/?p=NoSuchUser 5b1f17b1804b1-43d0a8e0000si123 - gsmtp | " + mailOf,
		"ses":           "failed 5.1.1 " + nobody + ": 550 5.1.1 user unknown | " + mailOf + ",010201958a1b2c3d-11112222-3333-4444-5555-666677778888-000000",
		"qmail":         "failed 5.1.1 " + nobody + ": 192.0.2.25 does not like recipient.\nRemote host said: 550 5.1.1 User unknown\nGiving up on 192.0.2.25. | " + mailOf,
		"qmail-expired": "failed 4.4.3 " + nobody + ": CNAME lookup failed temporarily. (#4.4.3)\nI'm not going to try again; this message has been in the queue too long. | " + mailOf,
		"headless":      "failed 5.1.1 no+62ody@veldkamp.example," + nobody + ":  | " + mailOf,
	} {
		for end, text := range map[string]string{"\\n": sample(t, name), "\\r\\n": strings.ReplaceAll(sample(t, name), "\n", "\r\n")} {
			reports, err := bounce.Parse(strings.NewReader(text))
			if err != nil || len(reports) != 1 {
				t.Errorf("%s with %s: %d reports, %v", name, end, len(reports), err)
				continue
			}
			if diff := cmp.Diff(want, say(reports[0])); diff != "" {
				t.Errorf("%s with %s: %s", name, end, diff)
			}
		}
	}
}

func TestWhatIsNoReport(t *testing.T) {
	for name, tt := range map[string]struct {
		mail string
		want error
	}{
		"out of office": {sample(t, "other-vacation"), bounce.ErrOther},
		"read":          {sample(t, "other-read"), bounce.ErrOther},
		"complaint":     {sample(t, "other-complaint"), bounce.ErrOther},
		"nothing":       {"", bounce.ErrOther},
		"no mail":       {"\x00\xff\x00", bounce.ErrOther},
		"no original":   {strings.ReplaceAll(sample(t, "headless"), "Original-Envelope-Id", "X"), bounce.ErrUnreadable},
		"no recipient":  {strings.NewReplacer("Original-Recipient", "X-A", "Final-Recipient", "X-B").Replace(sample(t, "postfix")), bounce.ErrUnreadable},
		"no action":     {strings.NewReplacer("Action", "X-A", "Status: 5", "Status: 2").Replace(sample(t, "postfix")), bounce.ErrUnreadable},
		"no boundary":   {strings.ReplaceAll(sample(t, "exim"), "boundary=", "x="), bounce.ErrUnreadable},
	} {
		if reports, err := bounce.Parse(strings.NewReader(tt.mail)); !errors.Is(err, tt.want) || len(reports) != 0 {
			t.Errorf("%s: %v, %v", name, reports, err)
		}
	}
}

func TestStatusFromWhatIsThere(t *testing.T) {
	for name, tt := range map[string]struct {
		was, is string
		want    string
	}{
		"no status":                {"Status: 5.1.1", "X: y", "failed 5.1.1"},
		"a vague status":           {"Status: 5.1.1", "Status: 5.0.0", "failed 5.1.1"},
		"another class":            {"Status: 5.1.1", "Status: 4.0.0", "failed 4.0.0"},
		"no action, hard":          {"Action: failed", "X: y", "failed 5.1.1"},
		"relayed":                  {"Action: failed", "Action: relayed", "delivered 5.1.1"},
		"a reply code":             {"Status: 5.1.1\nRemote-MTA: dns; mx.veldkamp.example\nDiagnostic-Code: smtp; 550 5.1.1", "Diagnostic-Code: smtp; 452", "failed 4.0.0"},
		"an address is no status":  {"Status: 5.1.1\nRemote-MTA: dns; mx.veldkamp.example\nDiagnostic-Code: smtp; 550 5.1.1", "Diagnostic-Code: smtp; 5.1.1.7 says no to", "failed "},
		"a sentence after a point": {"Status: 5.1.1\nRemote-MTA: dns; mx.veldkamp.example\nDiagnostic-Code: smtp; 550 5.1.1", "Diagnostic-Code: smtp; (#5.7.1. no)", "failed 5.7.1"},
	} {
		text := sample(t, "postfix")
		if !strings.Contains(text, tt.was) {
			t.Fatalf("%s: the sample has no %q", name, tt.was)
		}
		reports, err := bounce.Parse(strings.NewReader(strings.Replace(text, tt.was, tt.is, 1)))
		if err != nil || len(reports) != 1 {
			t.Errorf("%s: %v, %v", name, reports, err)
			continue
		}
		if got := fmt.Sprintf("%s %s", reports[0].Action, reports[0].Status); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

func TestEachMailboxOfAReportHasItsOwn(t *testing.T) {
	more := "\n\nFinal-Recipient: utf-8; w\\x{61}rehouse@veldkamp.example\nAction: delayed\nStatus: 4.2.2\n"
	text := strings.Replace(sample(t, "postfix"), "virtual mailbox table\n\n--4Zx", "virtual mailbox table"+strings.Repeat(more, 30)+"\n--4Zx", 1)
	reports, err := bounce.Parse(strings.NewReader(text))
	if err != nil || len(reports) != 20 {
		t.Fatalf("%d reports: %v", len(reports), err)
	}
	if got := say(reports[1]); got != "delayed 4.2.2 warehouse@veldkamp.example:  | "+mailOf {
		t.Error(got)
	}
}

func TestIDsOfMails(t *testing.T) {
	for messageID, want := range map[string]string{
		"<" + mailOf + "@polder.example>": mailOf, mailOf + "@x": mailOf, mailOf: mailOf, " <" + mailOf + "> ": mailOf,
		"": "", "<>": "", "@polder.example": "", "a b@c": "", "a'--@c": "", strings.Repeat("a", 65): "", "ä@b": "",
	} {
		if got := bounce.MailID(messageID); got != want {
			t.Errorf("%q: %q, want %q", messageID, got, want)
		}
	}
}

// nest has a mail within so many parts.
func nest(depth int, innermost string) string {
	var out, end strings.Builder
	for i := range depth {
		fmt.Fprintf(&out, "Content-Type: multipart/report; report-type=delivery-status; boundary=b%d\n\n--b%d\n", i, i)
	}
	for i := depth - 1; i >= 0; i-- {
		fmt.Fprintf(&end, "\n--b%d--\n", i)
	}
	return out.String() + innermost + end.String()
}

// TestWhatIsBuiltToHarmIsCutOff has mails that are deep, big, and both.
func TestWhatIsBuiltToHarmIsCutOff(t *testing.T) {
	inner := strings.SplitN(sample(t, "postfix"), "\n", 9)[8] // from its content type on
	if _, err := bounce.Parse(strings.NewReader(nest(2, inner))); err != nil {
		t.Errorf("two deep: %v", err)
	}
	for name, text := range map[string]string{
		"10 deep":         nest(10, inner),
		"100 deep":        nest(100, inner),
		"10,000 deep":     nest(10_000, inner),
		"many parts":      "Content-Type: multipart/report; boundary=b\n\n" + strings.Repeat("--b\n\n\n", 200_000),
		"many fields":     strings.Repeat("A: b\n", 10_000_000),
		"one long field":  "A: " + strings.Repeat("b\n ", 10_000_000),
		"empty lines":     "Content-Type: message/delivery-status\n\n" + strings.Repeat("\n", 50_000_000),
		"a long boundary": "Content-Type: multipart/report; boundary=" + strings.Repeat("b", 500_000) + "\n\n--" + strings.Repeat("b", 500_000),
		"many recipients": "X-Failed-Recipients: " + strings.Repeat("a@b.example,", 50_000) + "\n\n" + strings.Repeat("  a@b.example\n    no\n", 30_000),
	} {
		began := time.Now()
		reports, err := bounce.Parse(strings.NewReader(text))
		if err == nil || len(reports) != 0 {
			t.Errorf("%s: %d reports, %v", name, len(reports), err)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%s took %s", name, took)
		}
	}
}

// TestTheBeginningOfABigMailIsEnough: a server may send back all of a mail.
func TestTheBeginningOfABigMailIsEnough(t *testing.T) {
	text := strings.Replace(sample(t, "exim"), "set a new password here.", strings.Repeat("x", 50<<20), 1)
	if reports, err := bounce.Parse(strings.NewReader(text)); err != nil || len(reports) != 1 {
		t.Errorf("%v, %v", reports, err)
	}
}

func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.eml")
	if err != nil || len(files) < 10 {
		f.Fatalf("%d samples: %v", len(files), err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Add([]byte(nest(10, "")))
	f.Fuzz(func(t *testing.T, raw []byte) {
		reports, err := bounce.Parse(bytes.NewReader(raw))
		if (err == nil) != (len(reports) > 0) || len(reports) > 20 {
			t.Fatalf("%d reports, %v", len(reports), err)
		}
		for _, r := range reports {
			if len(r.Mails) == 0 || len(r.Recipients) == 0 || r.Action == "" || r.Status != "" && !bounce.IsStatus(r.Status) {
				t.Errorf("%+v", r)
			}
			for _, to := range r.Recipients {
				if _, err := keyfold.ParseEmail(to.String()); err != nil {
					t.Errorf("%s: %v", to, err)
				}
			}
		}
	})
}
