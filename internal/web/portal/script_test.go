package portal_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/keyfold/keyfold/internal/mailsink"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

// TestStories runs the stories in testdata. A story speaks as a customer does:
// by labels and buttons, never by field names or markup.
func TestStories(t *testing.T) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			testscript.Run(t, testscript.Params{
				Dir: "testdata",
				Setup: func(e *testscript.Env) error {
					e.Values["story"] = newStory(newWorld(t, engine))
					return nil
				},
				Cmds: commands(),
			})
		})
	}
}

// A story is what happens in one world, told from in front of its browsers.
type story struct {
	*world
	browsers map[string]*browser
	b        *browser
	mail     mailsink.Mail
	read     map[string]int // mails of a mailbox that were looked at
	key      string         // that was kept
	old      *oldSystem     // that is asked
	words    phrasebook     // for a story that is told in another language
}

func newStory(w *world) *story {
	s := &story{world: w, browsers: map[string]*browser{}, read: map[string]int{}}
	_ = s.use([]string{"laptop"})
	return s
}

func commands() map[string]func(*testscript.TestScript, bool, []string) {
	all := map[string]func(*testscript.TestScript, bool, []string){}
	for name, c := range map[string]struct {
		least int
		do    func(*story, []string) error
	}{
		// The world before: import ID CONTACT [column=value...],
		// started ID CONTACT PASSWORD, registered ID CONTACT EMAIL PASSWORD,
		// member ID EMAIL PASSWORD ROLE...
		"import":     {2, func(s *story, a []string) error { return s.importAccount(a[0], a[1], a[2:]...) }},
		"started":    {3, func(s *story, a []string) error { return s.start(a[0], a[1], a[2], a[3:]...) }},
		"registered": {4, func(s *story, a []string) error { return s.register(a[0], a[1], a[2], a[3]) }},
		"member":     {4, func(s *story, a []string) error { return s.member(a[0], a[1], a[2], a[3:]...) }},
		"contact":    {3, (*story).list}, // contact ID KIND ADDRESS
		"suspend":    {1, func(s *story, a []string) error { return s.suspend(a[0]) }},
		"joined":     {4, func(s *story, a []string) error { return s.join(a[0], a[1], a[2], a[3]) }}, // ID EMAIL PASSWORD ROLES
		"removed":    {2, func(s *story, a []string) error { return s.remove(a[0], a[1]) }},
		"state":      {2, (*story).state},
		"remind":     {0, (*story).remind}, // whom it is time to remind
		"pass":       {1, (*story).pass},
		// In front of a browser.
		"browser":  {1, (*story).use},
		"language": {1, func(s *story, a []string) error { s.b.language = a[0]; return nil }},
		"cookies":  {1, func(s *story, a []string) error { s.b.jar.off = a[0] == "off"; return nil }},
		"visit":    {1, func(s *story, a []string) error { return s.b.visit(a[0]) }},
		"fill": {2, func(s *story, a []string) error {
			return s.said(a[0], func(label string) error { return s.b.fill(label, a[1]) })
		}},
		"tick":   {1, func(s *story, a []string) error { return s.said(a[0], s.b.tick) }},
		"press":  {1, func(s *story, a []string) error { return s.said(a[0], s.b.press) }},
		"twice":  {0, func(s *story, _ []string) error { return s.b.last() }},
		"choose": {1, func(s *story, a []string) error { return s.said(a[0], s.b.choose) }},
		"see":    {1, func(s *story, a []string) error { return s.said(a[0], s.b.see) }},
		// In a mailbox: mail ADDRESS SUBJECT takes the newest mail, says TEXT
		// reads in it, mails ADDRESS N counts, nomail ADDRESS: no new one.
		"follow": {1, (*story).follow},
		"mail":   {2, (*story).newest},
		"says":   {1, (*story).says},
		"mails":  {2, (*story).count},
		"nomail": {1, (*story).noMail},
		// A program with an API key.
		"keep": {0, (*story).keep},
		"asks": {2, (*story).asks},
	} {
		all[name] = command(c.least, c.do)
	}
	maps.Copy(all, ownershipCommands())
	maps.Copy(all, legacyCommands())
	maps.Copy(all, bounceCommands())
	maps.Copy(all, callCommands())
	return all
}

func command(least int, do func(*story, []string) error) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, a []string) {
		if len(a) < least {
			ts.Fatalf("want %d arguments, got %q", least, a)
		}
		s := ts.Value("story").(*story)
		err := do(s, a)
		switch {
		case err != nil && !neg:
			ts.Fatalf("%v\non the page:\n%s", err, s.b.text())
		case err == nil && neg:
			ts.Fatalf("did not fail\non the page:\n%s", s.b.text())
		}
	}
}

func (s *story) use(a []string) error {
	if s.browsers[a[0]] == nil {
		s.browsers[a[0]] = s.browser()
	}
	s.b = s.browsers[a[0]]
	return nil
}

func (s *story) state(a []string) error {
	account, err := s.account(a[0])
	if got := string(account.State); err == nil && got != a[1] {
		err = fmt.Errorf("%s is %s", a[0], got)
	}
	return err
}

// pass lets time go by. What was due before is sent before, as it would be.
func (s *story) pass(a []string) error {
	d, err := time.ParseDuration(a[0])
	if err = errors.Join(err, s.deliver()); err == nil {
		s.clock.Pass(d)
	}
	return err
}

func (s *story) mailbox(to string) ([]mailsink.Mail, error) {
	if err := s.deliver(); err != nil {
		return nil, err
	}
	return s.sink.For(address(to)), nil
}

// follow opens the link of the newest mail to an address that has one, or of
// the one before it: follow ADDRESS 2.
func (s *story) follow(a []string) error {
	mails, err := s.mailbox(a[0])
	if err != nil {
		return err
	}
	s.read[a[0]] = len(mails)
	back := 1
	if len(a) > 1 {
		if back, err = strconv.Atoi(a[1]); err != nil {
			return err
		}
	}
	for _, m := range slices.Backward(mails) {
		i := slices.IndexFunc(m.Links, func(l string) bool { return strings.HasPrefix(l, s.server.URL+"/") })
		if i < 0 {
			continue
		}
		if back--; back == 0 {
			s.mail = m
			return s.b.visit(m.Links[i])
		}
	}
	return fmt.Errorf("no mail with a link to %s", a[0])
}

func (s *story) newest(a []string) error {
	mails, err := s.mailbox(a[0])
	if err != nil {
		return err
	}
	if len(mails) == s.read[a[0]] {
		return fmt.Errorf("no new mail to %s", a[0])
	}
	s.read[a[0]] = len(mails)
	s.mail = mails[len(mails)-1]
	if !strings.Contains(s.mail.Subject, a[1]) {
		return fmt.Errorf("the newest mail to %s is %q", a[0], s.mail.Subject)
	}
	return nil
}

func (s *story) says(a []string) error {
	if body := strings.Join(strings.Fields(s.mail.Text), " "); !strings.Contains(body, a[0]) {
		return fmt.Errorf("no %q in the mail:\n%s\n%s", a[0], s.mail.Subject, s.mail.Text)
	}
	return nil
}

func (s *story) count(a []string) error {
	mails, err := s.mailbox(a[0])
	if err == nil && strconv.Itoa(len(mails)) != a[1] {
		err = fmt.Errorf("%d mails to %s", len(mails), a[0])
	}
	return err
}

func (s *story) noMail(a []string) error {
	mails, err := s.mailbox(a[0])
	if err == nil && len(mails) > s.read[a[0]] {
		err = fmt.Errorf("there is %q", mails[len(mails)-1].Subject)
	}
	return err
}
