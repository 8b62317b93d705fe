package mailtext

// The mails to the staff. The comment says who reads it.
const (
	StaffEnrol   Template = "staff-enrol"   // somebody who is to log in: the link to choose password and second factor
	StaffGuessed Template = "staff-guessed" // whose password is known to somebody else, perhaps
)

func staffTemplates() []Template { return []Template{StaffEnrol, StaffGuessed} }

func (w *writer) composeStaff() {
	switch w.Template {
	case StaffEnrol:
		w.body = append(w.body, block{Line: parse(w.say.Text("mail.staff-enrol.what", "Entity", w.name, "Role", w.say.Text("staff_role."+w.Did)))})
		w.para("next")
		w.link(w.own("act"))
		w.until()
		w.doNothing("mail.staff-enrol.ask")
	case StaffGuessed:
		w.para("what")
		w.para("next")
		w.origin("done")
	default: // is composed elsewhere
	}
}
