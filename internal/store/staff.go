package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/keyfold/keyfold"
)

const staffColumns = `f.id, f.email, f.name, f.language, f.role, f.password_hash, f.factor, f.disabled, f.version`

func staffFields(s *keyfold.Staff) []any {
	return []any{&s.ID, text(&s.Email), &s.Name, text(&s.Language), &s.Role, &s.Password, &s.Factor, &s.Disabled, &s.Version}
}

// Staff reads one of the staff.
func (r Reader) Staff(ctx context.Context, id keyfold.StaffID) (keyfold.Staff, error) {
	return r.staffWhere(ctx, `f.id = $1`, id)
}

// StaffByEmail reads who of the staff has that address, however it is spelled.
func (r Reader) StaffByEmail(ctx context.Context, email keyfold.Email) (keyfold.Staff, error) {
	return r.staffWhere(ctx, `f.email_key = $1`, email.Key())
}

// LockStaff reads one of the staff and keeps others from changing it until the
// transaction ends.
func (tx *Tx) LockStaff(ctx context.Context, id keyfold.StaffID) (keyfold.Staff, error) {
	return tx.staffWhere(ctx, `f.id = $1`+tx.dialect.lock(), id)
}

func (r Reader) staffWhere(ctx context.Context, where string, args ...any) (s keyfold.Staff, err error) {
	err = r.q.QueryRowContext(ctx, `select `+staffColumns+` from staff f where `+where, args...).Scan(staffFields(&s)...)
	if err != nil {
		return keyfold.Staff{}, missing(err, "staff.unknown")
	}
	return s, nil
}

// A Colleague is one of the staff, as the list of them shows it.
type Colleague struct {
	keyfold.Staff

	Added time.Time
	Seen  time.Time // in a session that is not over; zero: none
}

// Colleagues are all of the staff, by name.
func (r Reader) Colleagues(ctx context.Context) (all []Colleague, err error) {
	err = r.each(ctx, "staff", func(row row) error {
		var c Colleague
		err := row.Scan(append(staffFields(&c.Staff), at(&c.Added), at(&c.Seen))...)
		all = append(all, c)
		return err
	}, `select `+staffColumns+`, f.created_at,
			(select max(s.seen_at) from staff_sessions s where s.staff_id = f.id and s.expires_at > $1)
		from staff f order by f.name, f.email_key`, ms(r.now()))
	return all, err
}

// A StaffLogin is what a login of the staff is compared with. All is empty when
// nobody has the address.
type StaffLogin struct {
	ID       keyfold.StaffID
	Password keyfold.Hash
	Factor   keyfold.Sealed
}

// StaffLogin reads what a login is compared with. As with [Reader.Login], time
// does not tell whether anybody has the address.
func (r Reader) StaffLogin(ctx context.Context, email keyfold.Email) (l StaffLogin, err error) {
	err = r.q.QueryRowContext(ctx, `
		select coalesce(max(f.id), ''), coalesce(max(f.password_hash), ''), coalesce(max(f.factor), '') from staff f
		where f.email_key = $1`, email.Key()).Scan(&l.ID, &l.Password, &l.Factor)
	if err != nil {
		return StaffLogin{}, fmt.Errorf("store: staff login: %w", err)
	}
	return l, nil
}

// TakeStep uses the code of one step of time. However many bring it at once, to
// whichever replica, one succeeds; and none at or before a step that was taken
// succeeds again.
func (tx *Tx) TakeStep(ctx context.Context, id keyfold.StaffID, factor keyfold.Sealed, step int64) (won bool, err error) {
	n, err := tx.exec(ctx, "take step", `
		update staff set factor_step = $3 where id = $1 and factor = $2 and factor_step < $3 and not disabled`, id, string(factor), step)
	return n == 1, err
}

// ApplyStaff writes a change of somebody of the staff and its event. The unique
// key of the address decides every race for it; the version, every other race.
func (tx *Tx) ApplyStaff(ctx context.Context, c keyfold.StaffChange) error {
	s, e := c.Staff(), c.Event()
	if e.Kind == "" {
		return errors.New("store: the zero change changes nothing")
	}
	write := tx.updateStaff
	if s.Version == 0 {
		write = tx.insertStaff
	}
	if err := write(ctx, s); err != nil {
		return err
	}
	return tx.Record(ctx, e)
}

func (tx *Tx) insertStaff(ctx context.Context, s keyfold.Staff) error {
	n, err := tx.exec(ctx, "add staff", `
		insert into staff (id, email, email_key, name, language, role, password_hash, factor, factor_step, disabled, version, created_at, updated_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, 1, $10, $10)
		on conflict (email_key) do nothing`,
		s.ID, s.Email.String(), s.Email.Key(), s.Name, s.Language.String(), s.Role, s.Password, string(s.Factor), s.Disabled, ms(tx.Now()))
	if err == nil && n == 0 {
		return keyfold.Refuse(keyfold.Conflict, "staff.exists").On("email")
	}
	return err
}

// updateStaff leaves the address as it is: it is the name of the login.
func (tx *Tx) updateStaff(ctx context.Context, s keyfold.Staff) error {
	n, err := tx.exec(ctx, "change staff", `
		update staff set name = $2, language = $3, role = $4, password_hash = $5, factor = $6, disabled = $7,
			version = version + 1, updated_at = $8
		where id = $1 and version = $9`,
		s.ID, s.Name, s.Language.String(), s.Role, s.Password, string(s.Factor), s.Disabled, ms(tx.Now()), s.Version)
	if err == nil && n == 0 { // somebody changed it since it was read
		return keyfold.Refuse(keyfold.Conflict, "staff.changed")
	}
	return err
}
