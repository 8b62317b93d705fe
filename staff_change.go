package keyfold

// A Staff is somebody who works for the provider, with a login to the care desk.
// Its fields change only through the transitions below.
type Staff struct {
	ID       StaffID
	Email    Email
	Name     string
	Language Language
	Role     StaffRole
	// Password and Factor are the two proofs of a login. Nobody has the one
	// without the other; who is not enrolled has neither.
	Password Hash
	Factor   Sealed
	Disabled bool
	Version  int64 // 0: not stored yet
}

// Enrolled reports whether s has chosen a password and a second factor.
func (s Staff) Enrolled() bool { return s.Factor != "" }

// May reports whether s has a duty. Who may not log in has none.
func (s Staff) May(d Duty) bool { return !s.Disabled && s.Enrolled() && s.Role.May(d) }

// A StaffState is what somebody of the staff became.
type StaffState struct {
	ID       StaffID   `json:"id"`
	Role     StaffRole `json:"role"`
	Enrolled bool      `json:"enrolled,omitempty"`
	Disabled bool      `json:"disabled,omitempty"`
}

// A StaffChange is a new state of somebody of the staff together with the event
// that says so.
type StaffChange struct {
	staff Staff
	event Event
}

// Staff is the person after the change.
func (c StaffChange) Staff() Staff { return c.staff }

// Event is the row to write with it.
func (c StaffChange) Event() Event { return c.event }

func (s Staff) change(by Act, kind string) StaffChange {
	became := StaffState{ID: s.ID, Role: s.Role, Enrolled: s.Enrolled(), Disabled: s.Disabled}
	return StaffChange{staff: s, event: Event{Act: by, Kind: kind, Note: s.ID.Actor(), Became: Became{Staff: &became}}}
}

// AddStaff makes somebody one of the staff, who has yet to enrol.
func AddStaff(by Act, s Staff) StaffChange {
	s.Password, s.Factor, s.Disabled, s.Version = "", "", false, 0
	return s.change(by, "staff.added")
}

// Enrol gives s the two proofs of a login, both at once.
func (s Staff) Enrol(by Act, h Hash, factor Sealed) (StaffChange, error) {
	switch {
	case s.Disabled:
		return StaffChange{}, Refuse(Denied, "staff.is_disabled")
	case s.Enrolled():
		return StaffChange{}, Refuse(Gone, "staff.enrolled_already")
	case h == "" || factor == "":
		return StaffChange{}, Refuse(Invalid, "staff.two_proofs")
	}
	s.Password, s.Factor = h, factor
	return s.change(by, "staff.enrolled"), nil
}

// Reset takes both proofs away: s enrols anew.
func (s Staff) Reset(by Act) (StaffChange, error) {
	if s.Disabled {
		return StaffChange{}, Refuse(Denied, "staff.is_disabled")
	}
	s.Password, s.Factor = "", ""
	return s.change(by, "staff.reset"), nil
}

// Disable ends the login of s, for as long as nobody says otherwise.
func (s Staff) Disable(by Act) (StaffChange, error) {
	if s.Disabled {
		return StaffChange{}, Refuse(Conflict, "staff.is_disabled")
	}
	s.Disabled = true
	return s.change(by, "staff.disabled"), nil
}

// Enable lets s have a login again. It begins like that of somebody new: what
// opened the desk before may be anywhere by now.
func (s Staff) Enable(by Act) (StaffChange, error) {
	if !s.Disabled {
		return StaffChange{}, Refuse(Conflict, "staff.not_disabled")
	}
	s.Disabled, s.Password, s.Factor = false, "", ""
	return s.change(by, "staff.enabled"), nil
}

// ChangeRole gives s another role.
func (s Staff) ChangeRole(by Act, to StaffRole) (StaffChange, error) {
	if s.Role == to {
		return StaffChange{}, Refuse(Conflict, "staff.role_same")
	}
	s.Role = to
	return s.change(by, "staff.role_changed"), nil
}

// Speak has the desk speak another language to s.
func (s Staff) Speak(by Act, lang Language) StaffChange {
	s.Language = lang
	return s.change(by, "staff.language_changed")
}

// MayManage refuses who is not to change the logins of a role: nobody is to
// those of their own, so that nobody makes another one like themselves.
func (r StaffRole) MayManage(other StaffRole) error {
	if !r.May(ManageStaff) || other == r { // there is no role above it
		return Refuse(Denied, "staff.own_role")
	}
	return nil
}
