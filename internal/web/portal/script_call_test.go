package portal_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/desk"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

// callCommands are what one of the staff does while the customer is on the phone:
// reads ID compares the number on the page, reveals ID looks at the main contact,
// takes-back ID the address of step 5.
func callCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"reads":      command(1, (*story).readsOut),
		"reveals":    command(1, (*story).reveals),
		"takes-back": command(1, (*story).takesBack),
	}
}

var sixDigits = regexp.MustCompile(`\b[0-9]{3} [0-9]{3}\b`)

func (s *story) readsOut(a []string) error {
	id, err := keyfold.ParseCustomerID(a[0])
	digits := sixDigits.FindString(s.b.text())
	if err != nil || digits == "" {
		return errors.Join(err, errors.New("no number to read out"))
	}
	roles, yes, err := s.portal.Desk.CheckPIN(s.t.Context(), s.femke(), id, digits)
	if err == nil && !yes {
		err = fmt.Errorf("%s is no number of %s", digits, id)
	}
	var names []string
	for _, r := range roles.List() {
		names = append(names, string(r))
	}
	if got := strings.Join(names, " "); err == nil && len(a) > 1 && got != a[1] {
		err = fmt.Errorf("the roles are %q", got)
	}
	return err
}

func (s *story) reveals(a []string) error {
	id, err := keyfold.ParseCustomerID(a[0])
	if err != nil {
		return err
	}
	_, err = s.portal.Desk.Reveal(s.t.Context(), s.femke(), id, "The caller spells it in a strange way")
	return err
}

func (s *story) takesBack(a []string) error {
	id, err := keyfold.ParseCustomerID(a[0])
	if err != nil {
		return err
	}
	return s.portal.Desk.CancelPending(s.t.Context(), s.femke(), id)
}

// femke is an agent.
func (s *story) femke() desk.Who {
	const id = keyfold.StaffID("4f0c9a52")
	if len(storetest.Texts(s.t, s.db, `select id from staff`)) == 0 {
		storetest.Exec(s.t, s.db, `insert into staff (id, email, email_key, name, language, role, password_hash, factor, factor_step, disabled, version, created_at, updated_at)
			values ('4f0c9a52', 'femke@care.example', 'femke@care.example', 'Femke Jansma', 'en', 'agent', 'hash', 'sealed', 0, false, 1, 1, 1)`)
	}
	return desk.Who{Act: keyfold.Act{By: id.Actor(), From: "198.51.100.7"}, Staff: id}
}
