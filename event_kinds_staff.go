package keyfold

// staffKinds are those of the staff and their logins. Whom they are about is in
// the note, as "staff:" and the ID.
func staffKinds() []EventKind {
	return []EventKind{
		{"care.refused", "Somebody of the staff asked for what their role may not do. The note says at which door.", false},
		{"staff.added", "There is one more of the staff, who has yet to enrol.", true},
		{"staff.approved", "Another administrator said yes to what one asked for. What was done is in the event beside it.", false},
		{"staff.asked", "An administrator asked another one to add somebody to the staff, or to reset, enable or change a login. The note says what, and the ID of the wish.", false},
		{"staff.declined", "Another administrator said no.", false},
		{"staff.disabled", "Somebody of the staff has no login any more. All sessions ended.", true},
		{"staff.enabled", "Somebody of the staff may have a login again, and has to enrol anew.", true},
		{"staff.enrolled", "Somebody of the staff chose a password and a second factor.", true},
		{"staff.language_changed", "The care desk speaks another language to somebody of the staff.", true},
		{"staff.logged_in", "Somebody of the staff logged in, with both proofs.", false},
		{"staff.logged_out", "Somebody of the staff logged out.", false},
		{"staff.login_failed", "Somebody tried to log in to the care desk, and the address, the password or the code was wrong, or the login disabled. No note: nobody has the address.", false},
		{"staff.reset", "Password and second factor of somebody of the staff are void. All sessions ended.", true},
		{"staff.void", "What an administrator asked for is void: nobody answered in time, or their own login was changed.", false},
		{"staff.withdrawn", "An administrator took back what they had asked another one for.", false},
		{"staff.role_changed", "Somebody of the staff has another role. All sessions ended.", true},
	}
}
