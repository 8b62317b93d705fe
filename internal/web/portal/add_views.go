package portal

import "github.com/keyfold/keyfold/internal/web/ui"

// An AddView is the form that asks main contacts to link accounts, and what is
// said when it was sent.
type AddView struct {
	ui.Page
	ui.Form
	Email  string // of the login
	Typed  string
	Sender string // to look for in a spam folder
	Sent   bool
}

// An AgreeView is what a main contact is asked: whether these accounts become
// part of a login.
type AgreeView struct {
	ui.Page
	ui.Form
	Email       string // of the login
	Rows        []AccountRow
	AskPassword bool   // the browser is not that of the login
	LoggedInAs  string // but of this one
}

func (v AgreeView) fallback() string {
	if v.AskPassword {
		return FieldLoginPassword
	}
	return "link"
}

// An AgreedView says that they are.
type AgreedView struct {
	ui.Page
	Email    string
	IDs      []string // none: it was the second click
	LoggedIn bool
}
