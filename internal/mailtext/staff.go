package mailtext

// StaffEnrol is for somebody who is to log in to the care desk: the link to choose
// password and second factor.
const StaffEnrol Template = "staff-enrol"

func (w *writer) composeStaff() {
	if w.Template != StaffEnrol {
		return
	}
	w.body = append(w.body, block{Line: parse(w.say.Text("mail.staff-enrol.what", "Entity", w.name, "Role", w.say.Text("staff_role."+w.Did)))})
	w.para("next")
	w.link(w.own("act"))
	w.until()
	w.doNothing("mail.staff-enrol.ask")
}
