package store

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/token"
)

// A Purpose is what a token is good for. A token of one purpose is nothing to
// another.
type Purpose string

// The purposes.
const (
	Reset   Purpose = "reset"   // step 2: the mailbox may set a password
	Confirm Purpose = "confirm" // step 7: the mailbox answers
	Dispute Purpose = "dispute" // "this was not me"
	Invite  Purpose = "invite"  // an invitation may be accepted
	Stop    Purpose = "stop"    // another main contact is not to be
	Return  Purpose = "return"  // the former owner may take an account back
	Recover Purpose = "recover" // the main contact may ask an account back
	Link    Purpose = "link"    // the main contact may link an account to who asked
	Veto    Purpose = "veto"    // the owner may say no to that
	Enrol   Purpose = "enrol"   // somebody of the staff may choose password and second factor
)

// A Subject is what a grant is about: an account, a user, an invitation or
// somebody of the staff.
type Subject struct {
	Account    keyfold.CustomerID
	User       keyfold.UserID
	Invitation string
	Staff      keyfold.StaffID
}

// OfAccount is the subject of a grant about an account.
func OfAccount(id keyfold.CustomerID) Subject { return Subject{Account: id} }

// OfUser is the subject of a grant about a user.
func OfUser(id keyfold.UserID) Subject { return Subject{User: id} }

// OfInvitation is the subject of a grant about an invitation.
func OfInvitation(id string) Subject { return Subject{Invitation: id} }

// OfStaff is the subject of a grant about somebody of the staff.
func OfStaff(id keyfold.StaffID) Subject { return Subject{Staff: id} }

// String is how it is stored: "a:NL123421341", "u:…", "i:…" or "s:…".
func (s Subject) String() string {
	switch {
	case s.User != "":
		return "u:" + string(s.User)
	case s.Invitation != "":
		return "i:" + s.Invitation
	case s.Staff != "":
		return "s:" + string(s.Staff)
	}
	return "a:" + s.Account.String()
}

// UnmarshalText reads a stored subject.
func (s *Subject) UnmarshalText(b []byte) error {
	kind, name, ok := strings.Cut(string(b), ":")
	switch {
	case ok && kind == "u" && name != "":
		*s = OfUser(keyfold.UserID(name))
		return nil
	case ok && kind == "i" && name != "":
		*s = OfInvitation(name)
		return nil
	case ok && kind == "s" && name != "":
		*s = OfStaff(keyfold.StaffID(name))
		return nil
	case ok && kind == "a":
		id, err := keyfold.ParseCustomerID(name)
		*s = OfAccount(id)
		return err
	}
	return fmt.Errorf("subject %q", b)
}

// An End is how a grant came to its end.
type End string

// The ends. The empty End is a grant that is alive, if its time is not over.
const (
	Spent      End = "spent"      // used for what it was for
	Void       End = "void"       // another link was used, or a contact changed
	Superseded End = "superseded" // a newer one was asked for
)

// A Token is a link that was mailed, or is about to be. What it may do is in
// its grants: a mail that lists three customer IDs has one link and three.
type Token struct {
	ID      string
	Hash    string // of the secret in the link
	Purpose Purpose
	Email   keyfold.Email // where the link goes, and nowhere else
	Issued  time.Time
	Expires time.Time
	Grants  []Grant
}

// A Grant lets the holder of a link do one thing once.
type Grant struct {
	Subject Subject
	Ended   End
	EndedAt time.Time
}

// Grant finds the grant about a subject.
func (t Token) Grant(s Subject) (Grant, bool) {
	for _, g := range t.Grants {
		if g.Subject == s {
			return g, true
		}
	}
	return Grant{}, false
}

// Live are the grants that nobody has used or voided. Whether the time of the
// token is over is another question.
func (t Token) Live() []Grant {
	var live []Grant
	for _, g := range t.Grants {
		if g.Ended == "" {
			live = append(live, g)
		}
	}
	return live
}

// IssueToken promises a link. The grants are those of t, all alive.
func (tx *Tx) IssueToken(ctx context.Context, t Token) error {
	_, err := tx.exec(ctx, "issue token", `
		insert into tokens (id, hash, purpose, email, email_key, issued_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7)`,
		t.ID, t.Hash, t.Purpose, t.Email.String(), t.Email.Key(), ms(tx.Now()), ms(t.Expires))
	if err != nil {
		return err
	}
	if len(t.Grants) > 1 {
		return tx.addGrants(ctx, t)
	}
	for _, g := range t.Grants {
		if err := tx.AddGrant(ctx, t.ID, g.Subject); err != nil {
			return err
		}
	}
	return nil
}

// addGrants writes the grants of a new token, many at a time: a link may be
// about a thousand accounts.
func (tx *Tx) addGrants(ctx context.Context, t Token) error {
	for chunk := range slices.Chunk(t.Grants, inChunk) {
		args := []any{t.ID, ms(tx.Now())}
		for i := range inChunk {
			args = append(args, chunk[min(i, len(chunk)-1)].Subject.String())
		}
		if _, err := tx.exec(ctx, "add grants", insertGrants, args...); err != nil {
			return err
		}
	}
	return nil
}

// insertGrants fills up what is left over with one row more than once.
var insertGrants = `insert into grants (token_id, subject, issued_at, ended) values ` +
	strings.Join(grantRows(), ", ") + ` on conflict (token_id, subject) do nothing`

func grantRows() []string {
	rows := make([]string, inChunk)
	for i := range rows {
		rows[i] = "($1, $" + strconv.Itoa(i+3) + ", $2, '')"
	}
	return rows
}

// AddGrant lets a link that is not mailed yet do one thing more, or once more
// what has been ended in the meantime.
func (tx *Tx) AddGrant(ctx context.Context, token string, s Subject) error {
	_, err := tx.exec(ctx, "add grant", `
		insert into grants (token_id, subject, issued_at, ended) values ($1, $2, $3, '')
		on conflict (token_id, subject) do update set issued_at = $3, ended = '', ended_at = null`, token, s.String(), ms(tx.Now()))
	return err
}

// Postpone moves the end of a link whose mail goes out later than thought.
func (tx *Tx) Postpone(ctx context.Context, token string, expires time.Time) error {
	_, err := tx.exec(ctx, "postpone token", `update tokens set expires_at = $2 where id = $1`, token, ms(expires))
	return err
}

// Spend uses a grant. However many try at once, one succeeds.
func (tx *Tx) Spend(ctx context.Context, token string, s Subject) (won bool, err error) {
	n, err := tx.exec(ctx, "spend grant", `
		update grants set ended_at = $1, ended = 'spent'
		where token_id = $2 and subject = $3 and ended_at is null
			and exists (select 1 from tokens t where t.id = token_id and t.expires_at > $1)`,
		ms(tx.Now()), token, s.String())
	return n == 1, err
}

// EndGrants ends every live grant about a subject that is of one of the
// purposes.
func (tx *Tx) EndGrants(ctx context.Context, s Subject, end End, purposes ...Purpose) error {
	for _, p := range purposes {
		_, err := tx.exec(ctx, "end grants", `
			update grants set ended_at = $1, ended = $2
			where subject = $3 and ended_at is null
				and exists (select 1 from tokens t where t.id = token_id and t.purpose = $4)`,
			ms(tx.Now()), end, s.String(), p)
		if err != nil {
			return err
		}
	}
	return nil
}

// KeepNewest supersedes all but the n newest live grants of a purpose about a
// subject.
func (tx *Tx) KeepNewest(ctx context.Context, s Subject, p Purpose, n int) error {
	_, err := tx.exec(ctx, "keep newest grants", `
		update grants set ended_at = $1, ended = 'superseded'
		where subject = $2 and ended_at is null and token_id in (
			select g.token_id from grants g join tokens t on t.id = g.token_id
			where g.subject = $2 and g.ended_at is null and t.purpose = $3
			order by t.issued_at desc, t.id desc limit 1000 offset $4)`,
		ms(tx.Now()), s.String(), p, n)
	return err
}

// Token finds what a link promises, spent or not.
func (r Reader) Token(ctx context.Context, p Purpose, s token.Secret) (Token, error) {
	return r.tokenWhere(ctx, `t.hash = $1 and t.purpose = $2`, s.Hash(), p)
}

// TokenByID finds the token of a mail.
func (r Reader) TokenByID(ctx context.Context, id string) (Token, error) {
	return r.tokenWhere(ctx, `t.id = $1`, id)
}

// LiveConfirm finds the newest link that an address was mailed for an account
// and that still works.
func (r Reader) LiveConfirm(ctx context.Context, id keyfold.CustomerID, to keyfold.Email) (Token, error) {
	return r.tokenWhere(ctx, `t.purpose = 'confirm' and t.email_key = $2 and t.expires_at > $3 and exists (
			select 1 from grants g where g.token_id = t.id and g.subject = $1 and g.ended_at is null)
		order by t.issued_at desc limit 1`, OfAccount(id).String(), to.Key(), ms(r.now()))
}

// AccountsOf are the accounts that a link can still do something about, by ID.
func (r Reader) AccountsOf(ctx context.Context, token string) (accounts []keyfold.Account, err error) {
	err = r.each(ctx, "accounts of token", func(row row) error {
		var a keyfold.Account
		err := row.Scan(accountFields(&a)...)
		accounts = append(accounts, a)
		return err
	}, `select `+accountColumns+` from grants g join accounts a on a.customer_id = substr(g.subject, 3)
		where g.token_id = $1 and g.ended_at is null and g.subject like 'a:%' order by a.customer_id`, token)
	return accounts, err
}

func (r Reader) tokenWhere(ctx context.Context, where string, args ...any) (t Token, err error) {
	err = r.q.QueryRowContext(ctx, `
		select t.id, t.hash, t.purpose, t.email, t.issued_at, t.expires_at from tokens t where `+where, args...).
		Scan(&t.ID, &t.Hash, &t.Purpose, text(&t.Email), at(&t.Issued), at(&t.Expires))
	if err != nil {
		return Token{}, missing(err, "link.unknown")
	}
	err = r.each(ctx, "grants", func(row row) error {
		var g Grant
		err := row.Scan(text(&g.Subject), &g.Ended, at(&g.EndedAt))
		t.Grants = append(t.Grants, g)
		return err
	}, `select subject, ended, ended_at from grants where token_id = $1 order by subject`, t.ID)
	return t, err
}
