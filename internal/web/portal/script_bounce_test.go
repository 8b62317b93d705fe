package portal_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/keyfold/keyfold/internal/bounce"
)

// bounceCommands are about mails that do not arrive: returned ADDRESS sends the
// newest one back, late ADDRESS says that it is under way, waits ID: care knows.
func bounceCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"returned": command(1, func(s *story, a []string) error { return s.report(a[0], "postfix", bounce.Noted) }),
		"late":     command(1, func(s *story, a []string) error { return s.report(a[0], "postfix-delayed", bounce.Noted) }),
		"waits":    command(1, (*story).waits),
	}
}

// report has a mail server say what became of the newest mail to an address.
func (s *story) report(to, server string, want bounce.Outcome) error {
	mails, err := s.mailbox(to)
	if err != nil || len(mails) == 0 {
		return fmt.Errorf("%d mails to %s: %w", len(mails), to, err)
	}
	sample, err := os.ReadFile(filepath.Join("..", "..", "bounce", "testdata", server+".eml"))
	if err != nil {
		return err
	}
	id, _, _ := strings.Cut(mails[len(mails)-1].MessageID, "@")
	text := strings.NewReplacer("0195f3a2-7c1e-7d3a-9b52-3f6e1a2b4c5d", id, "nobody@veldkamp.example", to).Replace(string(sample))
	reports, err := bounce.Parse(strings.NewReader(text))
	if err != nil {
		return err
	}
	got, err := (&bounce.Service{DB: s.db}).Note(s.t.Context(), reports[0])
	if err == nil && got != want {
		err = fmt.Errorf("the report is %s", got)
	}
	return err
}

func (s *story) waits(a []string) error {
	account, err := s.account(a[0])
	if err == nil && !account.NeedsCare {
		err = errors.New("care does not know")
	}
	return err
}
